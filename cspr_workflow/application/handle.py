"""Handling an act: load, let time pass, decide, let time pass, append; all of it or nothing.

One :class:`Workflow` stands over one record. An act that is refused keeps nothing of its own; the time
that passed before it stays. Where somebody else was faster, everything is read and decided again.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from threading import RLock
from typing import TypeVar
from uuid import UUID, uuid4

from cspr_workflow import forms
from cspr_workflow.application.decide import decide
from cspr_workflow.application.ports import (
    Addition,
    Conflict,
    Contended,
    Followed,
    Held,
    Index,
    Record,
    Recorded,
    Submission,
)
from cspr_workflow.application.transaction import (
    PARTNERSHIP,
    PARTNERSHIP_KEY,
    Transaction,
    escalation_stream,
    evolved,
    incident_stream,
)
from cspr_workflow.domain import clock, partnership
from cspr_workflow.domain.acts import Command
from cspr_workflow.domain.entries import NO_CLAUSE, Entry, Fact
from cspr_workflow.domain.errors import Code, Refusal
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.incident import Incident
from cspr_workflow.domain.partnership import ClockSteppedBack, ClockStoodStill, Partnership
from cspr_workflow.domain.policy import Policy

__all__ = ["PARTNERSHIP", "Workflow", "escalation_stream", "incident_stream"]

ATTEMPTS = 4
"""How often an act is decided anew where somebody else was faster each time."""
MOST_HELD = 20_000
"""So many folded cases are kept; the others are read again when they are asked for."""
T = TypeVar("T")


class Workflow:
    """Every act and every question about the cases of one record goes through here.

    Several threads can share one: what it keeps in memory is folded under a lock.
    """

    def __init__(
        self,
        record: Record,
        index: Index,
        policies: Mapping[str, Policy],
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        """``clock`` tells what the system's clock says now, where that can differ from an act's "now"."""
        self._clock = clock
        self._record = record
        self._index = index
        self._policies = policies
        self._lock = RLock()
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._partnership = partnership.EMPTY
        self._partnership_version = 0
        self._past = record.past

    # --- Questions ---------------------------------------------------------------------------

    @property
    def partnership(self) -> Partnership:
        """The partnership as it stands."""
        return self.partnership_at()[0]

    def partnership_at(self) -> tuple[Partnership, int]:
        """The partnership as it stands, and the version of its stream."""
        self._forget_another_past()
        with self._lock:
            for recorded in self._record.read(PARTNERSHIP, self._partnership_version):
                self._partnership = partnership.evolve(self._partnership, recorded.entry)
                self._partnership_version = recorded.version
            return self._partnership, self._partnership_version

    def policy(self, label: str | None = None) -> Policy:
        """A policy by its label, or the one in force."""
        label = label or self.partnership.policy
        assert label is not None
        return self._policies[label]

    @property
    def began(self) -> datetime | None:
        """When the record's first entry was recorded; ``None`` where it is empty."""
        first = next(iter(self._record.read_all(0, 1)), None)
        return first.entry.recorded if first else None

    def incident(self, reference: str) -> Incident | None:
        """An incident as it is recorded."""
        case = self.held(incident_stream(reference)).case
        assert case is None or isinstance(case, Incident)
        return case

    def escalation(self, reference: str) -> Escalation | None:
        """An escalation as it is recorded."""
        case = self.held(escalation_stream(reference)).case
        assert case is None or isinstance(case, Escalation)
        return case

    def incidents(self) -> Iterator[Incident]:
        """Every incident, in the order of reporting."""
        cases = (self.held(stream).case for stream in self._index.streams())
        return (case for case in cases if isinstance(case, Incident))

    def escalations(self) -> Iterator[Escalation]:
        """Every escalation, in the order of raising."""
        cases = (self.held(stream).case for stream in self._index.streams())
        return (case for case in cases if isinstance(case, Escalation))

    def held(self, stream: str) -> Held:
        """A stream folded up to its last version."""
        self._forget_another_past()
        held = self._held.get(stream, Held())
        new = self._record.read(stream, held.version)
        if new:
            case = held.case
            for recorded in new:
                case = evolved(case, stream, recorded.entry)
            held = Held(new[-1].version, case)
            self._keep({stream: held})
        return held

    def _forget_another_past(self) -> None:
        """Remember nothing of a record that may no longer hold it."""
        if self._past == self._record.past:
            return
        with self._lock:
            self._past = self._record.past
            self._held.clear()
            self._partnership, self._partnership_version = partnership.EMPTY, 0

    def opened(self, text: str) -> str:
        """A text of the record, opened if it is sealed."""
        return self._record.opened(text)

    def holds(self, stream: str, event: str) -> bool:
        """Whether an event, by its id, stands in a stream."""
        return any(one.id == event for one in self._record.read(stream))

    # --- Acts --------------------------------------------------------------------------------

    def adopt(self, entries: Sequence[Entry]) -> None:
        """Record what the partnership adopts: people, policy, calendar and its changes."""
        self._adopt(entries, self.partnership_at()[1])

    def _adopt(self, entries: Sequence[Entry], version: int) -> None:
        addition = Addition(PARTNERSHIP, version, entries, PARTNERSHIP_KEY)
        recorded = self._record.append([addition], uuid4())
        self._index.follow(Followed(recorded))

    def do(
        self,
        command: Command,
        now: datetime,
        command_id: UUID | None = None,
        looked_at: Mapping[str, int] | None = None,
    ) -> Sequence[Recorded]:
        """Record an act at ``now``, with all that fell due before it and after it.

        The same ``command_id`` again gives the same answer and records nothing; with another act it
        is refused. ``looked_at`` says up to which version somebody saw the streams on which the act
        rests: where there is more by now, it is refused. Raises :class:`Refusal` (what fell due is recorded all the same), and
        :class:`Trouble` where others were faster each time or the store cannot take it.
        """
        id = command_id or uuid4()
        just_now = command.occurred == now
        digest = self._record.digest(_content(command, just_now=just_now))

        def attempt(moment: datetime) -> Sequence[Recorded]:
            transaction = Transaction(self, moment)
            try:
                self._check_looked_at(looked_at or {})
                decide(transaction, command)
                return self._commit(transaction, id, digest)
            except (Refusal, Conflict) as error:
                # A command that was recorded before brings its answer again, however things stand now.
                if earlier := self._earlier(id, digest, command):
                    return earlier
                if isinstance(error, Refusal):
                    # Deciding comes before adding: all that is staged so far is the time that passed.
                    self._commit(transaction, uuid4())
                raise

        return self._attempted(attempt, now)

    def _check_looked_at(self, looked_at: Mapping[str, int]) -> None:
        for stream, version in looked_at.items():
            partnerships = stream == PARTNERSHIP
            stands = self.partnership_at()[1] if partnerships else self.held(stream).version
            if stands != version:
                about = "The partnership" if partnerships else stream.partition(":")[2]
                raise Refusal(
                    Code.CHANGED,
                    f"{about} has changed since you looked at it: see what is new, then decide again.",
                )

    def let_time_pass(self, stream: str, now: datetime) -> Sequence[Recorded]:
        """Record what fell due in one case up to ``now``."""
        return self.let_time_pass_in([stream], now)

    def let_time_pass_in(self, streams: Sequence[str], now: datetime) -> Sequence[Recorded]:
        """Record what fell due in several cases up to ``now``, in this order: in all of them or in none."""

        def attempt(moment: datetime) -> Sequence[Recorded]:
            transaction = Transaction(self, moment)
            for stream in streams:
                transaction.case(stream)
            return self._commit(transaction, uuid4())

        return self._attempted(attempt, now)

    def note_gap(self, since: datetime, until: datetime) -> ClockStoodStill | None:
        """Record that the clock did not run between two moments, once; ``None`` where it is noted."""

        def attempt(moment: datetime) -> ClockStoodStill | None:
            partnership, version = self.partnership_at()
            if partnership.gaps and partnership.gaps[-1].until > since:
                return None
            fact = ClockStoodStill(since, until)
            self._adopt([self._of_the_clock(fact, since, moment)], version)
            return fact

        return self._attempted(attempt, until)

    def _of_the_clock(self, fact: Fact, occurred: datetime, recorded: datetime) -> Entry:
        label = self.partnership.policy or NO_CLAUSE
        calendar = len(self.partnership.changes)
        return Entry(fact, occurred, recorded, None, NO_CLAUSE, label, calendar)

    def tick(self, now: datetime) -> Sequence[Recorded]:
        """Let time pass up to ``now`` in every case that has something due."""
        return [one for stream in self._index.due(now) for one in self.let_time_pass(stream, now)]

    def preview(self, command: Command, now: datetime) -> Mapping[str, Sequence[Entry]]:
        """What an act at ``now`` would record, by stream; nothing is stored.

        For a change of the calendar that is also what would move in each open case. Raises
        :class:`Refusal` as the act itself would.
        """
        _content(command, just_now=True)  # what cannot be stored is refused here as well
        transaction = Transaction(self, self._not_before_the_last(now))
        decide(transaction, command)
        found = {stream: staged.entries for stream, staged in transaction.staged.items()}
        if transaction.adopted:
            found[PARTNERSHIP] = transaction.adopted
            found |= self._moved_by(transaction.adopted, transaction.now)
        return {stream: entries for stream, entries in found.items() if entries}

    def _moved_by(self, adopted: Sequence[Entry], now: datetime) -> dict[str, list[Entry]]:
        changed = self.partnership
        for entry in adopted:
            changed = partnership.evolve(changed, entry)
        moved = {}
        if len(changed.changes) > len(self._partnership.changes):
            for stream in self._index.open_streams():
                case = self.held(stream).case
                assert case is not None
                rules = changed.rules(self.policy(case.policy))
                moved[stream] = clock.let_time_pass(case, now, rules)[1]
        return moved

    # --- Appending ---------------------------------------------------------------------------

    def _attempted(self, attempt: Callable[[datetime], T], now: datetime) -> T:
        """Try again where somebody else was faster, or where the system's clock is behind the record."""
        moment = now
        for _ in range(ATTEMPTS):
            try:
                return attempt(moment)
            except Conflict:
                moment = self._not_before_the_last(now)
                self._note_step_back(now, moment)
        raise Contended("Others were recording at the same time, again and again; try once more.")

    def _not_before_the_last(self, now: datetime) -> datetime:
        """What is recorded never runs backwards: the later of now and the last recorded moment."""
        latest = self._record.last()[1]
        return max(now, latest) if latest else now

    def _note_step_back(self, now: datetime, latest: datetime) -> None:
        said = self._clock() if self._clock else now
        for _ in range(ATTEMPTS):
            partnership, version = self.partnership_at()
            if latest - said < TOLERANCE or partnership.stepped_back == latest:
                return
            fact = ClockSteppedBack(said, latest)
            with suppress(Conflict):  # somebody else was faster again
                self._adopt([self._of_the_clock(fact, latest, latest)], version)
                return
            latest = self._not_before_the_last(now)

    def _earlier(self, id: UUID, digest: str, command: Command) -> Sequence[Recorded]:
        """What came of the same command before; nothing where it is new."""
        earlier = self._record.submitted(id)
        if earlier is None:
            return ()
        count = earlier.last - earlier.first + 1
        recorded = list(self._record.read_all(earlier.first - 1, count))
        if earlier.digest != digest and not self._was_just_now(earlier, recorded, command):
            raise Refusal(
                Code.DUPLICATE_REFERENCE,
                f"command: {id} was used for another act already; give each act an id of its own.",
            )
        return recorded

    def _was_just_now(
        self, earlier: Submission, recorded: Sequence[Recorded], command: Command
    ) -> bool:
        """Whether the same act happened "just now" when it was first sent, and says that moment now."""
        if earlier.digest != self._record.digest(_content(command, just_now=True)):
            return False
        return any(one.entry.occurred == command.occurred for one in recorded)

    def _commit(
        self, transaction: Transaction, command: UUID, digest: str = ""
    ) -> Sequence[Recorded]:
        """Append everything at once, and keep how the cases stand then."""
        additions = transaction.additions()
        recorded = (
            self._record.append(additions, command, digest, transaction.would_hold)
            if additions
            else ()
        )
        before = transaction.before()
        held = _after(before, recorded)
        self._keep(held)
        self._index.follow(Followed(recorded, before, held))
        return recorded

    def _keep(self, held: Mapping[str, Held]) -> None:
        with self._lock:
            for stream, one in held.items():
                self._held[stream] = one
                self._held.move_to_end(stream)
            while len(self._held) > MOST_HELD:
                self._held.popitem(last=False)


def _after(before: Mapping[str, Held], recorded: Sequence[Recorded]) -> dict[str, Held]:
    """How cases stand after what was recorded, with their texts as the record gives them."""
    held = dict(before)
    for one in recorded:
        if one.stream in held:
            case = evolved(held[one.stream].case, one.stream, one.entry)
            held[one.stream] = Held(one.version, case)
    return held


TOLERANCE = timedelta(minutes=1)
"""A clock that is behind the record by less is no step back: a program may have waited for its turn."""


_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False)


def _content(command: Command, *, just_now: bool) -> bytes:
    """What a command asks for, as bytes that are the same for the same act, "just now" included."""
    occurred = None if just_now else command.occurred.isoformat()
    content = {
        "act": command.act.name,
        "fields": forms.plain(command.act),
        "by": forms.plain(command.by),
        "occurred": occurred,
    }
    try:
        return _ENCODER.encode(content).encode()
    except UnicodeEncodeError as error:
        raise _unstorable(command) from error


def _unstorable(command: Command) -> Refusal:
    faults: list[forms.Fault] = []
    for about, place in ((command.act, ""), (command.by, "by")):
        forms.read(type(about), forms.plain(about), place, faults)
    fault = next(fault for fault in faults if fault.message == forms.CANNOT_BE_STORED)
    return Refusal(Code.INVALID, f"{fault}; write it again.")
