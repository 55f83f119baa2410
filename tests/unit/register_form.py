"""Registers of old cases that are good in form, for tests that change them and ask what comes of it."""

import csv
import io

import pytest

from cspr_workflow.application import register
from cspr_workflow.application.policy_files import bundled
from cspr_workflow.domain.people import Person
from cspr_workflow.forms import Unusable
from tests.support import PEOPLE, TRUST

POLICY = bundled("sandwell-2018")
ON = "2026-02-02"

INCIDENT = {
    "incident": "INC-1",
    "incident_on": "2026-01-05",
    "aware_on": "2026-01-06",
    "reported_on": "2026-01-07",
}
ESCALATION = {
    "escalation": "ESC-1",
    "timescale": "rapid_review",
    "agency": TRUST,
    "raised_on": "2026-01-12",
    "concern": "Chronology not returned",
}
ACTION = {
    "action": "A1",
    "action_what": "Send it",
    "action_owner": "agency",
    "action_due": "2026-01-14",
    "action_recorded_on": "2026-01-13",
}
DONE = {"action_done_on": "2026-01-14", "action_evidence": "Received"}
PARTIES = {"manager": "manager", "subgroup_chair": "sub", "scsp_chair": "chair"}
FULL = INCIDENT | ESCALATION | ACTION | PARTIES | {"agency_person": "trust"}


def written(*rows, delimiter=","):
    """The bytes of a register with these rows."""
    text = io.StringIO()
    names = dict.fromkeys(name for row in rows for name in row)
    table = csv.DictWriter(text, list(names), delimiter=delimiter)
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode()


def parsed(*rows, by="officer", people=PEOPLE, policy=POLICY.policy):
    content = rows[0] if isinstance(rows[0], bytes) else written(*rows)
    person = by if isinstance(by, Person) else people[by]
    return register.parse(content, "register.csv", people, policy, person)


def faults(*rows, **options):
    with pytest.raises(Unusable) as unusable:
        parsed(*rows, **options)
    assert unusable.value.source == "register.csv"
    return [str(fault) for fault in unusable.value.faults]
