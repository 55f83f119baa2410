"""The replay of a case: its steps, how they are shown, and going through them."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from rich.console import Console

from cspr_workflow.application.ports import Recorded
from cspr_workflow.domain.acts import (
    RecordAction,
    RecordDiscussion,
    VaryAction,
)
from cspr_workflow.domain.corrections import Corrected
from cspr_workflow.domain.entries import NO_CLAUSE, Imported
from cspr_workflow.domain.partnership import ClosureDeclared
from cspr_workflow.domain.people import Means, Side
from cspr_workflow.domain.policy import Policy
from cspr_workflow.interfaces import replay, state_line
from cspr_workflow.interfaces.replay import steps
from cspr_workflow.interfaces.state_line import lines
from tests.campaigns import holds
from tests.campaigns.sequences import POLICIES, Run, maker
from tests.interfaces.replaying import changed, printed, replayed, screen, text, told_by
from tests.second_implementation.random_cases import random_case
from tests.support import World, day, play_case

# --- Steps ---------------------------------------------------------------------------------------


def test_each_entry_is_a_step_with_who_when_why_and_where_it_stands_in_the_record() -> None:
    world = World().raised().at("2026-12-05T07:00")
    found = replayed(world)
    recorded = [one for one in world.everything() if one.stream == "escalation:ESC-1"]
    assert [step.recorded for step in found] == recorded
    assert [step.number for step in found] == [1, 2, 3]
    moved = found[2]
    assert moved.author == "The clock"
    assert moved.sentence == "moved it to Stage 2, because nothing had come from the agency"
    assert (moved.occurred, moved.written) == ("Fri 4 Dec 2026 00:00", "Sat 5 Dec 2026 07:00")
    assert moved.clause.startswith("E1.5: Stage 1 takes place in working days 1-3")
    assert moved.position == recorded[2].position > recorded[1].position


def test_the_case_after_the_last_step_is_the_case_as_it_stands() -> None:
    for seed in range(20):
        played = play_case(random_case(seed))
        for stream, case in holds.cases(played.workflow):
            policy = played.workflow.policy(case.policy)
            found = steps(list(played.record.read(stream)), policy, told_by(policy))
            assert found[-1].case == case
            assert all(step.case.reference == case.reference for step in found)


def test_nothing_recorded_is_nothing_to_replay() -> None:
    policy = World().policy
    assert steps([], policy, told_by(policy)) == []


def test_a_correction_names_the_step_that_it_corrects_and_changes_nothing() -> None:
    world = World().raised()
    world.do("officer", "2026-11-30T10:00", RecordDiscussion("ESC-1", Means.CALL, "Spoke"))
    [*earlier, spoke] = [one for one in world.everything() if one.stream == "escalation:ESC-1"]
    entry = replace(spoke.entry, fact=Corrected(str(spoke.id), "It was the Friday"))
    correction = replace(spoke, id=uuid4(), version=3, entry=replace(entry, clause=NO_CLAUSE))
    policy = world.policy
    found = steps([*earlier, spoke, correction], policy, told_by(policy))
    assert [step.corrects for step in found] == [None, None, 2]
    assert changed(found[-1]) == []
    assert "Corrects step 2" in printed(found[-1])
    assert "Clause" not in printed(found[-1])
    assert "Corrects" not in printed(found[0])
    assert [one.get("corrects") for one in replay.plain(found)] == [None, None, 2]


def test_an_entry_that_was_brought_in_shows_when_it_is_said_to_have_been_recorded() -> None:
    world = World().raised()
    [raised] = [one for one in world.everything() if one.stream == "escalation:ESC-1"]
    imported = Imported("old-register.csv", "0" * 64, "manager", raised.entry.recorded)
    later = world.moment("2027-03-01T09:00")
    entry = replace(raised.entry, recorded=later, imported=imported)
    [step] = steps([replace(raised, entry=entry)], world.policy, told_by(world.policy))
    assert step.written == (
        "Mon 1 Mar 2027 09:00, brought in; said to have been recorded Mon 30 Nov 2026 09:30"
    )
    assert replay.plain([step])[0]["written"] == "2026-11-30T09:30:00+00:00"


# --- Showing it ----------------------------------------------------------------------------------


def test_a_step_is_printed_with_its_line_its_times_its_changes_and_both_sides_records() -> None:
    world = World().raised()
    at = "2026-12-04T10:00"
    world.do("sub", at, RecordAction("ESC-1", "A1", "Send it", Side.AGENCY, day("2026-12-08")))
    world.do("trust", at, VaryAction("ESC-1", "A1", due=day("2026-12-09")))
    told = printed(replayed(world)[-1])
    assert told.startswith("ESC-1: step 5 of 9 (position ")
    assert "─▶ [STAGE 2] ─▶" in told
    assert "C. Lead (representative on the SLPR subgroup, Acute Trust) varied A1 to" in told
    assert "Happened Fri 4 Dec 2026 10:00 Recorded Fri 4 Dec 2026 10:00 Clause E1.3: Both" in told
    assert "What changed - The agency: has answered - A1: recorded → differing" in told
    assert (
        "A1 Differing; owner Acute Trust SCSP Send it, due Tue 8 Dec 2026 "
        "Acute Trust Send it, due Wed 9 Dec 2026 In force no. Recorded by SCSP, not agreed."
    ) in told


def test_a_side_without_a_record_is_shown_as_such_and_a_case_without_actions_shows_none() -> None:
    world = World().raised()
    assert "Both sides" not in printed(replayed(world)[0])
    record = RecordAction("ESC-1", "A1", "Send it", Side.AGENCY, day("2026-12-08"))
    world.do("officer", "2026-11-30T10:00", record)
    assert "Acute Trust no record yet" in printed(replayed(world)[-1])


def test_what_the_clock_moved_fell_due_and_what_the_calendar_moved_happened() -> None:
    world = World().raised()
    world.adopt("2026-12-02T09:00", ClosureDeclared(day("2026-12-08"), "Moving house"))
    found = replayed(world.at("2026-12-03T07:00"))
    assert "Fell due Tue 1 Dec 2026 00:00" in printed(found[1])
    assert "Happened Wed 2 Dec 2026 09:00" in printed(found[2])
    assert changed(found[2]) == ["Last day of Stage 2: Wed 9 Dec 2026 → Thu 10 Dec 2026"]


def every_case() -> Iterator[tuple[list[Recorded], Policy]]:
    for seed in range(12):
        played = play_case(random_case(seed))
        for stream, case in holds.cases(played.workflow):
            yield list(played.record.read(stream)), played.workflow.policy(case.policy)
    for policy in POLICIES:
        for seed in range(12):
            run = Run(policy)
            run.play(maker(policy).sequence(seed))
            for stream, _ in holds.cases(run.workflow):
                yield list(run.record.read(stream)), run.policy


def test_whatever_happened_can_be_replayed_in_80_columns() -> None:
    count = 0
    for recorded, policy in every_case():
        found = steps(recorded, policy, told_by(policy))
        out = screen()
        for step in found:
            replay.tell(step, len(found), out)
            assert max(map(len, lines(step.states))) <= state_line.WIDTH
        assert max(map(len, text(out).splitlines())) <= 80
        assert "None" not in text(out)
        assert json.loads(json.dumps(replay.plain(found)))
        count += len(found)
    assert count > 500


def test_nothing_that_somebody_wrote_can_control_the_terminal() -> None:
    world = World().raised()
    said = RecordDiscussion("ESC-1", Means.CALL, "wiped\x1b[2J\u202e [bold]x[/]")
    world.do("officer", "2026-11-30T10:00", said)
    told = printed(replayed(world)[-1])
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "[bold]x[/]" in told


def test_plain_steps_hold_both_times_and_both_sides() -> None:
    world = World().raised().agreed("2026-11-30T10:00", "2026-12-02").at("2026-12-05T07:00")
    found = json.loads(json.dumps(replay.plain(replayed(world))))
    assert [step["number"] for step in found] == [1, 2, 3, 4, 5, 6]
    moved = found[4]
    assert moved["type"] == "action.not-maintained.v1"
    assert (moved["by"], moved["clause"], moved["state"]) == ("clock", "E1.4", "stage_1")
    assert moved["text"] == "The action is completed within the agreed timeframe."
    assert moved["occurred"] == "2026-12-03T00:00:00+00:00"
    assert moved["recorded"] == "2026-12-05T07:00:00+00:00"
    assert moved["changes"] == [{"what": "A1", "before": "agreed", "after": "not maintained"}]
    terms = {"what": "Send the chronology", "due": "2026-12-02"}
    assert moved["actions"]["A1"] == {
        "state": "not_maintained",
        "owner": "agency",
        "scsp": terms,
        "agency": terms,
        "reported": False,
        "in_force": terms,
        "by_decision": False,
        "done_on": None,
    }
    assert moved["line"][0].startswith("initial discussion ─▶ [STAGE 1]")


# --- Going through it ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "here", "there"),
    [
        ("", 0, 1), ("n", 3, 4), ("b", 4, 3), ("a", 3, 0), ("z", 0, 4), ("1", 3, 0), ("5", 0, 4),
    ],
)  # fmt: skip
def test_each_key_leads_where_it_says(key: str, here: int, there: int) -> None:
    assert replay.went(key, here, 4) == (there, "")


@pytest.mark.parametrize(
    ("key", "here", "said"),
    [
        ("", 4, "This is the last step; q leaves."),
        ("b", 0, "This is the first step."),
        ("?", 2, replay.HELP),
        ("0", 2, "There is no step 0; the steps are 1 to 5."),
        ("6", 2, "There is no step 6; the steps are 1 to 5."),
        ("-1", 2, "There is no step -1; the steps are 1 to 5."),
        ("x", 2, "There is no key 'x' here; ? shows those that there are."),
        ("9" * 9999, 2, f"There is no key '{'9' * 20}' here; ? shows those that there are."),
        ("\x1b[a", 2, "There is no key '\\x1b[a' here; ? shows those that there are."),
    ],
)
def test_a_key_that_leads_nowhere_is_answered(key: str, here: int, said: str) -> None:
    assert replay.went(key, here, 4) == (here, said)


def typing(*typed: str) -> Callable[[], str]:
    """Lines as a terminal gives them; after the last the input has ended."""
    rest = iter(typed)
    return lambda: next(rest, "")


def seen(out: Console) -> list[int]:
    """The steps that were shown, in order."""
    marked = [line for line in text(out).splitlines() if "ESC-1: step " in line]
    return [int(line.split("step ")[1].split(" ")[0]) for line in marked]


def test_somebody_goes_forward_and_back_through_a_case() -> None:
    found = replayed(World().raised().at("2026-12-15T07:00"))
    out = screen()
    replay.run(found, typing("\n", "N\n", " b \n", "z\n", "\n", "2\n", "a\n", "q\n", "n\n"), out)
    assert seen(out) == [1, 2, 3, 2, 5, 5, 2, 1]
    assert text(out).count("This is the last step; q leaves.") == 1


def test_what_nobody_understands_is_answered_and_shows_the_same_step_again() -> None:
    found = replayed(World().raised().at("2026-12-15T07:00"))
    out = screen()
    replay.run(found, typing("2\n", "what now\n", "99\n", "?\n", "q\n"), out)
    assert seen(out) == [1, 2, 2, 2, 2]
    told = " ".join(text(out).split())
    assert "There is no key 'what now' here" in told
    assert "There is no step 99; the steps are 1 to 5." in told
    assert "z: the last. q: leave." in told


def test_bytes_that_are_no_text_are_answered() -> None:
    found = replayed(World().raised())
    answers = iter([UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "q\n"])

    def readline() -> str:
        answer = next(answers)
        if isinstance(answer, str):
            return answer
        raise answer

    out = screen()
    replay.run(found, readline, out)
    assert seen(out) == [1, 1]
    assert "There is no key" in text(out)


def interrupted() -> str:
    raise KeyboardInterrupt


@pytest.mark.parametrize("readline", [typing(), interrupted], ids=["ended", "interrupted"])
def test_the_end_of_the_input_leaves(readline: Callable[[], str]) -> None:
    out = screen()
    replay.run(replayed(World().raised()), readline, out)
    assert seen(out) == [1]
    assert text(out).endswith("\n")


def test_nothing_to_go_through_asks_nothing() -> None:
    out = screen()
    replay.run([], interrupted, out)
    assert text(out) == ""


@pytest.mark.parametrize("terminal", [True, False])
def test_only_a_terminal_is_cleared(terminal: bool) -> None:
    out = screen(terminal=terminal)
    replay.run(replayed(World().raised()), typing("q\n"), out)
    assert ("\x1b[2J" in text(out)) is terminal


def shown(world: World, monkeypatch: pytest.MonkeyPatch, *, stdin: bool, terminal: bool) -> str:
    class Typed(io.StringIO):
        def isatty(self) -> bool:
            return stdin

    monkeypatch.setattr("sys.stdin", Typed("b\nz\nq\n"))
    out = screen(terminal=terminal)
    replay.show(replayed(world), out=out)
    return text(out)


def test_at_a_terminal_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World().raised().at("2026-12-15T07:00")
    told = shown(world, monkeypatch, stdin=True, terminal=True)
    assert "This is the first step." in told
    assert "step 5 of 5" in told
    assert "step 3 of 5" not in told


@pytest.mark.parametrize(("stdin", "terminal"), [(False, True), (True, False), (False, False)])
def test_elsewhere_it_tells_every_step(
    monkeypatch: pytest.MonkeyPatch, stdin: bool, terminal: bool
) -> None:
    world = World().raised().at("2026-12-15T07:00")
    told = shown(world, monkeypatch, stdin=stdin, terminal=terminal)
    assert [f"step {n} of 5" in told for n in range(1, 6)] == [True] * 5
    assert "Enter: next" not in told
    assert "\x1b[2J" not in told
