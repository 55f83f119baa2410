"""The program itself: it starts, and what nobody foresaw ends with a sentence, not a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from cspr_workflow import __main__ as program

ROOT = Path(__file__).parents[2]


def test_the_program_starts_from_any_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "cspr_workflow", "calendar", "deadline"]
    done = subprocess.run(
        [*command, "--from", "2026-11-30", "--working-days", "3", "--json"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "TZ": "Pacific/Auckland", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert '"last_day": "2026-12-03"' in done.stdout


def broken(**_: object) -> None:
    raise ValueError("a name that is not there")


def test_what_nobody_foresaw_ends_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "app", broken)
    with pytest.raises(SystemExit) as ended:
        program.main()
    assert ended.value.code == 1
    assert "Something went wrong that should not (ValueError: a name" in capsys.readouterr().err


def test_where_it_went_wrong_is_shown_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "app", broken)
    monkeypatch.setenv("CSPR_DEBUG", "1")
    with pytest.raises(ValueError, match="a name that is not there"):
        program.main()


def test_the_program_ends_as_its_command_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["cspr", "--version"])
    with pytest.raises(SystemExit) as ended:
        program.main()
    assert ended.value.code == 0
