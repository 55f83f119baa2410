"""Old cases brought in: they stand as if they had been kept here, and every entry says where it came from."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from cspr_workflow.application import casefile
from cspr_workflow.application.casefile_acts import Planned
from cspr_workflow.application.handle import PARTNERSHIP, Workflow
from cspr_workflow.application.importing import (
    Origin,
    additions,
    adopted_before,
    people_faults,
    play_in,
    policy_fault,
    warnings_in,
)
from cspr_workflow.application.outcome import escalation_outcome, incident_outcome
from cspr_workflow.application.play import adoption
from cspr_workflow.application.policy_files import bundled
from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.acts import (
    Act,
    ClosureAct,
    Command,
    Correct,
    DeclareClosure,
    GiveReason,
    Notify,
    ReportIncident,
    Resolve,
    SendOutcome,
    WithdrawClosure,
)
from cspr_workflow.domain.entries import Entry, Fact, Imported
from cspr_workflow.domain.errors import Refusal
from cspr_workflow.domain.partnership import (
    CalendarAdopted,
    ClockStoodStill,
    ClosureDeclared,
    ClosureWithdrawn,
    HorizonMoved,
    PersonJoined,
    PersonLeft,
    PolicyAdopted,
)
from cspr_workflow.domain.people import Actor, Person, Role
from cspr_workflow.store.memory import MemoryRecord
from projections.due_items import MemoryIndex
from tests.second_implementation.random_cases import random_case
from tests.support import PEOPLE, World, bank_holidays_of_these_years, day, raising

ORIGIN = Origin("register.csv", "ab" * 32, "manager")
NOW = "2027-03-01T09:00"
REPORTED, RAISED = "2026-11-26T10:00", "2026-11-30T09:30"
REPORT = ReportIncident("INC-1", day("2026-11-24"), day("2026-11-25"))
IMPOSSIBLE = replace(REPORT, aware_on=day("2026-11-23"))
HOLIDAYS = bank_holidays_of_these_years()
IS_HERE = (
    "is in the record already, and an import cannot continue a case; take it out of the file, and "
    "record here what is missing"
)


class Kept:
    """A partnership into whose record old cases are brought."""

    def __init__(self, record: MemoryRecord, book: dict[str, Any]) -> None:
        self.record, self.book = record, book
        self.workflow = self._opened()

    def _opened(self) -> Workflow:
        return Workflow(self.record, MemoryIndex.over(self.record, self.book), self.book)

    def play_in(
        self, planned: Sequence[Planned], now: datetime
    ) -> tuple[list[str], Workflow, MemoryRecord]:
        """What is wrong with old acts, and what was played; nothing is recorded."""
        before = list(self.record.read_all())
        played = MemoryRecord()
        scratch = Workflow(played, MemoryIndex(self.book), self.book)
        scratch.adopt(adopted_before(self.record, min([now, *(one.at for one in planned)])))
        placed = [(f"acts[{number}]", one) for number, one in enumerate(planned)]
        faults = [str(fault) for fault in play_in(placed, scratch, self.record, now)]
        assert list(self.record.read_all()) == before
        return faults, scratch, played

    def bring_in(self, planned: Sequence[Planned], now: datetime) -> list[Recorded]:
        """Old acts come in: what was recorded."""
        faults, _, played = self.play_in(planned, now)
        assert faults == []
        added = additions(list(played.read_all()), ORIGIN, now)
        recorded = self.record.append(added, uuid4())
        self.workflow = self._opened()
        return list(recorded)


class Here(Kept):
    """The small world of the tests, into which old cases are brought."""

    def __init__(self) -> None:
        self.world = World()
        super().__init__(self.world.record, self.world.policy_file.book)

    def old(self, by: str, at: str, act: Act, *, occurred: str | None = None) -> Planned:
        """An act as somebody is said to have recorded it."""
        happened = self.world.moment(occurred or at)
        return Planned(self.world.moment(at), Command(act, Actor(PEOPLE[by]), happened))

    def faults(self, *planned: Planned) -> list[str]:
        return self.play_in(planned, self.world.moment(NOW))[0]

    def brought_in(self, *planned: Planned) -> list[Recorded]:
        return self.bring_in(planned, self.world.moment(NOW))


@pytest.fixture
def here() -> Here:
    return Here()


@pytest.fixture
def raised(here: Here) -> list[Planned]:
    """The acts of an old case: an incident, an escalation, an answer."""
    return [
        here.old("officer", REPORTED, REPORT),
        here.old("officer", RAISED, raising()),
        here.old("trust", "2026-12-01T10:00", GiveReason("ESC-1", "On leave")),
    ]


# --- Who takes part ----------------------------------------------------------------------------


class TestPeople:
    def faults(self, *people: Person) -> list[str]:
        """What is wrong with the people of a case file."""
        named = {
            one.id: {"name": "A. Name", "role": one.role, "agency": one.agency} for one in people
        }
        case = {"title": "Old", "policy": "sandwell-2018", "people": named, "acts": []}
        case_file = casefile.parse(json.dumps(case).encode(), "old.json")
        return [str(fault) for fault in people_faults(case_file, PEOPLE)]

    def test_people_who_take_part_in_their_role_are_right(self) -> None:
        assert self.faults(*PEOPLE.values()) == []

    def test_somebody_unknown_is_named(self) -> None:
        assert self.faults(PEOPLE["officer"], Person("nobody", Role.CSPR_OFFICER, "scsp")) == [
            "people.nobody: nobody by this id takes part; add the person first"
        ]

    @pytest.mark.parametrize(
        ("person", "why"),
        [
            (
                Person("trust", Role.SERVICE_LEAD, "Acute Trust"),
                "is agency_representative of Acute Trust here, not service_lead of Acute Trust",
            ),
            (
                Person("trust", Role.AGENCY_REPRESENTATIVE, "Police"),
                "is agency_representative of Acute Trust here, not agency_representative of Police",
            ),
        ],
    )
    def test_another_role_or_agency_is_named_with_both(self, person: Person, why: str) -> None:
        assert self.faults(person) == [f"people.trust: {why}"]


# --- What was adopted --------------------------------------------------------------------------


class TestAdopted:
    CHANGES = (
        ClosureDeclared(day("2026-12-02"), "Training"),
        ClosureDeclared(day("2026-12-03"), "Office move"),
        ClosureWithdrawn(day("2026-12-03"), "Moved later"),
        HorizonMoved("gov.uk", 2030),
    )

    def test_it_holds_as_if_from_the_first_old_act_on(self, here: Here) -> None:
        for fact in self.CHANGES:
            here.world.adopt("2027-01-04T09:00", fact)
        moment = here.world.moment(REPORTED)
        adopted = adopted_before(here.record, moment)
        assert {(one.occurred, one.recorded) for one in adopted} == {(moment, moment)}
        assert [one.fact for one in adopted] == [
            one.fact for one in here.world.partnership_history()
        ]
        assert [type(one.fact) for one in adopted[:2]] == [PolicyAdopted, CalendarAdopted]

    def test_what_is_no_part_of_the_rules_is_left_out(self, here: Here) -> None:
        before = adopted_before(here.record, here.world.moment(REPORTED))
        until = here.world.moment("2027-01-04T09:00")
        here.world.adopt("2027-01-04T09:00", ClockStoodStill(here.world.moment(RAISED), until))
        event = here.record.read(PARTNERSHIP)[0].id
        correct = Correct(PARTNERSHIP, str(event), "From the day before.")
        here.world.do("manager", "2027-01-04T09:00", correct)
        assert adopted_before(here.record, here.world.moment(REPORTED)) == before

    def test_somebody_who_has_left_can_have_done_old_acts(
        self, here: Here, raised: list[Planned]
    ) -> None:
        here.world.adopt("2027-01-04T09:00", PersonLeft("trust"))
        assert here.faults(*raised) == []
        joined = [
            one.fact.person
            for one in adopted_before(here.record, here.world.moment(REPORTED))
            if isinstance(one.fact, PersonJoined)
        ]
        assert "trust" in joined

    def test_closure_days_count_for_old_cases_too(self, here: Here, raised: list[Planned]) -> None:
        here.world.adopt("2027-01-04T09:00", ClosureDeclared(day("2026-12-02"), "Training"))
        here.brought_in(*raised)
        case = here.workflow.escalation("ESC-1")
        assert case is not None
        assert case.limits["stage_1"].last_day == day("2026-12-04")
        assert case.calendar == 1


# --- What cannot come in -----------------------------------------------------------------------


class TestFaults:
    def test_acts_that_are_all_right_have_none(self, here: Here, raised: list[Planned]) -> None:
        assert here.faults(*raised) == []

    def test_an_act_that_is_refused_is_named_with_the_reason_and_the_code(
        self, here: Here, raised: list[Planned]
    ) -> None:
        refused = here.old("sub", "2026-12-01T11:00", Resolve("ESC-1", "Received"))
        (fault,) = here.faults(*raised, refused)
        assert fault.startswith("acts[3]: sub (SLPR subgroup chair) may not")
        assert fault.endswith("(not_permitted)")

    def test_now_itself_is_not_later_than_now(self, here: Here, raised: list[Planned]) -> None:
        now, a_minute_later = NOW, "2027-03-01T09:01"
        late = [here.old("trust", at, GiveReason("ESC-1", "x")) for at in (now, a_minute_later)]
        assert here.faults(*raised, *late) == [
            "acts[4]: is said to have been recorded later than now"
        ]

    def test_neither_did_the_clock_run_later_than_now(self, here: Here) -> None:
        ticks = [Planned(here.world.moment(at), None) for at in (NOW, "2027-03-01T09:01")]
        assert here.faults(here.old("officer", REPORTED, REPORT), *ticks) == [
            "acts[2]: is said to have been recorded later than now"
        ]

    @pytest.mark.parametrize(
        "act",
        [
            DeclareClosure(day("2026-12-02"), "Training"),
            WithdrawClosure(day("2026-12-02"), "Not needed"),
        ],
    )
    def test_closure_days_are_not_brought_in(
        self, here: Here, raised: list[Planned], act: ClosureAct
    ) -> None:
        here.world.adopt("2026-11-26T10:00", ClosureDeclared(day("2026-12-02"), "Training"))
        assert here.faults(raised[0], here.old("manager", "2026-11-27T10:00", act), *raised[1:]) == [
            "acts[1]: closure days are not imported; declare them in the partnership itself"
        ]  # fmt: skip

    def test_references_that_are_there_already_are_named(
        self, here: Here, raised: list[Planned]
    ) -> None:
        here.world.raised()
        other = here.old("officer", REPORTED, replace(REPORT, incident="INC-2"))
        again = here.old("officer", RAISED, raising(incident="INC-2"))
        assert here.faults(raised[0], other, again, raised[2]) == [
            f"acts[0]: INC-1 {IS_HERE}",
            f"acts[2]: ESC-1 {IS_HERE}",
        ]

    def test_acts_on_a_case_that_is_there_already_are_told_so_once_for_each_case(
        self, here: Here, raised: list[Planned]
    ) -> None:
        """Not that there is no such case."""
        here.world.raised()
        notify = here.old("officer", "2026-12-01T10:30", Notify("INC-1", "dfe"))
        again = here.old("officer", "2026-12-01T11:00", raising("ESC-2"))
        other = here.old("officer", REPORTED, replace(REPORT, incident="INC-2"))
        assert here.faults(raised[2], notify, raised[2], notify, again, other) == [
            f"acts[0]: ESC-1 {IS_HERE}",
            f"acts[1]: INC-1 {IS_HERE}",
        ]

    def test_acts_on_a_case_that_is_nowhere_are_refused_as_ever(
        self, here: Here, raised: list[Planned]
    ) -> None:
        assert here.faults(raised[1]) == ["acts[0]: incident: there is no incident INC-1. (not_found)"]  # fmt: skip

    def test_the_same_reference_twice_in_one_file_is_named(
        self, here: Here, raised: list[Planned]
    ) -> None:
        (fault,) = here.faults(*raised, here.old("officer", "2026-12-01T11:00", raising()))
        assert fault.startswith("acts[3]: ")
        assert fault.endswith("(duplicate_reference)")

    def test_what_only_follows_from_a_faulty_opening_is_not_named_again(
        self, here: Here, raised: list[Planned]
    ) -> None:
        """Neither what is about the incident nor what is about an escalation on it."""
        notify = here.old("officer", "2026-12-01T10:30", Notify("INC-1", "dfe"))
        (fault,) = here.faults(here.old("officer", REPORTED, IMPOSSIBLE), *raised[1:], notify)
        assert fault.startswith("acts[0]: aware_on: ")

    def test_beside_a_faulty_escalation_its_incident_is_looked_at(
        self, here: Here, raised: list[Planned]
    ) -> None:
        wrong = here.old("officer", RAISED, raising(timescale="no_such_timescale"))
        early = here.old("officer", "2026-12-01T10:30", SendOutcome("INC-1"))
        faults = here.faults(raised[0], wrong, raised[2], early)
        assert [one.partition(":")[0] for one in faults] == ["acts[1]", "acts[3]"]

    def test_every_fault_of_every_case_is_named_once_in_their_order(self, here: Here) -> None:
        planned = [
            here.old("officer", REPORTED, replace(one, incident=f"INC-{number}"))
            for number, one in enumerate((IMPOSSIBLE, REPORT, IMPOSSIBLE, REPORT), start=1)
        ]
        planned += [
            here.old("officer", RAISED, raising(f"ESC-{n}", incident=f"INC-{n}"))
            for n in (1, 2, 3, 4)
        ]
        planned.append(here.old("sub", RAISED, Resolve("ESC-4", "Received")))
        faults = here.faults(*planned)
        assert [one.partition(":")[0] for one in faults] == ["acts[0]", "acts[2]", "acts[8]"]


class TestPolicies:
    def fault(self, named: Any) -> str | None:
        case = {"title": "Old", "policy": named, "people": {}, "acts": []}
        fault = policy_fault(json.dumps(case).encode(), bundled("sandwell-2018").policy)
        return str(fault) if fault else None

    @pytest.mark.parametrize("named", ["sandwell-2018", "sandwell-2018/1"])
    def test_the_one_that_was_adopted_is_right(self, named: str) -> None:
        assert self.fault(named) is None

    @pytest.mark.parametrize("named", ["four-stages", "sandwell-2018/2", "no_such_policy"])
    def test_another_one_is_named_with_the_adopted_one(self, named: str) -> None:
        assert self.fault(named) == (
            f"policy: the file names {named!r}, and this partnership has adopted sandwell-2018/1, by "
            "which old cases are judged here; name 'sandwell-2018' in the file if that is right for them"
        )

    @pytest.mark.parametrize("text", [b"{", b"\xff", b"[]", b'{"policy": 7}', b"{}"])
    def test_a_file_that_is_unusable_is_left_to_its_reader(self, text: bytes) -> None:
        assert policy_fault(text, bundled("sandwell-2018").policy) is None


class TestWarnings:
    def test_each_text_is_named_with_its_act_and_field(
        self, here: Here, raised: list[Planned]
    ) -> None:
        born = here.old("trust", "2026-12-01T10:00", GiveReason("ESC-1", "Born 3/12/2019"))
        visit = here.old("sub", "2026-12-01T11:00", Resolve("ESC-1", "Visit B1 1AA"))
        placed = [(f"acts[{n}]", one) for n, one in enumerate([*raised, born, visit])]
        assert [str(one) for one in warnings_in(placed)] == [
            "acts[3].reason: this looks like a date of birth. Do not name the child.",
            "acts[4].outcome: this looks like a full postcode. Do not name the child.",
        ]

    def test_texts_that_name_nobody_and_moments_of_the_clock_have_none(
        self, here: Here, raised: list[Planned]
    ) -> None:
        tick = Planned(here.world.moment(NOW), None)
        assert list(warnings_in([("acts[0]", one) for one in [*raised, tick]])) == []


# --- What comes in -----------------------------------------------------------------------------


class TestEntries:
    def test_each_is_recorded_now_and_says_where_it_came_from(
        self, here: Here, raised: list[Planned]
    ) -> None:
        found = here.brought_in(*raised)
        assert {one.entry.recorded for one in found} == {here.world.moment(NOW)}
        origins = [one.entry.imported for one in found]
        assert {(o.name, o.file, o.by) for o in origins if o} == {("register.csv", "ab" * 32, "manager")}  # fmt: skip
        assert None not in origins

    def test_what_people_did_has_the_moment_at_which_it_is_said_to_have_been_recorded(
        self, here: Here
    ) -> None:
        late = here.old("officer", "2026-12-01T10:00", REPORT, occurred="2026-11-26T08:00")
        first, *_ = here.brought_in(late)
        assert first.entry.occurred == here.world.moment("2026-11-26T08:00")
        assert first.entry.imported == Imported(
            "register.csv", "ab" * 32, "manager", here.world.moment("2026-12-01T10:00")
        )
        assert first.entry.written == here.world.moment("2026-12-01T10:00")

    def test_the_clock_s_moves_and_only_they_are_derived(
        self, here: Here, raised: list[Planned]
    ) -> None:
        found = here.brought_in(*raised)
        derived = [one.entry.imported.derived for one in found if one.entry.imported]
        assert derived == [one.entry.by is None for one in found]
        assert 0 < sum(derived) < len(found)
        moves = [
            (one.entry.fact.stage, one.entry.occurred)
            for one in found
            if one.stream == "escalation:ESC-1" and one.entry.by is None
        ][:2]
        assert moves == [
            ("stage_1", here.world.moment("2026-12-01T00:00")),
            ("stage_2", here.world.moment("2026-12-04T00:00")),
        ]

    def test_nothing_of_the_partnership_is_recorded_again(
        self, here: Here, raised: list[Planned]
    ) -> None:
        before = here.world.partnership_history()
        assert PARTNERSHIP not in {one.stream for one in here.brought_in(*raised)}
        assert here.world.partnership_history() == before

    def test_texts_are_kept_under_the_incident_that_they_are_about(
        self, here: Here, raised: list[Planned]
    ) -> None:
        other = [
            here.old("officer", RAISED, replace(REPORT, incident="INC-2")),
            here.old("officer", RAISED, raising("ESC-2", incident="INC-2")),
        ]
        played = here.play_in([*raised, *other], here.world.moment(NOW))[2]
        added = additions(list(played.read_all()), ORIGIN, here.world.moment(NOW))
        under = {one.stream: one.incident for one in added}
        assert under == {
            "incident:INC-1": "INC-1",
            "escalation:ESC-1": "INC-1",
            "incident:INC-2": "INC-2",
            "escalation:ESC-2": "INC-2",
        }
        assert {one.incident for one in added if one.stream == "escalation:ESC-2"} == {"INC-2"}

    def test_each_follows_the_one_before_it_in_its_case(
        self, here: Here, raised: list[Planned]
    ) -> None:
        played = here.play_in(raised, here.world.moment(NOW))[2]
        versions: dict[str, int] = {}
        for one in additions(list(played.read_all()), ORIGIN, here.world.moment(NOW)):
            assert (one.version, len(one.entries)) == (versions.get(one.stream, 0), 1)
            versions[one.stream] = one.version + 1
        assert versions == {"incident:INC-1": 4, "escalation:ESC-1": 6}

    def test_from_a_file_without_acts_nothing_comes(self, here: Here) -> None:
        assert here.brought_in() == []


# --- As if they had been kept here -------------------------------------------------------------


class Both:
    """A random case: kept here from its beginning, and brought in here from about its middle on."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(f"old {seed}")
        parsed = casefile.parse(json.dumps(random_case(seed)).encode(), f"random {seed}")
        self.people, self.book = parsed.people, parsed.policy.book
        self.adopted = adoption(
            parsed.policy, HOLIDAYS, tuple(parsed.people.values()), parsed.acts[0].at
        )
        middle = self.rng.randrange(1, len(parsed.acts) + 1)
        first, self.rest = parsed.acts[:middle], parsed.acts[middle:]
        self.changes = self._changes(first[0].at)
        self.lived = self._partnership(first[0].at)
        self.old = [one for one in first if _no_closure(one) and _taken(self.lived, one)]
        self.now = self._now(first[-1].at)
        self.lived.workflow.tick(self.now)
        self.brought = self._partnership(self.now - timedelta(days=1))
        self.brought.bring_in(self.old, self.now)

    def _changes(self, began: datetime) -> list[Fact]:
        """Some days on which the partnership was closed, and one on which it was not after all."""
        days = {began.date() + timedelta(days=self.rng.randrange(60)) for _ in range(4)}
        closed = sorted(one for one in days if one.weekday() < 5 and one not in HOLIDAYS.days)
        facts: list[Fact] = [ClosureDeclared(one, "Office move") for one in closed]
        return [*facts, ClosureWithdrawn(closed[0], "After all")] if len(closed) > 2 else facts

    def _partnership(self, began: datetime) -> Kept:
        """A partnership that adopted everything at this moment."""
        kept = Kept(MemoryRecord(), self.book)
        label = self.adopted[0].policy
        changes = [Entry(one, began, began, None, "A1", label, 0) for one in self.changes]
        adopted = [replace(one, occurred=began, recorded=began) for one in self.adopted]
        kept.workflow.adopt([*adopted, *changes])
        return kept

    def _now(self, last: datetime) -> datetime:
        """When it is brought in: before whatever is still to come."""
        most = self.rest[0].at - last if self.rest else timedelta(days=40)
        return last + most * self.rng.random()

    def go_on(self) -> None:
        """The rest of the case in both, closure days included, and some days more."""
        for one in self.rest:
            assert _taken(self.lived, one) == _taken(self.brought, one), one
        last = self.rest[-1].at if self.rest else self.now
        for days in (0, 3, 30):
            for kept in (self.lived, self.brought):
                kept.workflow.tick(max(last, self.now) + timedelta(days=days))


def _no_closure(one: Planned) -> bool:
    return one.command is None or not isinstance(one.command.act, ClosureAct)


def _taken(kept: Kept, one: Planned) -> bool:
    if one.command is None:
        kept.workflow.tick(one.at)
        return True
    try:
        kept.workflow.do(one.command, one.at)
    except Refusal:
        return False
    return True


def told(kept: Kept) -> dict[str, Any]:
    """Where each case stands."""
    policy = kept.workflow.policy
    return {
        "incidents": {
            one.reference: incident_outcome(one, policy(one.policy))
            for one in kept.workflow.incidents()
        },
        "escalations": {
            one.reference: escalation_outcome(one, policy(one.policy))
            for one in kept.workflow.escalations()
        },
    }


def history(kept: Kept) -> dict[str, list[tuple[Any, ...]]]:
    """Each case's entries, with the moment of recording that the rules count from for what people did."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for one in kept.record.read_all():
        if one.stream != PARTNERSHIP:
            entry = one.entry
            written = entry.written if entry.by else None
            what = (entry.fact, entry.occurred, written, entry.by, entry.clause, entry.policy)
            found.setdefault(one.stream, []).append((*what, entry.calendar))
    return found


@pytest.mark.parametrize("share", range(6))
def test_a_case_stands_and_goes_on_as_if_it_had_been_kept_here(share: int) -> None:
    for seed in range(share, 60, 6):
        both = Both(seed)
        assert told(both.brought) == told(both.lived), f"case {seed}, brought in"
        assert history(both.brought) == history(both.lived), f"case {seed}, brought in"
        both.go_on()
        assert told(both.brought) == told(both.lived), f"case {seed}, afterwards"
        assert history(both.brought) == history(both.lived), f"case {seed}, afterwards"


def test_these_cases_are_open_when_they_come_in_and_go_on_under_closure_days() -> None:
    both = [Both(seed) for seed in range(15)]
    open_then = [
        one for of in both for one in of.brought.workflow.escalations() if one.ending is None
    ]
    assert len(open_then) > 10
    assert sum(bool(of.changes) for of in both) > 10
    assert sum(not _no_closure(one) for of in both for one in of.rest) > 5
