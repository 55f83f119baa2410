"""One tick, one status and one backup for several partnerships, in folders and on a server."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from cspr_workflow.application.ports import Trouble
from cspr_workflow.interfaces import partnerships, tick_command
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.store import migrations, stores
from cspr_workflow.store.stores import Place
from cspr_workflow.store.turns import turn
from projections.runner import Views
from tests.interfaces.conftest import TRUST
from tests.interfaces.house import PEOPLE, RAISE, House
from tests.postgres_server import APP, OWNER, server
from tests.store.places import quick_place
from tests.support import utc

FILE, STAGE_1 = "partnerships.toml", "2026-12-01T07:00"
ALL = ("--partnerships", FILE)
REPORT = (
    "report-incident", "INC-1", "--incident-on", "2026-11-24", "--aware-on", "2026-11-25",
    "--as", "officer",
)  # fmt: skip


class Deployment:
    """Several partnerships, and the file that names them."""

    def __init__(self, house: House, **stores: Place) -> None:
        self.house, self.stores = house, {name: str(place) for name, place in stores.items()}
        lines = (f'[partnership.{name}]\nstore = "{at}"\n' for name, at in self.stores.items())
        (house.folder / FILE).write_text("".join(lines), "utf-8")

    def answers(self, *arguments: str, status: int = 0) -> list[dict[str, Any]]:
        """What a command tells another program, a line for each partnership."""
        result = self.house.run(*arguments, *ALL, "--json")
        assert result.exit_code == status, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

    def names(self, *arguments: str) -> list[str]:
        """The partnerships in the order in which they are told."""
        return [one["partnership"] for one in self.answers(*arguments)]

    def at(self, name: str, do: Callable[[Desk], Any]) -> Any:
        """Something at the desk of one of them."""
        where = self.stores[name]
        place = where if "://" in where else self.house.folder / where
        with closing(Desk(stores.open_store(place))) as desk:
            return do(desk)

    def ran(self, **moments: str) -> "Deployment":
        """The clock last ran at these moments."""
        for name, moment in moments.items():
            self.at(name, lambda desk, at=moment: desk.office.beat(utc(at), gap=False))
        return self

    def last(self, name: str) -> Any:
        """When the clock last ran."""
        beat = self.at(name, lambda desk: desk.office.heartbeat)
        return beat.last if beat else None


def raised(house: House, store: str) -> None:
    """An incident and an escalation, which moves to Stage 1 at midnight."""
    house.now = utc("2026-11-30T09:30")
    for words in (REPORT, RAISE):
        house.told(*words, "--store", store)


@pytest.fixture(scope="module")
def in_folders() -> Iterator[Path]:
    """The stores north, with an escalation, and south, made once to be copied."""
    with quick_place() as folder, pytest.MonkeyPatch.context() as patch:
        house = House(folder, patch)
        for name in ("north", "south"):
            house.init("--store", name, people=(*PEOPLE, TRUST))
        raised(house, "north")
        patch.undo()
        yield folder


@pytest.fixture(scope="module")
def in_a_database() -> Iterator[str]:
    """A database with the stores south and west, of which the second has an escalation, to be copied."""
    with (
        server().database() as name,
        quick_place() as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        migrations.migrate(f"{server().address(name, OWNER)}&schemas=west", role=APP)
        house = House(folder, patch)
        for address in (on_server(name), on_server(name, west=True)):
            house.init("--store", address, people=(*PEOPLE, TRUST))
        raised(house, on_server(name, west=True))
        patch.undo()
        yield name


def on_server(database: str, *, west: bool = False) -> str:
    """The address of a store in a database."""
    return server().address(database, APP) + ("&schemas=west" if west else "")


@pytest.fixture
def folders(house: House, in_folders: Path) -> Deployment:
    """Two partnerships in folders; at the first there is an escalation."""
    for name in ("north", "south"):
        shutil.copytree(in_folders / name, house.folder / name)
    house.now = utc(STAGE_1)
    return Deployment(house, north="north", south="south")


@pytest.fixture
def both_kinds(house: House, in_folders: Path, in_a_database: str) -> Iterator[Deployment]:
    """One partnership in a folder, two in one database; at the first and the last is an escalation."""
    shutil.copytree(in_folders / "north", house.folder / "north")
    house.now = utc(STAGE_1)
    name = server()._made(f"TEMPLATE {in_a_database}")
    try:
        south, west = on_server(name), on_server(name, west=True)
        yield Deployment(house, north="north", south=south, west=west)
    finally:
        server().drop(name)


@pytest.fixture(params=["folders", "both_kinds"])
def several(request: pytest.FixtureRequest) -> Deployment:
    """Several partnerships, the first of which has an escalation."""
    found: Deployment = request.getfixturevalue(request.param)
    return found


# --- The tick ----------------------------------------------------------------------------------


class TestTick:
    def test_time_passes_in_each_and_each_line_names_its_partnership(
        self, folders: Deployment
    ) -> None:
        folders.ran(north="2026-12-01T06:30", south="2026-12-01T06:40")
        told = folders.house.run("tick", *ALL).stdout.splitlines()
        assert [line.rstrip() for line in told] == [
            "Tue 1 Dec 2026 00:00    north: [ESC-1] The clock moved it to Stage 1, because it was not resolved.",
            "north: One entry recorded.",
            "south: Nothing has fallen due.",
        ]
        assert [folders.last(name) for name in folders.stores] == [utc(STAGE_1)] * 2

    def test_a_gap_names_its_partnership(self, folders: Deployment) -> None:
        folders.ran(north="2026-12-01T06:30", south="2026-11-30T10:00")
        told = folders.house.told("tick", *ALL)
        assert told.startswith("south: The clock did not run between Mon 30 Nov 2026 10:00 and")

    def test_one_run_over_both_kinds(self, both_kinds: Deployment) -> None:
        both_kinds.ran(north="2026-12-01T06:45", south="2026-12-01T06:40", west="2026-12-01T06:50")
        found = both_kinds.answers("tick")
        assert [(one["partnership"], len(one["recorded"])) for one in found] == [
            ("south", 0), ("north", 1), ("west", 1),
        ]  # fmt: skip
        assert [both_kinds.last(name) for name in both_kinds.stores] == [utc(STAGE_1)] * 3

    def test_who_has_waited_longest_comes_first(
        self, folders: Deployment, in_folders: Path
    ) -> None:
        folders.ran(north="2026-12-01T06:59", south="2026-12-01T06:58")
        shutil.copytree(in_folders / "south", folders.house.folder / "new")
        three = Deployment(folders.house, missing="nowhere", **folders.stores, new="new")
        assert [one["partnership"] for one in three.answers("tick", status=2)] == [
            "new", "south", "north", "missing",
        ]  # fmt: skip

    def test_a_store_that_does_not_open_stops_nobody_else(self, folders: Deployment) -> None:
        shutil.rmtree(folders.house.folder / "north")
        result = folders.house.run("tick", *ALL)
        assert result.exit_code == 2
        assert result.stderr.startswith("north: north: there is no store here.")
        assert result.stdout.splitlines()[-1].startswith("south: ")
        assert folders.last("south") == utc(STAGE_1)
        *_, missed = folders.answers("tick", status=2)
        assert list(missed) == ["partnership", "trouble"]
        assert missed["trouble"].startswith("north: there is no store here.")

    def test_a_server_that_is_not_there_stops_nobody_else(
        self, folders: Deployment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("cspr_workflow.postgres.Server.__init__.__defaults__", (0.0,))
        beside = f"postgresql://nobody@/none?host={folders.house.folder}"
        deployment = Deployment(folders.house, west=beside, **folders.stores)
        *done, missed = deployment.answers("tick", status=2)
        assert [one["partnership"] for one in done] == ["north", "south"]
        assert "the server cannot be reached" in missed["trouble"]

    @pytest.mark.parametrize("error", [Trouble("The disk is full."), KeyError("x")])
    def test_a_tick_that_fails_stops_nobody_else(
        self, several: Deployment, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        tick, failing = tick_command.tick, [True]

        def fails_first(*given: Any) -> Any:
            if failing:
                failing.pop()
                raise error
            return tick(*given)

        several.ran(north="2026-11-30T06:00")
        monkeypatch.setattr(tick_command, "tick", fails_first)
        found = several.answers("tick", status=1)
        said = "KeyError: 'x'" if isinstance(error, KeyError) else "The disk is full."
        (failed,) = [one for one in found if "trouble" in one]
        assert failed["trouble"] == said
        assert sum("recorded" in one for one in found) == len(several.stores) - 1

    def test_the_worst_exit_status_counts(
        self, folders: Deployment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def spoilt(*_: object) -> None:
            raise ValueError("a fact that nobody expected")

        monkeypatch.setattr("cspr_workflow.domain.escalation.evolve", spoilt)
        folders.ran(north="2026-12-01T06:30", south="2026-12-01T06:40")
        result = folders.house.run("tick", *ALL)
        assert result.exit_code == 1
        assert result.stderr.startswith("north: ESC-1 is set aside: ValueError")
        shutil.rmtree(folders.house.folder / "south")
        assert folders.house.run("tick", *ALL).exit_code == 2

    def test_watching_it_goes_on_and_is_quiet_where_nothing_happens(
        self, folders: Deployment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        moments = iter(["2026-12-01T00:00", "2026-12-01T00:10"])

        def sleep(_: int) -> None:
            if (moment := next(moments, None)) is None:
                raise KeyboardInterrupt
            folders.house.now = utc(moment)

        folders.ran(north="2026-11-30T23:40", south="2026-11-30T23:40")
        folders.house.now = utc("2026-11-30T23:50")
        monkeypatch.setattr(tick_command, "_sleep", sleep)
        result = folders.house.run("tick", "--watch", "60", *ALL)
        assert (result.exit_code, result.stderr) == (0, "")
        told = result.stdout.splitlines()
        assert told[0].startswith("Tue 1 Dec 2026 00:00    north: [ESC-1]")
        assert told[-1] == "north: One entry recorded."
        assert len(told) == 2
        assert folders.last("south") == utc("2026-12-01T00:10")


class TestSharing:
    """Several ticks at once, on several machines."""

    def test_one_at_which_another_tick_is_is_left_to_that(self, several: Deployment) -> None:
        first, *others = several.names("tick")

        def while_there(desk: Desk) -> list[dict[str, Any]]:
            with turn(desk.store) as mine:
                assert mine
                several.house.now = utc("2026-12-01T07:30")
                assert f"{first}: left alone, another tick is there just now." in (
                    several.house.run("tick", *ALL).stdout
                )
                return several.answers("tick")

        found = {one.pop("partnership"): one for one in several.at(first, while_there)}
        assert found[first] == {"left_to_another": "another tick is there just now"}
        assert several.last(first) == utc(STAGE_1)
        assert all("recorded" in found[name] for name in others)
        assert {several.last(name) for name in others} == {utc("2026-12-01T07:30")}
        assert "recorded" in several.answers("tick")[0]

    def test_two_ticks_share_the_work(
        self, several: Deployment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """While the first is at its first partnership, the other does all the rest."""
        tick, others = tick_command.tick, list[dict[str, Any]]()

        def beside(*given: Any) -> Any:
            monkeypatch.setattr(tick_command, "tick", tick)
            others.extend(several.answers("tick"))
            return tick(*given)

        monkeypatch.setattr(tick_command, "tick", beside)
        found = several.answers("tick")
        there, been = "another tick is there just now", "another tick has just been there"
        assert [one.get("left_to_another") for one in found] == [None] + [been] * (len(found) - 1)
        assert [one.get("left_to_another") for one in others] == [there] + [None] * (len(found) - 1)
        assert {one["partnership"] for one in found} == set(several.stores)

    def test_a_tick_of_one_store_does_not_wait_for_a_turn(self, folders: Deployment) -> None:
        def while_there(desk: Desk) -> str:
            with turn(desk.store):
                return folders.house.told("tick", "--store", "north")

        assert "One entry recorded." in folders.at("north", while_there)


# --- Status ------------------------------------------------------------------------------------


class TestStatus:
    def test_each_need_names_its_partnership(self, folders: Deployment) -> None:
        folders.at("south", lambda desk: desk.office.note_backup(utc("2026-11-30T10:00")))
        folders.ran(north="2026-12-01T06:30", south="2026-12-01T06:40")
        result = folders.house.run("status", *ALL)
        assert result.exit_code == 1
        assert result.stdout.splitlines() == [
            "north: There is no backup yet: if this computer is lost, so is everything recorded. Have one "
            "made every day with cspr backup TO --keys TO2.",
            "south: All is well.",
        ]

    def test_all_well_is_status_0(self, several: Deployment) -> None:
        several.answers("tick")
        several.answers("backup", "to", "--keys", "keys")
        result = several.house.run("status", *ALL)
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.splitlines() == [f"{name}: All is well." for name in several.stores]
        assert [one["well"] for one in several.answers("status")] == [True] * len(several.stores)

    def test_a_store_that_does_not_open_is_told_beside_the_others(
        self, folders: Deployment
    ) -> None:
        shutil.rmtree(folders.house.folder / "north")
        north, south = folders.answers("status", status=2)
        assert north == {"partnership": "north", "well": False, "needs": north["needs"]}
        assert north["needs"][0].startswith("north: there is no store here.")
        assert (south["partnership"], south["entries"]) == ("south", 5)
        told = folders.house.told("status", *ALL, status=2)
        assert "north: north: there is no store here." in told
        assert "south: The clock has never run" in told

    def test_days_of_backups_count_for_each(self, folders: Deployment) -> None:
        for name in folders.stores:
            folders.at(name, lambda desk: desk.office.note_backup(utc("2026-11-29T06:59")))
        folders.answers("tick")
        folders.answers("status")
        assert len(folders.answers("status", "--backup-days", "2", status=1)) == 2


class TestStatusOnAServer:
    def test_it_tells_the_server_and_needs_what_a_folder_needs(
        self, both_kinds: Deployment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        house, west = both_kinds.house, both_kinds.stores["west"]
        never = house.answered("status", "--store", west, status=1)
        assert never["needs"] == [
            "The clock has never run: see that the system's scheduler calls cspr tick every few minutes.",
            "There is no backup yet: if the server is lost, so is everything recorded. Have one made every "
            "day with cspr backup TO --keys TO2.",
        ]
        house.told("tick", "--store", west)
        house.told("backup", "to", "--keys", "keys", "--store", west)
        well = house.answered("status", "--store", west)
        version = both_kinds.at("west", server_version)
        assert (well["well"], well["views_behind"], well["server"]) == (True, 0, version)
        told = house.told("status", "--store", west)
        assert f"Server PostgreSQL {version} Clock last ran" in told
        with monkeypatch.context() as patch:
            patch.setattr(Views, "follow", lambda *_: None)
            house.told("inform", "ESC-1", "--role", "business_manager", "--as", "officer", "--store", west)  # fmt: skip
        assert house.answered("status", "--store", west)["views_behind"] == 1
        house.now = utc("2026-12-01T08:01")
        (need,) = house.answered("status", "--store", west, status=1)["needs"]
        assert need.startswith("The clock has not run for 61 minutes")

    def test_views_that_cannot_be_read(
        self, both_kinds: Deployment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(_: Views) -> int:
            raise Trouble("no")

        monkeypatch.setattr(Views, "position", property(broken))
        needs = both_kinds.house.answered("status", "--store", both_kinds.stores["west"], status=1)
        assert needs["needs"][-1].startswith("The views cannot be read: see to the server")

    def test_in_a_folder_there_is_none(self, lasting: House) -> None:
        assert lasting.answered("status", status=1)["server"] is None
        assert "Server" not in lasting.told("status", status=1)


def server_version(desk: Desk) -> str:
    """What the server itself says of its version."""
    ((version,),) = desk.store.views.rows("SHOW server_version")  # type: ignore[union-attr]
    return str(version)


# --- Backup ------------------------------------------------------------------------------------


class TestBackup:
    def test_each_has_a_folder_of_its_own_from_which_it_is_restored(
        self, several: Deployment
    ) -> None:
        found = several.answers("backup", "to", "--keys", "keys")
        assert [(one["partnership"], one["to"], one["keys"]) for one in found] == [
            (name, f"to/{name}", f"keys/{name}") for name in several.stores
        ]
        for one in found:
            name, position = one["partnership"], one["position"]
            told = several.house.told(
                "restore", one["to"], "--keys", one["keys"], "--store", f"again-{name}"
            )
            assert f"again-{name} is restored: {position} entries" in told
            assert position == several.at(name, lambda desk: desk.record.last()[0])
            assert several.at(name, lambda desk: desk.office.last_backup) == utc(STAGE_1)

    def test_each_line_names_its_partnership(self, folders: Deployment) -> None:
        told = folders.house.run("backup", "to", *ALL).stdout.splitlines()
        assert [line.partition(" ")[0] for line in told] == ["north:"] * 3 + ["south:"] * 3
        assert told[3] == "south: 5 entries backed up to to/south."
        assert not (folders.house.folder / "keys").exists()

    def test_what_is_there_already_stops_nobody_else(self, folders: Deployment) -> None:
        (folders.house.folder / "to" / "north").mkdir(parents=True)
        (folders.house.folder / "to" / "north" / "old").touch()
        north, south = folders.answers("backup", "to", "--keys", "keys", status=1)
        assert north["trouble"].startswith("to/north: there is something here already")
        assert south["position"] == 5
        assert not (folders.house.folder / "keys" / "north").exists()
        assert folders.at("north", lambda desk: desk.office.last_backup) is None

    @pytest.mark.parametrize(
        ("to", "keys", "said"),
        [
            ("to", "to/keys", "to/keys: keep the keys apart from to"),
            ("to", "to", "to: keep the keys apart from to"),
            ("north/backup", "keys", "north/backup: this is inside the store's own folder"),
            ("to", "south/keys", "south/keys: this is inside the store's own folder"),
        ],
    )
    def test_places_that_are_not_apart_are_refused_for_all(
        self, folders: Deployment, to: str, keys: str, said: str
    ) -> None:
        assert folders.house.stops(1, "backup", to, "--keys", keys, *ALL).startswith(said)
        assert not (folders.house.folder / "to").exists()


# --- Which of them -----------------------------------------------------------------------------


COMMANDS = [("tick",), ("status",), ("backup", "to")]


@pytest.mark.parametrize("command", COMMANDS)
class TestOptions:
    def test_a_store_and_partnerships_are_refused_together(
        self, folders: Deployment, command: tuple[str, ...]
    ) -> None:
        said = folders.house.stops(2, *command, *ALL, "--store", "north")
        assert said == (
            "--partnerships (or CSPR_PARTNERSHIPS) and --store (or CSPR_STORE) are both given. "
            "Leave one of them out."
        )
        result = folders.house.run(*command, "--store", "north", CSPR_PARTNERSHIPS=FILE)
        assert (result.exit_code, result.stderr.strip()) == (2, said)

    def test_the_environment_names_them_too(
        self, folders: Deployment, command: tuple[str, ...]
    ) -> None:
        result = folders.house.run(*command, "--json", CSPR_PARTNERSHIPS=FILE, CSPR_STORE="")
        told = [json.loads(line)["partnership"] for line in result.stdout.splitlines()]
        assert sorted(told) == ["north", "south"]

    def test_a_faulty_file_is_refused_with_every_fault(
        self, house: House, command: tuple[str, ...]
    ) -> None:
        Deployment(house, NORTH="ftp://x", south="y", west="y")
        said = house.stops(2, *command, *ALL).splitlines()
        assert [line.partition(": ")[0] for line in said] == [FILE] * 3
        assert said[2] == f"{FILE}: partnership.west.store: this is the store of south already"


def test_they_are_asked_at_the_same_time(folders: Deployment) -> None:
    """Each waits until the other one is asked, too: one that does not answer holds up nobody."""
    both = Barrier(2, timeout=60)
    named = partnerships.named_in(folders.house.folder / FILE, None)
    found = partnerships.asked_of_all(named, lambda desk: (both.wait(), desk.place)[1])
    assert found == [str(folders.house.folder / name) for name in ("north", "south")]
