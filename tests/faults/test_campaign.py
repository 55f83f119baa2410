"""The long form of these tests says what it tried, and names the seed that fails."""

import re

import pytest

from tests.campaigns import faults
from tests.campaigns.main import main
from tests.faults.checks import Broken
from tests.faults.interrupted import Plan
from tests.faults.orders import InAnyOrder


def test_a_campaign_that_finds_nothing_says_how_much_it_tried(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "TURNS", 2)
    parts = ("--part", "kills", "--part", "together", "--part", "clock", "--part", "disk")
    assert main(["faults", *parts, "--times", "1", "--seed", "4"]) == 0
    said = capsys.readouterr()
    tried = (
        r"faults on sqlite from seed 4: \d+ kills while people act, .* \d+ kills, "
        r"1 rounds together, .* 1 clocks, .* 1 full disks; \d+ s\n"
    )
    assert re.fullmatch(tried, said.out)
    assert "kills; next seed 5" in said.err
    assert "clock: 1 of 1 clocks; next seed 5" in said.err


def test_the_seed_that_fails_is_named_with_what_repeats_it_and_ends_the_campaign(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise Broken("an act is lost")

    monkeypatch.setattr(Plan, "killed", lost)
    monkeypatch.setattr(InAnyOrder, "run", None)  # it does not come to this any more
    assert main(["faults", "--seed", "11", "--part", "kills", "--part", "orders"]) == 1
    said = capsys.readouterr().out
    assert "kills: seed 11 failed: Broken: an act is lost\n" in said
    assert "scripts/campaign faults --on sqlite --part kills --times 1 --seed 11\n" in said
    assert "orders" not in said


def test_what_is_done_on_another_database_only_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["faults", "--part", "standby"]) == 1
    assert "standby: not on sqlite" in capsys.readouterr().out
