"""The simulation of a partnership: believable, the same from the same seed, and all of it through the domain."""

import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from hashlib import sha256
from itertools import pairwise
from uuid import UUID

import pytest

from cspr_workflow.application.ports import Recorded
from cspr_workflow.application.simulation import Plan, Simulated, people, simulate
from cspr_workflow.domain.actions import (
    ActionAcknowledged,
    ActionConfirmed,
    ActionNotMaintained,
    ActionState,
)
from cspr_workflow.domain.acts import ACTS, Act, Command, RecordDiscussion
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.escalation import WITHDRAWN, Escalation
from cspr_workflow.domain.escalation_facts import (
    DecisionMade,
    DiscussionRecorded,
    LimitMoved,
    MoveReason,
    Raised,
    StageEntered,
)
from cspr_workflow.domain.free_text import warnings_in
from cspr_workflow.domain.incident import IncidentState, TimescaleState
from cspr_workflow.domain.partnership import ClosureDeclared, ClosureWithdrawn
from cspr_workflow.domain.people import SCSP, Means, Role
from cspr_workflow.store.events import written
from tests.support import World

UNTIL = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)  # a Friday
SHORT = {"decided_by", "procedure", "body", "agency", "reference", "present", "releases"}
NAMES = {"incident", "escalation", "action", "timescale", "variant"}


@dataclass
class Run:
    """A simulation that ran, with every act that was tried and whether it was taken."""

    plan: Plan
    world: World
    simulated: Simulated
    tried: list[tuple[Command, datetime, bool]]
    progress: list[tuple[int, int]]

    @cached_property
    def recorded(self) -> list[Recorded]:
        return self.world.everything()

    @cached_property
    def entries(self) -> list[Entry]:
        return [one.entry for one in self.recorded]

    def facts(self, kind: type) -> list[Entry]:
        return [entry for entry in self.entries if isinstance(entry.fact, kind)]

    @property
    def escalations(self) -> list[Escalation]:
        return list(self.world.workflow.escalations())


def simulated(escalations: int, seed: int, years: int = 1, policy: str = "sandwell-2018") -> Run:
    plan = Plan(escalations, years, seed, UNTIL)
    world = World(
        policy,
        people={id: person for id, (person, _) in people().items()},
        began=f"{UNTIL.year - years}-11-20T00:00",
    )
    tried: list[tuple[Command, datetime, bool]] = []
    do = world.workflow.do

    def watched(command: Command, now: datetime, command_id: UUID | None = None):
        tried.append((command, now, False))
        done = do(command, now, command_id)
        tried[-1] = (command, now, True)
        return done

    world.workflow.do = watched
    told: list[tuple[int, int]] = []
    done = simulate(world.workflow, plan, lambda raised, of: told.append((raised, of)))
    return Run(plan, world, done, tried, told)


@cache
def a_year() -> Run:
    return simulated(300, seed=1)


def record_of(run: Run) -> str:
    """A hash of the record's bytes, but for the ids that the clock gives to its own commands."""
    digest = sha256()
    for one in run.recorded:
        same = replace(one, command=str(UUID(int=0))) if one.entry.by is None else one
        digest.update(written(same))
    return digest.hexdigest()


# --- The same from the same seed -------------------------------------------------------------


def test_the_same_seed_gives_the_same_record_and_another_seed_another() -> None:
    first, again, other = (record_of(simulated(40, seed)) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_the_record_does_not_depend_on_the_order_of_hashes() -> None:
    code = "from tests.process.test_simulation import *; print(record_of(simulated(25, 3)))"
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert printed == {f"{record_of(simulated(25, 3))}\n"}


# --- How much, and when ----------------------------------------------------------------------


def test_it_raises_as_many_escalations_as_planned_and_counts_what_it_did() -> None:
    run = a_year()
    taken = [command for command, _, was_taken in run.tried if was_taken]
    assert run.simulated.escalations == len(run.escalations) == 300
    assert run.simulated.incidents == len(list(run.world.workflow.incidents()))
    assert run.simulated.acts == len(taken)
    assert run.simulated.refused == len(run.tried) - len(taken)
    assert 15 <= len(run.entries) / 300 <= 30


@pytest.mark.parametrize(("escalations", "years"), [(1, 1), (2, 3), (30, 1)])
def test_few_escalations_are_as_many_as_planned_too(escalations: int, years: int) -> None:
    assert simulated(escalations, 5, years).simulated.escalations == escalations


@pytest.mark.parametrize("policy", ["four-stages", "two-five-two"])
def test_other_ladders_are_climbed_too(policy: str) -> None:
    run = simulated(60, 2, policy=policy)
    assert run.simulated.escalations == 60
    reached = {stage.stage for case in run.escalations for stage in case.stages}
    assert reached == {stage.id for stage in run.world.policy.stages}


def test_references_are_numbered_within_the_year_in_which_they_were_given() -> None:
    raised = a_year().facts(Raised)
    numbers: Counter[int] = Counter()
    for entry in raised:
        year = entry.recorded.year
        numbers[year] += 1
        assert entry.fact.escalation == f"ESC-{year}-{numbers[year]:04d}"
    assert set(numbers) == {2025, 2026}


def test_everything_is_recorded_in_order_within_the_years_in_working_hours() -> None:
    run = a_year()
    civil = run.world.policy.civil
    moments = [entry.recorded for entry in run.entries]
    assert all(earlier <= later for earlier, later in pairwise(moments))
    assert run.plan.begins(civil) == moments[0]
    assert moments[-1] < UNTIL
    for _, now, _ in run.tried:
        local = civil.local(now)
        assert local.weekday() < 5
        assert (8, 30) <= (local.hour, local.minute) < (17, 0)


def test_progress_is_told_each_working_morning() -> None:
    run = a_year()
    assert len(run.progress) == run.simulated.ticks + len(run.simulated.left_out)
    assert {of for _, of in run.progress} == {300}
    assert run.progress == sorted(run.progress)
    assert 250 < run.progress[-1][0] <= 300


@pytest.mark.parametrize("field", ["escalations", "years"])
def test_a_plan_of_nothing_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=f"{field}: has to be at least 1, not 0"):
        replace(Plan(1, 1, 1, UNTIL), **{field: 0})


def test_a_plan_up_to_a_moment_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="until: has to be a moment with its offset"):
        Plan(1, 1, 1, UNTIL.replace(tzinfo=None))


def test_people_of_every_role_and_several_agencies_take_part() -> None:
    listed = people()
    roles: dict[str, set[Role]] = {}
    for id, (person, name) in listed.items():
        assert person.id == id
        assert name
        roles.setdefault(person.agency, set()).add(person.role)
    unit = roles.pop(SCSP)
    assert {role for role in Role if role.side is not None} <= unit | set.union(*roles.values())
    assert 5 <= len(roles) <= 7
    of_agencies = {Role.AGENCY_REPRESENTATIVE, Role.PARTNERSHIP_REPRESENTATIVE, Role.SERVICE_LEAD}
    assert all(of_agencies <= held for held in roles.values())
    assert {case.agency for case in a_year().escalations} == set(roles)


# --- Everything happens ----------------------------------------------------------------------


def test_every_act_is_recorded() -> None:
    assert {command.act.name for command, _, taken in a_year().tried if taken} == set(ACTS)


def test_every_state_of_an_incident_and_its_timescales_occurs() -> None:
    incidents = list(a_year().world.workflow.incidents())
    assert {case.state for case in incidents} == set(IncidentState)
    found = {running.state for case in incidents for running in case.timescales.values()}
    found |= {case.timescale("review").state for case in incidents}
    assert found == set(TimescaleState)


def test_every_stage_has_open_cases_at_the_end_and_most_cases_are_closed() -> None:
    run = a_year()
    states = Counter(case.state for case in run.escalations)
    assert set(states) == {"resolved", *(stage.id for stage in run.world.policy.stages)}
    assert states["resolved"] > 200


def test_a_case_moves_on_for_every_reason() -> None:
    assert {entry.fact.reason for entry in a_year().facts(StageEntered)} == set(MoveReason)


def test_actions_end_in_every_state() -> None:
    states = {action.state for case in a_year().escalations for action in case.actions.values()}
    assert states == set(ActionState)


def test_cases_are_withdrawn_closed_as_no_longer_at_risk_and_left_open_though_settled() -> None:
    cases = a_year().escalations
    assert any(case.ending and case.ending.outcome == WITHDRAWN for case in cases)
    assert any(case.ending and case.no_longer_at_risk for case in cases)
    assert any(not case.ending and case.no_longer_at_risk for case in cases)
    month_ago = UNTIL - timedelta(days=30)
    assert any(not case.ending and case.settled and case.raised < month_ago for case in cases)


def test_agreed_actions_are_not_maintained_and_done_late() -> None:
    broken = [entry.fact.action for entry in a_year().facts(ActionNotMaintained)]
    assert len(broken) > 50
    late = [
        action
        for case in a_year().escalations
        for action in case.actions.values()
        if action.in_force and action.done_on and action.done_on > action.in_force.due
    ]
    assert len(late) > 20


def test_the_chair_sets_and_releases_actions() -> None:
    decisions = [entry.fact for entry in a_year().facts(DecisionMade)]
    assert any(fact.sets for fact in decisions)
    assert any(fact.releases for fact in decisions)


def test_the_agency_is_recorded_for_by_every_means_and_acknowledges_later_itself() -> None:
    run = a_year()
    assert {entry.by.means for entry in run.entries if entry.by} == {None, *Means}
    acknowledged: dict[tuple[str, str], list[Means | None]] = {}
    for one in run.recorded:
        fact, by = one.entry.fact, one.entry.by
        if isinstance(fact, ActionAcknowledged) and by and one.entry.side == "agency":
            acknowledged.setdefault((one.stream, fact.action), []).append(by.means)
    assert any(means[0] and means[-1] is None for means in acknowledged.values())


def test_some_acts_are_recorded_later_than_they_happened() -> None:
    late = [entry for entry in a_year().entries if entry.by and entry.occurred < entry.recorded]
    assert len(late) > 300
    assert any(entry.recorded - entry.occurred > timedelta(days=1) for entry in late)
    raised = {case.reference: case.raised for case in a_year().escalations}
    before = [
        command
        for command, _, taken in a_year().tried
        if taken and isinstance(command.act, RecordDiscussion)
        if command.occurred < raised[command.act.escalation]
    ]
    assert before
    assert len(before) < len(a_year().facts(DiscussionRecorded)) / 2


def test_confirming_goes_on_after_the_end() -> None:
    run = a_year()
    ends = {f"escalation:{case.reference}": case.ending for case in run.escalations}
    assert any(
        isinstance(one.entry.fact, ActionConfirmed)
        and (ending := ends[one.stream]) is not None
        and one.entry.occurred > ending.occurred
        for one in run.recorded
    )


# --- The clock and the calendar --------------------------------------------------------------


def test_the_clock_runs_each_working_morning_but_for_outages_after_which_moves_are_late() -> None:
    run = a_year()
    left_out = run.simulated.left_out
    assert run.simulated.ticks > 230
    assert 4 <= len(left_out) <= 20
    assert {run.world.policy.civil.local(moment).hour for moment in left_out} == {7}
    moves = [entry for entry in run.facts(StageEntered) if entry.by is None]
    late = [
        move for move in moves if any(move.occurred < moment < move.recorded for moment in left_out)
    ]
    assert late
    assert len(late) < len(moves) / 10


def test_christmas_is_declared_weeks_before_and_one_day_of_one_year_withdrawn() -> None:
    run = simulated(40, 4, years=3)
    declared = run.facts(ClosureDeclared)
    assert {entry.fact.day.year for entry in declared} >= {2023, 2024, 2025}
    assert all((entry.fact.day - entry.recorded.date()).days > 21 for entry in declared)
    withdrawn = run.facts(ClosureWithdrawn)
    assert [entry.fact.day for entry in withdrawn] == [declared[0].fact.day]


def test_a_closure_moves_limits_of_open_cases() -> None:
    assert a_year().facts(LimitMoved)


# --- Refusals and texts ----------------------------------------------------------------------


def test_now_and_then_an_act_is_refused() -> None:
    done = a_year().simulated
    assert 0 < done.refused < 0.05 * done.acts


def texts_of(act: Act) -> list[str]:
    """The texts that somebody wrote in an act, but for names and references."""
    found = []
    for part in fields(act):
        value = getattr(act, part.name)
        for one in value if isinstance(value, tuple) else (value,):
            if type(one) is str and part.name not in SHORT | NAMES:
                found.append(one)
            elif hasattr(one, "what"):
                found.append(one.what)
    return found


def test_no_text_draws_a_warning_and_their_lengths_vary() -> None:
    acts = [command.act for command, _, _ in a_year().tried]
    assert [warning for act in acts for warning in warnings_in(act)] == []
    lengths = sorted(len(text) for act in acts for text in texts_of(act))
    assert lengths[0] >= 30
    assert lengths[-1] <= 300
    assert lengths[len(lengths) // 20] < 60
    assert lengths[-len(lengths) // 20] > 120
    assert len({text for act in acts for text in texts_of(act)}) > 500
