"""Questions about the partnership itself: who takes part, its calendar, its policy, how the store does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from cspr_workflow import forms
from cspr_workflow.application.handle import PARTNERSHIP
from cspr_workflow.domain.calendar import Calendar
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.partnership import CalendarAdopted, is_calendar_change
from cspr_workflow.domain.people import Person, called
from cspr_workflow.domain.policy import Policy
from cspr_workflow.interfaces.asking import Asking
from cspr_workflow.interfaces.questions.question import Kind, Parameter, Question, Readers
from cspr_workflow.interfaces.record_words import did, full_stop
from cspr_workflow.interfaces.sentences import dates_in_words
from cspr_workflow.interfaces.status_command import BACKUP_DAYS, Status, answered
from cspr_workflow.interfaces.unanswerable import Unanswerable

# --- People ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Taking:
    """Somebody who takes part."""

    person: Person
    name: str

    @property
    def role(self) -> str:
        """The role as people write it."""
        return called(self.person.role)


def _people(asked: Asking) -> list[Taking]:
    return [Taking(one, asked.name(one.id)) for one in asked.partnership.people.values()]


def _plain_people(found: list[Taking], _: Asking) -> dict[str, Any]:
    people = [
        {
            "id": one.person.id,
            "name": one.name,
            "role": one.person.role.value,
            "agency": one.person.agency,
        }
        for one in found
    ]
    return {"people": people}


PEOPLE = Question(
    "people",
    "Who takes part, in which role, for which agency?",
    Readers.KEEPERS,
    _people,
    _plain_people,
)

# --- The calendar ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """The partnership's calendar from the first to the last year shown, and everything that changed it."""

    calendar: Calendar
    policy: str
    bank_holidays: Mapping[date, str]
    closures: Mapping[date, str]
    changes: list["Change"]


@dataclass(frozen=True, slots=True)
class Change:
    """The adoption of the calendar, or a change of it; ``version`` is the calendar from then on."""

    version: int
    entry: Entry
    cause: str
    told: str


def calendar_of(asked: Asking) -> Calendar:
    """The partnership's calendar as it stands."""
    return asked.partnership.rules(asked.desk.policy).calendar


def _calendar(asked: Asking, *, year: int | None) -> Shown:
    calendar = calendar_of(asked)
    first = year or asked.today.year
    last = year or max(first, calendar.known_to)

    def shown(days: Mapping[date, str]) -> dict[date, str]:
        return {one: why for one, why in sorted(days.items()) if first <= one.year <= last}

    return Shown(
        calendar,
        asked.desk.policy.label,
        shown(calendar.bank_holidays),
        shown(calendar.closures),
        [
            Change(version, entry, _cause(entry, version, asked), _told(entry, asked))
            for version, entry in enumerate(history_of(asked))
        ],
    )


def history_of(asked: Asking) -> list[Entry]:
    """The entry with which the calendar was adopted, and each that changed it since."""
    entries = [one.entry for one in asked.record.read(PARTNERSHIP)]
    return [
        entry
        for entry in entries
        if isinstance(entry.fact, CalendarAdopted) or is_calendar_change(entry.fact)
    ]


def _cause(entry: Entry, version: int, asked: Asking) -> str:
    if version:
        return dates_in_words(asked.partnership.changes[version - 1].cause)
    return dates_in_words(asked.teller().sentence(entry))


def _told(entry: Entry, asked: Asking) -> str:
    if entry.by is not None:
        return did(entry, asked.teller())
    return f"The partnership {full_stop(asked.teller().sentence(entry))}"


def _plain_calendar(found: Shown, asked: Asking) -> dict[str, Any]:
    def days(days: Mapping[date, str], says: str) -> list[dict[str, str]]:
        return [{"day": one.isoformat(), says: why} for one, why in days.items()]

    return {
        "policy": found.policy,
        "version": found.calendar.version,
        "known_to": found.calendar.known_to,
        "bank_holidays": days(found.bank_holidays, "name"),
        "closures": days(found.closures, "reason"),
        "changes": [
            {
                "version": one.version,
                "recorded": asked.local(one.entry.recorded),
                "by": one.entry.author if one.entry.by else None,
                "cause": one.cause,
            }
            for one in found.changes
        ],
    }


CALENDAR = Question(
    "calendar",
    "Which days are bank holidays or closure days, how far is that known, and what changed it?",
    Readers.EVERYBODY,
    _calendar,
    _plain_calendar,
    (
        Parameter(
            "year",
            Kind.NUMBER,
            "Only this year; from this year to the last known one, if left out.",
        ),
    ),
)

# --- The policy ------------------------------------------------------------------------------


def _policy(asked: Asking, *, label: str | None) -> Policy:
    if label is None:
        return asked.desk.policy
    if label not in asked.desk.policies:
        known = ", ".join(asked.desk.policies)
        raise Unanswerable(
            "label", f"the partnership has adopted no policy {label}; known are {known}."
        )
    return asked.desk.policies[label]


def _plain_policy(found: Policy, _: Asking) -> dict[str, Any]:
    plain: dict[str, Any] = forms.plain(found)
    return plain


POLICY = Question(
    "policy",
    "What does the written process say: clauses, timescales, stages, limits, who may do what?",
    Readers.EVERYBODY,
    _policy,
    _plain_policy,
    (
        Parameter(
            "label",
            Kind.TEXT,
            "A policy that the partnership adopted, such as sandwell-2018/1; the one in force, if left out.",
        ),
    ),
)

# --- How the store is doing --------------------------------------------------------------------


def _status(asked: Asking, *, backup_days: int) -> Status:
    return Status(asked.desk, backup_days)


def _plain_status(found: Status, _: Asking) -> dict[str, Any]:
    return answered(found)


STATUS = Question(
    "status",
    "How is the store doing: the clock, the views, cases set aside, versions, backups?",
    Readers.KEEPERS,
    _status,
    _plain_status,
    (
        Parameter(
            "backup_days",
            Kind.NUMBER,
            "How many days old the last backup may be; not in a rehearsal.",
            default=BACKUP_DAYS,
        ),
    ),
)
