"""cspr-workflow: the escalation process of a safeguarding children partnership, and its record."""

__version__ = "0.1.0"
