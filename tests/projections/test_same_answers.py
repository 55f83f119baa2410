"""Every question that is asked of the views has the same answer in a file and on a PostgreSQL server."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial

import pytest

from cspr_workflow.application.ports import Record, Recorded
from cspr_workflow.domain.actions import ActionState
from cspr_workflow.domain.calendar import CivilTime
from projections import agreed_actions, board, chronology, due_items, standings, timeliness
from projections import register as registers
from projections.agreed_actions import Asked
from projections.board import Group, Moments
from projections.database import Database
from projections.paging import Page
from projections.period import Period
from projections.register import Search
from tests.projections.expected import NEVER
from tests.projections.histories import A_YEAR, CORPUS, History, from_file, random_history
from tests.projections.kept import Stores
from tests.projections.on_a_server import on_a_server

Question = Callable[[Database], object]
PLAYED = [A_YEAR, *CORPUS[::7]]
SEEDS = range(7200, 7204)
DECEMBER = Period(date(2026, 12, 1), date(2026, 12, 10))


class About:
    """A history, and what there is in it to ask about."""

    def __init__(self, history: History) -> None:
        self.entries: list[Recorded] = history.entries
        self.policies = history.policies
        self.civil: CivilTime = next(iter(history.policies.values())).civil
        cases = list(history.workflow.escalations())
        self.streams = [f"escalation:{case.reference}" for case in cases]
        self.escalations = [case.reference for case in cases] or ["ESC-1"]
        self.incidents = [case.reference for case in history.workflow.incidents()]
        self.agencies = sorted({case.agency for case in cases})[:3]
        self.last = self.entries[-1].position
        half = self.entries[len(self.entries) // 2].entry.recorded
        self.moments = [self.entries[0].entry.recorded, half, history.until, NEVER]
        self.rng = random.Random(len(self.entries))

    def some(self, so: dict[str, object]) -> dict[str, object]:
        """At most three of these."""
        return {name: so[name] for name in self.rng.sample(list(so), self.rng.randint(0, 3))}


def questions(about: About, record: Record) -> Iterator[tuple[str, Question]]:
    """Every question, by what it is."""
    yield from as_a_whole(about)
    for moment in about.moments:
        yield from at_a_moment(about, moment)
    for agency in (None, *about.agencies):
        yield f"places {agency}", partial(board.places, agency=agency)
        yield f"all places {agency}", partial(board.places, agency=agency, closed=True)
        yield f"stays {agency}", lambda of, agency=agency: list(timeliness.stays(of, agency=agency))
    for _ in range(40):
        yield from any_actions(about, record)
        yield from any_search(about)


def as_a_whole(about: About) -> Iterator[tuple[str, Question]]:
    for kind in ("incident", "escalation"):
        yield f"present {kind}", lambda of, kind=kind: list(standings.present(of, kind))
        yield f"newest {kind}", partial(board.newest_reference, kind=kind)
    for stream in (*about.streams[:3], "nothing"):
        yield f"subject {stream}", partial(board.subject, stream=stream)
    for one in (about.entries[0], about.entries[-1]):
        yield "corrections", partial(chronology.corrections, event=str(one.id))
    yield "subjects", lambda of: list(board.subjects(of).items())
    yield "corrected", chronology.corrected_streams
    yield "correcting", chronology.correcting
    yield "reported", chronology.reported
    yield "brought in", chronology.brought_in
    yield "written later", lambda of: list(chronology.written_later(of))
    yield "gaps", timeliness.gaps
    yield "late moves", lambda of: list(timeliness.late_moves(of))
    yield "timescales", lambda of: list(timeliness.timescales(of))
    yield "timescales in December", lambda of: list(timeliness.timescales(of, DECEMBER))


def at_a_moment(about: About, moment: datetime) -> Iterator[tuple[str, Question]]:
    yield "known", partial(chronology.known_at, moment=moment)
    yield "due", partial(due_items.due, now=moment)
    yield "three due", partial(due_items.due, now=moment, most=3)
    yield "count due", partial(due_items.count_due, now=moment)
    for asked in (
        {"since": moment, "incident": about.incidents[0]},
        {"until": moment, "author": "officer"},
        {"until": moment, "agency": about.agencies[0] if about.agencies else "Nobody"},
    ):
        yield f"positions {asked}", lambda of, asked=asked: list(chronology.positions(of, **asked))
    for position in (about.last // 2, about.last):
        for stream in (None, *about.streams[:1]):
            yield (
                f"as at {moment}, {position}, {stream}",
                lambda of, at=(moment, position, stream): list(standings.as_at(of, *at)),
            )
    moments = Moments.at(moment, about.civil) if moment != NEVER else Moments(*[NEVER] * 4)
    for agency in (None, *about.agencies[:1]):
        yield f"counts {agency}", partial(board.board_counts, moments=moments, agency=agency)
        for group in Group:
            yield f"{group} {agency}", partial(of_group, group, moments, agency)


def of_group(group: Group, moments: Moments, agency: str | None, database: Database) -> object:
    """A group of the board, page by page."""
    pages = [board.board_page(database, group, moments, agency, limit=2)]
    while (after := pages[-1].after) is not None:
        pages.append(board.board_page(database, group, moments, agency, after=after, limit=2))
    return pages


def any_actions(about: About, record: Record) -> Iterator[tuple[str, Question]]:
    rng = about.rng
    asked = Asked(
        **about.some(
            {
                "agency": rng.choice(about.agencies or ["Nobody"]),
                "escalation": rng.choice(about.escalations),
                "incident": rng.choice(about.incidents),
                "state": rng.choice(list(ActionState)),
                "outstanding": rng.random() < 0.5,
                "differing": rng.random() < 0.5,
                "due_from": DECEMBER.since,
                "due_to": DECEMBER.until,
            }
        )
    )
    page, latest_first = Page(rng.randint(1, 2), 3), rng.random() < 0.5
    yield f"{asked}", lambda of: list(agreed_actions.asked_for(of, record, asked))
    yield (
        f"{page} of {asked}",
        lambda of: agreed_actions.page_of(of, record, asked, page=page, latest_first=latest_first),
    )


def any_search(about: About) -> Iterator[tuple[str, Question]]:
    rng = about.rng
    search = Search(
        **about.some(
            {
                "text": rng.choice(["1", "esc", "inc 1", "nothing", "%"]),
                "kind": rng.choice(["incident", "escalation"]),
                "state": rng.choice(["stage_1", "resolved", "reported"]),
                "agency": rng.choice(about.agencies or ["Nobody"]),
                "timescale": "rapid_review",
                "due_from": DECEMBER.since,
                "due_to": DECEMBER.until,
                "raised_from": date(2026, 11, 30),
                "raised_to": date(2026, 12, 24),
                "closed": rng.random() < 0.5,
            }
        )
    )
    page = Page(rng.randint(1, 2), 3)
    yield f"{search}", lambda of: registers.register(of, search, about.civil, page=page)


def the_answers_are_the_same(stores: Stores, history: History) -> None:
    about = About(history)
    with (
        stores.holding(history.entries, history.policies) as in_a_file,
        on_a_server(stores, history.entries, history.policies) as there,
    ):
        one, other = in_a_file.database, there.database
        asked = list(questions(about, in_a_file.record))
        answers = {what: repr(ask(one)) for what, ask in asked}
        assert {what: repr(ask(other)) for what, ask in asked} == answers


@pytest.mark.parametrize("path", PLAYED, ids=lambda path: path.stem)
def test_of_a_case_file(stores: Stores, path):
    the_answers_are_the_same(stores, from_file(path))


@pytest.mark.parametrize("seed", SEEDS)
def test_of_a_random_history(stores: Stores, seed: int):
    the_answers_are_the_same(stores, random_history(seed))


def test_of_nothing(stores: Stores):
    history = random_history(SEEDS[0])
    empty = Moments.at(datetime(2026, 12, 1, tzinfo=UTC), About(history).civil)
    with on_a_server(stores, (), history.policies) as there:
        assert not any(board.board_counts(there.database, empty).values())
        assert chronology.known_at(there.database, NEVER) == 0
        assert board.newest_reference(there.database, "incident") is None
