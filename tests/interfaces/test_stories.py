"""Whatever happened, it can be told: stories and reasons of random cases under every kind of text."""

import io
import json

import pytest
from rich.console import Console

from cspr_workflow.application import casefile
from cspr_workflow.application.play import Played, play
from cspr_workflow.interfaces import story, why
from cspr_workflow.store import bank_holidays
from cspr_workflow.store.memory import MemoryRecord
from projections.due_items import MemoryIndex
from tests.second_implementation.random_cases import random_case

TEXTS = ["Sent 2026-02-30 by post", "[bold]x[/]", "Ω\u202e\x1b[2J", "0000-00-00", "%s {0} \\n"]


def played(seed: int) -> Played:
    case = random_case(seed)
    for place, act in enumerate(case["acts"]):
        for field in ("concern", "said", "reason", "outcome", "what", "evidence", "decision"):
            if field in act and act["act"] != "hold_meeting":
                act[field] = f"{act[field]} {TEXTS[place % len(TEXTS)]}"
    read = casefile.parse(json.dumps(case).encode(), "case.json")
    holidays = bank_holidays.of(read.policy.policy.bank_holidays)
    return play(read, MemoryRecord(), MemoryIndex(read.policy.book), holidays)


@pytest.mark.parametrize("first", range(0, 60, 10))
def test_every_case_can_be_told_and_every_reference_explained(first: int) -> None:
    for seed in range(first, first + 10):
        case = played(seed)
        teller = story.teller_of(case)
        out = Console(file=io.StringIO(), width=100, markup=False, highlight=False)
        story.tell(case, out)
        for reference in why.known_references(case):
            reasons = why.reasons(case, teller, reference)
            if reasons is not None:
                why.tell(reasons, teller, reference, out)
                assert json.dumps(why.plain(reasons, teller))
            else:
                record = why.actions_of(case, reference)
                assert record is not None
                why.tell_action(record, teller, out)
        told = out.file.getvalue()  # type: ignore[attr-defined]
        assert all(f"Why: {reference}" in told for reference in why.known_references(case))
        assert "\x1b" not in told
        assert "\u202e" not in told
