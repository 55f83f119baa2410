"""Words around an entry of the record: what the clock will do, where an entry was brought in from."""

from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.incident import TimescaleMet, TimescaleStarted
from cspr_workflow.domain.partnership import CalendarAdopted, PersonJoined, PolicyAdopted
from cspr_workflow.interfaces.sentences import Teller

_FUTURE = {"moved": "moves", "recorded": "records", "found": "finds"}
_SHORT = 12
"""So many characters of a file's hash are enough for people to tell two files apart."""


def full_stop(text: str) -> str:
    """A sentence with its full stop; one that ends with somebody's own text can have it already."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def does(entry: Entry, teller: Teller) -> str:
    """What the clock will do, in a sentence without its full stop."""
    first, _, rest = teller.sentence(entry).partition(" ")
    return f"{teller.author(entry)} {_FUTURE.get(first, first)} {rest}"


def did(entry: Entry, teller: Teller) -> str:
    """Who did what, in a sentence; what follows from it by itself has nobody who did it."""
    sentence = teller.sentence(entry)
    if isinstance(entry.fact, TimescaleStarted | TimescaleMet):
        return full_stop(sentence)
    if entry.by is None and isinstance(entry.fact, PolicyAdopted | CalendarAdopted | PersonJoined):
        return full_stop(f"At the set-up, the partnership {sentence}")
    return full_stop(f"{teller.author(entry)} {sentence}")


def brought_in(entry: Entry, teller: Teller) -> str | None:
    """Where an entry was brought in from, by whom, and when it was written there, in a sentence.

    ``None`` for an entry that was recorded here first.
    """
    origin = entry.imported
    if origin is None:
        return None
    who = teller.names.get(origin.by, origin.by)
    source = f"Brought in by {who} from {origin.name} (file {origin.file[:_SHORT]}…)"
    if origin.derived:
        return f"{source}; worked out when it was brought in, as it follows from the other entries."
    return f"{source}; written there {teller.moment(origin.written)}."
