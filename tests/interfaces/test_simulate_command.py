"""The commands that invent a partnership's past: whole, the same from the same seed, and only for rehearsals."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.ports import Trouble
from cspr_workflow.application.simulation import people
from cspr_workflow.domain.partnership import ClockStoodStill
from cspr_workflow.domain.texts import opened_data
from cspr_workflow.interfaces import cli, simulate_command, tick_command
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.store import folder
from cspr_workflow.store.office import Heartbeat
from projections import standings
from tests.interfaces.asked_store import run
from tests.store.places import quick_place
from tests.support import utc

UNTIL, ENDS = "2026-06-30T12:00", utc("2026-06-30T11:00")  # in summer, an hour before UTC
PERSON = "manager; B. Manager; business_manager; scsp"
Plain = dict[str, Any]


class Killed(BaseException):
    """The program dies."""


class Place:
    """An empty folder, and the moment that it really is."""

    def __init__(self, below: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.below, self.now = below, ENDS
        monkeypatch.setattr(Desk, "real_now", staticmethod(lambda: self.now))

    def run(self, *arguments: str, store: str = "one", status: int = 0) -> Any:
        """Run a command about a store below this folder."""
        result = run(*arguments, "--store", str(self.below / store), app=cli.app)
        assert result.exit_code == status, result.output
        return result

    def simulated(self, store: str, *options: str) -> Plain:
        """A simulation of twenty escalations."""
        given = ("simulate", "--escalations", "20", "--json", *options)
        answer: Plain = json.loads(self.run(*given, store=store).stdout)
        return answer

    def stops(self, *arguments: str, status: int, store: str = "one") -> str:
        """What is said on the error output by a command that makes and changes nothing."""
        before = self.everything()
        result = self.run(*arguments, store=store, status=status)
        assert self.everything() == before
        assert result.stdout == ""
        said: str = result.stderr.strip().replace(str(self.below / store), store)
        return said

    def everything(self) -> dict[str, Any]:
        """Every file of every folder here, and what is recorded in each store."""
        files = sorted(str(path) for path in self.below.rglob("*") if path.is_file())
        stores = [path for path in self.below.iterdir() if (path / folder.RECORD).exists()]
        held = {}
        for path in stores:
            with self.desk(path.name) as desk:
                held[path.name] = list(desk.record.read_all()), desk.office.names
        return {"files": [one for one in files if ".sqlite-" not in one], **held}

    def desk(self, store: str) -> Any:
        return closing(Desk(folder.open_store(self.below / store)))

    def outcome(self, store: str) -> Plain:
        """Where each case stands, read from the views."""
        with self.desk(store) as desk:
            return {
                one.reference: opened_data(one.standing, desk.record.opened)
                for one in standings.present(desk.views.database)
            }

    def entries(self, store: str) -> list[Any]:
        """Everything recorded, texts opened."""
        with self.desk(store) as desk:
            return [(one.stream, desk.opened(one).entry) for one in desk.record.read_all()]


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with quick_place() as below:
        yield Place(below, monkeypatch)


@pytest.fixture(scope="module")
def invented() -> Iterator[Place]:
    """A rehearsal of twenty escalations that ends on Tuesday 30 June 2026; to be looked at only."""
    with quick_place() as below, pytest.MonkeyPatch.context() as patch:
        place = Place(below, patch)
        place.simulated("one", "--until", UNTIL)
        yield place


@pytest.fixture(scope="module")
def rehearsed() -> Iterator[tuple[Place, str]]:
    """A rehearsal that was made, and what was told then; to be looked at only."""
    with quick_place() as below, pytest.MonkeyPatch.context() as patch:
        place = Place(below, patch)
        yield place, " ".join(place.run("rehearse").stdout.split())


@pytest.fixture(scope="module")
def lasting_store() -> Iterator[Path]:
    """A folder below which there is a lasting store, ``real``."""
    with quick_place() as below, pytest.MonkeyPatch.context() as patch:
        Place(below, patch).run("init", "--person", PERSON, store="real")
        yield below


# --- What it makes -----------------------------------------------------------------------------


class TestSimulate:
    def test_it_is_a_rehearsal(self, invented: Place) -> None:
        with invented.desk("one") as desk:
            assert desk.rehearsal

    def test_its_clock_stands_where_the_invented_past_ends(self, invented: Place) -> None:
        with invented.desk("one") as desk:
            assert desk.now() == desk.office.clock == ENDS
            assert desk.office.heartbeat == Heartbeat(ENDS, ENDS)
            assert max(one.entry.recorded for one in desk.record.read_all()) <= ENDS

    def test_without_a_moment_it_ends_now_and_its_clock_runs_by_itself(self, place: Place) -> None:
        place.simulated("one", "--escalations", "3")
        place.now += timedelta(minutes=5)
        with place.desk("one") as desk:
            assert desk.office.clock is None
            assert desk.now() == ENDS + timedelta(minutes=5)
            assert desk.office.heartbeat == Heartbeat(ENDS, ENDS)

    def test_it_says_how_much_there_is(self, place: Place) -> None:
        said = place.simulated("one", "--until", UNTIL)
        with place.desk("one") as desk:
            streams = [one.stream.partition(":")[0] for one in desk.record.read_all() if one.version == 1]  # fmt: skip
            assert said.pop("acts") > 200
            assert said.pop("refused") > 0
            assert said == {
                "store": str(place.below / "one"),
                "incidents": streams.count("incident"),
                "escalations": 20,
                "entries": desk.record.last()[0],
            }
            assert streams.count("escalation") == 20

    def test_to_a_person_it_says_so_and_what_to_type(self, place: Place) -> None:
        given = ("--escalations", "3", "--until", UNTIL)
        told = place.run("simulate", *given).stdout
        assert "3 escalations" in told
        assert told.endswith(f"See them with: cspr board --store {place.below / 'one'}\n")

    def test_everybody_has_a_name_in_the_directory(self, invented: Place) -> None:
        with invented.desk("one") as desk:
            assert desk.names == {id: name for id, (_, name) in people().items()}
            assert set(desk.names) == set(desk.workflow.partnership.people)

    def test_the_views_are_up_to_date_and_as_they_are_when_built_anew(
        self, invented: Place
    ) -> None:
        with invented.desk("one") as desk:
            assert desk.views.position == desk.record.last()[0]
        told = invented.run("check").stdout
        assert "the record is whole, and the views agree with it" in " ".join(told.split())

    def test_nothing_that_fell_due_is_left(self, invented: Place) -> None:
        with invented.desk("one") as desk:
            assert list(desk.views.due(ENDS)) == []

    def test_times_without_ticks_are_noted(self, invented: Place) -> None:
        """Some in each half-year, each before what it made late."""
        with invented.desk("one") as desk:
            gaps = desk.workflow.partnership.gaps
            rows = desk.views.database.all("SELECT since, until FROM clock_gaps ORDER BY since")
            noted = [one for one in desk.record.read_all() if isinstance(one.entry.fact, ClockStoodStill)]  # fmt: skip
            ticks = {one.entry.recorded for one in desk.record.read_all() if one.entry.by is None}
        assert len(gaps) == len(rows) == len(noted) >= 2
        assert all(gap.until - gap.since > timedelta(days=2) for gap in gaps)
        assert [one.entry.recorded for one in noted] == [gap.until for gap in gaps]
        assert not [at for at in ticks for gap in gaps if gap.since < at < gap.until and at.hour in (6, 7)]  # fmt: skip

    def test_it_goes_on(self, place: Place) -> None:
        place.simulated("one", "--until", UNTIL)
        before = len(place.entries("one"))
        place.run("clock", "set", "2026-07-31T09:00")
        place.run("tick")
        added = [entry.fact.type for _, entry in place.entries("one")[before:]]
        assert added[0] == "partnership.clock-stood-still.v1"
        assert len(added) > 2
        assert place.run("status").exit_code == 0


class TestSeed:
    def test_the_same_seed_gives_the_same_cases(self, invented: Place, place: Place) -> None:
        place.simulated("again", "--until", UNTIL)
        assert json.dumps(place.outcome("again")) == json.dumps(invented.outcome("one"))
        assert place.entries("again") == invented.entries("one")

    def test_another_seed_gives_others(self, invented: Place, place: Place) -> None:
        place.simulated("other", "--until", UNTIL, "--seed", "2")
        assert place.outcome("other") != invented.outcome("one")

    def test_more_years_reach_back_further(self, invented: Place, place: Place) -> None:
        place.simulated("long", "--until", UNTIL, "--years", "3")
        began = [min(entry.recorded for _, entry in one.entries(store)) for one, store in ((invented, "one"), (place, "long"))]  # fmt: skip
        assert began == [utc("2025-06-29T23:00"), utc("2023-06-29T23:00")]


class TestWhatItRefuses:
    def test_a_folder_has_to_be_named(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        """What would be the partnership's own is never taken silently."""
        monkeypatch.chdir(place.below)
        monkeypatch.delenv("CSPR_STORE", raising=False)
        result = run("simulate", app=cli.app)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Missing option '--store'" in result.stderr
        assert place.everything() == {"files": []}

    def test_the_environment_can_name_it(self, place: Place) -> None:
        store = str(place.below / "one")
        result = run("simulate", "--escalations", "2", app=cli.app, CSPR_STORE=store)
        assert result.exit_code == 0
        assert f"cspr board --store {store}" in result.stdout

    def test_a_rehearsal_that_is_there_already(self, invented: Place) -> None:
        said = invented.stops("simulate", status=1)
        assert said == "one: there is something here already; name a folder that is new or empty."

    def test_a_folder_in_which_something_else_is(self, place: Place) -> None:
        (place.below / "letters").mkdir()
        (place.below / "letters" / "letter.txt").write_text("Dear all")
        for command in ("simulate", "rehearse"):
            said = place.stops(command, store="letters", status=1)
            assert "there is something here already" in said

    def test_a_lasting_store(self, lasting_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        place = Place(lasting_store, monkeypatch)
        assert "there is something here already" in place.stops("simulate", store="real", status=1)  # fmt: skip

    @pytest.mark.parametrize("until", ["soon", "2026-06-30", "30/06/2026 12:00", "0001-01-01T00:00"])  # fmt: skip
    def test_what_is_no_moment(self, place: Place, until: str) -> None:
        said = place.stops("simulate", "--until", until, status=2)
        assert said.startswith(f"--until: '{until}'")

    @pytest.mark.parametrize(
        "option", [("--escalations", "0"), ("--years", "0"), ("--years", "21"), ("--seed", "x")]
    )
    def test_numbers_that_make_no_sense(self, place: Place, option: tuple[str, str]) -> None:
        assert option[0] in place.stops("simulate", *option, status=2)


# --- Rehearse ----------------------------------------------------------------------------------


class TestRehearse:
    def test_it_makes_an_invented_year_and_shows_it(self, rehearsed: tuple[Place, str]) -> None:
        place, told = rehearsed
        assert told.startswith(
            f"A rehearsal partnership now stands in {place.below / 'one'}, with an invented year:"
        )
        assert "The people and agencies are invented too." in told
        assert "Agreed actions that are outstanding" in told
        assert "What to type next ./scripts/cspr show ESC-" in told
        with place.desk("one") as desk:
            assert desk.rehearsal
            assert desk.office.clock is None
            assert len([s for s in desk.views.streams() if s.startswith("escalation")]) == 24

    def test_it_can_be_checked(self, rehearsed: tuple[Place, str]) -> None:
        rehearsed[0].run("check")
        rehearsed[0].run("status")

    def test_what_it_says_to_type_can_be_typed(self, place: Place) -> None:
        told = place.run("rehearse").stdout
        typed = [line.split()[1:] for line in told.splitlines() if line.startswith("  ./scripts/")]
        assert len(typed) == 8
        for arguments in typed:
            assert arguments[-2:] == ["--store", str(place.below / "one")]
            if arguments[0] != "replay":  # that one waits for somebody to press a key
                place.run(*arguments[:-2])
            if arguments[0] == "clock":
                place.run("tick")

    def test_a_second_time_it_goes_on_from_where_it_stands(self, place: Place) -> None:
        place.run("rehearse")
        before = place.entries("one")
        place.now += timedelta(days=9)
        told = " ".join(place.run("rehearse").stdout.split())
        assert told.startswith(
            f"The rehearsal partnership in {place.below / 'one'} goes on from where it was."
        )
        after = place.entries("one")
        assert after[: len(before)] == before
        added = [entry for _, entry in after[len(before) :]]
        assert added[0].fact == ClockStoodStill(ENDS, place.now)
        assert len(added) > 3
        assert {entry.by for entry in added} == {None}
        assert {entry.recorded for entry in added} == {place.now}

    def test_a_case_that_is_set_aside_is_told_and_the_board_shown_all_the_same(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place.run("rehearse")
        place.now += timedelta(days=9)
        told = self.with_a_case_set_aside(place, monkeypatch, status=1)
        assert " is set aside: ValueError: not expected. The next tick tries it again." in told
        assert "What was set aside stands below as it stood before" in told
        assert "entries recorded." in told
        assert told.index("set aside") < told.index("Agreed actions that are outstanding")
        assert "./scripts/cspr status --store" in told
        monkeypatch.undo()
        monkeypatch.setattr(Desk, "real_now", staticmethod(lambda: place.now))
        again = " ".join(place.run("rehearse").output.split())
        assert "set aside" not in again

    def with_a_case_set_aside(
        self, place: Place, monkeypatch: pytest.MonkeyPatch, status: int
    ) -> str:
        """What is told where the first case that is due cannot be handled."""
        let_time_pass, first = Workflow.let_time_pass_in, []

        def fails(workflow: Workflow, streams: Any, now: Any) -> Any:
            first[:] = first or streams[:1]
            if first[0] in streams:
                raise ValueError("not expected")
            return let_time_pass(workflow, streams, now)

        monkeypatch.setattr(Workflow, "let_time_pass_in", fails)
        return " ".join(place.run("rehearse", status=status).output.split())

    def test_a_store_that_cannot_be_written_to_ends_it(
        self, rehearsed: tuple[Place, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(*_: Any) -> None:
            raise Trouble("The disk is full.")

        monkeypatch.setattr(tick_command, "tick", fails)
        result = rehearsed[0].run("rehearse", status=1)
        assert result.stderr == "The disk is full.\n"
        assert "Agreed actions" not in result.stdout

    def test_a_lasting_store_is_left_alone(
        self, lasting_store: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place = Place(lasting_store, monkeypatch)
        before = place.everything()
        place.now += timedelta(days=9)
        result = place.run("rehearse", store="real", status=2)
        assert "this is a real partnership's store, not a rehearsal" in result.stderr
        assert place.everything() == before
        with place.desk("real") as desk:
            assert desk.office.heartbeat is None

    def test_nothing_is_said_of_a_rehearsal_where_it_is_none(
        self, lasting_store: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place = Place(lasting_store, monkeypatch)
        assert place.run("rehearse", store="real", status=2).stdout == ""


# --- Killed ------------------------------------------------------------------------------------


def dying(monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    """The program dies while it invents: before the first case, or in the middle."""
    simulate = simulate_command.simulate

    def dies(workflow: Any, plan: Any, progress: Callable[[int, int], None]) -> Any:
        def told(done: int, of: int) -> None:
            if done >= (0 if when == "at first" else 10):
                raise Killed
            progress(done, of)

        return simulate(workflow, plan, told)

    monkeypatch.setattr(simulate_command, "simulate", dies)
    monkeypatch.setattr("cspr_workflow.store.batched.BATCH", 50)


@pytest.mark.parametrize("when", ["at first", "in the middle"])
@pytest.mark.parametrize("command", ["simulate --escalations 20", "rehearse"])
def test_of_one_that_dies_there_is_nothing_and_the_next_one_makes_it(
    place: Place, monkeypatch: pytest.MonkeyPatch, command: str, when: str
) -> None:
    with monkeypatch.context() as patch:
        dying(patch, when)
        with pytest.raises(Killed):
            place.run(*command.split())
    assert not (place.below / "one").exists()
    place.run(*command.split())
    place.run("check")
    assert "officer" in place.run("people").stdout
