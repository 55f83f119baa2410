"""The record of agreed actions, read from the views: all of it, what is asked for, and what became of it."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest

from cspr_workflow.domain.actions import (
    ActionAcknowledged,
    ActionCompleted,
    ActionNotMaintained,
    ActionRecorded,
    ActionState,
    ActionVaried,
    ReleaseSaid,
)
from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    CompleteAction,
    RecordAction,
    ReleaseAction,
    VaryAction,
    WithdrawEscalation,
)
from cspr_workflow.domain.escalation_facts import DecisionMade
from cspr_workflow.domain.people import Side
from cspr_workflow.domain.texts import SealedText
from projections.agreed_actions import ActionRecord, Asked, agreed_actions, asked_for, page_of
from projections.paging import Page
from tests.projections.histories import A_YEAR, CORPUS, ROOT, from_file, random_history
from tests.projections.kept import Kept, Stores
from tests.projections.plans import goes_through_indexes, plans, sorts
from tests.support import World, day, raising


def asked(kept: Kept, **wanted) -> list[ActionRecord]:
    return list(asked_for(kept.database, kept.record, Asked(**wanted)))


@pytest.mark.parametrize("path", [*CORPUS, A_YEAR], ids=lambda path: path.stem)
def test_every_action_of_a_case_file_is_told_with_every_entry(stores: Stores, path):
    history = from_file(path)
    with stores.holding(history.entries, history.policies) as kept:
        assert asked(kept) == agreed_actions(kept.everything())
        kept.views.rebuild()
        assert asked(kept) == agreed_actions(kept.everything())


# --- What is asked for -------------------------------------------------------------------------

QUESTIONS: dict[str, Callable[[ActionRecord], object]] = {
    "agency": lambda one: one.agency,
    "escalation": lambda one: one.escalation,
    "state": lambda one: one.action.state,
    "outstanding": lambda one: one.action.outstanding,
}


@pytest.mark.parametrize("seed", range(7000, 7015))
def test_only_what_is_asked_for_is_told(stores: Stores, seed: int):
    history = random_history(seed)
    with stores.holding(history.entries, history.policies) as kept:
        everything = agreed_actions(kept.everything())
        for name, value_of in QUESTIONS.items():
            for value in {value_of(one) for one in everything} | set(NONE_OF_ITS_KIND[name]):
                expected = [one for one in everything if value_of(one) == value]
                assert asked(kept, **{name: value}) == expected, (name, value)
        dues = sorted({one.action.shown.due for one in everything})
        for first in dues:
            since = [one for one in everything if one.action.shown.due >= first]
            assert asked(kept, due_from=first) == since
            for last in dues:
                until = [one for one in since if one.action.shown.due <= last]
                assert asked(kept, due_from=first, due_to=last) == until


NONE_OF_ITS_KIND: dict[str, tuple[object, ...]] = {
    "agency": ("Nobody",),
    "escalation": ("ESC-99",),
    "state": tuple(ActionState),
    "outstanding": (True, False),
}


def test_several_questions_at_once(stores: Stores):
    with stores.holding(*two_escalations()) as kept:
        found = asked(kept, agency="Police", outstanding=True, due_to=day("2026-12-09"))
        assert [(one.escalation, one.action.reference) for one in found] == [("ESC-2", "B1")]
        assert [one.escalation for one in asked(kept, incident="INC-1")] == ["ESC-1"] * 2 + [
            "ESC-2"
        ] * 2
        assert asked(kept, incident="INC-2") == []


def test_the_actions_come_by_escalation_and_in_the_order_of_their_first_record(stores: Stores):
    with stores.holding(*two_escalations()) as kept:
        in_order = [("ESC-1", "A9"), ("ESC-1", "A1"), ("ESC-2", "B2"), ("ESC-2", "B1")]
        assert [(one.escalation, one.action.reference) for one in asked(kept)] == in_order
        kept.views.rebuild()
        assert [(one.escalation, one.action.reference) for one in asked(kept)] == in_order


def two_escalations():
    """Two actions each, recorded in turn; those of ESC-2, against the Police, first."""
    world = World().raised()
    world.do("officer", "2026-11-30T10:00", raising("ESC-2", agency="Police"))
    for escalation, action, due in (
        ("ESC-2", "B2", "2026-12-10"),
        ("ESC-1", "A9", "2026-12-08"),
        ("ESC-2", "B1", "2026-12-09"),
        ("ESC-1", "A1", "2026-12-09"),
    ):
        record = RecordAction(escalation, action, "Send the chronology", Side.AGENCY, day(due))
        world.do("officer", "2026-11-30T11:00", record)
    return world.everything(), world.policy_file.book


# --- What became of it -------------------------------------------------------------------------


def test_both_sides_wordings_are_told_opened_where_they_differ(stores: Stores):
    world = World().raised()
    record = RecordAction("ESC-1", "A1", "Send the chronology", Side.AGENCY, day("2026-12-08"))
    world.do("trust", "2026-12-01T14:10", record)
    vary = VaryAction("ESC-1", "A1", "Send the whole chronology", day("2026-12-03"))
    world.do("officer", "2026-12-01T15:00", vary)
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        (one,) = asked(kept)
        assert one.action.state is ActionState.DIFFERING
        assert {side: opened_terms(kept, one, side) for side in Side} == {
            Side.AGENCY: ("Send the chronology", day("2026-12-08")),
            Side.SCSP: ("Send the whole chronology", day("2026-12-03")),
        }
        assert opened_terms(kept, one, None) == ("Send the chronology", day("2026-12-08"))


def opened_terms(kept: Kept, one: ActionRecord, side: Side | None) -> tuple[str, date]:
    """A side's terms, or without a side those that are shown; the text is sealed until it is opened."""
    terms = one.action.record_of(side) if side else one.action.shown
    assert terms is not None
    assert isinstance(terms.what, SealedText)
    return kept.record.opened(terms.what), terms.due


def test_no_view_holds_a_text_that_somebody_wrote(stores: Stores):
    world = World().raised()
    world.agreed("2026-12-01T10:00", "2026-12-03")
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        rows = " ".join(kept.dump())
        assert "chronology" not in rows.replace("chronology (", "")
        assert "sealed:" in rows


def test_the_history_of_an_action_is_complete_and_in_order(stores: Stores):
    world = World().raised()
    world.agreed("2026-12-01T10:00", "2026-12-02")
    world.tick("2026-12-03T07:00")
    vary = VaryAction("ESC-1", "A1", due=day("2026-12-08"))
    world.do("trust", "2026-12-03T08:00", vary)
    world.agreed("2026-12-03T09:00", "2026-12-09", action="A2")
    world.do("officer", "2026-12-03T10:00", AcknowledgeAction("ESC-1", "A1"))
    world.do("trust", "2026-12-03T11:00", CompleteAction("ESC-1", "A1", "Sent by courier"))
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        first, second = asked(kept)
        assert [type(entry.fact) for entry in first.entries] == [
            ActionRecorded,
            ActionAcknowledged,
            ActionNotMaintained,
            ActionVaried,
            ActionAcknowledged,
            ActionCompleted,
        ]
        assert [entry.author for entry in first.entries] == [
            "officer",
            "trust",
            "clock",
            "trust",
            "officer",
            "trust",
        ]
        assert [type(entry.fact) for entry in second.entries] == [
            ActionRecorded,
            ActionAcknowledged,
        ]
        assert first.action.state is ActionState.DONE
        assert not first.action.outstanding


def test_an_action_released_by_the_chair_is_told_as_released_by_decision(stores: Stores):
    history = from_file(ROOT / "tests" / "cases" / "20-the-chair-releases-and-sets.json")
    with stores.holding(history.entries, history.policies) as kept:
        by_decision = [one for one in asked(kept) if one.released_by_decision]
        assert [one.action.reference for one in by_decision] == ["A1"]
        assert by_decision[0].action.state is ActionState.RELEASED
        assert isinstance(by_decision[0].entries[-1].fact, DecisionMade)
        (set_by_it,) = (one for one in asked(kept) if not one.released_by_decision)
        assert isinstance(set_by_it.entries[0].fact, DecisionMade)


def test_an_action_released_by_both_sides_is_not_released_by_decision(stores: Stores):
    world = World().raised()
    world.agreed("2026-12-01T10:00", "2026-12-03")
    release = ReleaseAction("ESC-1", "A1", "No longer needed")
    world.do("officer", "2026-12-01T11:00", release)
    world.do("trust", "2026-12-01T12:00", release)
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        (one,) = asked(kept, state=ActionState.RELEASED)
        assert [type(entry.fact) for entry in one.entries[-2:]] == [ReleaseSaid, ReleaseSaid]
        assert not one.released_by_decision
        assert not one.open_at_the_end


def test_what_is_outstanding_at_the_end_is_told_as_open_at_the_end(stores: Stores):
    world = World().raised()
    world.agreed("2026-12-01T10:00", "2026-12-03")
    world.agreed("2026-12-01T10:00", "2026-12-03", action="A2")
    world.do("trust", "2026-12-01T11:00", CompleteAction("ESC-1", "A2", "Sent"))
    before = world.everything()
    world.do("manager", "2026-12-01T15:00", WithdrawEscalation("ESC-1", "Raised twice"))
    with stores.holding(before, world.policy_file.book) as kept:
        assert [one.open_at_the_end for one in asked(kept)] == [False, False]
        kept.append(world.everything()[len(before) :])
        ended = {one.action.reference: one.open_at_the_end for one in asked(kept)}
        assert ended == {"A1": True, "A2": False}


# --- Page by page ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(7000, 7010))
@pytest.mark.parametrize("latest_first", [False, True])
def test_pages_tell_what_is_asked_for_by_the_day_due(stores: Stores, seed: int, latest_first: bool):
    history, rng = random_history(seed), random.Random(seed)
    with stores.holding(history.entries, history.policies) as kept:
        everything = agreed_actions(kept.everything())
        for _ in range(20):
            asking = any_question(rng, everything)
            expected = {
                (one.escalation, one.action.reference): one for one in asked(kept, **asking)
            }
            page, found = Page(1, rng.randint(1, 4)), []
            while True:
                part = page_of(
                    kept.database,
                    kept.record,
                    Asked(**asking),
                    page=page,
                    latest_first=latest_first,
                )
                assert (part.total, part.exact) == (len(expected), True)
                found += part.lines
                if not part.more:
                    break
                page = Page(page.number + 1, page.size)
            assert len(found) == len(expected)
            assert all(expected[one.escalation, one.action.reference] == one for one in found)
            dues = [one.action.shown.due for one in found]
            assert dues == sorted(dues, reverse=latest_first)


def any_question(rng: random.Random, everything: list[ActionRecord]) -> dict[str, object]:
    """Some of what is so of one of the actions, or of what an action could be."""
    if not everything:
        return {}
    like = rng.choice(everything)
    due = like.action.shown.due
    so: dict[str, object] = {name: value_of(like) for name, value_of in QUESTIONS.items()}
    so |= {"incident": "INC-1", "due_from": due - timedelta(days=3), "due_to": due}
    return {name: so[name] for name in rng.sample(list(so), rng.randint(0, 3))}


OF_MANY: tuple[dict[str, object], ...] = (
    {"agency": "Police"},
    {"state": ActionState.AGREED},
    {"agency": "Police", "state": ActionState.CONFIRMED},
    {"outstanding": True},
    {"outstanding": True, "agency": "Police"},
    {"outstanding": True, "state": ActionState.AGREED},
    {"due_from": day("2020-01-01"), "due_to": day("2020-01-31")},
    {"agency": "Police", "due_from": day("2020-01-01")},
)


@pytest.mark.parametrize("wanted", OF_MANY, ids=str)
def test_a_page_goes_through_an_index_in_the_order_in_which_it_is_shown(stores: Stores, wanted):
    with stores.new(World().policy_file.book) as kept:
        plan = goes_through_indexes(
            kept.database, lambda: page_of(kept.database, kept.record, Asked(**wanted))
        )
        assert not sorts(plan)


def test_a_page_of_all_actions_is_read_from_the_index_in_whose_order_it_is_shown(stores: Stores):
    with stores.new(World().policy_file.book) as kept:
        plan = plans(kept.database, lambda: page_of(kept.database, kept.record, Asked()))
        assert "SCAN a USING INDEX agreed_actions_by_due" in plan
        assert not sorts(plan)


@pytest.mark.parametrize("case", [{"escalation": "ESC-1"}, {"incident": "INC-1"}], ids=str)
def test_the_actions_of_one_case_are_looked_up_by_it(stores: Stores, case: dict[str, str]):
    others = {"state": ActionState.AGREED, "agency": "Police", "outstanding": True}
    with stores.new(World().policy_file.book) as kept:
        for also in ({}, {**others, "due_from": day("2020-01-01")}):
            wanted = Asked(**case, **also)
            plan = goes_through_indexes(
                kept.database, partial(page_of, kept.database, kept.record, wanted)
            )
            looked_up = {step for step in plan if step.startswith("SEARCH a ")}
            assert looked_up == {"SEARCH a USING PRIMARY KEY (stream=?)"}
