"""Case files played into rehearsal stores: what is told is what playing them in memory tells, to the byte."""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cspr_workflow.application import casefile
from cspr_workflow.interfaces import cli
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.store import folder
from tests.interfaces.asked_store import run
from tests.second_implementation.random_cases import random_case
from tests.store.places import quick_place
from tests.support import utc

ROOT = Path(__file__).parents[2]
CORPUS = sorted(
    path
    for path in (ROOT / "tests" / "cases").glob("*.json")
    if not path.name.endswith(".expected.json")
)
CASES = {path.stem[:2]: path for path in CORPUS}
NOBODY, REFUSED, DIFFER = CASES["01"], CASES["15"], CASES["13"]
RANDOM = range(60)


def play(*arguments: str | Path, **env: str) -> Any:
    return run("play", *map(str, arguments), app=cli.app, **env)


def keeping(*files: Path, below: Path, options: Sequence[str] = ()) -> Any:
    """Play files into stores below a folder."""
    return play(*files, "--rehearsal", below, *options)


def stores(below: Path) -> list[str]:
    """The names of what is below a folder."""
    return sorted(path.name for path in below.iterdir()) if below.exists() else []


def without_kept(told: str) -> list[str]:
    """What is told, without the lines that say where it is kept."""
    return [line for line in told.splitlines() if not line.startswith("Kept in ")]


@pytest.fixture
def below() -> Iterator[Path]:
    """Where the stores go."""
    with quick_place() as place:
        yield place / "stores"


@pytest.fixture(scope="module")
def random_files() -> Iterator[list[Path]]:
    with quick_place() as place:
        files = [place / f"random-{seed}.json" for seed in RANDOM]
        for seed, path in zip(RANDOM, files, strict=True):
            path.write_text(json.dumps(random_case(seed)), "utf-8")
        yield files


# --- The same as in memory ---------------------------------------------------------------------


class TestTheSame:
    def test_the_outcome_of_every_case_is_the_same_to_the_byte(self, below: Path) -> None:
        kept, memory = (
            keeping(*CORPUS, below=below, options=["--json"]),
            play(*CORPUS, "--json"),
        )
        assert len(CORPUS) == 21
        for path, mine, theirs in _in_turn(CORPUS, kept, memory):
            assert mine == theirs, path.stem
            told = json.loads(mine)
            for one in told["refused"]:
                assert one.pop("message")
            expected = path.with_name(f"{path.stem}.expected.json")
            assert told == json.loads(expected.read_text("utf-8"))
        assert (kept.exit_code, kept.stderr) == (memory.exit_code, memory.stderr)

    def test_the_outcome_of_random_cases_is_the_same_to_the_byte(
        self, below: Path, random_files: list[Path]
    ) -> None:
        kept, memory = (
            keeping(*random_files, below=below, options=["--json"]),
            play(*random_files, "--json"),
        )
        for path, mine, theirs in _in_turn(random_files, kept, memory):
            assert mine == theirs, path.stem
        assert kept.exit_code == memory.exit_code == 3

    def test_so_is_every_story(self, below: Path) -> None:
        kept = keeping(*CORPUS, below=below).stdout
        assert without_kept(kept) == play(*CORPUS).stdout.splitlines()
        assert len(kept.splitlines()) == len(without_kept(kept)) + 21

    def test_so_is_what_random_cases_tell(self, below: Path, random_files: list[Path]) -> None:
        some = random_files[:10]
        kept = keeping(*some, below=below).stdout
        assert without_kept(kept) == play(*some).stdout.splitlines()

    @pytest.mark.parametrize("until", ["2026-12-01T00:00", "2027-02-01T09:00"])
    def test_so_it_is_where_time_goes_on(self, below: Path, until: str) -> None:
        some = [CASES[number] for number in ("01", "05", "09", "13")]
        kept = keeping(*some, below=below, options=["--json", "--until", until])
        memory = play(*some, "--json", "--until", until)
        assert kept.stdout == memory.stdout
        assert kept.stderr == memory.stderr

    def test_so_it_is_under_another_policy(self, below: Path) -> None:
        options = ["--json", "--policy", "two-five-two"]
        kept = keeping(NOBODY, below=below, options=options)
        assert kept.stdout == play(NOBODY, *options).stdout
        assert kept.stdout != play(NOBODY, "--json").stdout
        with closing(Desk(folder.open_store(below / NOBODY.stem))) as desk:
            assert desk.policy.label == "two-five-two/1"


def _in_turn(files: Sequence[Path], kept: Any, memory: Any) -> Iterator[tuple[Path, str, str]]:
    """Each file with its outcome from a store, and from memory."""
    return zip(files, kept.stdout.splitlines(), memory.stdout.splitlines(), strict=True)


# --- What is kept ------------------------------------------------------------------------------


class TestKept:
    def test_each_file_has_a_rehearsal_of_its_name_whose_clock_stands_where_it_ended(
        self, below: Path
    ) -> None:
        keeping(DIFFER, NOBODY, below=below, options=["--until", "2027-02-01T09:00"])
        assert stores(below) == sorted([DIFFER.stem, NOBODY.stem])
        for case in (DIFFER, NOBODY):
            with closing(Desk(folder.open_store(below / case.stem))) as desk:
                assert desk.rehearsal
                assert desk.office.clock == utc("2027-02-01T09:00")
                assert desk.names == casefile.load(case).names
                assert desk.views.position == desk.record.last()[0]

    def test_a_person_is_told_where_each_is(self, below: Path) -> None:
        told = keeping(DIFFER, NOBODY, below=below).stdout.splitlines()
        kept = [line for line in told if line.startswith("Kept in ")]
        assert kept == [
            f"Kept in {below / name}: cspr board --store {below / name}"
            for name in (DIFFER.stem, NOBODY.stem)
        ]

    def test_it_can_be_gone_on_with(self, below: Path) -> None:
        keeping(NOBODY, below=below)
        store = ("--store", str(below / NOBODY.stem))
        before = run("history", "ESC-1", *store, app=cli.app).stdout
        assert run("check", *store, app=cli.app).exit_code == 0
        withdraw = ("withdraw-escalation", "ESC-1", "--reason", "In error", "--as", "manager")
        assert run(*withdraw, *store, app=cli.app).exit_code == 0
        after = run("history", "ESC-1", *store, app=cli.app).stdout
        assert "In error" in after
        assert after.splitlines()[1] == before.splitlines()[1]

    def test_the_clock_has_run_up_to_its_end_and_notes_no_gap(self, below: Path) -> None:
        keeping(NOBODY, below=below)
        ticked = run("tick", "--store", str(below / NOBODY.stem), app=cli.app)
        assert ticked.stdout == "Nothing has fallen due.\n"

    @pytest.mark.parametrize("options", [[], ["--json"]])
    def test_refused_acts_are_told_and_the_status_is_3(
        self, below: Path, options: list[str]
    ) -> None:
        assert keeping(NOBODY, below=below, options=options).exit_code == 0
        shutil.rmtree(below)
        assert keeping(NOBODY, REFUSED, below=below, options=options).exit_code == 3
        assert stores(below) == [NOBODY.stem, REFUSED.stem]


# --- What is refused ---------------------------------------------------------------------------


class TestRefused:
    def test_played_again_it_has_a_new_store_and_the_old_one_stays(self, below: Path) -> None:
        keeping(NOBODY, below=below)
        with closing(Desk(folder.open_store(below / NOBODY.stem))) as desk:
            before = list(desk.record.read_all())
        assert keeping(NOBODY, below=below).exit_code == 0
        assert sorted(stores(below)) == [NOBODY.stem, f"{NOBODY.stem}-2"]
        with closing(Desk(folder.open_store(below / NOBODY.stem))) as desk:
            assert list(desk.record.read_all()) == before

    def test_a_folder_in_which_something_else_is_stays_as_it_is(self, below: Path) -> None:
        letter = below / NOBODY.stem / "letter.txt"
        letter.parent.mkdir(parents=True)
        letter.write_text("Dear all")
        assert keeping(NOBODY, below=below).exit_code == 0
        assert stores(letter.parent) == ["letter.txt"]
        assert sorted(stores(below)) == [NOBODY.stem, f"{NOBODY.stem}-2"]

    def test_a_file_where_the_folder_is_to_be(self, below: Path) -> None:
        below.write_text("not a folder")
        result = keeping(NOBODY, below=below)
        assert (result.exit_code, result.stdout) == (1, "")
        assert str(below) in result.stderr

    def test_an_unusable_file_and_nothing_is_played(self, below: Path, tmp_path: Path) -> None:
        broken = tmp_path / "broken.json"
        broken.write_text("{}")
        assert keeping(NOBODY, broken, below=below).exit_code == 2
        assert stores(below) == []

    @pytest.mark.parametrize(
        ("names", "kept"),
        [
            (("one/late.json", "two/late.json"), ["late", "late-2"]),
            (("one/Late.json", "two/late.json"), ["Late", "late-2"]),
            (("one/late.a", "one/late.b"), ["late", "late-2"]),
            (("one/con.json", "one/LPT1.json"), ["case-LPT1", "case-con"]),
            (("one/late?.json", "one/a:b.json"), ["a-b", "late-"]),
            (("one/late .json", "one/..json"), ["case", "late"]),
        ],
    )
    def test_each_file_has_a_folder_of_its_own_that_every_computer_can_have(
        self, below: Path, tmp_path: Path, names: tuple[str, ...], kept: list[str]
    ) -> None:
        files = []
        for name in names:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            files.append(Path(shutil.copy(NOBODY, tmp_path / name)))
        assert keeping(*files, below=below).exit_code == 0
        assert sorted(stores(below)) == kept

    def test_in_memory_names_do_not_matter(self, tmp_path: Path) -> None:
        files = [Path(shutil.copy(NOBODY, tmp_path / name)) for name in ("con.json", "Con.json")]
        assert play(*files).exit_code == 0
