"""A store to put questions to, in a folder or on a server: acts at moments in local time, a clock that is set, and commands.

``store.do("officer", "2026-12-01T09:00", Inform(...))``, ``store.at("2026-12-04T07:00")`` sets the clock,
``store.told("board")`` is what a person reads, ``store.answered("board")`` what a program does. Asking
must not write: every question compares the record before and after.
"""

import csv
import io
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import typer
from typer.testing import CliRunner, Result

from cspr_workflow.application import casefile, play
from cspr_workflow.application.policy_files import PolicyFile, bundled
from cspr_workflow.application.ports import Addition
from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    Act,
    Command,
    RecordAction,
    ReportIncident,
)
from cspr_workflow.domain.entries import Entry, Fact
from cspr_workflow.domain.people import Actor, Means, Person, Side
from cspr_workflow.interfaces.case_commands import add_case_commands
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.store import bank_holidays, folder, stores
from cspr_workflow.store.stores import Place
from projections.runner import Views
from tests.support import PEOPLE, RAISED_AT, REPORTED_AT, bank_holidays_of_these_years, day, raising

YEAR = Path(__file__).parents[2] / "cspr_workflow" / "examples" / "a-year.json"
NAMES = {"officer": "A. Officer", "manager": "B. Manager", "trust": "C. Lead", "sub": "D. Chair"}

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
add_case_commands(app)


def run(*arguments: str, app: typer.Typer = app, **env: str) -> Result:
    """Run a command as a person does."""
    result = CliRunner().invoke(app, arguments, prog_name="cspr", env={"COLUMNS": "100", **env})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


class Questions:
    """Questions put to a store."""

    def __init__(self, at: Place) -> None:
        self.path = at
        self.desk = Desk(stores.open_store(at))

    def moment(self, written: str) -> datetime:
        """A moment written as local time."""
        return self.desk.policy.civil.moment(datetime.fromisoformat(written))

    def close(self) -> None:
        """Close the store's files."""
        self.desk.close()

    def at(self, written: str) -> "Questions":
        """Set the rehearsal's clock; nothing is recorded."""
        self.desk.office.set_clock(self.moment(written))
        return self

    def ask(self, *arguments: str) -> Result:
        """Put a question, which must leave the record as it is."""
        before = self.desk.record.last()
        result = run(*arguments, "--store", str(self.path))
        assert self.desk.record.last() == before
        return result

    def told(self, *arguments: str) -> str:
        """The answer that a person reads, its lines and columns run together."""
        result = self.ask(*arguments)
        assert result.exit_code == 0, result.stderr
        return " ".join(result.stdout.split())

    def answered(self, *arguments: str) -> dict[str, Any]:
        """The answer that a program reads."""
        result = self.ask(*arguments, "--json")
        assert result.exit_code == 0, result.stderr
        answer: dict[str, Any] = json.loads(result.stdout)
        return answer

    def table(self, *arguments: str) -> list[dict[str, str]]:
        """A spreadsheet's rows, by the titles of its columns."""
        result = self.ask(*arguments, "--csv")
        assert result.exit_code == 0, result.stderr
        text = result.stdout_bytes.decode("utf-8")
        assert text.startswith("\ufeff")
        assert "\r\n" in text
        return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))

    def stops(self, status: int, *arguments: str) -> str:
        """What is said on the error output by a question that has no answer."""
        result = self.ask(*arguments)
        assert result.exit_code == status, result.output
        return " ".join(result.stderr.split())


class Store(Questions):
    """A store in which a partnership has adopted a policy, a calendar and its people."""

    def __init__(
        self, at: Place, policy: PolicyFile | None = None, *, rehearsal: bool = True
    ) -> None:
        stores.make(at, rehearsal=rehearsal)
        super().__init__(at)
        adopted = policy or bundled("sandwell-2018")
        began = adopted.policy.civil.moment(datetime(2020, 1, 1, 9))  # noqa: DTZ001 - local time
        people: Mapping[str, Person] = PEOPLE
        self.desk.workflow.adopt(
            play.adoption(adopted, bank_holidays_of_these_years(), tuple(people.values()), began)
        )
        self.desk.office.name(NAMES)

    def do(
        self,
        by: str,
        at: str,
        act: Act,
        *,
        occurred: str | None = None,
        means: Means | None = None,
    ) -> None:
        """Somebody records an act at a moment, at which the clock then stands."""
        command = Command(act, Actor(PEOPLE[by], means), self.moment(occurred or at))
        self.desk.workflow.do(command, self.moment(at))
        self.at(at)

    def tick(self, at: str) -> "Store":
        """Time passes up to a moment, at which the clock then stands."""
        self.desk.workflow.tick(self.moment(at))
        self.at(at)
        return self

    def adopt(self, at: str, fact: Fact) -> None:
        """The partnership's own record takes up a fact, such as a gap of the clock."""
        moment = self.moment(at)
        entry = Entry(fact, moment, moment, None, "-", self.desk.policy.label, 0)
        self.desk.workflow.adopt([entry])
        self.at(at)

    def append(self, stream: str, incident: str, *entries: Entry) -> None:
        """Entries as an import appends them."""
        version = len(self.desk.record.read(stream))
        addition = Addition(stream, version, entries, incident)
        self.desk.record.append([addition], uuid4())

    def reported(self, incident: str = "INC-1") -> "Store":
        """An incident of Tuesday 24 November 2026, reported on Thursday the 26th."""
        report = ReportIncident(incident, day("2026-11-24"), day("2026-11-25"))
        self.do("officer", REPORTED_AT, report)
        return self

    def raised(self) -> "Store":
        """ESC-1 raised on it, against the Acute Trust, on Monday 30 November 2026 at 09:30."""
        self.reported()
        self.do("officer", RAISED_AT, raising())
        return self

    def agreed(self, at: str, due: str, *, action: str = "A1", owner: Side = Side.AGENCY) -> None:
        """An action recorded by the officer and acknowledged by the agency's representative."""
        self.do(
            "officer", at, RecordAction("ESC-1", action, "Send the chronology", owner, day(due))
        )
        self.do("trust", at, AcknowledgeAction("ESC-1", action))


def played(path: Path, case: Path = YEAR) -> Questions:
    """A case file played into a rehearsal, whose clock stands where the play ended."""
    case_file = casefile.load(case)
    folder.make(path, rehearsal=True)
    questions = Questions(path)
    desk = questions.desk
    desk.office.name(case_file.names)
    store = desk.record.about["store"]
    views = Views(desk.place_of_views, desk.record, case_file.policy.book, store)
    holidays = bank_holidays.of(case_file.policy.policy.bank_holidays)
    desk.office.set_clock(play.play(case_file, desk.record, views, holidays).until)
    views.close()
    return questions
