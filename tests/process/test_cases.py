"""The case files of the corpus: each, played, gives the outcome that it must give."""

import json
from pathlib import Path

import pytest

from tests.support import outcome_of

CORPUS = Path(__file__).parents[1] / "cases"
CASES = sorted(path for path in CORPUS.glob("*.json") if not path.name.endswith(".expected.json"))


def test_the_corpus_is_there_and_each_case_has_its_outcome():
    assert len(CASES) >= 21
    expected = {path.name for path in CORPUS.glob("*.expected.json")}
    assert expected == {f"{path.stem}.expected.json" for path in CASES}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_file_gives_its_outcome(path):
    outcome = outcome_of(json.loads(path.read_text("utf-8")))
    messages = [refused.pop("message") for refused in outcome["refused"]]
    expected = json.loads(path.with_name(f"{path.stem}.expected.json").read_text("utf-8"))
    assert outcome == expected
    assert all(len(message) > 10 and message.endswith(".") for message in messages)
