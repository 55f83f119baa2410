"""What the workflow may rely on of every index: which cases there are, and which have something due.

A class of its own gives the fixture ``world``: a :class:`World` whose workflow uses the index, and
``index`` in it; and ``anew``, which makes another index over what a world's record holds already.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cspr_workflow.application.handle import PARTNERSHIP
from cspr_workflow.application.ports import Followed, Index
from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    Act,
    Command,
    CompleteAction,
    ConfirmAction,
    DeclareClosure,
    Escalate,
    GiveReason,
    Notify,
    RecordAction,
    ReportIncident,
    Resolve,
    WithdrawClosure,
    WithdrawEscalation,
    WithdrawIncident,
)
from cspr_workflow.domain.acts import Body as NotifiedBody
from cspr_workflow.domain.errors import Code
from cspr_workflow.domain.partnership import (
    BankHolidayAnnounced,
    BankHolidayCancelled,
    ClockStoodStill,
    HorizonMoved,
)
from cspr_workflow.domain.people import Actor, Side
from tests.process.steps import COMMISSION, CONVENE, NO_REVIEW, SEND
from tests.support import World, day, raising

INC_1, INC_2 = "incident:INC-1", "incident:INC-2"
ESC_1, ESC_2 = "escalation:ESC-1", "escalation:ESC-2"
AT = "2026-11-30T10:00"
END_OF_DISCUSSION = "2026-12-01T00:00"
END_OF_STAGE_1 = "2026-12-04T00:00"
CLOSED = DeclareClosure(day("2026-12-03"), "Training day")
"""On working day 3 of an escalation raised on Monday 30 November."""
HELD_UP = timedelta(microseconds=1)


class IndexContract:
    """The index: it names candidates, the earliest first, and forgets none before it was handled."""

    @pytest.fixture
    def world(self) -> Any:
        """A world in which nothing has happened yet, with ``index``: what its workflow asks."""
        raise NotImplementedError

    @pytest.fixture
    def anew(self) -> Callable[[Any], Index]:
        """Makes another index over what a world's record holds."""
        raise NotImplementedError

    def due(self, world: Any, at: str) -> list[str]:
        """The streams with something due."""
        return list(world.index.due(world.moment(at)))

    # --- Which cases there are -----------------------------------------------------------------

    def test_a_partnership_without_a_case_has_none(self, world: Any) -> None:
        world.do("manager", AT, CLOSED)
        assert list(world.index.streams()) == []
        assert list(world.index.open_streams()) == []
        assert self.due(world, "2099-01-01T00:00") == []

    def test_cases_come_in_the_order_in_which_they_were_opened(self, world: Any) -> None:
        report(world, "INC-2")
        report(world, "INC-1")
        world.do("officer", AT, raising("ESC-2"))
        world.do("officer", AT, raising("ESC-1", incident="INC-2"))
        world.do("trust", AT, GiveReason("ESC-2", "On leave"))
        world.do("manager", AT, Notify("INC-2", NotifiedBody.OFSTED))
        assert list(world.index.streams()) == [INC_2, INC_1, ESC_2, ESC_1]
        world.tick("2026-12-11T07:00")
        assert list(world.index.streams()) == [INC_2, INC_1, ESC_2, ESC_1]

    def test_an_ended_case_is_still_a_case(self, world: Any) -> None:
        world.raised()
        world.do("manager", AT, WithdrawEscalation("ESC-1", "Raised in error"))
        assert list(world.index.streams()) == [INC_1, ESC_1]

    def test_the_partnership_is_no_case(self, world: Any) -> None:
        world.raised()
        world.do("manager", AT, CLOSED)
        assert PARTNERSHIP not in [*world.index.streams(), *world.index.open_streams()]
        assert PARTNERSHIP not in self.due(world, "2099-01-01T00:00")

    # --- What is due ---------------------------------------------------------------------------

    def test_a_case_is_due_at_the_very_moment_and_not_before(self, world: Any) -> None:
        world.raised()
        moment = world.moment(END_OF_DISCUSSION)
        assert list(world.index.due(moment - HELD_UP)) == []
        assert list(world.index.due(moment)) == [ESC_1]
        assert list(world.index.due(moment + HELD_UP)) == [ESC_1]

    def test_the_earliest_comes_first(self, world: Any) -> None:
        world.raised()
        world.do("officer", AT, raising("ESC-2"))
        world.do("manager", AT, Escalate("ESC-1", "No time to lose"))
        assert self.due(world, "2026-12-18T00:00") == [ESC_2, INC_1, ESC_1]

    def test_the_same_comes_in_batches_and_is_counted(self, world: Any) -> None:
        world.raised()
        world.do("officer", AT, raising("ESC-2"))
        world.do("manager", AT, Escalate("ESC-1", "No time to lose"))
        at = world.moment("2026-12-18T00:00")
        for size, batches in (
            (1, [[ESC_2], [INC_1], [ESC_1]]),
            (2, [[ESC_2, INC_1], [ESC_1]]),
            (3, [[ESC_2, INC_1, ESC_1]]),
            (4, [[ESC_2, INC_1, ESC_1]]),
        ):
            assert [list(one) for one in world.index.due_in_batches(at, size)] == batches
        assert world.index.count_due(at) == 3
        before = world.moment(END_OF_DISCUSSION) - HELD_UP
        assert list(world.index.due_in_batches(before, 2)) == []
        assert world.index.count_due(before) == 0

    def test_each_comes_once_also_where_a_batch_is_handled_before_the_next(
        self, world: Any
    ) -> None:
        world.raised()
        for reference in ("ESC-2", "ESC-3"):
            world.do("officer", AT, raising(reference))
        at, seen = world.moment("2026-12-18T00:00"), []
        for batch in world.index.due_in_batches(at, 2):
            seen += batch
            world.workflow.let_time_pass_in(batch, at)
        assert sorted(seen) == [ESC_1, ESC_2, "escalation:ESC-3", INC_1]
        assert world.index.count_due(at) == 0

    def test_asking_changes_nothing(self, world: Any) -> None:
        world.raised()
        for _ in range(3):
            assert self.due(world, END_OF_DISCUSSION) == [ESC_1]
        assert self.due(world, "2026-11-30T23:59") == []
        assert self.due(world, END_OF_DISCUSSION) == [ESC_1]

    def test_what_was_handled_is_due_again_with_its_next_step(self, world: Any) -> None:
        world.raised()
        world.workflow.let_time_pass(ESC_1, world.moment(END_OF_DISCUSSION))
        assert self.due(world, END_OF_DISCUSSION) == []
        assert self.due(world, "2026-12-03T23:59") == [INC_1]
        assert self.due(world, END_OF_STAGE_1) == [INC_1, ESC_1]

    def test_a_case_that_fails_stays_due_and_stops_nobody_else(self, world: Any) -> None:
        world.raised()
        world.do("officer", AT, raising("ESC-2"))
        world.workflow.let_time_pass(ESC_2, world.moment(END_OF_DISCUSSION))
        assert self.due(world, END_OF_DISCUSSION) == [ESC_1]
        assert self.due(world, "2026-12-02T12:00") == [ESC_1, INC_1]
        world.workflow.let_time_pass(ESC_1, world.moment("2026-12-02T12:00"))
        assert self.due(world, "2026-12-02T12:00") == [INC_1]

    def test_an_act_moves_what_is_due_next(self, world: Any) -> None:
        world.raised()
        world.do("manager", AT, Escalate("ESC-1", "No time to lose"))
        assert self.due(world, END_OF_DISCUSSION) == []
        assert ESC_1 in self.due(world, END_OF_STAGE_1)

    def test_a_refused_act_leaves_what_is_due_next(self, world: Any) -> None:
        world.raised()
        world.refused(Code.DUPLICATE_REFERENCE, "officer", AT, raising())
        assert self.due(world, END_OF_DISCUSSION) == [ESC_1]

    def test_a_preview_leaves_what_is_due_next(self, world: Any) -> None:
        world.raised()
        world.workflow.preview(
            command(world, "manager", Escalate("ESC-1", "Now")), world.moment(AT)
        )
        world.workflow.preview(command(world, "manager", CLOSED), world.moment(AT))
        assert self.due(world, "2026-11-30T23:59") == []
        assert self.due(world, END_OF_DISCUSSION) == [ESC_1]

    def test_an_action_falls_due_before_its_stage(self, world: Any) -> None:
        world.raised().at(END_OF_DISCUSSION).agreed("2026-12-01T10:00", "2026-12-02")
        assert self.due(world, "2026-12-02T23:59") == [INC_1]
        assert self.due(world, "2026-12-03T00:00") == [INC_1, ESC_1]

    def test_a_timescale_of_an_incident_falls_due(self, world: Any) -> None:
        report(world, "INC-1")
        assert self.due(world, "2026-12-01T23:59") == []
        assert self.due(world, "2026-12-02T00:00") == [INC_1]
        world.tick("2026-12-02T00:00")
        assert self.due(world, "2099-01-01T00:00") == []

    # --- What is not due -----------------------------------------------------------------------

    @pytest.mark.parametrize("ending", ["withdrawn", "resolved"])
    def test_an_ended_escalation_is_never_due(self, world: Any, ending: str) -> None:
        world.raised()
        if ending == "withdrawn":
            world.do("manager", AT, WithdrawEscalation("ESC-1", "Raised in error"))
        else:
            world.do("manager", AT, Resolve("ESC-1", "Received"))
        assert ESC_1 not in self.due(world, "2099-01-01T00:00")
        assert list(world.index.open_streams()) == [INC_1]

    def test_a_settled_escalation_is_due_for_nothing(self, world: Any) -> None:
        """Everything agreed is done and confirmed: its stage waits for somebody to close it."""
        settle(world.raised())
        assert world.escalation().settled
        assert ESC_1 not in self.due(world, "2099-01-01T00:00")

    def test_an_escalation_no_longer_at_risk_is_due_for_nothing(self, world: Any) -> None:
        world.raised("notification")
        for body in NotifiedBody:
            world.do("officer", AT, Notify("INC-1", body))
        assert world.escalation().no_longer_at_risk
        assert ESC_1 not in self.due(world, "2099-01-01T00:00")
        assert ESC_1 not in world.index.open_streams()

    def test_an_escalation_no_longer_at_risk_keeps_its_actions(self, world: Any) -> None:
        world.raised("notification").agreed(AT, "2026-12-08")
        for body in NotifiedBody:
            world.do("officer", AT, Notify("INC-1", body))
        assert ESC_1 not in self.due(world, "2026-12-08T23:59")
        assert ESC_1 in self.due(world, "2026-12-09T00:00")

    @pytest.mark.parametrize("ending", ["withdrawn", "no review"])
    def test_an_incident_that_ended_is_never_due(self, world: Any, ending: str) -> None:
        report(world, "INC-1")
        at = "2026-11-27T10:00"
        if ending == "withdrawn":
            world.do("manager", at, WithdrawIncident("INC-1", "No criteria"))
        else:
            notify = [Notify("INC-1", body) for body in NotifiedBody]
            for step in (*notify, CONVENE, SEND, NO_REVIEW):
                world.do("manager", at, step)
        assert world.incident().state.is_end
        assert self.due(world, "2099-01-01T00:00") == []
        assert list(world.index.open_streams()) == []

    def test_an_incident_is_open_as_long_as_a_timescale_runs(self, world: Any) -> None:
        report(world, "INC-1")
        assert list(world.index.open_streams()) == [INC_1]
        for step in (*(Notify("INC-1", body) for body in NotifiedBody), CONVENE):
            world.do("manager", "2026-11-27T10:00", step)
        assert list(world.index.open_streams()) == [INC_1], "the rapid review's time is running"
        world.do("manager", "2026-11-27T10:00", SEND)
        world.do("manager", "2026-11-27T10:00", COMMISSION)
        assert list(world.index.open_streams()) == [INC_1], "the review's own time is running"

    # --- Changes of the calendar ---------------------------------------------------------------

    @pytest.mark.parametrize(
        "change",
        [CLOSED, BankHolidayAnnounced(CLOSED.day, "State funeral")],
        ids=["a closure", "a bank holiday"],
    )
    def test_a_change_of_the_calendar_wakes_the_cases_that_it_moves(
        self, world: Any, change: Any
    ) -> None:
        world.raised()
        assert self.due(world, AT) == []
        if isinstance(change, Act):
            world.do("manager", AT, change)
        else:
            world.adopt(AT, change)
        assert ESC_1 in self.due(world, AT)
        world.tick(AT)
        assert self.due(world, AT) == []
        assert world.shown()["last_days"]["stage_1"] == "2026-12-04"

    def test_each_change_wakes_them_anew(self, world: Any) -> None:
        world.raised()
        world.do("manager", AT, CLOSED)
        world.tick(AT)
        world.do("manager", "2026-11-30T11:00", WithdrawClosure(CLOSED.day, "Put off"))
        assert ESC_1 in self.due(world, "2026-11-30T11:00")
        world.adopt("2026-11-30T12:00", BankHolidayAnnounced(CLOSED.day, "State funeral"))
        world.adopt("2026-11-30T12:00", BankHolidayCancelled(CLOSED.day, "State funeral"))
        world.tick("2026-11-30T12:00")
        assert world.shown()["last_days"]["stage_1"] == "2026-12-03"
        assert self.due(world, "2026-11-30T12:00") == []

    def test_a_change_wakes_no_case_that_ended_or_is_no_longer_at_risk(self, world: Any) -> None:
        world.raised("notification")
        world.do("officer", AT, raising("ESC-2"))
        world.do("manager", AT, WithdrawEscalation("ESC-2", "Raised in error"))
        for body in NotifiedBody:
            world.do("officer", AT, Notify("INC-1", body))
        world.do("manager", "2026-11-30T11:00", CLOSED)
        assert {ESC_1, ESC_2}.isdisjoint(self.due(world, "2026-11-30T11:00"))

    def test_a_case_that_was_due_before_a_change_is_not_forgotten_for_it(self, world: Any) -> None:
        """Nobody let time pass since midnight; the change itself moves nothing in the case."""
        world.raised()
        far = DeclareClosure(day("2027-06-02"), "Far away")
        world.do("manager", "2026-12-01T10:00", far)
        assert ESC_1 in self.due(world, "2026-12-01T10:00")
        world.tick("2026-12-01T10:00")
        assert [stage for stage, *_ in world.stages()] == ["initial_discussion", "stage_1"]

    def test_after_a_change_the_earliest_still_comes_first(self, world: Any) -> None:
        """ESC-2 has been due since midnight, when the change wakes both."""
        world.raised()
        world.do("officer", AT, raising("ESC-2"))
        world.do("manager", AT, Escalate("ESC-1", "No time to lose"))
        world.do("manager", "2026-12-01T10:00", CLOSED)
        due = self.due(world, "2026-12-01T10:00")
        assert due.index(ESC_2) < due.index(ESC_1)

    def test_a_change_that_only_knows_more_years_is_followed_too(self, world: Any) -> None:
        world.raised()
        world.adopt(AT, HorizonMoved("holidays 0.120", 2030))
        world.tick(AT)
        assert self.due(world, AT) == []
        assert self.due(world, END_OF_DISCUSSION) == [ESC_1]

    def test_what_is_no_change_of_the_calendar_wakes_nobody(self, world: Any) -> None:
        world.raised()
        world.adopt(AT, ClockStoodStill(world.moment("2026-11-30T09:30"), world.moment(AT)))
        assert self.due(world, AT) == []

    def test_a_case_opened_after_a_change_is_not_woken_by_it(self, world: Any) -> None:
        report(world, "INC-1")
        world.do("manager", AT, CLOSED)
        world.do("officer", AT, raising())
        world.tick(AT)
        assert self.due(world, AT) == []
        assert self.due(world, END_OF_DISCUSSION) == [ESC_1]

    # --- Over a record that is not empty -------------------------------------------------------

    def test_an_index_made_later_knows_the_same(
        self, world: Any, anew: Callable[[Any], Index]
    ) -> None:
        world.raised().agreed(AT, "2026-12-02")
        report(world, "INC-2", "2026-11-30T11:00")
        world.do("officer", "2026-11-30T11:00", raising("ESC-2", incident="INC-2"))
        world.do("manager", "2026-11-30T11:00", WithdrawEscalation("ESC-2", "In error"))
        later = anew(world)
        assert list(later.streams()) == list(world.index.streams()) == [INC_1, ESC_1, INC_2, ESC_2]
        assert {*later.open_streams()} == {*world.index.open_streams()} == {INC_1, ESC_1, INC_2}
        for at in (AT, END_OF_DISCUSSION, "2026-12-02T12:00", "2027-03-01T07:00"):
            assert list(later.due(world.moment(at))) == self.due(world, at)

    def test_an_index_made_later_knows_of_a_change_that_no_case_has_seen(
        self, world: Any, anew: Callable[[Any], Index]
    ) -> None:
        world.raised()
        world.do("manager", AT, CLOSED)
        assert ESC_1 in anew(world).due(world.moment(AT))

    def test_following_nothing_changes_nothing(self, world: Any) -> None:
        world.raised()
        world.index.follow(Followed(()))
        assert list(world.index.streams()) == [INC_1, ESC_1]
        assert self.due(world, END_OF_DISCUSSION) == [ESC_1]


def command(world: World, by: str, act: Act) -> Command:
    """What somebody asks for at 10:00 on Monday 30 November."""
    return Command(act, Actor(world.people[by]), world.moment(AT))


def report(world: World, incident: str, at: str = "2026-11-26T10:00") -> None:
    """An incident of Tuesday 24 November 2026."""
    world.do("officer", at, ReportIncident(incident, day("2026-11-24"), day("2026-11-25")))


def settle(world: World) -> None:
    """One action, agreed, done and confirmed."""
    record = RecordAction("ESC-1", "A1", "Send it", Side.AGENCY, day("2026-12-08"))
    world.do("officer", AT, record)
    world.do("trust", AT, AcknowledgeAction("ESC-1", "A1"))
    world.do("trust", AT, CompleteAction("ESC-1", "A1", "Sent"))
    world.do("officer", AT, ConfirmAction("ESC-1", "A1"))
