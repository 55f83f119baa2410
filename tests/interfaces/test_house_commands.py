"""Making a store, its people, its clock, checking it, backing it up: what each command does and refuses."""

import errno
import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cspr_workflow.application.ports import Trouble
from cspr_workflow.interfaces import check_command
from cspr_workflow.store import backup
from cspr_workflow.store import folder as folders
from projections.runner import Views
from tests.interfaces.house import BEGAN, MANAGER, PEOPLE, House, opened
from tests.store.store_world import KEYS, RECORD, rows
from tests.support import utc


class TestInit:
    def test_it_makes_a_store_with_policy_calendar_and_people(self, house: House) -> None:
        told = house.told("init", *(part for one in PEOPLE for part in ("--person", one)))
        assert told.startswith("partnership is the partnership's store now.")
        assert "officer: A. Officer (CSPR Officer, SCSP)" in told
        assert "What to type next cspr tick" in told
        assert house.types() == [
            "partnership.policy-adopted.v1",
            "partnership.calendar-adopted.v1",
            *["partnership.person-joined.v1"] * 2,
        ]
        with closing(opened(house)) as desk:
            assert desk.rehearsal is False
            assert desk.policy.label == "sandwell-2018/1"
            assert desk.names == {"officer": "A. Officer", "manager": "B. Manager"}
            assert desk.views.position == 4
            assert {one.entry.recorded for one in desk.lines("partnership")} == {house.now}

    def test_it_answers_a_program(self, house: House) -> None:
        assert house.answered("init", "--person", MANAGER, "--store", "elsewhere") == {
            "store": "elsewhere",
            "rehearsal": False,
            "policy": "sandwell-2018/1",
            "known_to": 2028,
            "people": ["manager"],
        }

    def test_a_store_elsewhere_says_how_to_name_it(self, house: House) -> None:
        told = house.told("init", "--person", MANAGER, "--store", "a/b")
        assert "Put --store a/b behind each command, or set CSPR_STORE to it once." in told

    def test_a_rehearsals_clock_stands_where_it_is_to_begin(self, house: House) -> None:
        house.init("--rehearsal", "--clock", BEGAN)
        assert house.answered("clock") == {
            "now": "2026-11-26T09:00:00+00:00",
            "runs_by_itself": False,
        }
        with closing(opened(house)) as desk:
            assert desk.rehearsal
            assert desk.record.last()[1] == utc(BEGAN)

    def test_only_a_rehearsals_clock_can_be_set(self, house: House) -> None:
        said = house.stops(2, "init", "--person", MANAGER, "--clock", BEGAN)
        assert said == "--clock: only a rehearsal's clock can be set; give --rehearsal, too."
        said = house.stops(2, "init", "--person", MANAGER, "--rehearsal", "--clock", "soon")
        assert said.startswith("--clock: 'soon' is not a moment")

    def test_another_policy(self, house: House) -> None:
        house.init("--policy", "four-stages")
        with closing(opened(house)) as desk:
            assert desk.policy.label == "four-stages/1"

    def test_a_policy_that_is_none(self, house: House) -> None:
        said = house.stops(2, "init", "--person", MANAGER, "--policy", "nowhere")
        assert said.startswith("nowhere: is no file, and no policy that comes with the program")

    def test_a_folder_with_something_in_it(self, lasting: House) -> None:
        said = lasting.stops(1, "init", "--person", MANAGER)
        assert said == (
            "partnership: there is something here already; name a folder that is new or empty."
        )

    def test_an_empty_folder_is_taken(self, house: House) -> None:
        house.store.mkdir()
        assert house.init().store.exists()

    @pytest.mark.parametrize("people", [(), (PEOPLE[0],)])
    def test_somebody_has_to_be_able_to_add_people(
        self, house: House, people: tuple[str, ...]
    ) -> None:
        said = house.stops(2, "init", *(part for one in people for part in ("--person", one)))
        assert said.startswith("nobody is a business manager. Name at least one")

    def test_all_or_nothing(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        """The disk is full when all is made and only has to be put in place."""

        def full(_: Path) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(folders, "synced", full)
        said = house.stops(1, "init", "--person", MANAGER)
        assert said.startswith("partnership: the disk is full.")
        assert list(house.folder.iterdir()) == []


class TestPeopleFiles:
    def test_json_as_in_case_files(self, house: House) -> None:
        people = {"manager": {"name": "B. Manager", "role": "business_manager", "agency": "scsp"}}
        (house.folder / "people.json").write_text(json.dumps(people))
        answer = house.answered("init", "--people", "people.json", "--person", PEOPLE[0])
        assert answer["people"] == ["manager", "officer"]

    def test_csv_as_a_spreadsheet_saves_it(self, house: House) -> None:
        text = (
            '\ufeffName,ID,Role,Agency\r\n"Manager, B.",manager, business_manager ,scsp\r\n,,,\r\n'
        )
        (house.folder / "people.CSV").write_bytes(text.encode())
        house.told("init", "--people", "people.CSV")
        (listed,) = house.answered("people")["people"]
        assert listed == {
            "id": "manager", "name": "Manager, B.", "role": "business_manager", "agency": "scsp",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("name", "text", "says"),
        [
            ("p.csv", "id,name\n", "p.csv: line 1: its columns have to be id, name, role, agency"),
            ("p.csv", "", "p.csv: line 1: its columns have to be id, name, role, agency"),
            ("p.csv", "id,name,role,agency\na,b\n", "p.csv: line 2: has 2 cells; 4 are needed"),
            (
                "p.csv",
                "id,name,role,agency\na,A,chief,scsp\n",
                "p.csv: line 2, role: 'chief' is not one of cspr_officer, business_manager, ",
            ),
            (
                "p.csv",
                "id,name,role,agency\na,A,service_lead,scsp\n",
                "p.csv: line 2, agency: the role service_lead is never of the agency scsp",
            ),
            (
                "p.csv",
                "id,name,role,agency\n,,auditor,scsp\n",
                "p.csv: line 2, id: this text may not be empty\n"
                "p.csv: line 2, name: this text may not be empty",
            ),
            (
                "p.csv",
                "id,name,role,agency\na,A,auditor,scsp\na,B,auditor,scsp\n",
                "p.csv: line 3, id: 'a' stands twice",
            ),
            ("p.csv", 'id,name,role,agency\n"a', "p.csv: line 2: is not CSV: "),
            ("p.json", "[]", "p.json: is not an object of people, each by an id"),
            ("p.json", "{", "p.json: is not JSON: "),
            ("p.json", '{"a": 1, "a": 1}', "p.json: is not JSON: a field or an id stands twice"),
            ("p.json", '{"a": 1}', "p.json: a: 1 is not a person with name, role, agency"),
            (
                "p.json",
                '{"a": {"nam": "A", "role": "auditor", "agency": "scsp"}}',
                "p.json: a, nam: unknown field; known are name, role, agency\n"
                "p.json: a, name: this field is missing",
            ),
            (
                "p.json",
                '{"a": {"id": "b", "name": "A", "role": "auditor", "agency": "scsp"}}',
                "p.json: a, id: unknown field; the id stands before the person",
            ),
        ],
    )
    def test_every_fault_is_named_with_its_place(
        self, house: House, name: str, text: str, says: str
    ) -> None:
        (house.folder / name).write_text(text)
        said = house.stops(2, "init", "--people", name)
        assert said.startswith(says)

    def test_a_file_that_cannot_be_read(self, house: House) -> None:
        said = house.stops(2, "init", "--people", "none.csv")
        assert said == "none.csv: cannot be read: No such file or directory"
        (house.folder / "p.csv").write_bytes(b"\xff")
        said = house.stops(2, "init", "--people", "p.csv")
        assert said == "p.csv: is not a text in UTF-8; save it as such"

    def test_people_on_the_command_line_are_named_by_their_number(self, house: House) -> None:
        (house.folder / "p.csv").write_text(
            "id,name,role,agency\nmanager,B,business_manager,scsp\n"
        )
        said = house.stops(
            2, "init", "--people", "p.csv", "--person", MANAGER, "--person", "x; y",
            "--person", "z; Z; chief; scsp",
        )  # fmt: skip
        first, second, third = said.splitlines()
        assert first == "--person, number 1, id: 'manager' stands twice"
        assert second.startswith("--person, number 2: 'x; y' has 2 of 4 parts; write it as ")
        assert third.startswith("--person, number 3, role: 'chief' is not one of ")


class TestPeople:
    def test_it_lists_who_takes_part(self, rehearsal: House) -> None:
        told = rehearsal.told("people")
        assert told.startswith("Rehearsal: nothing in this store is real.")
        assert told.endswith("trust C. Lead representative on the SLPR subgroup Acute Trust")

    def test_somebody_is_added_with_a_name(self, lasting: House) -> None:
        add = ("people", "add", "sub", "--name", "D. Chair", "--role", "subgroup_chair")
        told = lasting.told(*add, "--agency", "scsp", "--as", "manager")
        assert told == (
            "B. Manager (Business Manager, SCSP) noted D. Chair as SLPR subgroup chair of SCSP."
        )
        assert lasting.answered("people")["people"][-1] == {
            "id": "sub", "name": "D. Chair", "role": "subgroup_chair", "agency": "scsp",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("change", "by", "says"),
        [
            (
                {},
                "officer",
                "officer (CSPR Officer) may not add person: only Business Manager or administrator "
                "can. (not_permitted)",
            ),
            (
                {"ID": "officer"},
                "manager",
                "ID: officer is in use already; choose another id. (duplicate_reference)",
            ),
            (
                {"--role": "service_lead"},
                "manager",
                "--agency: the role service_lead is never of the agency scsp. (invalid)",
            ),
        ],
    )
    def test_who_may_not_be_added(
        self, lasting: House, change: dict[str, str], by: str, says: str
    ) -> None:
        given = {"ID": "sub", "--name": "D", "--role": "auditor", "--agency": "scsp", **change}
        id = given.pop("ID")
        options = [part for pair in given.items() for part in pair]
        said = lasting.stops(3, "people", "add", id, *options, "--as", by)
        assert said == says
        refused = lasting.answered("people", "add", id, *options, "--as", by, status=3)
        assert refused.keys() == {"error", "message"}
        assert says.endswith(f"({refused['error']})")

    def test_names_and_ids_that_are_none(self, lasting: House) -> None:
        rest = ("--role", "auditor", "--as", "manager")
        for id, name, agency, option in (
            (" ", "D", "scsp", "ID"),
            ("x", " ", "scsp", "--name"),
            ("x", "D", "", "--agency"),
        ):
            said = lasting.stops(2, "people", "add", id, "--name", name, "--agency", agency, *rest)
            assert said == f"{option}: this text may not be empty"

    def test_somebody_who_is_nobody_adds_nobody(self, lasting: House) -> None:
        said = lasting.stops(
            2, "people", "add", "x", "--name", "X", "--role", "auditor", "--agency", "scsp",
            "--as", "nobody",
        )  # fmt: skip
        assert said == "nobody: nobody by this id takes part; known are officer, manager."

    def test_somebody_leaves(self, lasting: House) -> None:
        answer = lasting.answered("people", "remove", "officer", "--as", "manager")
        assert [one["type"] for one in answer["recorded"]] == ["partnership.person-left.v1"]
        assert [one["id"] for one in lasting.answered("people")["people"]] == ["manager"]

    def test_the_last_manager_stays(self, lasting: House) -> None:
        said = lasting.stops(3, "people", "remove", "manager", "--as", "manager")
        assert (
            said == "ID: manager is the only Business Manager; add another one first. (wrong_state)"
        )

    def test_a_name_is_corrected_and_nothing_recorded(self, lasting: House) -> None:
        before = lasting.types()
        told = lasting.told("people", "rename", "officer", "--name", "A. New-Name")
        assert told == "A. Officer is called A. New-Name now (officer)."
        assert lasting.types() == before
        assert lasting.answered("people", "rename", "officer", "--name", "A. Officer") == {
            "id": "officer", "before": "A. New-Name", "name": "A. Officer",
        }  # fmt: skip

    def test_the_name_of_somebody_who_left_can_be_corrected(self, lasting: House) -> None:
        lasting.told("people", "remove", "officer", "--as", "manager")
        lasting.told("people", "rename", "officer", "--name", "A. New-Name")
        with closing(opened(lasting)) as desk:
            assert desk.names["officer"] == "A. New-Name"

    def test_nobody_cannot_be_renamed(self, lasting: House) -> None:
        said = lasting.stops(2, "people", "rename", "nobody", "--name", "X")
        assert said == "ID: there is nobody by the id nobody; known are officer, manager."

    def test_an_option_before_the_command_is_not_passed_over(self, lasting: House) -> None:
        said = lasting.stops(
            2, "people", "--store", "x", "rename", "officer", "--name", "A. New-Name"
        )
        assert said == "--store: write it after cspr people rename."
        said = lasting.stops(2, "clock", "--json", "run")
        assert said == "--json: write it after cspr clock run."

    def test_a_store_named_by_the_environment_reaches_it(self, house: House) -> None:
        house.init("--store", "elsewhere")
        result = house.run("people", "rename", "officer", "--name", "N", CSPR_STORE="elsewhere")
        assert result.exit_code == 0, result.output
        with closing(opened(house, "elsewhere")) as desk:
            assert desk.names["officer"] == "N"


class TestClock:
    def test_it_is_shown_and_set(self, rehearsal: House) -> None:
        assert rehearsal.told("clock") == "The rehearsal's clock stands at Mon 30 Nov 2026 09:30."
        told = rehearsal.told("clock", "set", "2026-12-04T09:00")
        assert told == "The rehearsal's clock stands at Fri 4 Dec 2026 09:00."
        rehearsal.told("tick")
        assert "escalation.stage-entered.v1" in rehearsal.types()

    def test_it_is_never_set_before_what_was_recorded_last(self, rehearsal: House) -> None:
        said = rehearsal.stops(1, "clock", "set", "2026-11-30T09:29")
        assert said == (
            "MOMENT: Mon 30 Nov 2026 09:29 is before Mon 30 Nov 2026 09:30, when something was "
            "recorded last; what is recorded never runs backwards."
        )

    def test_a_moment_that_is_none(self, rehearsal: House) -> None:
        said = rehearsal.stops(2, "clock", "set", "tomorrow")
        assert said.startswith("MOMENT: 'tomorrow' is not a moment")

    def test_it_runs_by_itself_again(self, rehearsal: House) -> None:
        rehearsal.now = utc("2026-12-01T08:00")
        told = rehearsal.told("clock", "run")
        assert told == "The rehearsal's clock runs by itself; it is Tue 1 Dec 2026 08:00."
        assert rehearsal.answered("clock") == {
            "now": "2026-12-01T08:00:00+00:00",
            "runs_by_itself": True,
        }

    def test_it_does_not_run_by_itself_before_what_was_recorded_last(
        self, rehearsal: House
    ) -> None:
        said = rehearsal.stops(1, "clock", "run")
        assert said.startswith("The real time: Thu 26 Nov 2026 10:00 is before Mon 30 Nov 2026")

    @pytest.mark.parametrize("kind", ["lasting", "rehearsal"])
    def test_after_how_long_there_is_a_gap_can_be_set_in_every_store(
        self, request: pytest.FixtureRequest, kind: str
    ) -> None:
        house: House = request.getfixturevalue(kind)
        entries = house.types()
        told = house.told("clock", "gap", "90")
        assert told == "From now on there is a gap after 90 minutes without a tick."
        assert house.answered("status", status=1)["gap_minutes"] == 90
        assert house.answered("clock", "gap", "15") == {"gap_minutes": 15}
        with closing(opened(house)) as desk:
            assert desk.office.gap_minutes == 15
        assert house.types() == entries

    @pytest.mark.parametrize(("minutes", "gaps"), [(59, 1), (60, 0)])
    def test_the_tick_goes_by_it(self, lasting: House, minutes: int, gaps: int) -> None:
        lasting.told("tick")
        lasting.told("clock", "gap", str(minutes))
        lasting.now += timedelta(minutes=60)
        lasting.told("tick")
        assert lasting.types().count("partnership.clock-stood-still.v1") == gaps

    @pytest.mark.parametrize("minutes", ["0", "-5", "10081", "an hour"])
    def test_a_gap_that_makes_no_sense(self, lasting: House, minutes: str) -> None:
        assert "MINUTES" in lasting.stops(2, "clock", "gap", "--", minutes)

    @pytest.mark.parametrize("command", [(), ("set", "2027-01-01T09:00"), ("run",)])
    def test_a_lasting_store_has_the_real_clock(
        self, lasting: House, command: tuple[str, ...]
    ) -> None:
        said = lasting.stops(1, "clock", *command)
        assert said.startswith(
            "partnership: this store is no rehearsal. Only the real clock counts"
        )


class TestRebuild:
    def test_it_says_how_many_entries_and_how_long(
        self, rehearsal: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        moments = iter([10.0, 12.34, 20.0, 21.0])
        monkeypatch.setattr(check_command, "_seconds", lambda: next(moments))
        rows(rehearsal.store / "views.sqlite", "DELETE FROM cases")
        entries = len(rehearsal.types())
        told = rehearsal.told("rebuild")
        assert told == f"The views are built anew from {entries} entries, in 2.3 seconds."
        assert len(rows(rehearsal.store / "views.sqlite", "SELECT 1 FROM cases")) == 2
        assert rehearsal.answered("rebuild") == {"position": entries, "seconds": 1.0}

    def test_it_does_not_touch_the_record(self, rehearsal: House) -> None:
        before = rehearsal.everything()
        rehearsal.told("rebuild")
        assert rehearsal.everything() == before

    def test_no_store_no_views(self, house: House) -> None:
        assert house.stops(2, "rebuild").startswith("partnership: there is no store here.")


class TestCheck:
    def test_a_store_in_order(self, rehearsal: House) -> None:
        entries = len(rehearsal.types())
        assert rehearsal.told("check") == (
            f"{entries} entries and 1 sealed text looked at: the record is whole, and the views agree "
            "with it."
        )
        assert rehearsal.answered("check") == {
            "entries": entries, "texts": 1, "views": entries, "faults": [], "without_key": {},
        }  # fmt: skip
        assert [path.name for path in rehearsal.store.iterdir() if path.is_dir()] == []

    def test_faults_of_the_record_come_with_their_position(self, rehearsal: House) -> None:
        rows(rehearsal.store / RECORD, "DROP TRIGGER sealed_texts_is_not_deleted")
        rows(rehearsal.store / RECORD, "DELETE FROM sealed_texts")
        entries = len(rehearsal.types())
        assert rehearsal.told("check", status=1) == (
            f"Entry {entries}: its sealed text concern is missing. {entries} entries and 0 sealed texts "
            "looked at: 1 fault. The views were not compared."
        )
        answer = rehearsal.answered("check", status=1)
        assert answer["faults"] == [
            {"position": entries, "what": "its sealed text concern is missing."}
        ]
        assert answer["views"] is None

    def test_views_that_do_not_agree(self, rehearsal: House) -> None:
        rows(rehearsal.store / "views.sqlite", "DELETE FROM due_items")
        told = rehearsal.told("check", status=1)
        assert told.startswith("The view due_items is not what the record says")
        assert "ESC-1: the clock would look at it never" in told
        assert told.endswith(": 3 faults.")

    def test_a_key_that_is_gone_is_no_fault(self, rehearsal: House) -> None:
        rows(rehearsal.store / KEYS, "DELETE FROM keys")
        told = rehearsal.told("check")
        assert told.startswith(
            "The key is gone of 1 incident (INC-1): what people wrote about them"
        )
        assert told.endswith("the record is whole, and the views agree with it.")
        assert rehearsal.answered("check")["without_key"] == {"INC-1": 1}

    def test_a_record_that_is_cut_off(self, rehearsal: House) -> None:
        path = rehearsal.store / RECORD
        path.write_bytes(path.read_bytes()[:8192])
        result = rehearsal.run("check")
        assert result.exit_code == 2
        assert "the file is cut off" in result.stderr or "is damaged" in result.stderr

    def test_views_that_cannot_be_read(
        self, rehearsal: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: Any, **__: Any) -> int:
            raise Trouble("the views cannot be used.")

        monkeypatch.setattr(Views, "catch_up", broken)
        assert rehearsal.told("check", status=1).startswith("the views cannot be used.")

    def test_it_changes_nothing(self, rehearsal: House) -> None:
        before = rehearsal.everything()
        rehearsal.told("check")
        assert rehearsal.everything() == before


class TestBackup:
    def test_there_and_back(self, rehearsal: House) -> None:
        entries = len(rehearsal.types())
        told = rehearsal.told("backup", "to", "--keys", "keys")
        assert told == (
            f"{entries} entries backed up to to. The keys are in keys. Keep the two apart, and both off "
            "this machine. To restore: cspr restore to --keys keys --store NEW-FOLDER"
        )
        told = rehearsal.told("restore", "to", "--keys", "keys", "--store", "new")
        assert told.startswith(
            f"new is restored: {entries} entries, the last of Mon 30 Nov 2026 09:30. What was "
            "recorded after that is not there"
        )
        assert rehearsal.told("check", "--store", "new").endswith("the views agree with it.")
        with closing(opened(rehearsal, "new")) as desk:
            assert desk.views.position == entries

    def test_programs_are_answered(self, lasting: House) -> None:
        assert lasting.answered("backup", "to", "--keys", "keys") == {
            "to": "to", "keys": "keys", "position": 4,
        }  # fmt: skip
        assert lasting.answered("restore", "to", "--keys", "keys", "--store", "new") == {
            "store": "new",
            "position": 4,
            "last_recorded": "2026-11-26T10:00:00+00:00",
            "without_key": [],
        }

    def test_it_is_noted(self, lasting: House) -> None:
        assert lasting.answered("status", status=1)["last_backup"] is None
        lasting.now = utc("2026-11-27T18:00")
        lasting.told("backup", "to")
        assert lasting.answered("status", status=1)["last_backup"] == "2026-11-27T18:00:00+00:00"

    def test_without_keys_it_says_what_is_missing(self, lasting: House) -> None:
        told = lasting.told("backup", "to")
        assert "The keys are not part of it, and without them nobody can read its texts." in told

    def test_a_folder_in_use_and_a_full_disk_are_not_noted(
        self, lasting: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (lasting.folder / "to").mkdir()
        (lasting.folder / "to" / "file").touch()
        said = lasting.stops(1, "backup", "to")
        assert said == "to: there is something here already; name a folder that is new or empty."

        def full(_: Path) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(backup, "synced", full)
        said = lasting.stops(1, "backup", "another")
        assert said == "another: the disk is full. No backup was made; make room and try again."

    def test_nothing_is_restored_without_keys(self, lasting: House) -> None:
        lasting.told("backup", "to")
        said = lasting.stops(2, "restore", "to", "--store", "new")
        assert said.startswith("--keys: name the folder with the backup of the keys.")
        said = lasting.stops(1, "restore", "to", "--keys", "to", "--store", "new")
        assert said == "to: this is no backup of the keys; name a folder that cspr backup made."

    def test_nothing_is_restored_into_a_store(self, lasting: House) -> None:
        lasting.told("backup", "to", "--keys", "keys")
        said = lasting.stops(1, "restore", "to", "--keys", "keys")
        assert said.startswith("partnership: there is something here already")

    def test_incidents_whose_key_is_in_no_backup_are_named(self, rehearsal: House) -> None:
        rows(rehearsal.store / KEYS, "DELETE FROM keys")
        rehearsal.told("backup", "to", "--keys", "keys")
        told = rehearsal.told("restore", "to", "--keys", "keys", "--store", "new")
        assert "The key is gone of 1 incident (INC-1)" in told

    def test_a_restored_store_without_its_keys_is_refused(self, lasting: House) -> None:
        lasting.told("backup", "to", "--keys", "keys")
        lasting.told("restore", "to", "--keys", "keys", "--store", "new")
        (lasting.folder / "new" / KEYS).unlink()
        said = lasting.stops(2, "people", "--store", "new")
        assert said.startswith(f"new/{KEYS}: the file of the keys is missing.")
