"""The process itself: what may happen, in which order, by when. Pure: no I/O, no clock, no random.

Where to look first:

- ``calendar``: working days, months, midnights; every date with its derivation;
- ``policy``: the written process as data (limits, roles, clauses);
- ``clock``: what falls due, and what the clock records then;
- ``escalation`` and ``escalation_acts``: its state, and what people do;
- ``possible``: which acts somebody may do now, and why not the others (``escalation_checks``);
- ``authority`` and ``reading``: who may do what, and who may read what;
- ``actions``: the two-sided record of an agreed action;
- ``incident``: an incident, its review and its timescales;
- ``partnership``: people, closure days, the calendar and the policy adopted.
"""
