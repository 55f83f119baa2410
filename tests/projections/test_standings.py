"""Where cases stand, and where they stood: at every moment, as it was known at every position."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.acts import (
    CompleteAction,
    ConfirmAction,
    ConveneRapidReview,
    DisputeCompletion,
    RecordAction,
    SendOutcome,
)
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.people import Side
from projections import standings
from tests.process.steps import NOTIFY_PANEL
from tests.projections.as_it_stood import counted, plain, told_at
from tests.projections.histories import A_YEAR, CORPUS, Plain, from_file, random_history
from tests.projections.kept import Kept, Stores, following
from tests.support import World, day

HISTORIES = 300
SHARES = 10
MICROSECOND = timedelta(microseconds=1)


# --- Where they stand --------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*CORPUS, A_YEAR], ids=lambda path: path.stem)
def test_the_outcome_of_a_case_file_is_read_from_the_views(stores: Stores, path):
    history = from_file(path)
    with stores.new(history.policies) as kept:
        for _ in following(kept, history.entries, random.Random(path.stem)):
            pass
        assert kept.outcome() == history.outcome()
        assert kept.dump() == kept.rebuilt()


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_case_file_played_into_the_store_itself_gives_the_same_rows(stores: Stores, path):
    history = from_file(path)
    with stores.new(history.policies) as kept, stores.new(history.policies) as played:
        for _ in following(kept, history.entries, random.Random(path.stem)):
            pass
        from_file(path, played.record, played.views)
        assert played.outcome() == history.outcome()
        assert played.dump() == kept.dump()


@pytest.mark.parametrize("seed", range(5000, 5030))
def test_a_history_played_into_the_store_itself_is_told_as_in_memory(stores: Stores, seed):
    history = random_history(seed)
    with stores.new(history.policies) as kept:
        random_history(seed, record=kept.record, index=kept.views)
        assert kept.outcome() == history.outcome()
        assert kept.dump() == kept.rebuilt()


def test_the_present_is_told_by_kind(stores: Stores):
    world = World().raised()
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        found = list(standings.present(kept.database, "escalation"))
        assert [(one.stream, one.reference, one.kind) for one in found] == [
            ("escalation:ESC-1", "ESC-1", "escalation")
        ]
        assert found[0].standing == world.shown()
        assert [one.kind for one in standings.present(kept.database)] == ["incident", "escalation"]


# --- Where they stood --------------------------------------------------------------------------


@pytest.mark.parametrize("share", range(SHARES))
def test_every_moment_as_known_at_every_position(stores: Stores, share: int):
    for seed in range(share, HISTORIES, SHARES):
        history = random_history(seed, random.Random(seed).randint(5, 10))
        with stores.holding(history.entries, history.policies) as kept:
            told_as_folded(kept, f"history {seed}")


def told_as_folded(kept: Kept, name: str) -> None:
    database, record = kept.database, kept.everything()
    (policy,) = kept.policies.values()
    counting = counted(record, policy)
    opened = list(dict.fromkeys(one.stream for one, _ in counting))
    for moment in moments(record):
        for position, expected in told_at(counting, moment, policy):
            found = list(standings.as_at(database, moment, position))
            told = {one.stream: one.standing for one in found}
            assert told == expected, f"{name}: {moment} as known at {position}"
            in_order = [stream for stream in opened if stream in told]
            assert [one.stream for one in found] == in_order
        never_raises(record, moment, expected, policy, opened)


def moments(record: Sequence[Recorded]) -> list[datetime]:
    """Each moment at which something happened, one microsecond before it, and one between each two."""
    occurred = sorted({one.entry.occurred for one in record})
    between = [earlier + (later - earlier) / 2 for earlier, later in pairwise(occurred)]
    before = [moment - MICROSECOND for moment in occurred]
    return sorted({*occurred, *before, *between, occurred[-1] + timedelta(days=400)})


def never_raises(record, moment, expected, policy, streams) -> None:
    for stream in streams:
        entries = [one.entry for one in record if one.stream == stream]
        case = standings.as_it_stood(entries, moment, stream, {policy.label: policy})
        assert (case is not None) == (stream in expected)
        assert case is None or plain(case, policy) == expected[stream]


def test_before_anything_nothing_stood(stores: Stores):
    world = World().raised()
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        last = kept.record.last()[0]
        opened = world.moment("2026-11-26T10:00")
        assert at(kept, opened - MICROSECOND, last) == {}
        assert list(at(kept, opened, last)) == ["incident:INC-1"]
        assert at(kept, world.moment("2027-01-01T00:00"), 1) == {}


def test_what_is_written_down_late_was_not_known_before(stores: Stores):
    """A discussion of Tuesday's agreed an action; it is written down on Thursday."""
    world = World().raised()
    record = RecordAction("ESC-1", "A1", "Send the chronology", Side.AGENCY, day("2026-12-10"))
    world.do("trust", "2026-12-03T10:00", record, occurred="2026-12-01T15:00")
    tuesday, monday = world.moment("2026-12-01T15:00"), world.moment("2026-11-30T12:00")
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        after = kept.record.last()[0]
        stream = "escalation:ESC-1"
        assert "A1" in at(kept, tuesday, after)[stream]["actions"]
        assert at(kept, tuesday, after - 1)[stream]["actions"] == {}
        assert at(kept, tuesday - MICROSECOND, after)[stream]["actions"] == {}
        assert at(kept, monday, after)[stream]["state"] == "initial_discussion"
        assert at(kept, tuesday, after)[stream]["state"] == "stage_1"


def test_one_case_is_looked_up_by_its_stream(stores: Stores):
    world = World().raised()
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        moment, last = world.moment("2026-12-01T12:00"), kept.record.last()[0]
        found = standings.as_at(kept.database, moment, last, "incident:INC-1")
        assert [one.reference for one in found] == ["INC-1"]


def test_a_confirmation_counts_from_when_the_action_was_done(stores: Stores):
    """Confirmed with the date of the 2nd, done on the 3rd by the claim: on the 2nd it was not done."""
    world = World().raised()
    world.agreed("2026-12-01T10:00", "2026-12-03")
    done, confirm = CompleteAction("ESC-1", "A1", "Sent"), ConfirmAction("ESC-1", "A1")
    world.do("trust", "2026-12-03T12:00", done, occurred="2026-12-03T11:00")
    world.do("officer", "2026-12-03T15:00", confirm, occurred="2026-12-02T09:00")
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        assert action_at(kept, world.moment("2026-12-02T10:00")) == ("agreed", None)
        assert action_at(kept, world.moment("2026-12-03T11:00")) == ("confirmed", "2026-12-03")
        as_it_was = as_it_stood(kept, world.moment("2026-12-02T10:00"))
        assert as_it_was["actions"]["A1"]["state"] == "agreed"


def test_a_confirmation_is_about_the_claim_that_was_recorded_last_before_it(stores: Stores):
    """Claimed on the 2nd and disputed, claimed again on the 5th; confirmed with the date of the 3rd.

    On the 3rd only the first claim had been made, and that one was disputed: nothing was confirmed.
    """
    world = World().raised()
    world.agreed("2026-12-01T10:00", "2026-12-10")
    done, confirm = CompleteAction("ESC-1", "A1", "Sent"), ConfirmAction("ESC-1", "A1")
    world.do("trust", "2026-12-02T12:00", done)
    world.do(
        "officer", "2026-12-04T09:00", DisputeCompletion("ESC-1", "A1", "Two pages are missing")
    )
    world.do("trust", "2026-12-05T12:00", done)
    world.do("officer", "2026-12-06T12:00", confirm, occurred="2026-12-03T09:00")
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        assert action_at(kept, world.moment("2026-12-03T10:00")) == ("done", "2026-12-02")
        assert action_at(kept, world.moment("2026-12-04T10:00")) == ("agreed", None)
        assert action_at(kept, world.moment("2026-12-05T12:00")) == ("confirmed", "2026-12-05")
        as_it_was = as_it_stood(kept, world.moment("2026-12-03T10:00"))
        assert as_it_was["actions"]["A1"]["state"] == "done"


def action_at(kept: Kept, moment: datetime) -> tuple[str, str | None]:
    action = at(kept, moment, kept.record.last()[0])["escalation:ESC-1"]["actions"]["A1"]
    return action["state"], action["done_on"]


def as_it_stood(kept: Kept, moment: datetime, stream: str = "escalation:ESC-1") -> Plain:
    entries: list[Entry] = [one.entry for one in kept.record.read(stream)]
    case = standings.as_it_stood(entries, moment, stream, kept.policies)
    (policy,) = kept.policies.values()
    assert case is not None
    return plain(case, policy)


def test_a_timescale_is_met_from_when_the_last_step_happened_also_within_one_day(stores: Stores):
    """The outcome was sent at 9, the review convened at 15 by the record: met at 15, not at 9."""
    world = World().reported()
    world.do("officer", "2026-11-27T10:00", NOTIFY_PANEL)
    convene, send = ConveneRapidReview("INC-1"), SendOutcome("INC-1")
    world.do("officer", "2026-12-02T16:00", convene, occurred="2026-12-01T15:00")
    world.do("officer", "2026-12-02T16:05", send, occurred="2026-12-01T09:00")
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        last = kept.record.last()[0]
        for written, state in (("09:00", "running"), ("14:59", "running"), ("15:00", "met")):
            moment = world.moment(f"2026-12-01T{written}")
            timescales = at(kept, moment, last)["incident:INC-1"]["timescales"]
            assert timescales["rapid_review"]["state"] == state, written


def at(kept: Kept, moment: datetime, position: int) -> dict[str, Plain]:
    found = standings.as_at(kept.database, moment, position)
    return {one.stream: dict(one.standing) for one in found}
