"""A business unit at its command line, for the tests of the commands that keep a store in order."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from cspr_workflow.interfaces.act_commands import add_act_commands
from cspr_workflow.interfaces.calendar_commands import calendar_app
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.interfaces.house_commands import add_house_commands
from cspr_workflow.interfaces.tick_command import tick_command
from cspr_workflow.store import folder as folders
from tests.store.store_world import RECORD, rows
from tests.support import utc

BEGAN = "2026-11-26T09:00"
MANAGER = "manager; B. Manager; business_manager; scsp"
PEOPLE = ("officer; A. Officer; cspr_officer; scsp", MANAGER)
RAISE = (
    "raise-escalation", "ESC-1", "--incident", "INC-1", "--timescale", "rapid_review",
    "--agency", "Acute Trust", "--concern", "No chronology was returned", "--as", "officer",
)  # fmt: skip


class House:
    """A business unit at its command line, in a folder of its own, at a moment that stands still."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.store = folder / "partnership"
        self.now = utc("2026-11-26T10:00")
        monkeypatch.chdir(folder)
        monkeypatch.delenv("CSPR_STORE", raising=False)
        monkeypatch.setattr(Desk, "real_now", staticmethod(lambda: self.now))
        self.app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
        add_house_commands(self.app)
        add_act_commands(self.app)
        self.app.add_typer(calendar_app, name="calendar")
        self.app.command("tick")(tick_command)

    def run(self, *arguments: str, **env: str) -> Result:
        result = CliRunner().invoke(
            self.app, arguments, prog_name="cspr", env={"COLUMNS": "100", **env}
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def told(self, *arguments: str, status: int = 0) -> str:
        """What a command says, in one line."""
        result = self.run(*arguments)
        assert result.exit_code == status, result.output
        return " ".join(result.stdout.split())

    def answered(self, *arguments: str, status: int = 0) -> dict[str, Any]:
        """The answer to a program."""
        result = self.run(*arguments, "--json")
        assert result.exit_code == status, result.output
        answer: dict[str, Any] = json.loads(result.stdout)
        return answer

    def stops(self, status: int, *arguments: str) -> str:
        """What is said on the error output by a command that does nothing."""
        before = self.everything()
        result = self.run(*arguments)
        assert result.exit_code == status, result.output
        assert result.stdout == ""
        assert self.everything() == before
        return result.stderr.strip()

    def everything(self) -> list[Any]:
        """All that is recorded, and all names and settings."""
        if not (self.store / RECORD).exists():
            return sorted(path.name for path in self.folder.iterdir())
        office = self.store / folders.OFFICE
        return [
            rows(self.store / RECORD, "SELECT state FROM stored_events ORDER BY position"),
            rows(office, "SELECT * FROM directory"),
            rows(office, "SELECT * FROM about"),
        ]

    def types(self) -> list[str]:
        """The types of all entries."""
        found = rows(self.store / RECORD, "SELECT topic FROM stored_events ORDER BY position")
        return [topic for (topic,) in found]

    def init(self, *options: str, people: tuple[str, ...] = PEOPLE) -> "House":
        given = [part for one in people for part in ("--person", one)]
        assert self.run("init", *given, *options).exit_code == 0
        return self


def opened(house: House, store: str = "partnership") -> Desk:
    return Desk(folders.open_store(house.folder / store))
