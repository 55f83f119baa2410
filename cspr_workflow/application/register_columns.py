"""The columns of a register of old cases: one table says what each means and which act comes of it.

A date column stands for an act; its parts are the other columns that the act takes. The order of the
table is the order of acts on one day: an incident's report, what was done in its escalations, the
incident's own further steps, the closing of escalations. A decision comes before the meeting of its
stage, because a meeting that resolves needs one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import StrEnum
from typing import Any

from cspr_workflow.domain import acts
from cspr_workflow.domain.acts import Act, Body, Informed
from cspr_workflow.domain.people import Role, Side
from cspr_workflow.domain.policy import Policy
from cspr_workflow.forms import Wrong

OFFICER, MANAGER = "officer", "manager"
SUBGROUP_CHAIR, SCSP_CHAIR = "subgroup_chair", "scsp_chair"
AGENCY_PERSON, ANSWERED_BY = "agency_person", "answered_by"


class Group(StrEnum):
    """What a column is about; the first three are also the names of the columns of references."""

    INCIDENT = "incident"
    ESCALATION = "escalation"
    ACTION = "action"
    PEOPLE = "people"


SUBJECTS = (Group.INCIDENT, Group.ESCALATION, Group.ACTION)


@dataclass(frozen=True, slots=True)
class Column:
    """A column for the reference page: its name, its group, when it is needed, what it means."""

    name: str
    group: Group
    needed: str
    meaning: str


Who = Callable[[Mapping[str, Any], Policy], tuple[str, ...]]
"""The people columns in which to look for who did an act, given the row's cells and the policy."""


@dataclass(frozen=True, slots=True)
class Part:
    """A column that an act takes besides its date: ``field`` is the field of the act."""

    name: str
    field: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Dated:
    """A column with the date of an act, the columns and the fixed words that the act takes, and who."""

    name: str
    group: Group
    act: type[Act]
    by: Who
    meaning: str
    parts: tuple[Part, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The date column and those of its parts."""
        return (self.name, *(part.name for part in self.parts))

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that have to be filled where one of ``names`` is."""
        optional = {f.name for f in fields(self.act) if f.default is not MISSING}
        return (self.name, *(part.name for part in self.parts if part.field not in optional))


def _by(*columns: str) -> Who:
    return lambda _cells, _policy: columns


def _owner(cells: Mapping[str, Any], _policy: Policy) -> tuple[str, ...]:
    owner = cells.get("action_owner")
    return _OF_SIDE[owner] if owner else ()


def _other_side(cells: Mapping[str, Any], _policy: Policy) -> tuple[str, ...]:
    owner = cells.get("action_owner")
    return _OF_SIDE[owner.other] if owner else ()


def _meeting_of(stage_id: str) -> Who:
    def who(_cells: Mapping[str, Any], policy: Policy) -> tuple[str, ...]:
        held_by = next((stage.meeting_by for stage in policy.stages if stage.id == stage_id), ())
        if not (holders := tuple(_OF_ROLE[role] for role in held_by if role in _OF_ROLE)):
            raise Wrong(f"{policy.label} has no meeting in {stage_id}; leave this empty")
        return holders

    return who


def _closing(cells: Mapping[str, Any], _policy: Policy) -> tuple[str, ...]:
    return (SCSP_CHAIR,) if "decided_on" in cells else (MANAGER, SUBGROUP_CHAIR, OFFICER)


_OF_SIDE = {Side.SCSP: (OFFICER,), Side.AGENCY: (AGENCY_PERSON,)}
_OF_ROLE = {
    Role.CSPR_OFFICER: OFFICER,
    Role.BUSINESS_MANAGER: MANAGER,
    Role.SUBGROUP_CHAIR: SUBGROUP_CHAIR,
    Role.SCSP_CHAIR: SCSP_CHAIR,
}
_OFFICER, _MANAGER, _CHAIR, _AGENCY = map(_by, (OFFICER, MANAGER, SCSP_CHAIR, AGENCY_PERSON))
_INCIDENT, _ESCALATION, _ACTION = SUBJECTS

DATED = (
    Dated(
        "reported_on", _INCIDENT, acts.ReportIncident, _OFFICER,
        "The incident was reported to the partnership, by the officer.",
        (
            Part("incident_on", "incident_on", "The day of the incident."),
            Part("aware_on", "aware_on", "The day on which the local authority became aware of it."),
        ),
    ),
    Dated(
        "raised_on", _ESCALATION, acts.RaiseEscalation, _OFFICER,
        "The escalation was raised, by the officer. Its working days count from here.",
        (
            Part("timescale", "timescale", "The national time at risk, by its name in the policy, such as `rapid_review`."),
            Part("agency", "agency", "The agency whose inaction is in question, as the partnership writes it."),
            Part("variant", "variant", "A variant of the policy, such as an urgent one, where the policy has any."),
            Part("concern", "concern", "The concern. Do not name the child."),
        ),
    ),
    Dated(
        "discussed_on", _ESCALATION, acts.RecordDiscussion, _OFFICER,
        "A discussion between the parties, recorded by the officer. It may lie before `raised_on`.",
        (
            Part("discussion_how", "how", "How they spoke: `call`, `meeting`, `e-mail` or `letter`."),
            Part("discussion", "said", "What was said. Do not name the child."),
        ),
    ),
    Dated(
        "manager_informed_on", _ESCALATION, acts.Inform, _OFFICER,
        "The officer informed the Business Manager.",
        fixed={"role": Informed.BUSINESS_MANAGER},
    ),
    Dated(
        "representative_informed_on", _ESCALATION, acts.Inform, _OFFICER,
        "The officer informed the agency's representative.",
        fixed={"role": Informed.AGENCY_REPRESENTATIVE},
    ),
    Dated(
        "reason_given_on", _ESCALATION, acts.GiveReason, _AGENCY,
        "The agency gave its reason for the delay.",
        (Part("reason", "reason", "The agency's reason for the delay."),),
    ),
    Dated(
        "action_recorded_on", _ACTION, acts.RecordAction, _OFFICER,
        "The action was recorded, by the officer.",
        (
            Part("action_what", "what", "What is to be done."),
            Part("action_owner", "owner", "The side that has to do it: `agency` or `scsp`."),
            Part("action_due", "due", "The day by which it is due; a day without a time."),
        ),
    ),
    Dated(
        "action_acknowledged_on", _ACTION, acts.AcknowledgeAction, _AGENCY,
        "The agency took over the wording and the date: the action is agreed.",
    ),
    Dated(
        "action_done_on", _ACTION, acts.CompleteAction, _owner,
        "The action was done, as its owner says.",
        (Part("action_evidence", "evidence", "What shows that it was done."),),
    ),
    Dated(
        "action_confirmed_on", _ACTION, acts.ConfirmAction, _other_side,
        "The other side confirmed that the action was done.",
    ),
    Dated(
        "escalated_on", _ESCALATION, acts.Escalate, _by(MANAGER, SUBGROUP_CHAIR, SCSP_CHAIR),
        "Somebody escalated to the next stage before its limit: the first that is filled of `manager`, `subgroup_chair`, `scsp_chair`. Leave empty where only time moved the case on.",
        (Part("escalated_reason", "reason", "Why it was escalated then."),),
    ),
    Dated(
        "stage_2_meeting_on", _ESCALATION, acts.HoldMeeting, _meeting_of("stage_2"),
        "The meeting of stage 2, held by whom the policy names for that stage.",
        (Part("stage_2_outcome", "outcome", "Its outcome: `actions_agreed`, `resolved` or `not_resolved`."),),
    ),
    Dated(
        "chair_notified_on", _ESCALATION, acts.NotifyChair, _OFFICER,
        "The officer notified the SCSP Chair formally.",
    ),
    Dated(
        "consulted_on", _ESCALATION, acts.Consult, _CHAIR,
        "The SCSP Chair consulted an external body.",
        (Part("consulted", "body", "The body that was consulted."),),
    ),
    Dated(
        "decided_on", _ESCALATION, acts.Decide, _CHAIR,
        "The SCSP Chair made the final decision.",
        (
            Part("decision", "decision", "The decision."),
            Part("decision_reasons", "reasons", "The reasons for the decision."),
        ),
    ),
    Dated(
        "stage_3_meeting_on", _ESCALATION, acts.HoldMeeting, _meeting_of("stage_3"),
        "The meeting of stage 3, held by whom the policy names for that stage.",
        (Part("stage_3_outcome", "outcome", "Its outcome: `actions_agreed`, `resolved` or `not_resolved`."),),
    ),
    Dated(
        "notified_ofsted_on", _INCIDENT, acts.Notify, _OFFICER,
        "The officer notified Ofsted.",
        fixed={"body": Body.OFSTED},
    ),
    Dated(
        "notified_dfe_on", _INCIDENT, acts.Notify, _OFFICER,
        "The officer notified the Department for Education.",
        fixed={"body": Body.DFE},
    ),
    Dated(
        "notified_national_panel_on", _INCIDENT, acts.Notify, _OFFICER,
        "The officer notified the National Panel.",
        fixed={"body": Body.NATIONAL_PANEL},
    ),
    Dated(
        "convened_on", _INCIDENT, acts.ConveneRapidReview, _OFFICER,
        "The rapid review was convened.",
    ),
    Dated(
        "outcome_sent_on", _INCIDENT, acts.SendOutcome, _OFFICER,
        "The rapid review's outcome was sent to the National Panel.",
    ),
    Dated(
        "review_decided_on", _INCIDENT, acts.DecideReview, _OFFICER,
        "It was decided whether to commission an independent review; recorded by the officer.",
        (
            Part("review_commissioned", "commission", "Whether it was commissioned: `yes` or `no`."),
            Part("review_decided_by", "decided_by", "Who decided it, in words."),
            Part("review_reasons", "reasons", "The reasons for that decision."),
        ),
    ),
    Dated(
        "review_completed_on", _INCIDENT, acts.CompleteReview, _OFFICER,
        "The independent review was completed.",
    ),
    Dated(
        "published_on", _INCIDENT, acts.PublishReview, _OFFICER,
        "The report was published.",
    ),
    Dated(
        "withheld_on", _INCIDENT, acts.WithholdPublication, _OFFICER,
        "It was decided not to publish the report.",
        (Part("withheld_reasons", "reasons", "Why it is not published."),),
    ),
    Dated(
        "incident_withdrawn_on", _INCIDENT, acts.WithdrawIncident, _MANAGER,
        "The manager withdrew the incident: the criteria turned out not to be met.",
        (Part("incident_withdrawn_reasons", "reasons", "Why it was withdrawn."),),
    ),
    Dated(
        "resolved_on", _ESCALATION, acts.Resolve, _closing,
        "The escalation was closed: by the SCSP Chair where `decided_on` is filled, otherwise by the first that is filled of `manager`, `subgroup_chair`, `officer`. Leave empty where the outcome of a meeting is `resolved`.",
        (Part("outcome", "outcome", "The outcome with which it was closed."),),
    ),
    Dated(
        "withdrawn_on", _ESCALATION, acts.WithdrawEscalation, _MANAGER,
        "The manager withdrew the escalation.",
        (Part("withdrawn_reason", "reason", "Why it was withdrawn."),),
    ),
)  # fmt: skip
"""Every date column, in the order of acts on one day."""

OF_GROUP = {group: tuple(dated for dated in DATED if dated.group is group) for group in SUBJECTS}
"""The date columns of each group; the first is the one that opens the case, such as ``raised_on``."""

ROLES = {
    OFFICER: (Role.CSPR_OFFICER, Role.BUSINESS_MANAGER),
    MANAGER: (Role.BUSINESS_MANAGER,),
    SUBGROUP_CHAIR: (Role.SUBGROUP_CHAIR,),
    SCSP_CHAIR: (Role.SCSP_CHAIR,),
    AGENCY_PERSON: tuple(role for role in Role if role.side is Side.AGENCY),
}
"""The columns that name a person, and the roles that this person can have."""

_KEYS = (
    Column("incident", _INCIDENT, "in every row but that of a further action", "The incident's reference."),
    Column("escalation", _ESCALATION, "where a column of an escalation or an action is filled", "The escalation's reference."),
    Column("action", _ACTION, "where a column of an action is filled", "The action's reference, the escalation's own."),
)  # fmt: skip
_PEOPLE = (
    Column(OFFICER, Group.PEOPLE, "where whoever imports is neither CSPR Officer nor Business Manager", "The CSPR Officer, or the Business Manager in that part, by the person's id. Where it is empty, whoever imports."),
    Column(MANAGER, Group.PEOPLE, "with `withdrawn_on`, `incident_withdrawn_on`; with `escalated_on`, unless a chair escalated", "The Business Manager, by the person's id."),
    Column(SUBGROUP_CHAIR, Group.PEOPLE, "with `stage_2_meeting_on`", "The chair of the SLPR subgroup, by the person's id."),
    Column(SCSP_CHAIR, Group.PEOPLE, "with `consulted_on`, `decided_on`, `stage_3_meeting_on`", "The SCSP Chair, by the person's id."),
    Column(AGENCY_PERSON, Group.PEOPLE, "for what is the agency's, unless `answered_by` is filled", "Who answered for the agency, by the person's id: giving the reason, acknowledging, completing its own actions, confirming those of the partnership."),
    Column(ANSWERED_BY, Group.PEOPLE, "for what is the agency's, unless `agency_person` is filled", "How the agency answered: `call`, `meeting`, `e-mail` or `letter`. The officer then recorded it on the agency's behalf."),
)  # fmt: skip


def columns() -> list[Column]:
    """Every column with what it means, by group; for the reference page."""
    keys = dict(zip(SUBJECTS, _KEYS, strict=True))
    described = [
        column for group in SUBJECTS for column in (keys[group], *_described(OF_GROUP[group]))
    ]
    return [*described, *_PEOPLE]


def order_of_a_day() -> tuple[str, ...]:
    """The date columns in the order in which their acts follow each other on one day."""
    return tuple(dated.name for dated in DATED)


def _described(of_group: tuple[Dated, ...]) -> Iterator[Column]:
    opening = {
        Group.INCIDENT: "for every incident, in one of its rows",
        Group.ESCALATION: "in the row in which the escalation is named first",
        Group.ACTION: "where `action` is filled",
    }[of_group[0].group]
    for dated in of_group:
        opens = dated is of_group[0]
        yield Column(
            dated.name, dated.group, opening if opens else "only if it happened", dated.meaning
        )
        for part in dated.parts:
            needed = opening if opens else f"with `{dated.name}`"
            if part.name not in dated.needed:
                needed = "if there was one"
            yield Column(part.name, dated.group, needed, part.meaning)
