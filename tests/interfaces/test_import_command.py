"""The command that brings old cases in: all of a file or nothing, and every entry says where it came from."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from cspr_workflow.application import casefile, register
from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.importing import play_in
from cspr_workflow.application.opened import OpenedRecord
from cspr_workflow.application.outcome import escalation_outcome, incident_outcome, outcome
from cspr_workflow.application.play import adoption, play
from cspr_workflow.application.policy_files import bundled
from cspr_workflow.domain.acts import Command, DeclareClosure, RemovePerson, ReportIncident
from cspr_workflow.domain.entries import Imported
from cspr_workflow.domain.people import Actor, Person
from cspr_workflow.domain.texts import opened_data
from cspr_workflow.interfaces import cli, import_command
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.store import folder
from cspr_workflow.store.batched import BatchedRecord
from cspr_workflow.store.keys import Keys
from cspr_workflow.store.memory import MemoryRecord
from cspr_workflow.store.sqlite_record import SqliteRecord
from projections import standings
from projections.due_items import MemoryIndex
from tests.interfaces.asked_store import run
from tests.store.places import quick_place
from tests.support import PEOPLE, bank_holidays_of_these_years, day, utc
from tests.unit.register_form import FULL, INCIDENT, written

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "cspr_workflow" / "examples"
REGISTER, FIRST, YEAR = (
    EXAMPLES / name for name in ("register.csv", "first-escalation.json", "a-year.json")
)
CORPUS = sorted(
    path
    for path in (ROOT / "tests" / "cases").glob("*.json")
    if not path.name.endswith(".expected.json")
)
BEGAN, AUTUMN, NOW = "2026-09-01T09:00", "2026-11-03T09:00", "2027-06-01T09:00"
NOTHING = "Nothing came in. Mend this in the file, then import it again."
REWORD = "Nothing came in. Reword the texts, or repeat the command with --accept-warnings."
IS_HERE = (
    "is in the record already, and an import cannot continue a case; take it out of the file, and "
    "record here what is missing"
)
HOLIDAYS = bank_holidays_of_these_years()
Plain = dict[str, Any]


class Unit:
    """A partnership's store, in which it is the same moment until it is set."""

    def __init__(self, below: Path, people: dict[str, Person], now: str = NOW) -> None:
        self.below, self.path, self.people = below, below / "store", people
        folder.make(self.path, rehearsal=True)
        with self.desk() as desk:
            policy = bundled("sandwell-2018")
            desk.workflow.adopt(adoption(policy, HOLIDAYS, tuple(people.values()), utc(BEGAN)))
        self.at(now)

    def desk(self) -> Any:
        """The store as another program opens it."""
        return closing(Desk(folder.open_store(self.path)))

    def at(self, moment: str) -> "Unit":
        with self.desk() as desk:
            desk.office.set_clock(utc(moment))
        return self

    def do(self, by: str, at: str, act: Any) -> None:
        with self.desk() as desk:
            desk.workflow.do(Command(act, Actor(self.people[by]), utc(at)), utc(at))

    def file(self, *rows: dict[str, str], name: str = "register.csv") -> Path:
        """A register with these rows."""
        path = self.below / name
        path.write_bytes(written(*rows))
        return path

    def case(self, *acts: Plain, people: tuple[str, ...] = ("officer", "trust")) -> Path:
        """A case file with these acts."""
        path = self.below / "case.json"
        named = {
            id: {"name": id, "role": self.people[id].role, "agency": self.people[id].agency}
            for id in people
        }
        case = {"title": "Old", "policy": "sandwell-2018", "people": named, "acts": acts}
        path.write_text(json.dumps(case), "utf-8")
        return path

    def run(self, *arguments: str | Path, status: int = 0) -> Any:
        result = run(*map(str, arguments), "--store", str(self.path), app=cli.app)
        assert result.exit_code == status, result.output
        return result

    def told(self, *arguments: str | Path, status: int = 0) -> str:
        """What a command says, in one line."""
        return " ".join(self.run(*arguments, status=status).stdout.split())

    def answered(self, *arguments: str | Path) -> Plain:
        answer: Plain = json.loads(self.run(*arguments, "--json").stdout)
        return answer

    def imported(self, path: Path, by: str = "officer") -> Plain:
        return self.answered("import", path, "--as", by)

    def stops(self, path: Path, *options: str, by: str = "officer", status: int = 2) -> list[str]:
        """What is said on the error output; nothing came in."""
        before = self.everything()
        result = self.run("import", path, "--as", by, *options, status=status)
        assert result.stdout == ""
        assert self.everything() == before
        return result.stderr.replace(f"{path}: ", "").splitlines()

    def everything(self) -> list[Any]:
        """The whole record with its texts opened, and every row of the views."""
        with self.desk() as desk:
            return [*OpenedRecord(desk.record).read_all(), *desk.views.dump()]

    def entries(self) -> list[Any]:
        with self.desk() as desk:
            return [one.entry for one in desk.record.read_all() if one.stream != "partnership"]

    def outcome(self) -> Plain:
        """Where each case stands, read from the views."""
        with self.desk() as desk:
            found: Plain = {"incidents": {}, "escalations": {}}
            for one in standings.present(desk.views.database):
                data = opened_data(one.standing, desk.record.opened)
                found[f"{one.kind}s"][one.reference] = data
            return found

    def is_sound(self) -> bool:
        """Whether a check finds the record whole and the views as they are when built anew."""
        return "the record is whole, and the views agree with it" in self.told("check")


@pytest.fixture
def below() -> Iterator[Path]:
    with quick_place() as place:
        yield place


@pytest.fixture
def unit(below: Path) -> Unit:
    """The people of the tests, on 1 June 2027; nothing has happened yet."""
    return Unit(below, dict(PEOPLE))


@pytest.fixture
def ambleford(below: Path) -> Unit:
    """The people of the examples."""
    return Unit(below, dict(casefile.load(YEAR).people), now=AUTUMN)


def played(path: Path, until: str | None = None) -> Plain:
    """A case file played in memory, each act at its own moment, and time passed."""
    case_file = casefile.load(path)
    record, index = MemoryRecord(), MemoryIndex(case_file.policy.book)
    return outcome(play(case_file, record, index, HOLIDAYS, utc(until) if until else None))


REPORT = {
    "at": "2026-11-26T10:00", "by": "officer", "act": "report_incident", "incident": "INC-1",
    "incident_on": "2026-11-24", "aware_on": "2026-11-25",
}  # fmt: skip
RAISE = {
    "at": "2026-11-30T09:30", "by": "officer", "act": "raise_escalation", "escalation": "ESC-1",
    "incident": "INC-1", "timescale": "rapid_review", "agency": "Acute Trust", "concern": "Late",
}  # fmt: skip
REASON = {
    "at": "2026-12-01T10:00", "by": "trust", "act": "give_reason", "escalation": "ESC-1",
    "reason": "On leave", "occurred": "2026-12-01T08:00",
}  # fmt: skip


def cleaned(case: Path, below: Path) -> Path:
    """The case without its closure days and without what is refused in it."""
    data = json.loads(case.read_text("utf-8"))
    data["acts"] = [one for one in data["acts"] if "closure" not in one["act"]]
    path = below / case.name
    path.write_text(json.dumps(data), "utf-8")
    refused = {one["act"] for one in played(path).pop("refused")}
    data["acts"] = [one for number, one in enumerate(data["acts"]) if number not in refused]
    path.write_text(json.dumps(data), "utf-8")
    return path


# --- As if it had been kept here ---------------------------------------------------------------


class TestWhereItStands:
    def test_the_example_register_comes_in(self, ambleford: Unit) -> None:
        summary = ambleford.imported(REGISTER)
        assert summary["incidents"] == {"published": 1, "no_review": 2, "withheld": 1, "withdrawn": 1, "notified": 1}  # fmt: skip
        assert summary["escalations"] == {"resolved": 4, "stage_3": 1}
        policy, people = bundled("sandwell-2018"), ambleford.people
        workflow = Workflow(record := MemoryRecord(), MemoryIndex(policy.book), policy.book)
        old = register.load(REGISTER, people, policy, people["officer"])
        workflow.adopt(adoption(policy, HOLIDAYS, tuple(people.values()), old[0].at))
        for one in old:
            assert one.command is not None
            workflow.do(one.command, one.at)
        workflow.tick(utc(AUTUMN))
        entries = [one.entry for one in record.read_all() if one.stream != "partnership"]
        assert len(entries) == summary["entries"] == len(ambleford.entries())
        assert ambleford.outcome() == {
            "incidents": {
                one.reference: incident_outcome(one, policy.policy) for one in workflow.incidents()
            },
            "escalations": {
                one.reference: escalation_outcome(one, policy.policy)
                for one in workflow.escalations()
            },
        }
        assert ambleford.is_sound()

    def test_the_example_case_file_comes_in(self, ambleford: Unit) -> None:
        assert ambleford.imported(FIRST)["escalations"] == {"resolved": 1}
        told = played(FIRST, AUTUMN)
        assert told.pop("refused") == []
        assert ambleford.outcome() == told
        assert ambleford.is_sound()

    @pytest.mark.parametrize("case", CORPUS, ids=lambda path: path.stem)
    def test_each_case_stands_as_it_does_in_memory_and_goes_on_so(
        self, below: Path, case: Path
    ) -> None:
        path = cleaned(case, below)
        unit = Unit(below, dict(casefile.load(path).people), now="2027-07-01T10:00")
        assert unit.imported(path)["stored"]
        for now in ("2027-07-01T10:00", "2027-09-15T09:00"):
            unit.at(now).told("tick")
            told = played(path, now)
            assert told.pop("refused") == []
            assert unit.outcome() == told

    def test_what_comes_in_open_goes_on_by_itself_and_by_what_people_do(self, unit: Unit) -> None:
        """Brought in on the day after the raising: stage 1 has begun, and ends when it would have."""
        unit.at("2026-12-01T09:00")
        unit.imported(unit.case(REPORT, RAISE, people=("officer",)))
        assert unit.answered("tick")["recorded"] == []
        unit.told("give-reason", "ESC-1", "--reason", "On leave", "--as", "trust")
        told = unit.at("2026-12-04T00:00").told("tick")
        assert "Fri 4 Dec 2026 00:00 [ESC-1] The clock moved it to Stage 2" in told
        assert unit.is_sound()

    def test_the_views_follow_at_once(self, unit: Unit) -> None:
        unit.imported(unit.case(REPORT, RAISE))
        with unit.desk() as desk:
            assert desk.views.position == desk.record.last()[0]

    def test_closure_days_that_were_declared_before_count(self, unit: Unit) -> None:
        unit.do("manager", "2026-11-02T09:00", DeclareClosure(day("2026-12-02"), "Training"))
        unit.imported(unit.case(REPORT, RAISE))
        stage_1 = unit.outcome()["escalations"]["ESC-1"]["last_days"]["stage_1"]
        assert stage_1 == "2026-12-04"
        assert {entry.calendar for entry in unit.entries()} == {1}
        assert "Wed 2 Dec 2026 (Training)" in unit.told("why", "ESC-1")
        assert unit.is_sound()

    def test_closure_days_that_are_declared_after_count(self, unit: Unit) -> None:
        unit.at("2026-12-01T09:00")
        unit.imported(unit.case(REPORT, RAISE))
        unit.do("manager", "2026-12-01T09:05", DeclareClosure(day("2026-12-02"), "Training"))
        told = unit.at("2026-12-01T09:10").told("tick")
        assert "[ESC-1]" in told
        stage_1 = unit.outcome()["escalations"]["ESC-1"]["last_days"]["stage_1"]
        assert stage_1 == "2026-12-04"
        assert unit.is_sound()


# --- Where it came from ------------------------------------------------------------------------


class TestWhereItCameFrom:
    def test_each_entry_is_recorded_now_and_names_file_hash_person_and_moment(
        self, unit: Unit
    ) -> None:
        path = unit.case(REPORT, RAISE, REASON)
        unit.imported(path, by="manager")
        entries = unit.entries()
        assert {entry.recorded for entry in entries} == {utc(NOW)}
        hash = sha256(path.read_bytes()).hexdigest()
        mark = Imported("case.json", hash, "manager", utc(NOW))
        assert {replace(e.imported, written=utc(NOW), derived=False) for e in entries} == {mark}
        said = [(e.imported.written, e.occurred) for e in entries if e.by is not None]
        assert said[0] == (utc("2026-11-26T10:00"), utc("2026-11-26T10:00"))
        assert said[-1] == (utc("2026-12-01T10:00"), utc("2026-12-01T08:00"))

    def test_only_moves_of_the_clock_are_derived(self, unit: Unit) -> None:
        unit.imported(unit.case(REPORT, RAISE, REASON))
        entries = unit.entries()
        assert [e.imported.derived for e in entries] == [e.by is None for e in entries]
        assert {True, False} == {e.imported.derived for e in entries}

    def test_what_is_done_afterwards_is_not_imported(self, unit: Unit) -> None:
        unit.at("2026-12-01T09:00")
        unit.imported(unit.case(REPORT, RAISE))
        before = len(unit.entries())
        unit.at("2026-12-04T00:00").told("tick")
        unit.told("give-reason", "ESC-1", "--reason", "On leave", "--as", "trust")
        assert {entry.imported for entry in unit.entries()[before:]} == {None}
        assert len(unit.entries()) > before + 1

    def test_the_hash_is_that_of_what_came_in(
        self, unit: Unit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Somebody saves the file once more while it is being brought in."""
        path = unit.case(REPORT)
        hash = sha256(path.read_bytes()).hexdigest()

        def saved(*given: Any) -> Any:
            faults = play_in(*given)
            unit.case({**REPORT, "incident": "INC-7"})
            return faults

        monkeypatch.setattr(import_command, "play_in", saved)
        assert unit.imported(path)["sha256"] == hash
        assert list(unit.outcome()["incidents"]) == ["INC-1"]
        assert {entry.imported.file for entry in unit.entries()} == {hash}

    def test_before_it_came_in_nothing_was_known_of_it(self, unit: Unit) -> None:
        unit.imported(unit.case(REPORT, RAISE, REASON))
        unit.at("2027-06-02T09:00")
        asked = ("as-at", "2026-12-01T12:00", "--known-at")
        assert "No case had begun by then" in unit.told(*asked, "2027-06-01T09:59")
        assert "ESC-1" in unit.told(*asked, "2027-06-01T10:00")

    def test_as_it_stood_it_stands_by_when_things_happened(self, unit: Unit) -> None:
        path = unit.case(REPORT, RAISE, REASON)
        unit.imported(path)
        case_file = casefile.load(path)
        record, book = MemoryRecord(), case_file.policy.book
        play(case_file, record, MemoryIndex(book), HOLIDAYS, utc(NOW))
        entries = [one.entry for one in record.read("escalation:ESC-1")]
        moments = sorted({entry.occurred for entry in entries})
        assert len(moments) > 4
        with unit.desk() as desk:
            last = desk.record.last()[0]
            for moment in [moments[0] - timedelta(minutes=1), *moments]:
                case = standings.as_it_stood(entries, moment, "escalation:ESC-1", book)
                told = [escalation_outcome(case, desk.policy)] if case is not None else []  # type: ignore[arg-type]
                found = standings.as_at(desk.views.database, moment, last, "escalation:ESC-1")
                assert [opened_data(one.standing, desk.record.opened) for one in found] == told

    def test_the_history_says_so(self, unit: Unit) -> None:
        unit.imported(unit.case(REPORT, RAISE))
        told = unit.told("history", "ESC-1")
        assert "from case.json" in told
        assert "written there Mon 30 Nov 2026 09:30" in told
        assert "worked out when it was brought in" in told

    def test_no_move_that_it_worked_out_counts_as_recorded_late(self, unit: Unit) -> None:
        unit.imported(unit.case(REPORT, RAISE))
        with unit.desk() as desk:
            assert desk.views.database.all("SELECT * FROM clock_moves") == []

    def test_a_text_is_sealed_like_any_other(self, unit: Unit) -> None:
        words = "Nobody had opened the parcel"
        unit.imported(unit.case(REPORT, RAISE, {**REASON, "reason": words}))
        held = b"".join(path.read_bytes() for path in unit.path.iterdir())
        assert words.encode() not in held
        assert words in unit.told("history", "ESC-1")

    def test_where_the_system_s_clock_is_behind_it_is_recorded_with_the_last_entry(
        self, unit: Unit
    ) -> None:
        last = "2027-06-01T09:30"
        unit.do("officer", last, ReportIncident("INC-9", day("2027-05-24"), day("2027-05-25")))
        unit.imported(unit.case(REPORT))
        assert unit.entries()[-1].recorded == utc(last)
        assert unit.is_sound()


# --- All of it or nothing ----------------------------------------------------------------------


class TestNothing:
    def test_one_faulty_row_and_nothing_comes_in(self, unit: Unit) -> None:
        wrong = INCIDENT | {"incident": "INC-2", "aware_on": "2026-01-01"}
        assert unit.stops(unit.file(FULL, wrong)) == [
            "row 3, reported_on: aware_on: Thu 1 Jan 2026 is before the day of the incident, Mon 5 Jan 2026. (invalid)",
            NOTHING,
        ]

    def test_each_faulty_row_is_named_once(self, unit: Unit) -> None:
        wrong = FULL | {"aware_on": "2026-01-01"}
        rows = [wrong | {"incident": f"INC-{n}", "escalation": f"ESC-{n}"} for n in (1, 2, 3)]
        right = FULL | {"incident": "INC-4", "escalation": "ESC-4"}
        faults = unit.stops(unit.file(rows[0], right, *rows[1:]))
        places = [one.partition(",")[0] for one in faults]
        assert places == ["row 2", "row 4", "row 5", NOTHING.partition(",")[0]]

    def test_faults_of_form_are_named_all_at_once(self, unit: Unit) -> None:
        path = unit.file(INCIDENT | {"reported_on": "soon", "aware_on": ""})
        assert [one.partition(":")[0] for one in unit.stops(path)] == [
            "row 2, reported_on",
            "row 2, aware_on",
            NOTHING,
        ]

    def test_the_same_file_comes_in_once(self, unit: Unit) -> None:
        path = unit.case(REPORT, RAISE, REASON)
        unit.imported(path)
        assert unit.stops(path) == [f"acts[0]: INC-1 {IS_HERE}", NOTHING]

    def test_a_case_that_is_here_already_stays_as_it_is(self, unit: Unit) -> None:
        unit.do("officer", "2026-11-26T10:00", ReportIncident("INC-1", day("2026-11-24"), day("2026-11-25")))  # fmt: skip
        path = unit.file(INCIDENT | {"incident": "INC-2"}, FULL)
        assert unit.stops(path) == [f"row 3, reported_on: INC-1 {IS_HERE}", NOTHING]

    def test_a_case_file_that_goes_on_with_a_case_is_told_that_it_is_here(self, unit: Unit) -> None:
        unit.imported(unit.case(REPORT, RAISE))
        assert unit.stops(unit.case(REASON)) == [f"acts[0]: ESC-1 {IS_HERE}", NOTHING]

    def test_a_case_file_under_another_policy(self, unit: Unit) -> None:
        path = unit.case(REPORT)
        path.write_text(path.read_text("utf-8").replace("sandwell-2018", "four-stages"), "utf-8")
        (told, nothing) = unit.stops(path)
        assert told.startswith(
            "policy: the file names 'four-stages', and this partnership has adopted sandwell-2018/1"
        )
        assert nothing == NOTHING

    def test_what_is_said_to_have_been_recorded_later_than_now(self, unit: Unit) -> None:
        late = {**REASON, "at": "2027-06-01T10:01"}
        assert unit.stops(unit.case(REPORT, RAISE, late)) == [
            "acts[2]: is said to have been recorded later than now",
            NOTHING,
        ]

    def test_closure_days_are_not_brought_in(self, unit: Unit) -> None:
        declare = {"at": "2026-11-27T10:00", "by": "manager", "act": "declare_closure", "day": "2026-12-02", "reason": "Training"}  # fmt: skip
        assert unit.stops(unit.case(REPORT, declare, people=("officer", "manager"))) == [
            "acts[1]: closure days are not imported; declare them in the partnership itself",
            NOTHING,
        ]

    def test_people_who_do_not_match(self, unit: Unit) -> None:
        path = unit.case(REPORT)
        data = json.loads(path.read_text("utf-8"))
        data["people"]["officer"]["role"] = "business_manager"
        data["people"]["somebody"] = {"name": "X", "role": "auditor", "agency": "scsp"}
        path.write_text(json.dumps(data), "utf-8")
        assert unit.stops(path) == [
            "people.officer: is cspr_officer of scsp here, not business_manager of scsp",
            "people.somebody: nobody by this id takes part; add the person first",
            NOTHING,
        ]

    def test_a_file_that_is_not_there(self, unit: Unit) -> None:
        for name in ("none.csv", "none.json"):
            faults = unit.stops(unit.below / name)
            assert faults == ["cannot be read: No such file or directory", NOTHING]

    def test_a_preview_tells_the_same_and_stores_nothing(self, unit: Unit) -> None:
        path, before = unit.case(REPORT, RAISE, REASON), unit.everything()
        preview = unit.answered("import", path, "--as", "officer", "--preview")
        assert unit.everything() == before
        assert preview.pop("stored") is False
        told = unit.told("import", path, "--as", "officer", "--preview")
        assert "case.json: 10 entries would come in; nothing is stored" in told
        assert unit.everything() == before
        real = unit.imported(path)
        assert real.pop("stored") is True
        assert preview == real

    def test_a_preview_names_the_same_faults(self, unit: Unit) -> None:
        path = unit.file(FULL | {"aware_on": "2026-01-01"})
        assert unit.stops(path, "--preview") == unit.stops(path)

    def test_where_the_disk_is_full_nothing_comes_in_and_later_all_of_it(
        self, unit: Unit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        insert = SqliteRecord.insert

        def fails(self: Any, *given: Any) -> None:
            insert(self, *given)
            raise OSError("No space left on device")

        monkeypatch.setattr(SqliteRecord, "insert", fails)
        path = unit.case(REPORT, RAISE, REASON)
        assert "the disk is full" in unit.stops(path, status=1)[0]
        monkeypatch.undo()
        assert unit.imported(path)["entries"] == len(unit.entries())
        assert unit.is_sound()

    def test_where_others_record_again_and_again_while_texts_are_sealed(
        self, unit: Unit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        flush, numbers = BatchedRecord.flush, iter(range(9, 99))

        def flushed(self: BatchedRecord) -> None:
            report = ReportIncident(f"INC-{next(numbers)}", day("2027-05-24"), day("2027-05-25"))
            unit.do("officer", "2027-06-01T09:01", report)
            flush(self)

        monkeypatch.setattr(BatchedRecord, "flush", flushed)
        result = unit.run("import", unit.case(REPORT), "--as", "officer", status=1)
        assert "again and again" in result.stderr
        assert list(unit.outcome()["incidents"]) == [f"INC-{n}" for n in (9, 10, 11, 12)]


class TestOthersMeanwhile:
    """Another program records something when the old cases have been looked at.

    At two moments: before their texts are sealed, and after, just before the record is locked.
    """

    @pytest.fixture(params=["__init__", "flush"], autouse=True)
    def moment(self, request: pytest.FixtureRequest) -> str:
        moment: str = request.param
        self._moment = moment
        return moment

    def meanwhile(self, monkeypatch: pytest.MonkeyPatch, do: Callable[[], None]) -> None:
        really, left = getattr(BatchedRecord, self._moment), [do]

        def meanwhile(self: BatchedRecord, *given: Any) -> Any:
            if left:
                left.pop()()
            return really(self, *given)

        monkeypatch.setattr(BatchedRecord, self._moment, meanwhile)

    def test_another_case_a_moment_later(self, unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
        report = ReportIncident("INC-9", day("2027-05-24"), day("2027-05-25"))
        self.meanwhile(monkeypatch, lambda: unit.do("officer", "2027-06-01T09:01", report))
        result = unit.run("import", unit.case(REPORT, RAISE), "--as", "officer")
        assert result.stderr == ""
        assert list(unit.outcome()["incidents"]) == ["INC-9", "INC-1"]
        assert unit.is_sound()

    def test_a_closure_day_counts_for_what_comes_in(
        self, unit: Unit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        unit.at("2026-12-01T09:00")
        declare = DeclareClosure(day("2026-12-02"), "Training")
        self.meanwhile(monkeypatch, lambda: unit.do("manager", "2026-12-01T09:00", declare))
        unit.imported(unit.case(REPORT, RAISE))
        unit.at("2026-12-01T09:10").told("tick")
        stage_1 = unit.outcome()["escalations"]["ESC-1"]["last_days"]["stage_1"]
        assert stage_1 == "2026-12-04"
        assert unit.is_sound()

    def test_the_same_reference(self, unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
        report = ReportIncident("INC-1", day("2026-11-24"), day("2026-11-25"))
        self.meanwhile(monkeypatch, lambda: unit.do("officer", "2027-06-01T09:00", report))
        path = unit.case(REPORT, RAISE)
        result = run("import", str(path), "--as", "officer", "--store", str(unit.path), app=cli.app)
        assert result.exit_code == 2
        assert f"acts[0]: INC-1 {IS_HERE}" in result.stderr
        assert unit.outcome()["escalations"] == {}

    def test_the_record_is_not_locked_while_texts_are_sealed(
        self, unit: Unit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seal, open_to_others = Keys.seal, []

        def sealed(keys: Keys, *given: str) -> Any:
            with closing(sqlite3.connect(unit.path / folder.RECORD, timeout=0)) as other:
                other.execute("BEGIN IMMEDIATE")
                open_to_others.append(True)
            return seal(keys, *given)

        monkeypatch.setattr(Keys, "seal", sealed)
        unit.imported(unit.case(REPORT, RAISE, REASON))
        assert len(open_to_others) >= 2


# --- Who ---------------------------------------------------------------------------------------


class TestWho:
    @pytest.mark.parametrize("by", ["officer", "manager"])
    def test_an_officer_or_a_manager_may(self, unit: Unit, by: str) -> None:
        assert unit.imported(unit.case(REPORT), by=by)["stored"]

    @pytest.mark.parametrize("by", ["sub", "chair", "trust", "board", "ward", "audit"])
    def test_nobody_else_may(self, unit: Unit, by: str) -> None:
        (told,) = unit.stops(unit.case(REPORT), by=by, status=3)
        assert told.startswith(f"{by} (")
        assert told.endswith(
            "may not import: only CSPR Officer or Business Manager can. (not_permitted)"
        )

    def test_nor_somebody_who_has_left(self, below: Path) -> None:
        people = dict(PEOPLE) | {"officer_2": replace(PEOPLE["officer"], id="officer_2")}
        unit = Unit(below, people)
        unit.do("manager", "2027-01-04T09:00", RemovePerson("officer_2"))
        (told,) = unit.stops(unit.case(REPORT), by="officer_2")
        assert told.startswith("officer_2: nobody by this id takes part")

    def test_what_somebody_did_who_has_left_since_comes_in(self, unit: Unit) -> None:
        unit.do("manager", "2027-01-04T09:00", RemovePerson("trust"))
        unit.imported(unit.case(REPORT, RAISE, REASON))
        (given,) = (one for one in unit.entries() if one.author == "trust")
        assert given.imported.written == utc("2026-12-01T10:00")
        row = FULL | {"incident": "INC-2", "escalation": "ESC-2", "action_acknowledged_on": "2026-01-13"}  # fmt: skip
        unit.imported(unit.file(row))
        assert [one.author for one in unit.entries()].count("trust") == 2


# --- What it says ------------------------------------------------------------------------------


class TestWhatItSays:
    def test_to_a_person(self, unit: Unit) -> None:
        path = unit.case(REPORT, RAISE, REASON)
        told = unit.told("import", path, "--as", "officer")
        assert told == (
            "case.json: 10 entries came in 1 incident: 1 reported 1 escalation: 1 stage 3 "
            "5 of the entries are moves of the clock that follow from the others; they are marked as "
            f"derived. The file's SHA-256: {sha256(path.read_bytes()).hexdigest()}"
        )

    def test_to_a_program(self, unit: Unit) -> None:
        path = unit.case(REPORT, RAISE, REASON)
        assert unit.imported(path) == {
            "file": "case.json",
            "sha256": sha256(path.read_bytes()).hexdigest(),
            "stored": True,
            "incidents": {"reported": 1},
            "escalations": {"stage_3": 1},
            "entries": 10,
            "derived": 5,
            "warnings": [],
        }

    def test_on_a_terminal_it_shows_how_far_it_is(
        self, unit: Unit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shown: dict[str, list[tuple[int, int]]] = {}

        @contextmanager
        def noted(what: str) -> Iterator[Callable[[int, int], None]]:
            shown[what] = []
            yield lambda done, total: shown[what].append((done, total))

        monkeypatch.setattr(import_command, "shown_progress", noted)
        unit.imported(unit.case(REPORT, RAISE, REASON))
        assert shown == {
            "Working out the old cases": [(1, 3), (2, 3), (3, 3)],
            "Bringing the views up to date": [],
        }


# --- Texts that look as if they say who the child is -------------------------------------------

BORN = FULL | {"concern": "Born 3/12/2019, no chronology"}
BIRTH, POSTCODE = (
    f"this looks like a {what}. Do not name the child."
    for what in ("date of birth", "full postcode")
)


class TestWarnings:
    def accepted(self, unit: Unit, path: Path, *options: str) -> Any:
        return unit.run("import", path, "--as", "officer", "--accept-warnings", *options)

    def test_each_is_named_with_its_row_and_column_and_stops_it(self, unit: Unit) -> None:
        later = FULL | {"incident": "INC-2", "escalation": "ESC-2", "action_what": "Visit B1 1AA"}
        assert unit.stops(unit.file(BORN, later), status=4) == [
            f"row 2, concern: {BIRTH}",
            f"row 3, action_what: {POSTCODE}",
            REWORD,
        ]

    def test_a_reference_that_stands_behind_many_acts_is_named_once(self, unit: Unit) -> None:
        path = unit.file(FULL | {"incident": "943 476 5919"})
        assert unit.stops(path, status=4) == [
            "row 2, incident: this looks like an NHS number. Do not name the child.",
            REWORD,
        ]

    def test_in_a_case_file_each_is_named_with_its_act_and_field(self, unit: Unit) -> None:
        path = unit.case(REPORT, RAISE | {"concern": "Born 3/12/2019"}, REASON)
        assert unit.stops(path, status=4) == [f"acts[1].concern: {BIRTH}", REWORD]

    def test_the_file_s_name_is_looked_at_too(self, unit: Unit) -> None:
        (told, _) = unit.stops(unit.file(FULL, name="B1 1AA.csv"), status=4)
        assert told == (
            "the file's name: this looks like a full postcode, and would stand in the record for "
            "good. Do not name the child."
        )

    def test_faults_are_named_beside_them(self, unit: Unit) -> None:
        wrong = INCIDENT | {"incident": "INC-2", "aware_on": "2026-01-01"}
        told = unit.stops(unit.file(BORN, wrong))
        assert told[0] == f"row 2, concern: {BIRTH}"
        assert told[1].startswith("row 3, reported_on: aware_on: ")
        assert told[2] == NOTHING

    def test_a_preview_tells_them_beside_what_would_come_in(self, unit: Unit) -> None:
        before = unit.everything()
        path = unit.file(BORN)
        result = unit.run("import", path, "--as", "officer", "--preview", status=4)
        assert "register.csv: 10 entries would come in; nothing is stored" in result.stdout
        assert result.stderr.splitlines() == [f"{path}: row 2, concern: {BIRTH}", REWORD]
        assert self.accepted(unit, path, "--preview").stdout == result.stdout
        assert unit.everything() == before

    def test_accepted_they_are_told_and_it_comes_in(self, unit: Unit) -> None:
        path = unit.file(BORN)
        result = self.accepted(unit, path)
        assert result.stderr == f"{path}: row 2, concern: {BIRTH}\n"
        assert "register.csv: 10 entries came in" in result.stdout
        assert "Born 3/12/2019" in unit.told("history", "ESC-1")

    def test_a_program_gets_them_too(self, unit: Unit) -> None:
        path = unit.file(BORN)
        stopped = json.loads(unit.run("import", path, "--as", "officer", "--json", status=4).stdout)
        assert (stopped["stored"], stopped["warnings"]) == (False, [f"row 2, concern: {BIRTH}"])
        assert unit.entries() == []
        taken = json.loads(self.accepted(unit, path, "--json").stdout)
        assert (taken["stored"], taken["warnings"]) == (True, stopped["warnings"])

    def test_texts_that_name_nobody_are_left_alone(self, unit: Unit) -> None:
        assert unit.run("import", unit.file(FULL), "--as", "officer").stderr == ""
