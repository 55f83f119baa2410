"""A full example of every fact that the record can hold, each field filled.

An entry here may never change: what is stored is stored for ever. A new version of a fact has a type,
an example and a golden file of its own beside the old ones.
"""

from datetime import UTC, date, datetime

from cspr_workflow.domain import actions, corrections, escalation_facts, incident, partnership
from cspr_workflow.domain.acts import Body, Informed, MeetingOutcome, SetAction
from cspr_workflow.domain.calendar import DayOne, Deadline, Derivation, Skipped, Unit
from cspr_workflow.domain.entries import Entry, Fact
from cspr_workflow.domain.escalation_facts import MoveReason, StageLimit
from cspr_workflow.domain.people import Actor, Means, Person, Role, Side

POLICY = "sandwell-2018/1"
OFFICER = Actor(Person("officer", Role.CSPR_OFFICER, "scsp"))
MANAGER = Actor(Person("manager", Role.BUSINESS_MANAGER, "scsp"))
SUB = Actor(Person("sub", Role.SUBGROUP_CHAIR, "scsp"))
CHAIR = Actor(Person("chair", Role.SCSP_CHAIR, "scsp"))
TRUST = Actor(Person("trust", Role.AGENCY_REPRESENTATIVE, "Acute Trust"))
FOR_TRUST = Actor(Person("officer", Role.CSPR_OFFICER, "scsp"), Means.CALL)

# Raised on Friday 27 November 2026 under Sandwell's policy, with Wednesday 2 December closed:
# working day 1 is Monday 30 November, 3 Thursday 3 December, 7 Wednesday 9, 10 Monday 14 December.
RAISED = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
OCCURRED = datetime(2026, 12, 1, 14, 5, tzinfo=UTC)
RECORDED = datetime(2026, 12, 1, 14, 20, 30, 250000, tzinfo=UTC)

_WEEKEND = (Skipped(date(2026, 11, 28), "Saturday"), Skipped(date(2026, 11, 29), "Sunday"))
_CLOSED = Skipped(date(2026, 12, 2), "Staff conference")
_WEEKEND_AFTER = (Skipped(date(2026, 12, 5), "Saturday"), Skipped(date(2026, 12, 6), "Sunday"))


def _limit(
    last_day: date, length: int, skipped: tuple[Skipped, ...], anchor: str, clause: str
) -> Deadline:
    """A limit of so many working days; winter time, so midnight is midnight in UTC."""
    return Deadline(
        last_day=last_day,
        falls_due=datetime(last_day.year, last_day.month, last_day.day + 1, tzinfo=UTC),
        derivation=Derivation(
            anchor_day=date(2026, 11, 27),
            length=length,
            unit=Unit.WORKING_DAYS,
            day_one=DayOne.NEXT_WORKING_DAY,
            skipped=skipped,
            provisional=False,
            anchor=anchor,
            clause=clause,
            policy=POLICY,
            calendar=1,
        ),
    )


STAGE_1 = _limit(date(2026, 12, 3), 3, (*_WEEKEND, _CLOSED), "raising", "E1.5")
STAGE_2 = _limit(date(2026, 12, 9), 7, (*_WEEKEND, _CLOSED, *_WEEKEND_AFTER), "raising", "E2.2")
FOLLOW_ON = _limit(date(2026, 12, 4), 4, (*_WEEKEND, _CLOSED), "stage", "E2.2")
NOTIFICATION = _limit(date(2026, 12, 4), 5, _WEEKEND, "incident", "T1")
PUBLICATION = Deadline(
    last_day=date(2029, 6, 30),  # a Saturday; in summer time its midnight is 23:00 in UTC
    falls_due=datetime(2029, 6, 30, 23, tzinfo=UTC),
    derivation=Derivation(
        anchor_day=date(2028, 12, 31),
        length=6,
        unit=Unit.MONTHS,
        day_one=DayOne.SAME_DAY,
        skipped=(),
        provisional=True,
        anchor="commissioned",
        clause="T4",
        policy=POLICY,
        calendar=0,
    ),
)


def _by(actor: Actor, clause: str, fact: Fact) -> Entry:
    return Entry(fact, OCCURRED, RECORDED, actor, clause, POLICY, 1)


def _by_clock(fell_due: datetime, clause: str, fact: Fact) -> Entry:
    recorded = datetime(2026, 12, 28, 7, 0, tzinfo=UTC)
    return Entry(fact, fell_due, recorded, None, clause, POLICY, 1)


def _adopted(fact: Fact) -> Entry:
    began = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
    return Entry(fact, began, began, None, "A1", POLICY, 0)


_ENTRIES = (
    # --- The partnership -----------------------------------------------------------------------
    _adopted(partnership.PolicyAdopted(POLICY, "ab" * 32, 'format = 1\ntitle = "Ω – “quoted”"\n')),
    _adopted(
        partnership.CalendarAdopted(
            "GB-ENG",
            "holidays 0.109",
            2028,
            "cd" * 32,
            (
                partnership.BankHoliday(date(2026, 12, 25), "Christmas Day"),
                partnership.BankHoliday(date(2026, 12, 28), "Boxing Day (substitute day)"),
            ),
        )
    ),
    _adopted(partnership.PersonJoined("trust", Role.AGENCY_REPRESENTATIVE, "Acute Trust")),
    _by(MANAGER, "A1", partnership.ClosureDeclared(date(2026, 12, 2), "Staff conference")),
    _by(MANAGER, "A1", partnership.ClosureWithdrawn(date(2026, 12, 2), "Conference put off")),
    _by(MANAGER, "A1", partnership.BankHolidayAnnounced(date(2026, 12, 7), "Day of mourning")),
    _by(MANAGER, "A1", partnership.BankHolidayCancelled(date(2026, 12, 7), "Day of mourning")),
    _by(MANAGER, "-", partnership.PersonLeft("trust")),
    _by(MANAGER, "-", partnership.HorizonMoved("holidays 0.120", 2029)),
    _by_clock(OCCURRED, "-", partnership.ClockStoodStill(OCCURRED, RECORDED)),
    _by_clock(OCCURRED, "-", partnership.ClockSteppedBack(OCCURRED, RECORDED)),
    _by(
        OFFICER,
        "-",
        corrections.Corrected("6f2c8b1e-3a57-5d0e-9c35-6c1f0f1a2b3c", "It was a call."),
    ),
    # --- An incident ---------------------------------------------------------------------------
    _by(OFFICER, "T1", incident.IncidentReported("INC-1", date(2026, 11, 27), date(2026, 11, 28))),
    _by(OFFICER, "T1", incident.BodyNotified(date(2026, 12, 1), Body.NATIONAL_PANEL)),
    _by(OFFICER, "T2", incident.RapidReviewConvened(date(2026, 12, 1))),
    _by(OFFICER, "T2", incident.OutcomeSent(date(2026, 12, 1))),
    _by(
        CHAIR, "T3", incident.ReviewDecided(date(2026, 12, 1), True, "SCSP Chair", "Wider learning")
    ),
    _by(OFFICER, "T3", incident.ReviewCompleted(date(2026, 12, 1))),
    _by(
        OFFICER,
        "T4",
        incident.PublicationDeferred(
            date(2026, 12, 1), "publication", "Trial pending", "Crown Court", PUBLICATION
        ),
    ),
    _by(OFFICER, "T4", incident.ReviewPublished(date(2026, 12, 1))),
    _by(
        OFFICER,
        "T4",
        incident.PublicationWithheld(date(2026, 12, 1), "Welfare of a sibling", "publication"),
    ),
    _by(MANAGER, "A1", incident.IncidentWithdrawn(date(2026, 12, 1), "Criteria not met")),
    _by(OFFICER, "A1", incident.EscalationNoted("ESC-1", "rapid_review")),
    _by(OFFICER, "T1", incident.TimescaleStarted("notification", NOTIFICATION)),
    _by(OFFICER, "T1", incident.TimescaleMet("notification", date(2026, 12, 1), False)),
    _by_clock(NOTIFICATION.falls_due, "T1", incident.TimescalePassed("notification", NOTIFICATION)),
    _by_clock(
        OCCURRED,
        "T1",
        incident.TimescaleMoved(
            "notification",
            date(2026, 12, 7),
            NOTIFICATION,
            "bank holiday cancelled for 2026-12-02: Day of mourning",
        ),
    ),
    # --- An escalation -------------------------------------------------------------------------
    Entry(
        escalation_facts.Raised(
            escalation="ESC-1",
            incident="INC-1",
            incident_on=date(2026, 11, 24),
            timescale="rapid_review",
            agency="Acute Trust",
            concern="No return received",
            stage="stage_1",
            limits=(StageLimit("stage_1", STAGE_1), StageLimit("stage_2", STAGE_2)),
            variant="urgent",
        ),
        RAISED,
        RECORDED,
        OFFICER,
        "A1",
        POLICY,
        1,
    ),
    _by_clock(
        STAGE_1.falls_due,
        "E1.5",
        escalation_facts.StageEntered(
            stage="stage_2",
            reason=MoveReason.NO_RESPONSE,
            limits=(StageLimit("stage_2", STAGE_2),),
            follow_on=FOLLOW_ON,
            due=STAGE_1,
            action="A1",
            because="Cannot wait",
        ),
    ),
    _by_clock(STAGE_2.falls_due, "E3.4", escalation_facts.LimitPassed("stage_3", STAGE_2)),
    _by_clock(
        OCCURRED,
        "E2.2",
        escalation_facts.LimitMoved(
            "stage_2",
            date(2026, 12, 8),
            STAGE_2,
            "closure declared for 2026-12-02: Staff conference",
        ),
    ),
    _by(OFFICER, "E3.1", escalation_facts.NoLongerAtRisk("rapid_review met")),
    _by(FOR_TRUST, "E0", escalation_facts.DiscussionRecorded(Means.EMAIL, "Author on leave")),
    _by(OFFICER, "E1.1", escalation_facts.PartyInformed(Informed.AGENCY_REPRESENTATIVE)),
    _by(TRUST, "E1.2", escalation_facts.ReasonGiven("Author on leave")),
    _by(
        SUB,
        "E2.1",
        escalation_facts.MeetingHeld("stage_2", ("sub", "board"), MeetingOutcome.ACTIONS_AGREED),
    ),
    _by(OFFICER, "E3.1", escalation_facts.ChairNotified()),
    _by(CHAIR, "E3.3", escalation_facts.BodyConsulted("NHS England")),
    _by(
        CHAIR,
        "E3.3",
        escalation_facts.DecisionMade(
            "Summary instead of the full chronology",
            "Time",
            ("A1", "A2"),
            (SetAction("D1", "Send the summary", Side.AGENCY, date(2026, 12, 16)),),
        ),
    ),
    _by(CHAIR, "E3.4", escalation_facts.EscalationResolved("Summary received", ("A3",))),
    _by(MANAGER, "A1", escalation_facts.EscalationWithdrawn("Raised in error", ("A1", "A3"))),
    # --- Its actions ---------------------------------------------------------------------------
    _by(
        OFFICER,
        "E1.3",
        actions.ActionRecorded("A1", "Send the chronology", Side.AGENCY, date(2026, 12, 4)),
    ),
    _by(FOR_TRUST, "E1.3", actions.ActionAcknowledged("A1", 1)),
    _by(TRUST, "E1.3", actions.ActionVaried("A1", 2, "Send a summary", date(2026, 12, 8))),
    _by(TRUST, "E1.4", actions.ActionCompleted("A1", "Sent by secure e-mail", date(2026, 12, 1))),
    _by(OFFICER, "E1.4", actions.ActionConfirmed("A1")),
    _by(OFFICER, "E1.4", actions.CompletionDisputed("A1", "The file was empty")),
    _by(TRUST, "E1.3", actions.ReleaseSaid("A1", "Covered by the summary")),
    _by_clock(
        datetime(2026, 12, 5, tzinfo=UTC),
        "E1.4",
        actions.ActionNotMaintained("A1", date(2026, 12, 4), RECORDED),
    ),
)

EXAMPLES: dict[str, Entry] = {entry.fact.type: entry for entry in _ENTRIES}
"""The example of each type."""
