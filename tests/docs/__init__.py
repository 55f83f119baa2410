"""The documentation holds: its commands run, its files are good, its links lead somewhere."""
