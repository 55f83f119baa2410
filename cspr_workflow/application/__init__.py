"""Acts come in here: who, load, let time pass, decide, append. The tick and case files too."""
