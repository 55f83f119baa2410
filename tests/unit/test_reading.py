"""Who may read what, by role: the desk that goes with it, and what is laid out there."""

import pytest

from cspr_workflow.domain.people import SCSP, Person, Role
from cspr_workflow.domain.reading import (
    Desk,
    desk_of,
    may_keep_register,
    may_read_escalation,
    may_read_everything,
    may_read_incidents,
)
from tests.support import PEOPLE, TRUST

UNIT = {"officer", "manager", "sub", "chair", "deputy"}
AGENCY = {"trust", "board", "ward", "police"}


def test_the_desk_follows_from_the_role_and_not_from_the_employer() -> None:
    desks = {id: desk_of(person) for id, person in PEOPLE.items()}
    assert {id for id, desk in desks.items() if desk is Desk.UNIT} == UNIT
    assert {id for id, desk in desks.items() if desk is Desk.AGENCY} == AGENCY
    assert (desks["audit"], desks["admin"]) == (Desk.AUDITOR, Desk.ADMINISTRATOR)
    assert {person.role for person in PEOPLE.values()} == set(Role)


@pytest.mark.parametrize("question", [may_read_everything, may_read_incidents])
def test_what_spans_the_partnership_is_read_by_the_unit_and_auditors(question) -> None:
    assert {id for id, person in PEOPLE.items() if question(person)} == {*UNIT, "audit"}


def test_an_escalation_is_read_by_the_unit_auditors_and_the_agency_that_it_concerns() -> None:
    def readers(agency: str) -> set[str]:
        return {id for id, person in PEOPLE.items() if may_read_escalation(person, agency)}

    assert readers(TRUST) == {*UNIT, "audit", "trust", "board", "ward"}
    assert readers("Police") == {*UNIT, "audit", "police"}
    assert readers("Housing") == {*UNIT, "audit"}


def test_nobody_reads_an_agencys_escalations_for_being_employed_there() -> None:
    """An auditor may be of an agency and reads all; an administrator would read none."""
    assert may_read_escalation(Person("a", Role.AUDITOR, TRUST), "Police")
    assert not may_read_escalation(Person("a", Role.ADMINISTRATOR, TRUST), TRUST)
    assert not may_read_escalation(PEOPLE["admin"], SCSP)


def test_the_register_is_kept_by_business_managers_and_administrators() -> None:
    assert {id for id, person in PEOPLE.items() if may_keep_register(person)} == {
        "manager",
        "admin",
    }
