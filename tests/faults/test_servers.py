"""The same on a PostgreSQL server: killed processes, failing operations, and the server itself killed."""

import random
from collections.abc import Iterator

import pytest

from tests.faults import plans
from tests.faults.clocks import BACK_AND_FORWARD, by_a_clock_that_jumps
from tests.faults.commands import killed_commands
from tests.faults.injected import BROKEN
from tests.faults.interrupted import SPOILT, Plan, Rebuilding, after_a_time, at_an_operation
from tests.faults.orders import InAnyOrder
from tests.faults.outages import killed_under_load, standby_takes_over
from tests.faults.restoring import Restoring
from tests.faults.scenarios import BY_NAME, SCENARIOS, Scenario
from tests.faults.server_stores import ServerStores
from tests.faults.side_by_side import is_legal_in_order, on_one_case, together
from tests.faults.stores import at, opened, policies_read_once
from tests.faults.trials import Kind, every_operation, kinds_on_a_server, rehearsed
from tests.postgres_server import OwnServer, own_server, server

KILLS = 6
MOST_OPERATIONS, MOST_SECONDS = 120, 0.1


@pytest.fixture(scope="module")
def on_server() -> Iterator[ServerStores]:
    """Stores on the server of these tests."""
    with policies_read_once():
        made = ServerStores(server())
        yield made
        made.drop_all()


def test_processes_are_killed_while_people_act(on_server: ServerStores) -> None:
    rng = random.Random("acts on a server")
    plan = Plan(on_server, (), plans.cases(2))
    while plan.kills < KILLS:
        plan.killed(at_an_operation(rng, MOST_OPERATIONS))
    plan.killed(after_a_time(rng, MOST_SECONDS))


def test_processes_are_killed_while_time_passes(on_server: ServerStores) -> None:
    rng = random.Random("ticks on a server")
    days = plans.clock_for(16, at("2026-12-01T06:00"))
    plan = Plan(on_server, plans.opened_at_once(4), days)
    while plan.kills < KILLS:
        plan.killed(at_an_operation(rng, MOST_OPERATIONS))


def test_processes_are_killed_while_views_are_built_anew(on_server: ServerStores) -> None:
    rng = random.Random("views on a server")
    building = Rebuilding(on_server, plans.cases(1))
    for spoil in SPOILT:
        building.killed(spoil, at_an_operation(rng, building.operations))
    assert building.kills > 0


def test_commands_of_an_interpreter_of_their_own(on_server: ServerStores) -> None:
    rng = random.Random("commands on a server")
    assert killed_commands(on_server, rng, 1, by_time=False) == 1


@pytest.mark.parametrize(
    ("scenario", "each"),
    [(SCENARIOS[1], 3), (BY_NAME["the clock runs over several cases after a gap"], 7)],
    ids=["an act", "a tick"],
)
def test_an_operation_fails(on_server: ServerStores, scenario: Scenario, each: int) -> None:
    """One in some: the server refuses it, or the connection is lost before it."""
    known = rehearsed(on_server, scenario)

    def one_in_turn(number: int) -> list[Kind]:
        ways = list(kinds_on_a_server(number, commit=False))
        return [ways[number // each % len(ways)]] if number % each == 0 else []

    trials, failed = every_operation(on_server, known, one_in_turn)
    assert not failed, "\n".join(map(str, failed))
    assert trials >= 8


def test_a_commit_is_done_and_its_answer_is_lost(on_server: ServerStores) -> None:
    known = rehearsed(on_server, SCENARIOS[1])
    commits = [n for n, what in enumerate(known.operations, 1) if what == "COMMIT"]
    assert len(commits) >= 2

    def lost(number: int) -> list[Kind]:
        return [Kind(BROKEN, after=True, anew=anew) for anew in (False, True)] * (number in commits)

    trials, failed = every_operation(on_server, known, lost)
    assert not failed, "\n".join(map(str, failed))
    assert trials == 2 * len(commits)


def test_several_processes_act_on_one_case(on_server: ServerStores) -> None:
    turns = on_one_case(3, 3, random.Random("one case"))
    path = on_server.new()
    together(path, turns)
    with opened(path) as desk:
        steps = [step for turn in turns for part in turn.steps for step in part]
        assert is_legal_in_order(desk, steps) >= 10


def test_two_ticks_and_a_command_at_once_in_any_order(on_server: ServerStores) -> None:
    trial = InAnyOrder(on_server, random.Random(1))
    trial.run(20)
    assert trial.counted["orders"] == 20
    assert trial.counted["steps"] > 600


def test_a_clock_that_jumps(on_server: ServerStores) -> None:
    assert by_a_clock_that_jumps(on_server, random.Random(2), 2, BACK_AND_FORWARD)["acts"] > 10


def test_a_backup_of_the_server_s_own_is_restored_and_the_clock_runs(
    on_server: ServerStores,
) -> None:
    if not isinstance(on_server.server, OwnServer):
        pytest.skip("a server that somebody else runs is not backed up from here")
    Restoring(on_server, random.Random("restores")).restored()


def test_the_server_is_killed_under_load_and_started_again() -> None:
    with own_server(durable=True) as own:
        done = killed_under_load(own, random.Random("killed"), processes=2, days=2, kills=1)
    assert done["in the midst of an operation"] == 1


def test_the_server_is_killed_under_load_and_its_standby_takes_over() -> None:
    done = standby_takes_over(random.Random("standby"), processes=2, days=2)
    assert done["in the midst of an operation"] == 1
