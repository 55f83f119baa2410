"""Sentences for people: every entry of the record, every date."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cspr_workflow.application.policy_files import bundled
from cspr_workflow.domain.calendar import END_OF_TIME
from cspr_workflow.domain.people import called
from cspr_workflow.interfaces.sentences import Teller, dates_in_words, day, listed
from cspr_workflow.store.registry import decode

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.json"))
TELLER = Teller(bundled("sandwell-2018").policy, {"officer": "A. Officer"})


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_entry_of_the_record_has_a_sentence_in_plain_words(path: Path) -> None:
    data = json.loads(path.read_bytes())
    for key in ("id", "stream", "version", "command"):
        data.pop(key, None)
    sentence = TELLER.sentence(decode(data))
    assert sentence
    assert "None" not in sentence
    assert "_" not in sentence


def test_a_day_is_written_as_people_write_it() -> None:
    assert day(date(2026, 12, 3)) == "Thu 3 Dec 2026"


def test_a_moment_is_told_in_local_time() -> None:
    assert TELLER.moment(datetime(2026, 7, 1, 8, 5, tzinfo=UTC)) == "Wed 1 Jul 2026 09:05"


def test_what_never_falls_due_is_told_so() -> None:
    assert TELLER.moment(END_OF_TIME) == "never"


def test_a_stage_is_told_by_its_name() -> None:
    assert TELLER.stage("stage_2") == "Stage 2"


def test_a_role_is_told_as_people_write_it_and_a_side_in_words() -> None:
    assert called("scsp_chair") == "SCSP Chair"
    assert called("either_side") == "either side"


def test_dates_in_a_sentence_are_put_in_words_but_references_are_left_alone() -> None:
    assert dates_in_words("due: 2026-12-03 is past.") == "due: Thu 3 Dec 2026 is past."
    assert dates_in_words("INC-2026-12-03 is known.") == "INC-2026-12-03 is known."


def test_what_looks_like_a_date_and_is_none_stays_as_it_is() -> None:
    assert dates_in_words("Sent 2026-02-30 by post, 0000-13-99.") == (
        "Sent 2026-02-30 by post, 0000-13-99."
    )


def test_a_list_in_words() -> None:
    assert listed(["one"]) == "one"
    assert listed(["one", "two", "three"]) == "one, two and three"
