"""Changing the state of a case: a copy with some fields changed, as cheap as folding needs it."""

from typing import TypeVar

State = TypeVar("State")


def changed(state: State, /, **changes: object) -> State:
    """A copy of a frozen dataclass (without slots) in which some fields have another value.

    What ``dataclasses.replace`` does, several times faster: a record of a million entries is folded
    with it whenever views are built anew. A name that is no field of the state is a mistake.
    """
    values = state.__dict__
    copy = object.__new__(type(state))
    copy.__dict__.update(values)
    copy.__dict__.update(changes)
    assert len(copy.__dict__) == len(values), f"{changes.keys() - values.keys()}"
    return copy
