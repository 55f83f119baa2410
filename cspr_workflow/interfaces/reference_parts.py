"""What the modules of the generated reference share: a page, a table, a docstring as text."""

import ast
import inspect
from collections.abc import Iterable
from enum import Enum
from typing import Any, get_args


def page(title: str, introduction: str, *parts: str) -> str:
    """A page that says where it comes from."""
    made = "<!-- Generated from the code by scripts/docs. -->"
    return "\n\n".join([made, f"# {title}", introduction, *parts]) + "\n"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; a cell may hold any text of one line."""
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def whole(thing: Any) -> str:
    """The docstring."""
    return inspect.cleandoc(thing.__doc__ or "").replace("``", "`")


def first(thing: Any) -> str:
    """The docstring's first paragraph, on one line."""
    return " ".join(whole(thing).split("\n\n")[0].split())


def kind_of(hint: Any) -> str:
    """What a field holds, in words."""
    inner = [arg for arg in get_args(hint) if arg not in (type(None), ...)]
    if inner:
        return (
            kind_of(inner[0]) if type(None) in get_args(hint) else f"a list of {kind_of(inner[0])}"
        )
    if isinstance(hint, type) and issubclass(hint, Enum):
        return ", ".join(f"`{member.value}`" for member in hint)
    names = {"str": "a text", "date": "a date", "bool": "true or false", "int": "a whole number"}
    return names.get(hint.__name__, f"a table {hint.__name__}")


def attribute_docs(module: Any, cls: str) -> dict[str, str]:
    """The docstrings below the attributes of a class, which the interpreter forgets."""
    tree = ast.parse(inspect.getsource(module))
    body = next(
        node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == cls
    )
    docs: dict[str, str] = {}
    name = ""
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and name:
            docs[name] = " ".join(str(node.value.value).split())
    return docs
