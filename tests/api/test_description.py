"""The API's description: that it has everything, and that the API does what it says."""

from collections import Counter
from dataclasses import fields

import pytest

from cspr_workflow.domain.acts import ACTS, KEEPING
from cspr_workflow.interfaces.api.acts import EVERY_ACT, body_schema
from cspr_workflow.interfaces.api.sent_acts import Common, common_fields
from cspr_workflow.interfaces.questions.registry import QUESTIONS
from cspr_workflow.interfaces.reference import KEEPING_COMMANDS
from cspr_workflow.interfaces.reference_commands import commands, options_of
from tests.campaigns import api
from tests.campaigns.main import main
from tests.web.site import MadeSite, made_site

PREFIX = "/api/v1"
BESIDE = {
    "--as", "--store", "--json", "--command-id", "--on-behalf-of", "--means", "--occurred", "--preview",
    "--accept-warnings",
}  # fmt: skip
"""What the command of an act takes besides its own fields."""


def described(made: MadeSite) -> dict[str, dict]:
    answer = made.api().get("openapi.json")
    assert answer.status_code == 200
    return answer.json()["paths"]


def test_every_question_and_every_act_has_an_address_and_nothing_else_has(made: MadeSite) -> None:
    wanted = {f"{PREFIX}/questions/{name}" for name in QUESTIONS}
    wanted |= {f"{PREFIX}/acts/{name}" for name in (*ACTS, *KEEPING)}
    assert set(described(made)) == wanted | {f"{PREFIX}/me", f"{PREFIX}/status"}


def test_a_question_has_its_parameters(made: MadeSite) -> None:
    paths = described(made)
    for question in QUESTIONS.values():
        told = paths[f"{PREFIX}/questions/{question.name}"]["get"].get("parameters", [])
        assert [(one["name"], one["required"], one["description"]) for one in told] == [
            (one.name, one.required, one.meaning) for one in question.parameters
        ]


@pytest.mark.parametrize("name", ACTS)
def test_an_act_has_the_fields_of_its_command(name: str) -> None:
    command = commands()[(name.replace("_", "-"),)]
    own = {
        option.opts[0].removeprefix("--").replace("-", "_")
        for option in options_of(command)
        if option.opts[0] not in BESIDE
    }
    schema = body_schema(EVERY_ACT[name])
    assert set(schema["properties"]) - set(common_fields(EVERY_ACT[name])) == own
    options = {option.opts[0] for option in options_of(command)}
    for field, option in (("occurred", "--occurred"), ("means", "--means")):
        assert (field in schema["properties"]) == (option in options)


def test_the_acts_of_keeping_are_those_of_the_command_line() -> None:
    assert set(KEEPING_COMMANDS) == EVERY_ACT.keys() - ACTS.keys()


def test_no_act_has_a_field_that_is_called_like_a_common_one() -> None:
    common = {field.name for field in fields(Common)}
    for kind in EVERY_ACT.values():
        assert not common & {field.name for field in fields(kind)}


def test_everything_needs_a_key_and_says_how_it_can_end(made: MadeSite) -> None:
    for path, methods in described(made).items():
        for told in methods.values():
            assert told["security"] == [{"key": []}]
            assert {"401", "422", "503"} < told["responses"].keys(), path
            if "/acts/" in path:
                assert {"200", "201", "403", "404", "409", "413"} < told["responses"].keys()


def test_the_danger_notice_stands_where_it_belongs(made: MadeSite) -> None:
    assert "call 999" in made.app.openapi()["info"]["description"]
    for name in ("report_incident", "raise_escalation"):
        told = described(made)[f"{PREFIX}/acts/{name}"]["post"]["description"]
        assert "If a child is in immediate danger, call 999." in told


def test_whatever_is_sent_is_answered_as_described() -> None:
    counted: Counter[int] = Counter()
    with made_site() as made:
        for operation in api.operations():
            counted += api.try_address(made, operation, examples=3, seed=7)
    assert {200, 401, 403, 404, 422} <= counted.keys()
    assert counted.total() > 250


def test_what_is_not_described_is_found(made: MadeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    (operation,) = api.operations("/me")

    def fails(*_: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr("cspr_workflow.interfaces.api.routes._me", fails)
    with pytest.raises(api.Found, match="GET /api/v1/me, positive, by "):
        api.try_address(made, operation, examples=20, seed=0)


def test_the_campaign_says_how_much_it_tried(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["api", "--examples", "2", "--seed", "5", "--only", "/status"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("api from seed 5: ")
    assert "GET /api/v1/questions/status: " in told.err
