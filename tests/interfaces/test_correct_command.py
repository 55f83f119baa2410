"""Correcting an entry: what is right is said beside it, and the entry stays."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from typer.testing import Result

from cspr_workflow.domain.acts import GiveReason
from cspr_workflow.domain.corrections import Corrected
from tests.interfaces.asked_store import Store, run
from tests.store.places import quick_place


@pytest.fixture
def store() -> Iterator[Store]:
    with quick_place() as folder, closing(Store(folder / "store")) as made:
        yield made


class TestCorrect:
    @pytest.fixture
    def answered(self, store: Store) -> Store:
        store.raised()
        store.do("trust", "2026-12-01T10:00", GiveReason("ESC-1", "Staff on leave"))
        return store

    def correct(self, store: Store, *arguments: str) -> Result:
        return run("correct", *arguments, "--store", str(store.path))

    def facts(self, store: Store) -> list[Any]:
        return [one.entry.fact for one in store.desk.lines("ESC-1")]

    def position(self, store: Store) -> str:
        return str(store.desk.lines("ESC-1")[-1].position)

    def test_it_is_recorded_beside_the_entry_which_stays(self, answered: Store) -> None:
        position = self.position(answered)
        before = answered.answered("show", "ESC-1")["cases"][0]
        given = ("ESC-1", position, "--says", "It was the deputy", "--as", "officer")
        result = self.correct(answered, *given)
        assert result.exit_code == 0, result.stderr
        told = " ".join(result.stdout.split())
        assert (
            "A. Officer (CSPR Officer, SCSP) corrected an earlier entry: It was the deputy." in told
        )
        assert f"It stands beside position {position}: Tue 1 Dec 2026 10:00, C. Lead" in told
        *earlier, last = self.facts(answered)
        assert isinstance(last, Corrected)
        assert earlier[-1].reason == "Staff on leave"
        after = answered.answered("show", "ESC-1")["cases"][0]
        assert (len(before.pop("corrections")), len(after.pop("corrections"))) == (0, 1)
        assert after == before, "it changes no state"

    def test_an_entry_can_be_named_by_its_id(self, answered: Store) -> None:
        event = str(answered.desk.lines("ESC-1")[0].id)
        given = ("ESC-1", event, "--says", "Of the ward", "--as", "manager", "--json")
        answer = json.loads(self.correct(answered, *given).stdout)
        assert [one["type"] for one in answer["recorded"]] == ["record.corrected.v1"]
        assert (answer["rehearsal"], answer["warnings"]) == (True, [])
        assert self.facts(answered)[-1].event == event

    def test_an_entry_of_the_partnership_can_be_corrected(self, answered: Store) -> None:
        given = ("partnership", "1", "--says", "Adopted in May", "--as", "manager")
        assert self.correct(answered, *given).exit_code == 0
        assert "Adopted in May" in answered.told("history", "partnership")

    def test_a_text_that_looks_as_if_it_says_who_the_child_is_stops_it(
        self, answered: Store
    ) -> None:
        given = ("ESC-1", self.position(answered), "--says", "NHS 943 476 5919", "--as", "officer")
        said = answered.stops(4, "correct", *given)
        assert said.startswith("--says: this looks like an NHS number. Do not name the child.")
        answer = json.loads(self.correct(answered, *given, "--json").stdout)
        assert answer["recorded"] == []
        assert len(answer["warnings"]) == 1
        assert self.correct(answered, *given, "--accept-warnings").exit_code == 0
        assert isinstance(self.facts(answered)[-1], Corrected)

    def test_who_may_not_is_refused(self, answered: Store) -> None:
        given = ("ESC-1", self.position(answered), "--says", "Otherwise", "--as", "trust")
        said = answered.stops(3, "correct", *given)
        assert "may not correct: only CSPR Officer or Business Manager can." in said
        answer = json.loads(self.correct(answered, *given, "--json").stdout)
        assert answer["error"] == "not_permitted"

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            (
                ("ESC-1", "9999", "--says", "x"),
                "EVENT: 9999 is no entry of ESC-1; cspr history ESC-1",
            ),
            (("ESC-1", "1", "--says", "x"), "EVENT: 1 is no entry of ESC-1"),
            (("ESC-1", "1", "--says", " "), "--says: this text may not be empty"),
            (("ESC-1", "", "--says", "x"), "EVENT: this text may not be empty"),
        ],
    )
    def test_what_cannot_be_read_is_named(
        self, answered: Store, given: tuple[str, ...], sentence: str
    ) -> None:
        assert answered.stops(2, "correct", *given, "--as", "officer").startswith(sentence)

    def test_a_person_who_takes_no_part_is_a_sentence(self, answered: Store) -> None:
        given = ("ESC-1", self.position(answered), "--says", "x", "--as", "nobody")
        assert "nobody: nobody by this id takes part" in answered.stops(2, "correct", *given)
