"""The reference pages of the command line: every command with its options, and the exit statuses."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any

import typer

from cspr_workflow.interfaces.cli import app
from cspr_workflow.interfaces.commands import CANNOT, REFUSED, UNUSABLE, WARNED
from cspr_workflow.interfaces.reference_parts import page, table

PROGRAM = "cspr"
STATUSES: Mapping[int, str] = {
    0: "it is done; a question is answered; every act of a played file was taken",
    CANNOT: (
        "it could not be done, and nothing was recorded. `status`: something needs a person. `check`: "
        "something is wrong with the store. `tick`: a case was set aside, or the store could not be used"
    ),
    UNUSABLE: (
        "the command, an option or a file is unusable, or the store cannot be opened; nothing was "
        "recorded, played or stored"
    ),
    REFUSED: (
        "an act was refused: the process does not allow it, or not to this person. `play`: some acts of a "
        "file were refused, the others were taken"
    ),
    WARNED: (
        "a text looks as if it says who the child is, and nothing was recorded: reword it, or repeat the "
        "command with `--accept-warnings`"
    ),
}
"""What each exit status means."""
SHARED_BY = 10
"""An option that so many commands have, in the same words, is explained once."""


def commands() -> dict[tuple[str, ...], Any]:
    """Every command by its words, such as ``("people", "add")``; groups come before what is in them."""
    return dict(_walk((), typer.main.get_command(app)))


def _walk(words: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if words:
        yield words, command
    for name in getattr(command, "commands", {}):
        yield from _walk((*words, name), command.commands[name])


def options_of(command: Any) -> list[Any]:
    """The arguments and options of a command, without those for help."""
    context = command.context_class(command)
    return [one for one in command.get_params(context) if "--help" not in one.opts]


def commands_page() -> str:
    """Every command with what it does, its arguments and its options."""
    all_of_them = commands()
    shared = _shared(all_of_them.values())
    rows = [
        (f"[`{_called(words)}`](#{_anchor(words)})", _sentences(command)[0])
        for words, command in all_of_them.items()
    ]
    return page(
        "Commands",
        f"Type `./scripts/{PROGRAM}` and a command. `--help` after a command prints what it takes. "
        "`--install-completion` makes the tab key complete commands and options in your shell.\n\n"
        "The [exit statuses](exit-statuses.md) are the same for all of them.\n\n"
        "If a child is in immediate danger, call 999. Never name a child in any text.",
        table(("command", "what it does"), rows),
        f"## Options that many commands have\n\n{_table(shared.values())}",
        *(_part(words, command, shared) for words, command in all_of_them.items()),
    )


def exit_statuses_page() -> str:
    """Every exit status."""
    return page(
        "Exit statuses",
        f"By its exit status another program, such as a monitoring system, learns how a command of `{PROGRAM}` "
        "ended. What went wrong is said on the error output.",
        table(("status", "meaning"), [(str(status), text) for status, text in STATUSES.items()]),
        "Where a store is full, cannot be written to, or another program has been writing for too long, the "
        f"status is {CANNOT} or {UNUSABLE}, by where it was noticed; the sentence says what to do.",
    )


def _called(words: tuple[str, ...]) -> str:
    return " ".join((PROGRAM, *words))


def _anchor(words: tuple[str, ...]) -> str:
    return "-".join((PROGRAM, *words))


def _sentences(command: Any) -> list[str]:
    """The paragraphs of a command's description, each on one line."""
    text = (command.help or "").replace("``", "`")
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]


def _key(option: Any) -> tuple[str, str]:
    return "/".join(option.opts), option.help or ""


def _shared(all_of_them: Iterable[Any]) -> dict[tuple[str, str], Any]:
    """The options that many commands have in the same words, by their names and words."""
    seen = [one for command in all_of_them for one in options_of(command)]
    counts = Counter(_key(one) for one in seen)
    return {
        _key(one): one
        for one in seen
        if counts[_key(one)] >= SHARED_BY and one.param_type_name == "option"
    }


def _part(words: tuple[str, ...], command: Any, shared: Mapping[tuple[str, str], Any]) -> str:
    options = options_of(command)
    own = [one for one in options if _key(one) not in shared]
    common = [f"`{one.opts[0]}`" for one in options if _key(one) in shared]
    parts = [f"## `{_called(words)}`", *_sentences(command)]
    if own:
        parts.append(_table(own))
    if common:
        parts.append(f"{'Also' if own else 'Options'}: {', '.join(common)}.")
    return "\n\n".join(parts)


def _table(options: Iterable[Any]) -> str:
    return table(
        ("argument or option", "meaning", ""),
        [(_written(one), one.help or "", _note(one)) for one in options],
    )


def _written(option: Any) -> str:
    if option.param_type_name == "argument":
        return f"`{option.metavar or option.human_readable_name}`"
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    return names if option.is_flag else f"{names} {_takes(option)}"


def _takes(option: Any) -> str:
    """What has to follow an option: its own word, the words to choose from, or a text or number."""
    kind = option.type_descriptor.annotation
    if option.metavar:
        return f"`{option.metavar}`"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " or ".join(f"`{one.value}`" for one in kind)
    return "`NUMBER`" if kind is int else "`TEXT`"


def _note(option: Any) -> str:
    if option.required:
        return f"needed, or `{option.envvar}`" if option.envvar else "needed"
    if option.multiple or option.nargs == -1:
        return "can be repeated"
    if option.envvar:
        return f"or `{option.envvar}`"
    plain = option.default not in (None, False, "") and not callable(option.default)
    return f"otherwise {getattr(option.default, 'value', option.default)}" if plain else ""
