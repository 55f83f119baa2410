"""The campaign ``api``: what its description allows and what it does not, sent to every address."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeAlias

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support import PEOPLE, TRUST
from tests.web.site import URL, MadeSite, made_site

NAME = "api"
EXAMPLES = 500
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
KNOWN: Mapping[str, list[Any]] = {
    "escalation": ["ESC-1", "ESC-2"],
    "incident": ["INC-1"],
    "action": ["A1"],
    "reference": ["ESC-1", "ESC-2", "INC-1", "partnership", "ESC-1/A1"],
    "agency": [TRUST, "Police", "scsp"],
    "timescale": ["rapid_review", "notification"],
    "person": [*PEOPLE, "clock"],
    "event": ["1", "17"],
    "moment": ["2026-12-01T10:00:00Z", "2026-11-30T12:00:00+00:00"],
    "occurred": ["2026-12-01T10:00:00Z", "2026-11-30T12:00:00Z"],
    "seen": [4],
    "label": ["sandwell-2018/1"],
}
"""What stands in the store."""

AnOperation: TypeAlias = APIOperation[Any, Any, Any, Any]
ACase: TypeAlias = Case[Any]


class Found(Exception):
    """Something that the API must not answer; the message shows the request."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this campaign."""
    parser.add_argument(
        "--examples", type=int, default=EXAMPLES, metavar="N", help="requests per address and kind"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the seed")
    parser.add_argument("--only", default="", metavar="WORD", help="only addresses with this word")


def run(options: argparse.Namespace) -> int:
    """Run it. Exit status 1 where the API answers as it must not; the request is printed."""
    counted: Counter[int] = Counter()
    began = time.monotonic()
    try:
        for operation in operations(options.only):
            with made_site() as made:
                counted += try_address(made, operation, options.examples, options.seed)
            told = f"{operation.label}: {counted.total()} requests so far"
            print(told, file=sys.stderr, flush=True)
    except Found as found:
        print(found)
        return 1
    answers = ", ".join(f"{count} x {status}" for status, count in sorted(counted.items()))
    seconds = time.monotonic() - began
    print(f"api from seed {options.seed}: {counted.total()} requests; {answers}; {seconds:.0f} s")
    return 0


def operations(word: str = "") -> list[AnOperation]:
    """Every address with its method, as the API's description has them."""
    with made_site() as made:
        described = made.app.openapi()
    schema = schemathesis.openapi.from_dict(described, config=_config())
    found = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
    return [one for one in found if word in one.label]


def try_address(made: MadeSite, operation: AnOperation, examples: int, seed: int) -> Counter[int]:
    """So many requests of each kind to one address: how often it gave each status.

    Raises :class:`Found`.
    """
    counted: Counter[int] = Counter()
    for mode in GenerationMode:
        # Where nothing is sent with a request, nothing about it could be wrong.
        if mode is GenerationMode.POSITIVE or operation.query or operation.body:
            _send(made, operation, mode, examples, seed, counted)
    return counted


def _send(
    made: MadeSite,
    operation: AnOperation,
    mode: GenerationMode,
    examples: int,
    seed: int,
    counted: Counter[int],
) -> None:
    @hypothesis.seed(seed)
    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(mode), st.sampled_from([*PEOPLE, None]), st.data())
    def sent(case: ACase, person: str | None, data: st.DataObject) -> None:
        _put_known(case, data)
        headers = {"authorization": f"Bearer {made.key(person)}"} if person else {}
        try:
            answer = case.call(base_url=URL, headers=headers, app=made.app)
            case.validate_response(answer, checks=CHECKS)
        except (Exception, FailureGroup) as wrong:
            told = f"{person}: {case.as_curl_command(headers=headers)}"
            raise Found(f"{operation.label}, {mode.value}, by {told}\n{wrong}") from wrong
        counted[int(answer.status_code)] += 1

    sent()


def _config() -> schemathesis.Config:
    generation = GenerationConfig(with_security_parameters=False, database="none")
    project = ProjectConfig(generation=generation)
    return schemathesis.Config(projects=ProjectsConfig(default=project))


def _put_known(case: ACase, data: st.DataObject) -> None:
    """Have much of what is sent be about something that is there."""
    for fields in (case.query, case.body):
        for name in KNOWN:
            if isinstance(fields, dict) and name in fields and data.draw(st.integers(0, 3)):
                fields[name] = data.draw(st.sampled_from(KNOWN[name]))
