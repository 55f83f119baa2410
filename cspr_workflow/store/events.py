"""The bytes of an event: one canonical form, which is what is stored and what can be hashed.

They hold where the event stands, who, when and under which rules, and its fact. Of a sealed text they
hold a commitment only; the text itself lies beside the event, sealed.
"""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.texts import free_texts
from cspr_workflow.store.registry import PLACE, canonical, decode, encode

_STREAMS = uuid5(NAMESPACE_URL, "cspr-workflow:streams")
_place = itemgetter(*PLACE)

Commit = Callable[[str, str], str]
"""Seals a text: takes its field and the text, and gives the commitment."""


@lru_cache(maxsize=65536)
def stream_id(stream: str) -> UUID:
    """A stream's id, the same in every store: opening a stream twice is a conflict by itself."""
    return uuid5(_STREAMS, stream)


def event_id(stream: str, version: int) -> str:
    """An event's id, the same in every store."""
    return str(uuid5(stream_id(stream), str(version)))


def written(recorded: Recorded, commit: Commit | None = None) -> bytes:
    """An event's bytes; with ``commit``, its free texts are sealed."""
    data = encode(recorded.entry)
    if commit is not None:
        for field, text in free_texts(recorded.entry.fact):
            _put(data["fact"], field, {"sha256": commit(field, text)})
    data["id"] = recorded.id
    data["stream"] = recorded.stream
    data["version"] = recorded.version
    data["position"] = recorded.position
    data["command"] = recorded.command
    return canonical(data)


_DECODER = json.JSONDecoder()


def read(state: bytes) -> Recorded:
    """An event from its bytes. Raises ``UnknownType`` or ``forms.Unusable``."""
    text = state.decode()
    data, end = _DECODER.raw_decode(text)
    if end != len(text):
        raise ValueError("there is something behind the event")
    id, stream, version, position, command = _place(data)
    return Recorded(id, stream, version, position, command, decode(data, id))


def commitments(state: bytes) -> Mapping[str, str]:
    """The commitment to each sealed text of an event, by its field."""
    return dict(_commitments(json.loads(state)["fact"], ""))


def _commitments(value: Any, inside: str) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in items:
        if isinstance(one, dict) and one.keys() == {"sha256"}:
            yield f"{inside}{key}", one["sha256"]
        elif isinstance(one, dict | list):
            yield from _commitments(one, f"{inside}{key}.")


def _put(data: Any, path: str, value: Any) -> None:
    *outer, last = path.split(".")
    for key in outer:
        data = data[int(key)] if isinstance(data, list) else data[key]
    data[last] = value
