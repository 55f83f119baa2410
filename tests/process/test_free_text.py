"""Section 6: no child is named anywhere; text that looks as if it did draws a warning, never a refusal."""

import pytest

from cspr_workflow.domain.acts import Decide, Escalate, NotifyChair, SetAction
from cspr_workflow.domain.free_text import looks_like, warnings_in
from cspr_workflow.domain.people import Side
from tests.support import day

NHS, BORN, PUPIL, POST = "an NHS number", "a date of birth", "a pupil number", "a full postcode"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("NHS no. 943 476 5919", [NHS]),
        ("9434765919", [NHS]),
        ("943-476-5919 was given", [NHS]),
        ("000 000 0000", [NHS]),  # its check digit is 0
        ("9434765918", []),  # its check digit does not hold
        ("1234567881", [NHS]),
        ("1234567890", []),
        ("94347659190", []),  # eleven digits
        ("born 4 May 2019", [BORN]),
        ("DOB: 04/05/2019", [BORN]),
        ("d.o.b. 04.05.19", [BORN]),
        ("Date of birth is 2019-05-04", [BORN]),
        ("meeting on 4 May 2026", []),  # a date, but of no birth
        ("pupil A123456789012", [PUPIL]),
        ("A12345678901", []),
        ("lives at B69 4DJ", [POST]),
        ("b694dj", [POST]),
        ("B69", []),
        ("Chronology not returned by day 3", []),
        ("born 04/05/2019, B69 4DJ, 9434765919", [NHS, BORN, POST]),
    ],
)
def test_what_a_text_looks_as_if_it_contained(text, what):
    assert list(looks_like(text)) == what


def test_a_warning_names_the_field_and_reminds_not_to_name_the_child():
    assert list(warnings_in(Escalate("ESC-1", "born 04/05/2019"))) == [
        "reason: this looks like a date of birth. Do not name the child."
    ]


def test_every_text_of_an_act_is_looked_at_also_inside_a_list():
    sets = (SetAction("D1", "Visit B69 4DJ", Side.AGENCY, day("2026-12-15")),)
    act = Decide("ESC-1", "Go on", "9434765919", ("B69 4DJ",), sets)
    assert list(warnings_in(act)) == [
        "reasons: this looks like an NHS number. Do not name the child.",
        "releases: this looks like a full postcode. Do not name the child.",
        "what: this looks like a full postcode. Do not name the child.",
    ]


def test_an_act_without_such_a_text_draws_no_warning():
    assert list(warnings_in(NotifyChair("ESC-1"))) == []


@pytest.mark.parametrize("text", ["E1 3rd call", "A1 2nd reminder", "A2 1st part", "B4 4th letter"])
def test_a_reference_before_an_ordinal_is_no_postcode(text: str) -> None:
    assert list(looks_like(text)) == []
