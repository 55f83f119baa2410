"""The reference pages say what the code says; every fact has its sentence."""

from pathlib import Path

import pytest

from cspr_workflow.domain.acts import ACTS
from cspr_workflow.domain.errors import Code
from cspr_workflow.interfaces.reference import pages
from cspr_workflow.interfaces.sentences import SENTENCES
from cspr_workflow.store.registry import FACTS

DOCS = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_reference_page_is_what_the_code_generates(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == pages()[name], "run scripts/docs"


def test_no_reference_page_is_left_over() -> None:
    assert {path.name for path in DOCS.iterdir()} == set(pages())


def test_every_act_and_every_refusal_has_its_place() -> None:
    assert all(f"## `{name}`" in pages()["acts.md"] for name in ACTS)
    assert all(f"| `{code.value}` |" in pages()["refusals.md"] for code in Code)


def test_every_type_of_fact_has_exactly_one_sentence() -> None:
    assert set(SENTENCES) == set(FACTS.values())
