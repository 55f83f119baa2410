"""Acts outside the storylines: anybody does anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from ..process.days import local_day
from ..process.settings import BODIES, TIMESCALES, Act
from .choices import MEANS, OUTCOMES, days
from .world import World

INCIDENT_ACTS = [
    "report_incident",
    "notify",
    "convene_rapid_review",
    "send_outcome",
    "decide_review",
    "complete_review",
    "defer_publication",
    "publish_review",
    "withhold_publication",
    "withdraw_incident",
]

ACTION_ACTS = [
    "acknowledge_action",
    "vary_action",
    "complete_action",
    "confirm_action",
    "dispute_completion",
    "release_action",
]

CLOSURE_ACTS = ["declare_closure", "withdraw_closure"]

REPORTABLE = ["record_discussion", "give_reason", *ACTION_ACTS]

ALL_ACTS = [
    *INCIDENT_ACTS,
    *ACTION_ACTS,
    *ACTION_ACTS,
    "raise_escalation",
    "record_discussion",
    "inform",
    "give_reason",
    "record_action",
    "escalate",
    "hold_meeting",
    "hold_meeting",
    "notify_chair",
    "consult",
    "decide",
    "resolve",
    "withdraw_escalation",
    "declare_closure",
    "withdraw_closure",
]

RARE = ["withhold_publication", "withdraw_incident", "withdraw_escalation"]
SAME_WORDS: dict[str, dict[str, Any]] = {
    "decide_review": {"commission": True, "decided_by": "Subgroup", "reasons": "x"},
    "withhold_publication": {"reasons": "x"},
    "withdraw_incident": {"reasons": "x"},
    "complete_action": {"evidence": "x"},
    "give_reason": {"reason": "x"},
    "dispute_completion": {"reason": "x"},
    "release_action": {"reason": "x"},
    "escalate": {"reason": "x"},
    "withdraw_escalation": {"reason": "x"},
    "consult": {"body": "Another partnership"},
    "resolve": {"outcome": "x"},
}


@dataclass(frozen=True)
class Drawn:
    """Who, and what the act may be about: things of the case, or none that it has."""

    by: str
    incident: str
    escalation: str
    action: str
    today: date
    some_day: str


class WildActs(World):
    def wild(self) -> Act | None:
        """Anybody does anything: valid in form, often refused."""
        drawn = self.draw()
        name = self.rng.choice(ALL_ACTS)
        if name == "report_incident" and drawn.incident not in self.play.incidents:
            return None
        if name in RARE and self.chance(0.7):
            return None
        act: Act = {"by": drawn.by, "act": name, **self.about(name, drawn)}
        act |= SAME_WORDS.get(name, {})
        act |= self.words_of_incident_act(name, drawn)
        act |= self.words_of_escalation_act(name, drawn)
        if name in CLOSURE_ACTS:
            return act | {"day": drawn.some_day, "reason": "x"}
        if name in REPORTABLE and self.chance(0.25):
            act |= {"on_behalf_of": "agency", "means": self.rng.choice(MEANS)}
        one = self.play.escalations.get(drawn.escalation)
        return self.happened(act, one.raised if one is not None else None)

    def draw(self) -> Drawn:
        rng = self.rng
        by = rng.choice(sorted(self.people))
        incident = rng.choice([*self.play.incidents, *self.play.incidents, "INC-9"])
        escalation = rng.choice([*self.play.escalations] * 4 + ["ESC-9"])
        actions: list[str] = ["A9"]
        if escalation in self.play.escalations:
            actions += [*self.play.escalations[escalation].actions] * 4
        action = rng.choice(actions)
        today = local_day(self.now)
        some_day = (today + days(rng.choice([-1, 0, 1, 3]))).isoformat()
        return Drawn(by, incident, escalation, action, today, some_day)

    def about(self, name: str, drawn: Drawn) -> dict[str, str]:
        fields: dict[str, str] = {}
        if name in INCIDENT_ACTS:
            fields["incident"] = drawn.incident
        elif name not in CLOSURE_ACTS:
            fields["escalation"] = drawn.escalation
        if name in ACTION_ACTS or name == "record_action":
            fields["action"] = drawn.action
        return fields

    def words_of_incident_act(self, name: str, drawn: Drawn) -> dict[str, Any]:
        match name:
            case "report_incident":
                yesterday = drawn.today - days(1)
                return {"incident_on": yesterday.isoformat(), "aware_on": drawn.some_day}
            case "notify":
                return {"body": self.rng.choice(sorted(BODIES))}
            case "defer_publication":
                return {"reasons": "x", "procedure": "Inquest", "until": drawn.some_day}
            case "raise_escalation":
                return {
                    "incident": drawn.incident,
                    "timescale": self.rng.choice(TIMESCALES),
                    "agency": self.rng.choice([*self.agencies(), "Nobody", "scsp"]),
                    "concern": "x",
                }
        return {}

    def words_of_escalation_act(self, name: str, drawn: Drawn) -> dict[str, Any]:
        rng = self.rng
        match name:
            case "record_discussion":
                return {"how": rng.choice(MEANS), "said": "x"}
            case "inform":
                return {"role": rng.choice(["business_manager", "agency_representative"])}
            case "record_action":
                owner = rng.choice(["scsp", "agency"])
                return {"what": "x", "owner": owner, "due": drawn.some_day}
            case "vary_action":
                return {"due": drawn.some_day} if self.chance(0.7) else {}
            case "hold_meeting":
                return {"present": [drawn.by], "outcome": rng.choice(OUTCOMES)}
            case "decide":
                return self.words_of_decision(drawn)
        return {}

    def words_of_decision(self, drawn: Drawn) -> dict[str, Any]:
        action = drawn.action
        fields: dict[str, Any] = {"decision": "x", "reasons": "x"}
        if self.chance(0.5):
            fields["releases"] = self.rng.choice([[action], [action, action]])
        if self.chance(0.5):
            one_set = {"action": action, "what": "x", "owner": "agency", "due": drawn.some_day}
            fields["sets"] = [one_set]
        return fields
