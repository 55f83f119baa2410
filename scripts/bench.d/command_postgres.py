"""``command_postgres``: as ``command``, on PostgreSQL: one act, from the act to the views that show it.

The peer is a bare application of the eventsourcing library on the same server, the floor a bare commit of
one row there. The server keeps what it confirmed, for all of them; otherwise nothing is compared.
"""

from dataclasses import replace
from typing import Any, cast
from uuid import uuid4

import command
import grounds
import psycopg
import stores
from bare import Bare
from grounds import Ground
from measured import Measured

from cspr_workflow.domain.acts import Command
from cspr_workflow.domain.people import Actor
from cspr_workflow.store.batched import batched

NAME = "command_postgres"
GOAL = 1.2


class Floor:
    """A bare table in a database of its own."""

    def __init__(self, settings: dict[str, str]) -> None:
        self.connection = psycopg.connect(
            host=settings["POSTGRES_HOST"],
            dbname=settings["POSTGRES_DBNAME"],
            user=settings["POSTGRES_USER"],
            autocommit=True,
        )
        self.connection.execute(
            "CREATE TABLE floor (position bigint GENERATED ALWAYS AS IDENTITY, state text)"
        )

    def act(self, number: int) -> None:
        """Commit one row."""
        self.connection.execute("INSERT INTO floor (state) VALUES (%s)", (command.text(number),))


def run(*, small: bool) -> list[Measured]:
    """Acts on the sides in turn, in several repetitions."""
    rounds, number = (5, 40) if small else (9, 300)
    cases = 2 * (command._WARM_UP + rounds * number)  # noqa: SLF001 - the same benchmark
    with grounds.ground(grounds.POSTGRES) as where:
        _fill(where, cases)
        bare = Bare(where.folder, where.of_bare("bare"))
        ids = bare.filled(cases // 2, command.text(0))
        floor = Floor(dict(where.of_bare("floor")))
        with grounds.opened(where.place("store")) as store:
            where.check_durable(store.record)
            ours = command.Ours(cast(Any, store))
            ours.views.catch_up()
            taken = command._taken(  # noqa: SLF001
                [
                    lambda one: ours.act(2 * one),
                    lambda one: ours.first_act(2 * one + 1),
                    lambda one: bare.act(ids[one], command.text(one)),
                    floor.act,
                ],
                rounds,
                number,
            )
            command._check(ours, cases)  # noqa: SLF001
            ours.views.close()
        bare.close()
        floor.connection.close()
    told = command._told(*taken)  # noqa: SLF001
    return [_as_here(one) for one in told]


def _as_here(one: Measured) -> Measured:
    named = replace(one, name=one.name.replace(command.NAME, NAME, 1))
    if named.name != f"{NAME}_p50":
        return named
    return replace(named, goal=f"ratio <= {GOAL}", met=named.ratio <= GOAL)


def _fill(where: Ground, cases: int) -> None:
    """A store with so many escalations, as ``command`` has them."""
    policy = where.make("store")
    opens = command._OPENS  # noqa: SLF001
    with grounds.opened(where.place("store")) as store, batched(store.record) as record:
        workflow = stores.adopting(record, policy, opens)
        people = workflow.partnership.people
        for number in range(cases):
            for by, means, act in command._history(number):  # noqa: SLF001
                workflow.do(Command(act, Actor(people[by], means), opens), opens, uuid4())
