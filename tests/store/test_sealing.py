"""What people write is sealed: the record holds a commitment, the text is readable with its key only."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cspr_workflow.application.ports import Trouble
from cspr_workflow.application.transaction import escalation_stream
from cspr_workflow.domain.acts import (
    AcknowledgeAction,
    Decide,
    GiveReason,
    RecordAction,
    ReportIncident,
    SetAction,
    VaryAction,
)
from cspr_workflow.domain.escalation_facts import Raised
from cspr_workflow.domain.people import Side
from cspr_workflow.domain.texts import SealedText
from cspr_workflow.store import folder
from cspr_workflow.store.keys import UNREADABLE, Keys
from tests.store.every_text import SECRET, tell
from tests.store.store_world import KEYS, StoreWorld, rows
from tests.support import day, raising

SALT, NONCE = 32, 12
AT = "2026-11-30T10:00"
Boxes = dict[tuple[str, str], tuple[str, bytes]]


def boxes(world: StoreWorld) -> Boxes:
    """Every sealed text by its event and field, with its incident."""
    found = world.rows("SELECT event, field, incident, box FROM sealed_texts")
    return {(event, field): (incident, box) for event, field, incident, box in found}


def keys_of(world: StoreWorld) -> dict[str, bytes]:
    """The keys of incidents, read with plain SQLite; the partnership may have one of its own."""
    statement = "SELECT incident, key FROM keys WHERE incident NOT LIKE '(%'"
    return dict(world.rows(statement, file=KEYS))


def commitments(fact: Any, inside: str = "") -> dict[str, str]:
    """The commitments in the plain data of a fact, by field."""
    found = {}
    for key, value in fact.items() if isinstance(fact, dict) else enumerate(fact):
        if isinstance(value, dict) and set(value) == {"sha256"}:
            found[f"{inside}{key}"] = value["sha256"]
        elif isinstance(value, dict | list):
            found |= commitments(value, f"{inside}{key}.")
    return found


def concern(world: StoreWorld, escalation: str = "ESC-1") -> str:
    """The concern of an escalation as it is recorded."""
    fact = world.record.read(escalation_stream(escalation))[0].entry.fact
    assert isinstance(fact, Raised)
    return fact.concern


# --- Commitments and boxes -------------------------------------------------------------------------


def test_an_event_holds_the_hash_of_salt_and_text_in_place_of_each_text(world):
    """Worked out here with the cipher alone, from the files of the record and the keys."""
    tell(world)
    ciphers = {incident: AESGCM(key) for incident, key in keys_of(world).items()}
    sealed, salts = boxes(world), set()
    for state in world.states():
        data = json.loads(state)
        for field, committed in commitments(data["fact"]).items():
            incident, box = sealed.pop((data["id"], field))
            place = f"{data['id']}/{field}".encode()
            content = ciphers[incident].decrypt(box[:NONCE], box[NONCE:], place)
            assert sha256(content).hexdigest() == committed
            assert SECRET in content[SALT:].decode()
            salts.add(content[:SALT])
    assert len(salts) == len(boxes(world)) > 25, "each text has a salt of its own"
    assert sealed == {}, "each sealed text has its commitment"


def test_a_text_opens_to_the_commitment_that_stands_in_its_event(world):
    world.raised()
    event, field = SealedText(concern(world)).place
    committed = json.loads(world.states(escalation_stream("ESC-1"))[0])["fact"]["concern"]["sha256"]
    assert field == "concern"
    assert world.record.sealed(event, field) == ("Chronology not returned", committed)


def test_the_same_text_twice_is_two_commitments(world):
    """Otherwise whoever has the record could tell that two cases say the same."""
    world.raised()
    world.do("officer", AT, raising("ESC-2"))
    assert world.record.opened(concern(world)) == world.record.opened(concern(world, "ESC-2"))
    first, second = (
        json.loads(world.states(escalation_stream(one))[0])["fact"]["concern"]["sha256"]
        for one in ("ESC-1", "ESC-2")
    )
    assert first != second


def test_each_incident_has_a_key_of_its_own_and_its_escalations_have_none(world):
    tell(world)
    keys = keys_of(world)
    assert set(keys) == {"INC-1", "INC-2"}
    assert len(set(keys.values())) == 2
    assert {len(key) for key in keys.values()} == {32}
    about_others = {incident for incident, _ in boxes(world).values()} - set(keys)
    assert about_others <= {"partnership"}, "all else is sealed under the key of an incident"


@pytest.mark.parametrize(
    "text", ["Ω — \U0001f469\u200d⚖️\nsecond line\t\r\n", "-", " ", "x" * 500_000]
)
def test_any_text_comes_back_as_it_was_written(world, text):
    world.raised()
    world.do("trust", AT, GiveReason("ESC-1", text))
    fact = world.history()[-1].fact
    assert fact.reason != text
    assert world.record.opened(fact.reason) == text


def test_a_text_that_looks_sealed_is_sealed_like_any_other(world):
    world.raised()
    secret = concern(world)
    world.do("trust", AT, GiveReason("ESC-1", str(secret)))
    fact = world.history()[-1].fact
    assert fact.reason != secret
    assert world.record.opened(fact.reason) == secret


def box_of(world: StoreWorld) -> tuple[str, str, str, bytes]:
    """An incident, an event, a field, and the box that belongs there."""
    world.raised()
    ((event, field), (incident, box)) = next(iter(boxes(world).items()))
    assert world.keys.open(incident, event, field, box) is not None
    return incident, event, field, box


def test_a_box_opens_in_its_own_place_only(world):
    incident, event, field, box = box_of(world)
    for event_, field_ in ((f"{event[:-1]}0", field), (event, "reason"), (f"{event}/{field}", "")):
        with pytest.raises(Trouble, match="altered"):
            world.keys.open(incident, event_, field_, box)


def test_a_box_opens_with_its_own_key_only(world):
    _, event, field, box = box_of(world)
    report = ReportIncident("INC-2", day("2026-11-24"), day("2026-11-25"))
    world.do("officer", AT, report)
    with pytest.raises(Trouble, match="another one"):
        world.keys.open("INC-2", event, field, box)
    assert world.keys.open("INC-3", event, field, box) is None, "a key that is gone is no fault"


@pytest.mark.parametrize("byte", [0, NONCE, NONCE + SALT, -1])
def test_a_box_in_which_one_bit_was_changed_does_not_open(world, byte):
    incident, event, field, box = box_of(world)
    changed = bytearray(box)
    changed[byte] ^= 1
    with pytest.raises(Trouble, match="altered"):
        world.keys.open(incident, event, field, bytes(changed))


@pytest.mark.parametrize("length", [0, 1, NONCE - 1, NONCE, NONCE + 15, NONCE + SALT])
def test_a_box_that_was_cut_off_does_not_open(world, length):
    incident, event, field, box = box_of(world)
    with pytest.raises(Trouble, match="altered"):
        world.keys.open(incident, event, field, box[:length])


# --- Keys that are not there -----------------------------------------------------------------------


@pytest.fixture
def two(world: StoreWorld) -> StoreWorld:
    """Two incidents, each with an escalation; the programs that did it have ended."""
    world.raised()
    report = ReportIncident("INC-2", day("2026-11-24"), day("2026-11-25"))
    world.do("officer", AT, report)
    world.do("officer", AT, raising("ESC-2", incident="INC-2"))
    record = RecordAction("ESC-1", "A1", "Send the chronology", Side.AGENCY, day("2026-12-08"))
    world.do("officer", AT, record)
    world.close()
    return world


def without_key(world: StoreWorld, incident: str = "INC-1") -> StoreWorld:
    """One key is gone, and the store is opened again."""
    rows(world.folder / KEYS, "DELETE FROM keys WHERE incident=?", incident)
    return world.open()


def held(world: StoreWorld) -> tuple[object, ...]:
    """Everything that the files of the record and the keys hold."""
    return world.states(), boxes(world), keys_of(world), world.rows("SELECT * FROM command_log")


def nothing_written(world: StoreWorld, refused: Callable[[], object]) -> str:
    """What is tried ends with a sentence, and no file holds anything of it; gives the sentence."""
    before = held(world)
    with pytest.raises(Trouble) as trouble:
        refused()
    assert held(world) == before
    return str(trouble.value)


def test_without_its_key_a_text_says_that_it_cannot_be_read(two):
    world = without_key(two)
    assert world.record.opened(concern(world)) == UNREADABLE
    assert world.record.sealed(*SealedText(concern(world)).place) is None
    assert world.record.opened(concern(world, "ESC-2")) == "Chronology not returned"


def test_without_its_key_a_case_goes_on_where_nobody_writes_anything(two):
    world = without_key(two)
    world.do("trust", "2026-11-30T11:00", AcknowledgeAction("ESC-1", "A1"))
    assert world.shown_action()["state"] == "agreed"
    world.tick("2026-12-09T07:00")
    assert world.shown_action()["state"] == "not_maintained"


def test_without_its_key_nothing_is_written_about_a_case(two):
    world = without_key(two)
    act = GiveReason("ESC-1", "On leave")
    told = nothing_written(world, lambda: world.do("trust", "2026-12-04T09:00", act))
    assert "the key of INC-1 is missing" in told
    assert "Restore" in told
    assert str(world.folder / KEYS) in told


def test_without_its_key_no_other_key_takes_its_place(two):
    """A second key would make the first useless: with either, half of the case is unreadable."""
    world = without_key(two)
    told = nothing_written(world, lambda: world.do("officer", AT, raising("ESC-3")))
    assert "the key of INC-1 is missing" in told
    assert world.record.opened(concern(world)) == UNREADABLE


def test_without_its_key_a_wording_is_not_taken_for_another(two):
    """A variation of the date alone takes over a wording that nobody can read: that is not done."""
    world = without_key(two)
    vary = VaryAction("ESC-1", "A1", due=day("2026-12-09"))
    told = nothing_written(world, lambda: world.do("trust", "2026-11-30T11:00", vary))
    assert "the key of INC-1 is missing" in told


def test_the_other_cases_go_on_as_ever(two):
    world = without_key(two)
    world.do("trust", AT, GiveReason("ESC-2", "On leave"))
    assert world.record.opened(world.history("escalation:ESC-2")[-1].fact.reason) == "On leave"
    report = ReportIncident("INC-3", day("2026-11-24"), day("2026-11-25"))
    world.do("officer", AT, report)
    world.do("officer", AT, raising("ESC-3", incident="INC-3"))
    assert set(keys_of(world)) == {"INC-2", "INC-3"}


def test_with_the_key_back_everything_can_be_read_again(two):
    kept = (two.folder / KEYS).read_bytes()
    world = without_key(two)
    world.close()
    (world.folder / KEYS).write_bytes(kept)
    assert world.open().record.opened(concern(world)) == "Chronology not returned"


def test_a_key_that_is_no_key_is_reported(two):
    rows(two.folder / KEYS, "UPDATE keys SET key=x'0011' WHERE incident='INC-1'")
    world = two.open()
    with pytest.raises(Trouble):
        world.record.opened(concern(world))
    nothing_written(world, lambda: world.do("trust", AT, GiveReason("ESC-1", "On leave")))


def test_a_text_whose_box_is_gone_is_not_made_up(two):
    """A sealed text that stands nowhere in the record is not readable: it never looks empty."""
    world = two.open()
    assert world.record.opened(SealedText.of("no-such-event", "concern")) == UNREADABLE


# --- The file of the keys --------------------------------------------------------------------------


def refused_to_open(folder_: Path) -> str:
    with pytest.raises(Trouble) as trouble:
        folder.open_store(folder_)
    return str(trouble.value)


def test_without_the_file_of_the_keys_the_store_does_not_open(two):
    (two.folder / KEYS).unlink()
    told = refused_to_open(two.folder)
    assert KEYS in told
    assert "missing" in told
    assert "backup" in told
    assert not (two.folder / KEYS).exists()


def test_with_the_keys_of_another_store_it_does_not_open(two, place):
    folder.make(place / "other", rehearsal=True)
    (two.folder / KEYS).write_bytes((place / "other" / KEYS).read_bytes())
    assert "belong to another store" in refused_to_open(two.folder)


def test_with_the_office_in_place_of_the_keys_it_does_not_open(two):
    (two.folder / KEYS).write_bytes((two.folder / folder.OFFICE).read_bytes())
    assert "is not the file of the keys" in refused_to_open(two.folder)


def test_keys_with_no_store_in_them_are_reported(two):
    rows(two.folder / KEYS, "DELETE FROM about")
    assert KEYS in refused_to_open(two.folder)


def test_the_key_is_on_disk_before_what_it_seals(world, monkeypatch):
    """A program that dies between the two leaves a key too many, never a text that nobody can read."""
    kept: list[bool] = []
    writing = world.record.writing

    def spied():
        kept.append("INC-1" in keys_of(world))
        return writing()

    monkeypatch.setattr(world.record, "writing", spied)
    world.reported()
    assert kept == [True]


def test_an_incident_has_one_key_though_two_programs_report_it_at_once(world):
    """Both have made a key when the first records it; the second seals nothing under its own."""
    other = world.another()
    report = ReportIncident("INC-1", day("2026-11-24"), day("2026-11-25"))
    other.record.keys.make_key("INC-1")
    world.do("officer", "2026-11-26T10:00", report)
    other.record.keys.keep()
    world.use(other)
    world.do("officer", "2026-11-30T09:30", raising())
    for program in world.programs:
        assert program.record.opened(concern(world)) == "Chronology not returned"
    assert len(keys_of(world)) == 1


def test_nothing_is_kept_of_an_act_whose_last_text_cannot_be_sealed(world, monkeypatch):
    world.raised().at("2026-12-10T09:00")
    seal = Keys.seal
    sealed: list[str] = []

    def failing(self: Keys, incident: str, event: str, field: str, text: str):
        if field == "sets.0.what":
            raise Trouble("no more")
        sealed.append(field)
        return seal(self, incident, event, field, text)

    monkeypatch.setattr(Keys, "seal", failing)
    sets = (SetAction("D1", "Send a summary", Side.AGENCY, day("2026-12-15")),)
    decide = Decide("ESC-1", "Send it", "No more time", sets=sets)
    nothing_written(world, lambda: world.do("chair", "2026-12-10T10:00", decide))
    assert sealed == ["decision", "reasons"]
    monkeypatch.undo()
    world.do("chair", "2026-12-10T10:00", decide)
    assert world.shown_action("D1")["state"] == "decided"
