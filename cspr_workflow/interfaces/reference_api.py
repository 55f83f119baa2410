"""The reference page of the API: its addresses, what a request carries, and how it can end."""

from collections.abc import Iterator

from cspr_workflow.domain.acts import ACTS
from cspr_workflow.interfaces.api.acts import EVERY_ACT
from cspr_workflow.interfaces.api.answers import OTHER_ERRORS, STATUSES
from cspr_workflow.interfaces.api.questions import ANSWERS
from cspr_workflow.interfaces.api.sent_acts import COMMON_MEANINGS, common_fields
from cspr_workflow.interfaces.questions.question import Kind, Parameter, Question
from cspr_workflow.interfaces.questions.registry import QUESTIONS
from cspr_workflow.interfaces.reference_parts import page, table
from cspr_workflow.interfaces.sentences import listed

_HOLDS = {
    Kind.TEXT: "a text",
    Kind.DAY: "a date",
    Kind.MOMENT: "a moment, not later than now",
    Kind.NUMBER: "a whole number from 1",
    Kind.FLAG: "`true` or `false`",
}


def api_page() -> str:
    """Every address of the API."""
    return page(
        "The API",
        "What programs send to a partnership's server, and what they get. [Use the "
        "API](../how-to/use-the-api.md) shows it by examples. Every address begins with `/api/v1`; "
        "`/api/v1/openapi.json` describes all of them for programs. Every request carries "
        "`Authorization: Bearer KEY`. Every answer is JSON and has `rehearsal`: whether nothing in the "
        "store is real.",
        "## About the key and the store\n\n"
        "`GET /me`: the person of the key, the role, and the desk: what there is to be read.\n\n"
        "`GET /status`: which store answers, its moment, its policy and the program's version.",
        "## Questions\n\n"
        "`GET /questions/NAME`, with the parameters in the address. Whoever asks gets what their role "
        "may read; a reference that is not for them is answered as one that is not there.",
        *(_question(one) for one in QUESTIONS.values()),
        _acts(),
        f"## How a request can end\n\n{table(('status', '`error`', 'meaning'), _endings())}",
    )


def _question(question: Question[object]) -> str:
    who = listed([f"`{desk}`" for desk in sorted(question.readers.desks)])
    parts = [f"### `{question.name}`", f"{question.answers} For {who}."]
    if question.parameters:
        rows = [
            (
                f"`{one.name}`",
                _holds(one),
                "" if one.required else "may be left out",
                one.meaning,
            )
            for one in question.parameters
        ]
        parts.append(table(("parameter", "what it holds", "", "meaning"), rows))
    rows_of_answer = [(f"`{name}`", told) for name, told in ANSWERS[question.name].items()]
    parts.append(table(("in the answer", "meaning"), rows_of_answer))
    return "\n\n".join(parts)


def _holds(parameter: Parameter) -> str:
    if parameter.choices is not None:
        return ", ".join(f"`{one.value}`" for one in parameter.choices)
    return _HOLDS[parameter.kind]


def _acts() -> str:
    everywhere = set.intersection(*(set(common_fields(kind)) for kind in EVERY_ACT.values()))
    rows = [
        (
            f"`{name}`",
            "every act" if name in everywhere else _which(name),
            meaning,
        )
        for name, meaning in COMMON_MEANINGS.items()
    ]
    names = ", ".join(f"[`{name}`](acts.md#{name})" for name in EVERY_ACT)
    return (
        "## Acts\n\n`POST /acts/NAME`, with a JSON object: the act's own fields, as [Acts](acts.md) has "
        f"them, and these:\n\n{table(('field', 'of which acts', 'meaning'), rows)}\n\n"
        "Only `command` has to be there; `name` too, where somebody is added. "
        "What was recorded is answered as `cspr` with `--json` does: `recorded`, `standing`, `warnings`, "
        f"`notices`; a preview has `would_record`, and for the calendar `would_move`.\n\nThe acts: {names}."
    )


def _which(name: str) -> str:
    kinds = [kind for kind in EVERY_ACT.values() if name in common_fields(kind)]
    if all(kind.reportable for kind in kinds):
        return "those that can be recorded on behalf of the agency"
    if all(kind.name in ACTS for kind in kinds):
        return "those of the process, but not of the calendar"
    return ", ".join(f"`{kind.name}`" for kind in kinds)


def _endings() -> Iterator[tuple[str, str, str]]:
    yield "200", "", "answered; an act: previewed, or recorded before under the same `command`"
    yield "201", "", "recorded"
    for error, (status, meaning) in OTHER_ERRORS.items():
        yield str(int(status)), f"`{error}`", meaning
    for status in sorted(set(STATUSES.values())):
        codes = ", ".join(f"`{code}`" for code, one in STATUSES.items() if one is status)
        yield str(int(status)), codes, "see [Refusals](refusals.md)"
    yield "413", "", "more was sent than can be taken"
