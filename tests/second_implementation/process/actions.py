"""An action: what each side has recorded, what is in force, and what became of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from .settings import OTHER_SIDE, Terms


class Action:
    def __init__(self, owner: str, first_side: str | None) -> None:
        self.owner = owner
        self.first_side = first_side  # None: set by a decision
        self.records: dict[str, Terms] = {}
        self.in_force: Terms | None = None
        self.by_decision = False
        self.reported = False
        self.not_maintained = False
        self.done_on: date | None = None
        self.confirmed = False
        self.released = False
        self.release_said_by: set[str] = set()

    def done(self) -> bool:
        return self.done_on is not None

    def outstanding(self) -> bool:
        """From the first record until done or released."""
        return not self.done() and not self.released

    def differs(self) -> bool:
        return len(self.records) == 2 and self.records["scsp"] != self.records["agency"]

    def overdue(self) -> bool:
        return self.owner == "agency" and self.not_maintained and self.outstanding()

    def write(self, side: str, terms: Terms, on_behalf: bool) -> None:
        """One side's record of the action becomes these terms."""
        changed = self.records.get(side) != terms
        self.records[side] = terms
        if side == "agency":
            # A record that stands on a report is marked so until the agency itself
            # takes it; a report that changes no term leaves the agency's own record its
            # own.
            if not on_behalf:
                self.reported = False
            elif changed:
                self.reported = True
        if self.records.get(OTHER_SIDE[side]) == terms and self.in_force != terms:
            # Both records are the same now: agreed, also where the old terms were by
            # decision. Taking a variation back brings the terms already in force:
            # nothing new.
            self.in_force = terms
            self.by_decision = False
            self.not_maintained = False

    def state(self) -> str:
        """The first that holds."""
        if self.released:
            return "released"
        if self.confirmed:
            return "confirmed"
        if self.done():
            return "done"
        if self.not_maintained:
            return "not_maintained"
        if self.differs():
            return "differing"
        if self.in_force is not None:
            return "decided" if self.by_decision else "agreed"
        return "recorded"

    def outcome(self) -> dict[str, Any]:
        if self.in_force is not None:
            terms = self.in_force
            agreed_by = [] if self.by_decision else ["agency", "scsp"]
        else:
            assert self.first_side is not None
            terms = self.records[self.first_side]
            agreed_by = [self.first_side]
        shown: dict[str, Any] = {
            "state": self.state(),
            "what": terms[0],
            "owner": self.owner,
            "due": terms[1].isoformat(),
            "agreed_by": agreed_by,
            "done_on": None if self.done_on is None else self.done_on.isoformat(),
        }
        if self.reported:
            shown["reported"] = True
        if self.differs():
            shown["differing"] = {
                side: {"what": what, "due": due.isoformat()}
                for side, (what, due) in sorted(self.records.items())
            }
        return shown
