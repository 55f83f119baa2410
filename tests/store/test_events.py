"""What an event's bytes hold, in which form, and where each event stands."""

import json
from collections import Counter
from typing import Any

import pytest

from cspr_workflow import forms
from cspr_workflow.application import casefile
from cspr_workflow.application.outcome import outcome
from cspr_workflow.application.play import play
from cspr_workflow.application.ports import Recorded
from cspr_workflow.application.transaction import escalation_stream
from cspr_workflow.domain.acts import AcknowledgeAction, DeclareClosure, GiveReason, RecordAction
from cspr_workflow.domain.people import Means, Side
from cspr_workflow.domain.texts import opened_data
from cspr_workflow.store import bank_holidays, events, folder
from cspr_workflow.store.memory import MemoryRecord
from cspr_workflow.store.registry import UnknownType
from projections.due_items import MemoryIndex
from projections.runner import Views
from tests.process.test_cases import CASES
from tests.store.store_world import RECORD, StoreWorld, rows
from tests.support import day

OF_EACH = {
    "id", "stream", "version", "position", "type", "occurred", "recorded", "command", "clause",
    "policy", "calendar", "fact",
}  # fmt: skip
"""What every event's bytes hold."""


def told(world: StoreWorld) -> StoreWorld:
    """A case with an event by a person, one on an agency's behalf, one by the clock, one closure."""
    world.raised()
    world.do("manager", "2026-11-30T10:00", DeclareClosure(day("2026-12-24"), "Christmas"))
    record = RecordAction("ESC-1", "A1", "Send the chronology", Side.AGENCY, day("2026-12-08"))
    world.do("officer", "2026-11-30T11:00", record)
    world.do("officer", "2026-11-30T12:00", AcknowledgeAction("ESC-1", "A1"), means=Means.EMAIL)
    world.do(
        "trust", "2026-11-30T13:00", GiveReason("ESC-1", "On leave"), occurred="2026-11-30T12:30"
    )
    world.tick("2026-12-04T07:00")
    return world


@pytest.fixture
def last(world: StoreWorld) -> dict[str, Any]:
    """The plain data of each event in the escalation's history, by its type; the last of each."""
    states = told(world).states(escalation_stream("ESC-1"))
    return {data["type"]: data for data in map(json.loads, states)}


# --- What they hold ------------------------------------------------------------------------------


def test_every_event_holds_where_it_stands_when_and_under_which_rules(world):
    kinds = Counter()
    for state in told(world).states():
        data = json.loads(state)
        author = {"by"} if "by" in data else set()
        report = {"on_behalf_of", "means"} if "means" in data else set()
        assert data.keys() == OF_EACH | author | report
        kinds[len(author) + len(report)] += 1
    assert set(kinds) == {0, 1, 3}, "by the clock, by a person, by a person on an agency's behalf"


def test_an_event_names_its_author_and_the_rules_that_were_in_force(last):
    given = last["escalation.reason-given.v1"]
    assert given["by"] == {"id": "trust", "role": "agency_representative", "agency": "Acute Trust"}
    assert given["stream"] == "escalation:ESC-1"
    assert given["occurred"] == "2026-11-30T12:30:00+00:00"
    assert given["recorded"] == "2026-11-30T13:00:00+00:00"
    assert (given["clause"], given["policy"], given["calendar"]) == ("E1.2", "sandwell-2018/1", 1)
    assert given["fact"].keys() == {"reason"}


def test_a_report_names_whom_it_was_for_and_by_which_means(last):
    acknowledged = last["action.acknowledged.v1"]
    assert (acknowledged["on_behalf_of"], acknowledged["means"]) == ("agency", "e-mail")
    assert acknowledged["by"]["id"] == "officer"


def test_what_the_clock_did_has_no_author(last):
    entered = last["escalation.stage-entered.v1"]
    assert entered["fact"]["stage"] == "stage_2"
    assert "by" not in entered
    assert entered["recorded"] == "2026-12-04T07:00:00+00:00"
    assert entered["occurred"] == "2026-12-04T00:00:00+00:00"


def test_an_event_holds_the_command_that_brought_it_about(world):
    told(world)
    logged = world.rows("SELECT command, first, last FROM command_log")
    of = {
        position: command for command, first, last in logged for position in range(first, last + 1)
    }
    assert [json.loads(state)["command"] for state in world.states()] == [
        of[position] for position in range(1, len(of) + 1)
    ]
    assert len(set(of.values())) == len(logged) > 5


def test_where_an_event_stands_is_the_same_in_its_row_and_in_its_bytes(world):
    told(world)
    found = world.rows(
        "SELECT position, originator_id, originator_version, topic, state FROM stored_events"
    )
    for position, stream, version, topic, state in found:
        data = json.loads(state)
        assert (data["position"], data["version"], data["type"]) == (position, version, topic)
        assert events.stream_id(data["stream"]).hex == stream
        assert str(events.event_id(data["stream"], version)) == data["id"]


def test_an_event_has_the_same_id_in_every_store():
    second, third = (events.event_id("escalation:ESC-1", version) for version in (2, 3))
    assert str(second) == "ecb35eb4-428c-59c1-bd2c-9e130967d0fb"
    assert str(third) == "d00b6939-abb1-5b7e-987f-92ce3dd240c8"
    assert events.event_id("incident:ESC-1", 2) not in (second, third)


# --- Case files, played into a store ---------------------------------------------------------------


@pytest.fixture(params=CASES, ids=lambda path: path.stem)
def case(request: pytest.FixtureRequest) -> casefile.CaseFile:
    return casefile.load(request.param)


def test_a_case_file_comes_to_the_same_in_a_store_and_every_event_is_in_its_one_form(case, place):
    holidays = bank_holidays.of(case.policy.policy.bank_holidays)
    in_memory = play(case, MemoryRecord(), MemoryIndex(case.policy.book), holidays)
    folder.make(place / "store", rehearsal=True)
    store = folder.open_store(place / "store")
    views = Views(store.views, store.record, case.policy.book, store.record.about["store"])
    in_store = play(case, store.record, views, holidays)
    assert opened_data(outcome(in_store), store.record.opened) == outcome(in_memory)
    check_places(list(store.record.read_all()))
    check_form(rows(place / "store" / RECORD, "SELECT state FROM stored_events ORDER BY position"))
    views.close()
    store.close()


def check_places(recorded: list[Recorded]) -> None:
    """Positions without a gap over all streams, versions without a gap in each."""
    assert [one.position for one in recorded] == list(range(1, len(recorded) + 1))
    versions: Counter[str] = Counter()
    for one in recorded:
        versions[one.stream] += 1
        assert one.version == versions[one.stream]
    moments = [one.entry.recorded for one in recorded]
    assert moments == sorted(moments)


def check_form(stored: list[tuple[bytes]]) -> None:
    """Keys in order, nothing between the parts, and the same bytes again after reading."""
    for (state,) in stored:
        data = json.loads(state)
        text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        assert text.encode() == state
        kept = events.commitments(state)
        again = events.written(events.read(state), lambda field, _, kept=kept: kept[field])
        assert again == state


# --- Anything else is an error, never skipped ------------------------------------------------------


def mangled(state: bytes, **changes: Any) -> bytes:
    """An event's bytes with some of its fields changed, or left out where the change is ``None``."""
    data = {**json.loads(state), **changes}
    return json.dumps({key: value for key, value in data.items() if value is not None}).encode()


@pytest.fixture
def raised(world: StoreWorld) -> bytes:
    """The bytes of an event."""
    world.raised()
    (state,) = world.states(escalation_stream("ESC-1"))
    assert events.read(mangled(state)) == events.read(state)
    return state


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("by", {}),
        ("by", []),
        ("by", "officer"),
        ("by", {"id": "officer", "role": "cspr_officer"}),
        ("by", {"id": "officer", "role": "caretaker", "agency": "scsp"}),
        ("by", {"id": 7, "role": "cspr_officer", "agency": "scsp"}),
        ("by", {"id": "officer", "role": "cspr_officer", "agency": "scsp", "name": "A name"}),
        ("means", "pigeon"),
        ("means", ""),
        ("on_behalf_of", "everybody"),
        ("imported", {}),
        ("imported", {"name": "register.csv"}),
        ("occurred", "2026-11-30"),
        ("occurred", "2026-11-30T09:30:00"),
        ("recorded", 20261130),
        ("clause", 1),
        ("policy", ["sandwell-2018/1"]),
        ("calendar", "0"),
        ("calendar", True),
        ("mood", "calm"),
        ("fact", []),
        ("fact", "raised"),
    ],
)
def test_an_event_with_something_wrong_in_it_is_an_error(raised, field, value):
    with pytest.raises(forms.Unusable):
        events.read(mangled(raised, **{field: value}))


@pytest.mark.parametrize(
    "field", sorted(OF_EACH - {"id", "stream", "version", "position", "command"})
)
def test_an_event_without_one_of_its_parts_is_an_error(raised, field):
    with pytest.raises((forms.Unusable, UnknownType)):
        events.read(mangled(raised, **{field: None}))


@pytest.mark.parametrize(
    "box", [{}, {"sha256": 7}, {"sha256": "ab", "more": 1}, {"md5": "ab" * 16}]
)
def test_what_stands_for_a_sealed_text_has_one_form(raised, box):
    data = json.loads(raised)
    data["fact"]["concern"] = box
    with pytest.raises(forms.Unusable):
        events.read(json.dumps(data).encode())


@pytest.mark.parametrize("field", ["agency", "timescale", "incident"])
def test_nothing_but_free_text_can_be_sealed(raised, field):
    data = json.loads(raised)
    data["fact"][field] = {"sha256": "ab" * 32}
    with pytest.raises(forms.Unusable):
        events.read(json.dumps(data).encode())
