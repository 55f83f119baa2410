"""The register: cases are found by what is known of them, page by page, through indexes."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest

from cspr_workflow.application.ports import Recorded
from cspr_workflow.application.transaction import evolved
from cspr_workflow.domain.acts import Resolve
from cspr_workflow.domain.calendar import CivilTime
from cspr_workflow.domain.clock import next_due
from cspr_workflow.domain.escalation import Escalation
from projections.database import Database
from projections.paging import MOST_COUNTED, Page
from projections.register import Listed, Search, register
from tests.projections import many
from tests.projections.histories import A_YEAR, History, from_file, random_history
from tests.projections.kept import Kept, Stores, following
from tests.projections.plans import goes_through_indexes, plans, sorts, steps
from tests.support import TRUST, World, day, raising

CIVIL = CivilTime("Europe/London")
ALL = Page(size=10_000)


def found(database: Database, page: Page = ALL, **asked: object) -> list[str]:
    return [one.reference for one in register(database, Search(**asked), CIVIL, page=page).lines]


@contextmanager
def three(stores: Stores) -> Iterator[Kept]:
    """Three escalations about INC-1; the last is against the Police, and resolved."""
    world = World().reported()
    world.do("officer", "2026-11-30T09:30", raising("ESC-2026-0042"))
    world.do("officer", "2026-12-01T09:30", raising("ESC-2026-0142"))
    world.do("officer", "2026-12-01T10:00", raising("POL 9/12", agency="Police"))
    world.do("officer", "2026-12-01T11:00", Resolve("POL 9/12", "It came"))
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        yield kept


# --- What is found -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["POL 9/12", "ESC-2026-0142", "ESC-2026-0042", "INC-1"]),
        ("42", ["ESC-2026-0042"]),
        ("0042", ["ESC-2026-0042"]),
        ("142", ["ESC-2026-0142"]),
        (" esc-2026 ", ["ESC-2026-0142", "ESC-2026-0042"]),
        ("2026 0", ["ESC-2026-0142", "ESC-2026-0042"]),
        ("9-12", ["POL 9/12"]),
        ("inc-1", ["POL 9/12", "ESC-2026-0142", "ESC-2026-0042", "INC-1"]),
        ("SC-2026", []),
        ("-", []),
        ("%", []),
        ("ESC-2027", []),
    ],
)
def test_cases_are_found_by_the_beginning_of_a_reference_or_of_a_part_of_it(
    stores: Stores, text: str, expected: list[str]
):
    with three(stores) as kept:
        assert found(kept.database, text=text) == expected


def test_a_line_tells_what_a_case_is_about(stores: Stores):
    with three(stores) as kept:
        (line,) = register(kept.database, Search("0142"), CIVIL).lines
        assert line.due is not None
        assert replace(line, due=None) == Listed(
            "escalation:ESC-2026-0142",
            "escalation",
            "ESC-2026-0142",
            "INC-1",
            TRUST,
            "rapid_review",
            "initial_discussion",
            True,
            day("2026-12-01"),
            None,
            False,
        )


def test_an_agency_finds_its_own_cases_and_what_they_are_about(stores: Stores):
    with three(stores) as kept:
        assert found(kept.database, agency="Police") == ["POL 9/12", "INC-1"]
        assert found(kept.database, agency="Police", kind="escalation") == ["POL 9/12"]
        assert found(kept.database, agency="Police", text="0142") == []
        assert found(kept.database, agency="Nobody") == []


def of_the_record(history: History) -> list[Listed]:
    """Every case as the record tells it, without the views."""
    told = []
    for stream in history.streams:
        entries = history.record.read(stream)
        case = None
        for one in entries:
            case = evolved(case, stream, one.entry)
        assert case is not None
        policy = history.workflow.policy(case.policy)
        due = next_due(case, policy)
        is_escalation = isinstance(case, Escalation)
        told.append(
            Listed(
                stream,
                "escalation" if is_escalation else "incident",
                case.reference,
                case.incident if is_escalation else case.reference,
                case.agency if is_escalation else None,
                case.timescale if is_escalation else None,
                str(case.state),
                case.ending is None if is_escalation else not case.state.is_end,
                policy.civil.day(entries[0].entry.occurred),
                due.moment if due else None,
                passed=False,
            )
        )
    order = {stream: number for number, stream in enumerate(history.streams)}
    return sorted(told, key=lambda one: (one.raised_on, order[one.stream]), reverse=True)


def is_meant(one: Listed, search: Search, everything: list[Listed]) -> bool:
    """Whether a case is looked for, told a second way."""
    agencies = {one.agency}
    if one.kind == "incident":
        agencies = {other.agency for other in everything if other.incident == one.reference}
    due_on = CIVIL.counted_from(one.due) if one.due else None
    return all(
        (
            search.kind in (None, one.kind),
            search.state in (None, one.state),
            search.agency is None or search.agency in agencies,
            search.timescale in (None, one.timescale),
            search.closed in (None, not one.is_open),
            search.raised_from is None or search.raised_from <= one.raised_on,
            search.raised_to is None or one.raised_on <= search.raised_to,
            search.due_from is None or (due_on is not None and search.due_from <= due_on),
            search.due_to is None or (due_on is not None and due_on <= search.due_to),
            any(
                text.lower().startswith(search.text.lower())
                for text in (one.reference, one.incident)
            ),
        )
    )


def any_search(rng: random.Random, everything: list[Listed]) -> Search:
    """A search for something like one of the cases, by a few things about it."""
    like = rng.choice(everything)
    days = timedelta(days=rng.randint(0, 20))
    near = CIVIL.counted_from(like.due) if like.due else like.raised_on
    given = {
        "text": like.reference[: rng.randint(1, 5)],
        "kind": like.kind,
        "state": like.state,
        "agency": like.agency,
        "timescale": like.timescale,
        "closed": rng.random() < 0.5,
        "raised_from": like.raised_on - days,
        "raised_to": like.raised_on + days,
        "due_from": near - days,
        "due_to": near,
    }
    return Search(**{name: given[name] for name in rng.sample(list(given), rng.randint(0, 3))})


@pytest.mark.parametrize("seed", [*range(7000, 7012), None])
def test_any_search_finds_what_the_record_says_page_by_page(stores: Stores, seed: int | None):
    history = from_file(A_YEAR) if seed is None else random_history(seed)
    rng = random.Random(f"register {seed}")
    with stores.new(history.policies) as kept:
        for _ in following(kept, history.entries, rng):
            pass
        everything = of_the_record(history)
        for _ in range(40):
            search, page = any_search(rng, everything), Page(1, rng.randint(1, 5))
            expected = [one for one in everything if is_meant(one, search, everything)]
            lines: list[Listed] = []
            while True:
                part = register(kept.database, search, CIVIL, page=page)
                assert (part.total, part.exact) == (len(expected), True), search
                lines += part.lines
                if not part.more:
                    break
                page = replace(page, number=page.number + 1)
            assert [replace(one, passed=False) for one in lines] == expected, search


@pytest.mark.parametrize(("number", "size"), [(0, 10), (-1, 10), (1, 0)])
def test_there_is_no_such_page(number: int, size: int):
    with pytest.raises(ValueError, match=r"^(page|size): .*\.$"):
        Page(number, size)


# --- What it costs -------------------------------------------------------------------------------

WEEK = {"due_from": date(2026, 11, 24), "due_to": date(2026, 11, 30)}
SEARCHES: tuple[dict[str, object], ...] = (
    {},
    {"closed": False},
    {"closed": True},
    {"kind": "escalation"},
    {"agency": "Police"},
    {"agency": "Police", "closed": False},
    {"state": "stage_2"},
    {"state": "stage_2", "closed": False},
    {"agency": "Police", "state": "stage_2"},
    {"timescale": "rapid_review", "state": "stage_1"},
    {"timescale": "rapid_review"},
    {"raised_from": date(2020, 1, 1), "raised_to": date(2020, 12, 31)},
    {"agency": "Police", "raised_from": date(2020, 1, 1)},
)
BROAD: dict[str, object] = {"text": "esc"}
NARROW: tuple[dict[str, object], ...] = (
    {"text": "000042"},
    {"text": "000042", "agency": "Police", "state": "stage_3"},
    {"text": "77", "closed": True},
    WEEK,
    {**WEEK, "agency": "Police"},
    {"text": "nothing"},
)


@contextmanager
def filled(stores: Stores, number: int) -> Iterator[Database]:
    """The views of a store, with so many cases put in."""
    with stores.new(World().policy_file.book) as kept:
        many.put_in(kept.database, number)
        yield kept.database


@pytest.mark.parametrize("asked", SEARCHES, ids=str)
def test_a_search_goes_through_an_index_in_the_order_in_which_it_is_shown(stores: Stores, asked):
    with stores.new(World().policy_file.book) as kept:
        plan = goes_through_indexes(
            kept.database, lambda: register(kept.database, Search(**asked), CIVIL)
        )
        assert not sorts(plan)


@pytest.mark.parametrize("asked", NARROW, ids=str)
def test_a_narrow_search_looks_only_among_the_few_that_it_is_true_of(stores: Stores, asked):
    with stores.new(World().policy_file.book) as kept:
        goes_through_indexes(kept.database, lambda: register(kept.database, Search(**asked), CIVIL))


def test_what_a_page_costs_does_not_grow_with_the_number_of_cases(stores: Stores):
    """Beyond what is counted: 3,000 cases and ten times as many."""
    with filled(stores, 3_000) as few, filled(stores, 30_000) as more:
        for asked in (*SEARCHES, BROAD, NARROW[0], NARROW[1], NARROW[-1]):
            search = Search(**asked)
            of_few = steps(few, partial(register, few, search, CIVIL))
            of_more = steps(more, partial(register, more, search, CIVIL))
            assert of_more < 1.5 * of_few + 10 * MOST_COUNTED, asked


def test_beyond_some_it_is_not_counted_how_many_are_found(stores: Stores):
    with filled(stores, 3_000) as database:
        first = register(database, Search(), CIVIL)
        assert (first.total, first.exact, first.more) == (MOST_COUNTED, False, True)
        some = register(database, Search(state="stage_1"), CIVIL)
        assert (some.total, some.exact) == (400, True)
        last = register(database, Search(state="stage_1"), CIVIL, page=Page(8))
        assert (len(last.lines), last.more) == (50, False)
        assert register(database, Search(state="stage_1"), CIVIL, page=Page(9)).lines == []


def test_what_following_costs_does_not_grow_with_the_number_of_cases(stores: Stores):
    """Whether an action is not maintained is asked of the case's own actions, not of all there are."""
    world = World().raised()
    world.do("officer", "2026-12-01T10:00", raising("ESC-2", agency="Police"))
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        database = kept.database
        kept.append(after(world, lambda: world.tick("2026-12-20T09:00")))
        plan = plans(database, kept.views.catch_up)
        looked_up = {step for step in plan if step.startswith(("SEARCH a ", "SEARCH e "))}
        assert {step for step in looked_up if "PRIMARY KEY" in step} == {
            "SEARCH a USING PRIMARY KEY (stream=?)"
        }
        assert {step.partition("INDEX ")[2] for step in looked_up} == {
            "",  # the table's own order, by stream
            "cases_by_incident (incident=?)",
        }


def after(world: World, does: Callable[[], object]) -> list[Recorded]:
    before = len(world.everything())
    does()
    return world.everything()[before:]
