"""Every act as a program sends it, in an order in which each of them is possible; and every question."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from httpx2 import Response

from tests.support import TRUST
from tests.web.site import NOW, MadeSite


@dataclass(frozen=True)
class Step:
    """An act, by whom, and its own fields."""

    by: str
    act: str
    fields: dict[str, Any]


def of_incident(reference: str) -> list[Step]:
    """An incident brought to the end of its review."""
    about = {"incident": reference}
    return [
        *(Step("officer", "notify", {**about, "body": body}) for body in ("ofsted", "national_panel")),
        Step("officer", "convene_rapid_review", about),
        Step("officer", "send_outcome", about),
        Step("chair", "decide_review", {**about, "commission": True, "decided_by": "Chair", "reasons": "x"}),
        Step("officer", "complete_review", about),
    ]  # fmt: skip


ONE, TWO, THREE = ({"escalation": f"ESC-{number}"} for number in (1, 2, 3))
A1, A2, A3 = ({**ONE, "action": f"A{number}"} for number in (1, 2, 3))
SEND = {"what": "Send the chronology", "owner": "agency", "due": "2026-12-04"}
DAY = {"day": "2026-12-29", "reason": "Offices closed"}
RAISE = {**THREE, "incident": "INC-2", "timescale": "rapid_review", "agency": TRUST, "concern": "x"}
INFORM = {**ONE, "role": "business_manager"}
STORY = [
    Step("admin", "add_person", {"person": "lead", "role": "service_lead", "agency": "Police", "name": "E. Lead"}),
    Step("manager", "remove_person", {"person": "lead"}),
    Step("manager", "declare_closure", DAY),
    Step("manager", "withdraw_closure", DAY),
    Step("manager", "update_bank_holidays", {"source": "By hand", "known_to": 2028, "announced": [{"day": "2027-05-10", "name": "A day"}]}),
    Step("officer", "correct", {"reference": "ESC-1", "event": "17", "says": "It was at noon"}),
    Step("officer", "report_incident", {"incident": "INC-2", "incident_on": "2026-11-24", "aware_on": "2026-11-25"}),
    Step("officer", "raise_escalation", RAISE),
    Step("officer", "record_discussion", {**THREE, "how": "call", "said": "x"}),
    Step("officer", "inform", INFORM),
    Step("trust", "give_reason", {**ONE, "reason": "x"}),
    Step("officer", "record_action", {**A2, **SEND}),
    Step("trust", "acknowledge_action", A2),
    Step("officer", "vary_action", {**A2, "due": "2026-12-05"}),
    Step("trust", "complete_action", {**A1, "evidence": "x"}),
    Step("officer", "confirm_action", A1),
    Step("trust", "complete_action", {**A2, "evidence": "x"}),
    Step("officer", "dispute_completion", {**A2, "reason": "x"}),
    Step("ward", "record_action", {**A3, **SEND}),
    Step("officer", "release_action", {**A3, "reason": "x"}),
    Step("sub", "escalate", {**TWO, "reason": "x"}),
    Step("sub", "hold_meeting", {**TWO, "present": ["sub", "police"], "outcome": "not_resolved"}),
    Step("officer", "notify_chair", TWO),
    Step("chair", "consult", {**TWO, "body": "Ofsted"}),
    Step("chair", "decide", {**TWO, "decision": "x", "reasons": "y", "sets": [{"action": "A1", **SEND}]}),
    Step("manager", "withdraw_escalation", {**THREE, "reason": "x"}),
    Step("officer", "release_action", {**A2, "reason": "x"}),
    Step("trust", "release_action", {**A2, "reason": "x"}),
    Step("trust", "release_action", {**A3, "reason": "x"}),
    Step("officer", "resolve", {**ONE, "outcome": "x"}),
    *of_incident("INC-1"),
    Step("officer", "defer_publication", {"incident": "INC-1", "reasons": "x", "procedure": "An inquest"}),
    Step("officer", "publish_review", {"incident": "INC-1"}),
    *of_incident("INC-2"),
    Step("officer", "withhold_publication", {"incident": "INC-2", "reasons": "x"}),
    Step("officer", "report_incident", {"incident": "INC-3", "incident_on": "2026-11-24", "aware_on": "2026-11-25"}),
    Step("manager", "withdraw_incident", {"incident": "INC-3", "reasons": "x"}),
]  # fmt: skip

NEEDED = {
    "show": {"reference": "ESC-1"},
    "replay": {"reference": "ESC-1"},
    "why": {"reference": "ESC-1"},
    "forecast": {"reference": "ESC-1"},
    "as-at": {"moment": NOW},
}
"""What a question has to be told."""


def send(made: MadeSite, by: str | None, act: str, /, **fields: Any) -> Response:
    """Somebody's program sends an act, as a command of its own unless one is given."""
    body = json.dumps({"command": str(uuid4()), **fields})
    return made.api(by).post(f"acts/{act}", content=body)


def ask(made: MadeSite, by: str | None, question: str, /, **given: str) -> Response:
    """Somebody's program puts a question."""
    return made.api(by).get(f"questions/{question}", params=given)


def refused(answer: Response, status: int, error: str) -> dict[str, Any]:
    """An answer that is a problem."""
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["error"]) == (status, error), told
    return told
