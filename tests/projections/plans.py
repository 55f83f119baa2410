"""How the database goes about a question: whether it goes through indexes, and how many steps it takes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from projections.database import Database

BIG = ("register", "cases", "agreed_actions", "register_words", "due_items")
"""The tables that grow with the number of cases. In a question they have their first letters' names."""
_CALLED = {name: name[0] for name in BIG} | {"register_words": "w", "due_items": "d"}


@contextmanager
def asked(database: Database) -> Iterator[list[str]]:
    """Every statement that is run meanwhile, with its values."""
    statements: list[str] = []
    database.connection.set_trace_callback(statements.append)
    yield statements
    database.connection.set_trace_callback(None)


def plans(database: Database, question: Callable[[], object]) -> list[str]:
    """Each step of the plan of each statement of a question."""
    with asked(database) as statements:
        question()
    return [
        row[-1]
        for statement in statements
        if statement.lstrip().startswith(("SELECT", "WITH"))
        for row in database.all(f"EXPLAIN QUERY PLAN {statement}")
    ]


def goes_through_indexes(database: Database, question: Callable[[], object]) -> list[str]:
    """No big table is gone through as a whole, and nothing is sorted: the plan that says so."""
    plan = plans(database, question)
    assert plan, "nothing was asked"
    names = {*BIG, *_CALLED.values()}
    scanned = [step for step in plan if step.startswith("SCAN") and step.split()[1] in names]
    assert not scanned, scanned
    return plan


def sorts(plan: list[str]) -> bool:
    """Whether what is found has to be sorted before it can be shown."""
    return any("ORDER BY" in step for step in plan)


def steps(database: Database, question: Callable[[], object]) -> int:
    """How many steps the database's engine takes for a question."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    database.connection.set_progress_handler(count, 1)
    question()
    database.connection.set_progress_handler(None, 1)
    return taken
