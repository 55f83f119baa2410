"""What this version of the program knows of bank holidays beside what the partnership has adopted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cspr_workflow.domain.acts import ChangedHoliday, UpdateBankHolidays
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.escalation_facts import LimitMoved
from cspr_workflow.domain.incident import TimescaleMoved
from cspr_workflow.domain.partnership import BankHolidayAnnounced, BankHolidayCancelled
from cspr_workflow.interfaces import act_answers
from cspr_workflow.interfaces.act_answers import Move
from cspr_workflow.interfaces.asking import Asking
from cspr_workflow.interfaces.questions.house import calendar_of, history_of
from cspr_workflow.interfaces.sentences import day
from cspr_workflow.store import bank_holidays


@dataclass(frozen=True, slots=True)
class Compared:
    """The adopted calendar beside the list that this version of the program has, from today on.

    ``act`` takes over what is new; ``left`` are the days on which the two differ because somebody
    announced or cancelled them here.
    """

    act: UpdateBankHolidays | None
    left: tuple[date, ...]


def compared(asked: Asking) -> Compared:
    """What taking over the program's list would change."""
    known, calendar = bank_holidays.of(asked.desk.policy.bank_holidays), calendar_of(asked)
    facts = [entry.fact for entry in history_of(asked)]
    decided = {
        fact.day for fact in facts if isinstance(fact, BankHolidayAnnounced | BankHolidayCancelled)
    }
    differing = {
        one for one in known.days.keys() ^ calendar.bank_holidays.keys() if one >= asked.today
    }
    new = sorted(differing - decided)
    act = UpdateBankHolidays(
        known.source,
        max(known.known_to, calendar.known_to),
        tuple(ChangedHoliday(one, known.days[one]) for one in new if one in known.days),
        tuple(
            ChangedHoliday(one, calendar.bank_holidays[one]) for one in new if one not in known.days
        ),
    )
    something = new or act.known_to > calendar.known_to
    return Compared(act if something else None, tuple(sorted(differing & decided)))


def left_here(one: date, asked: Asking) -> str:
    """A day that stays as the partnership decided it, though the program's list says otherwise."""
    here = calendar_of(asked).bank_holidays.get(one)
    how = f"announced here ({here})" if here else "cancelled here"
    return f"{day(one)} was {how}; the program's own list says otherwise. It stays as it is"


def caused_moves(found: Mapping[str, Sequence[Entry]], asked: Asking) -> Iterator[tuple[Move, str]]:
    """What a previewed change of the calendar would move, case by case, each with its cause."""
    for stream, entries in found.items():
        for entry in entries:
            if isinstance(entry.fact, LimitMoved | TimescaleMoved):
                for move in act_answers.moves({stream: [entry]}, asked.desk):
                    yield move, entry.fact.cause
