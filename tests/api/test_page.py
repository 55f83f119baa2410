"""The how-to page about the API: its requests, sent as they stand there, are answered as it says."""

import json
import shlex
from typing import Any

from httpx2 import Response

from tests.docs.pages import ROOT, blocks_of
from tests.web.site import MadeSite

PAGE = ROOT / "docs" / "how-to" / "use-the-api.md"
SERVER = "https://escalations.example/api/v1/"


def sent(made: MadeSite, command: str) -> Response:
    """What the server answers to a request as ``curl`` would send it."""
    program, *words = shlex.split(command)
    assert program == "curl"
    assert "-H @key" in command
    (address,) = (word for word in words if word.startswith(SERVER))
    path, api = address.removeprefix(SERVER), made.api("officer")
    if "--json" in words:
        return api.post(path, content=words[words.index("--json") + 1])
    given = [words[at + 1] for at, word in enumerate(words) if word == "--data-urlencode"]
    return api.get(path, params=dict(one.split("=", 1) for one in given))


def holds(answer: Any, shown: Any) -> bool:
    """Whether an answer has everything that is shown of it."""
    if isinstance(shown, dict):
        return all(key in answer and holds(answer[key], value) for key, value in shown.items())
    if isinstance(shown, list):
        return len(answer) == len(shown) and all(map(holds, answer, shown))
    return bool(answer == shown)


def test_its_requests_are_answered_as_it_shows(made: MadeSite) -> None:
    blocks = list(blocks_of(PAGE.read_text("utf-8")))
    assert [block.language for block in blocks] == ["sh", "json"] * 4
    for request, shown in zip(blocks[::2], blocks[1::2], strict=True):
        answer = sent(made, request.text).json()
        assert holds(answer, json.loads(shown.text)), answer


def test_an_answer_that_is_another_one_is_seen() -> None:
    assert holds({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1}]})
    assert not holds({"a": [{"b": 1}]}, {"a": [{"b": 2}]})
    assert not holds({"a": [1, 2]}, {"a": [1]})
    assert not holds({}, {"a": 1})
