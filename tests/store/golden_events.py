"""Events whose bytes are kept for ever: with sealed texts, in the partnership's history, imported.

What stands here may never change. A new form of the bytes gets examples and files of its own.
"""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.entries import Entry, Imported
from cspr_workflow.store import events
from tests.golden import examples

FOLDER = Path(__file__).parents[1] / "golden" / "sealed"
COMMAND = "2b1c7c1e-7a52-4f0e-9a43-0f7f3f0b9d11"
_ENTRIES = examples.EXAMPLES
_IMPORTED = Imported(
    name="register-2025.csv",
    file="ab" * 32,
    by="manager",
    written=examples.RECORDED - timedelta(days=400),
)


def _event(stream: str, version: int, position: int, entry: Entry) -> Recorded:
    id = events.event_id(stream, version)
    return Recorded(id, stream, version, position, COMMAND, entry)


def _imported(type: str, *, derived: bool) -> Entry:
    return replace(_ENTRIES[type], imported=replace(_IMPORTED, derived=derived))


EXAMPLES = {
    "sealed-raised": _event("escalation:ESC-1", 1, 16, _ENTRIES["escalation.raised.v1"]),
    "sealed-decision": _event("escalation:ESC-1", 9, 31, _ENTRIES["escalation.decision-made.v1"]),
    "sealed-reported": _event("escalation:ESC-1", 4, 19, _ENTRIES["escalation.reason-given.v1"]),
    "sealed-imported": _event(
        "escalation:ESC-2", 2, 44, _imported("action.recorded.v1", derived=False)
    ),
    "imported-derived": _event(
        "escalation:ESC-2", 3, 45, _imported("escalation.limit-passed.v1", derived=True)
    ),
    "in-clear": _event("partnership", 3, 3, _ENTRIES["partnership.closure-declared.v1"]),
}
"""Each event by the name of its file."""


def committed(field: str, text: str) -> str:
    """A commitment with a salt that is always the same, as no store has one."""
    return sha256(b"\0" * 32 + f"{field}: {text}".encode()).hexdigest()


BOX_OF = {
    "incident": "INC-1",
    "event": events.event_id("escalation:ESC-1", 1),
    "field": "concern",
    "text": "Ω – the chronology was not returned",
}
"""What the sealed text in ``box.json`` says, and where it stands."""
