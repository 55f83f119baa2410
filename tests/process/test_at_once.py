"""Acts that are recorded within the same minute, the later one first: nobody waits for another's clock."""

import pytest

from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.ports import Record
from cspr_workflow.domain.acts import AcknowledgeAction, GiveReason, Inform, Informed, RecordAction
from cspr_workflow.domain.people import Means, Side
from projections.due_items import MemoryIndex
from tests.support import World, day

LATER, EARLIER = "2026-12-02T15:00:40", "2026-12-02T15:00:20"
INFORM = Inform("ESC-1", Informed.BUSINESS_MANAGER)


class Counted:
    """A record that counts what it is asked to append."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self.append_count = 0

    def append(self, *asked):
        self.append_count += 1
        return self._record.append(*asked)

    def __getattr__(self, name):
        return getattr(self._record, name)


@pytest.fixture
def world() -> World:
    return World().raised()


def counted(world: World) -> Counted:
    record = Counted(world.record)
    policies = world.policy_file.book
    world.workflow = Workflow(record, MemoryIndex.over(record, policies), policies)
    return record


def test_an_act_that_was_overtaken_within_the_minute_is_recorded_behind_the_other(world):
    world.do("trust", LATER, GiveReason("ESC-1", "On leave"))
    record = counted(world)
    (*_, informed) = world.do("officer", EARLIER, INFORM)
    assert informed.recorded == world.moment(LATER)
    assert informed.occurred == world.moment(EARLIER)
    assert record.append_count == 1


@pytest.mark.parametrize("now", ["2026-12-02T14:59:59", "2026-12-02T15:00:00"])
def test_it_is_decided_again_where_another_minute_or_day_may_have_begun(world, now):
    world.do("trust", LATER, GiveReason("ESC-1", "On leave"))
    record = counted(world)
    (*_, informed) = world.do("officer", now, INFORM)
    assert informed.recorded == world.moment(LATER)
    assert record.append_count == 2


def test_what_the_clock_does_because_of_the_act_has_the_moment_of_its_record(world):
    """An action in force only after its day: it is not maintained from the moment on which it is in force."""
    agreed = RecordAction("ESC-1", "A1", "Send the chronology", Side.AGENCY, day("2026-12-01"))
    world.do("officer", "2026-12-01T09:00", agreed)
    world.do("trust", LATER, GiveReason("ESC-1", "On leave"))
    entries = world.do(
        "officer",
        EARLIER,
        AcknowledgeAction("ESC-1", "A1"),
        occurred="2026-12-01T16:00",
        means=Means.CALL,
    )
    moments = {entry.occurred for entry in entries if entry.by is None}
    assert moments == {world.moment(LATER)}
    assert {entry.recorded for entry in entries} == {world.moment(LATER)}
