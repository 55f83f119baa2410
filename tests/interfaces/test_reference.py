"""The reference pages say what the code says; every fact has its sentence."""

import re
from pathlib import Path

import pytest

from cspr_workflow.application.register import columns, order_of_a_day
from cspr_workflow.domain.acts import ACTS, KEEPING
from cspr_workflow.domain.errors import Code
from cspr_workflow.interfaces.cli import SOME_REFUSED
from cspr_workflow.interfaces.commands import CANNOT, REFUSED, UNUSABLE, WARNED
from cspr_workflow.interfaces.reference import KEEPING_COMMANDS, pages
from cspr_workflow.interfaces.reference_commands import STATUSES, commands, options_of
from cspr_workflow.interfaces.reference_record import QUESTIONS, tables
from cspr_workflow.interfaces.sentences import SENTENCES
from cspr_workflow.store.registry import FACTS

PAGES = pages()
DOCS = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_reference_page_is_what_the_code_generates(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == PAGES[name], "run scripts/docs"


def test_no_reference_page_is_left_over() -> None:
    assert {path.name for path in DOCS.iterdir()} == set(PAGES)


def test_every_act_and_every_refusal_has_its_place() -> None:
    assert all(f"## `{name}`" in PAGES["acts.md"] for name in ACTS)
    assert all(f"| `{code.value}` |" in PAGES["refusals.md"] for code in Code)


def test_every_type_of_fact_has_exactly_one_sentence() -> None:
    assert set(SENTENCES) == set(FACTS.values())


def test_every_act_of_keeping_has_its_place_and_a_command_that_is_there() -> None:
    assert all(f"## `{name}`" in PAGES["acts.md"] for name in KEEPING)
    assert set(KEEPING_COMMANDS) == set(KEEPING)
    assert {tuple(one.split()[1:]) for one in KEEPING_COMMANDS.values()} <= set(commands())


def test_every_act_has_a_command_of_its_name() -> None:
    assert {(name.replace("_", "-"),) for name in ACTS} <= set(commands())


def test_every_command_is_told_with_each_of_its_options() -> None:
    text = PAGES["commands.md"]
    for words, command in commands().items():
        title = f"## `cspr {' '.join(words)}`\n"
        assert text.count(title) == 1, words
        section = text.partition(title)[2].partition("\n## ")[0]
        for option in options_of(command):
            written = option.metavar if option.param_type_name == "argument" else option.opts[0]
            assert str(written).replace("|", r"\|") in section, f"{words}: {written}"


def test_every_exit_status_has_its_meaning() -> None:
    assert list(STATUSES) == [0, CANNOT, UNUSABLE, REFUSED, WARNED]
    assert SOME_REFUSED == REFUSED
    assert all(f"| {status} |" in PAGES["exit-statuses.md"] for status in STATUSES)


def test_every_table_of_the_views_answers_a_question() -> None:
    assert [name for name, _, _ in tables()] == list(QUESTIONS)


def test_every_column_of_a_register_has_its_place_in_the_order() -> None:
    text = PAGES["register.md"]
    assert all(f"| `{column.name}` | {column.needed} |" in text for column in columns())
    assert [f"{n}. `{name}`" for n, name in enumerate(order_of_a_day(), 1)] == [
        line for line in text.splitlines() if re.match(r"\d+\. ", line)
    ]


def test_a_sealed_part_of_an_entry_is_marked_and_no_other() -> None:
    text = PAGES["record.md"]
    assert "`concern` (sealed)" in text
    assert "`escalation` (sealed)" not in text
    assert "`sets` (sealed)" in text
