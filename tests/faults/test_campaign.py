"""The long form of these tests says what it tried, and names the seed that fails."""

import argparse
import re

import pytest

from tests.campaigns import faults
from tests.faults.checks import Broken
from tests.faults.interrupted import Plan


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    faults.add_options(parser)
    return faults.run(parser.parse_args([*arguments, "--no-trials"]))


def test_a_campaign_that_finds_nothing_says_how_much_it_tried(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "TURNS", 2)
    assert run("--kills", "3", "--rounds", "1", "--seed", "4") == 0
    said = capsys.readouterr()
    tried = r"faults from seed 4: \d+ kills while people act, .* 1 rounds together; \d+ s\n"
    assert re.fullmatch(tried, said.out)
    assert "next seed 5" in said.err


def test_the_seed_that_fails_is_named_and_ends_the_campaign(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise Broken("an act is lost")

    monkeypatch.setattr(Plan, "killed", lost)
    assert run("--seed", "11") == 1
    assert "kills: seed 11 failed: Broken: an act is lost" in capsys.readouterr().out
