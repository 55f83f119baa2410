"""What the partnership adopted stands in its own history: policy and calendar, whole and with hashes."""

import json
from hashlib import sha256

import pytest

from cspr_workflow.application import policy_files
from cspr_workflow.application.adopted import AdoptedPolicies
from cspr_workflow.application.policy_files import bundled, bundled_names, read_policy
from cspr_workflow.domain.entries import Entry
from cspr_workflow.domain.partnership import CalendarAdopted, PersonJoined, PolicyAdopted
from cspr_workflow.store import folder
from tests.store.store_world import PARTNERSHIP, StoreWorld
from tests.support import PEOPLE, bank_holidays_of_these_years


def adopt(world: StoreWorld, text: str, at: str = "2026-01-01T09:00") -> str:
    """The partnership adopts a policy; gives its label."""
    file = read_policy(text, "a file")
    moment, label = world.moment(at), file.policy.label
    fact = PolicyAdopted(label, file.sha256, text)
    world.workflow.adopt([Entry(fact, moment, moment, None, "A1", label, 0)])
    return label


def first_facts(world: StoreWorld) -> list[dict]:
    return [json.loads(state)["fact"] for state in world.states(PARTNERSHIP)]


def test_the_policy_stands_in_the_record_in_clear_word_for_word(world):
    adopted = first_facts(world)[0]
    file = bundled("sandwell-2018")
    assert adopted == {"policy": file.policy.label, "sha256": file.sha256, "text": file.text}
    assert sha256(adopted["text"].encode()).hexdigest() == adopted["sha256"]


def test_the_calendar_stands_in_the_record_with_each_of_its_days(world):
    adopted = first_facts(world)[1]
    known = bank_holidays_of_these_years()
    days = {day.isoformat(): name for day, name in known.days.items()}
    assert {one["day"]: one["name"] for one in adopted["bank_holidays"]} == days
    assert (adopted["region"], adopted["known_to"]) == ("GB-ENG", 2028)
    assert adopted["source"].startswith("holidays ")
    listed = "\n".join(f"{one['day']} {one['name']}" for one in adopted["bank_holidays"])
    assert sha256(listed.encode()).hexdigest() == adopted["sha256"]


def test_each_person_is_in_the_record_by_id_and_role_and_without_a_name(world):
    facts = [one.entry.fact for one in world.record.read(PARTNERSHIP)]
    joined = [fact for fact in facts if isinstance(fact, PersonJoined)]
    assert {fact.person: (fact.role, fact.agency) for fact in joined} == {
        person.id: (person.role, person.agency) for person in PEOPLE.values()
    }
    assert [type(fact) for fact in facts[:2]] == [PolicyAdopted, CalendarAdopted]


def test_the_adopted_policy_is_read_from_the_record(world):
    adopted = AdoptedPolicies(world.record)
    assert dict(adopted) == bundled("sandwell-2018").book
    assert len(adopted) == 1


def test_no_file_changes_what_was_adopted(world, monkeypatch):
    """The program that comes with other policies tomorrow runs this partnership by today's."""
    world.raised()

    def gone(*_: object) -> None:
        raise AssertionError("the record holds the policy; no file is asked")

    for name in ("bundled", "load", "named"):
        monkeypatch.setattr(policy_files, name, gone)
    world.close()
    world.open()
    assert world.workflow.policy().label == "sandwell-2018/1"
    world.tick("2026-12-04T07:00")
    assert world.escalation().stage == "stage_2"


def test_a_policy_adopted_later_is_known_at_once_and_to_others_too(world):
    other = AdoptedPolicies(world.record)
    assert len(other) == 1
    label = adopt(world, bundled("four-stages").text)
    assert list(other) == ["sandwell-2018/1", label]
    assert other[label] == bundled("four-stages").policy
    assert world.workflow.policy() == bundled("four-stages").policy


def test_an_open_case_keeps_the_policy_under_which_it_was_raised(world):
    world.raised()
    adopt(world, bundled("four-stages").text, "2026-11-30T12:00")
    world.tick("2026-12-04T07:00")
    assert world.escalation().policy == "sandwell-2018/1"
    assert {entry.policy for entry in world.history()} == {"sandwell-2018/1"}
    assert world.escalation().stage == "stage_2"


def test_a_policy_that_nobody_adopted_is_not_there(world):
    adopted = AdoptedPolicies(world.record)
    assert "four-stages/1" not in adopted
    with pytest.raises(KeyError):
        adopted["four-stages/1"]


def test_before_anything_is_adopted_there_is_no_policy(place):
    folder.make(place / "empty", rehearsal=True)
    store = folder.open_store(place / "empty")
    assert dict(AdoptedPolicies(store.record)) == {}
    store.close()


@pytest.mark.parametrize("name", sorted({*bundled_names()} - {"sandwell-2018"}))
def test_every_policy_that_comes_with_the_program_can_be_adopted(world, name):
    label = adopt(world, bundled(name).text)
    assert AdoptedPolicies(world.record)[label] == bundled(name).policy


def test_a_policy_of_the_partnerships_own_is_adopted_as_it_was_written(world):
    text = f"# Ω – “ours”\n\n{bundled('four-stages').text}   \n"
    label = adopt(world, text)
    adopted = first_facts(world)[-1]
    assert adopted["text"] == text
    assert adopted["sha256"] == sha256(text.encode()).hexdigest() != bundled("four-stages").sha256
    assert AdoptedPolicies(world.record)[label] == bundled("four-stages").policy
