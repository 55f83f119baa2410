"""A program that works with a store while others do: ``python -m tests.store.a_program FOLDER NAME ACTS``.

It reports incidents and raises an escalation on each, and prints the positions and ids that it was told.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from cspr_workflow.application.ports import Recorded, Trouble
from cspr_workflow.domain.acts import Act, ReportIncident
from tests.store.store_world import StoreWorld
from tests.support import day, raising

AT = "2026-11-30T10:00"


def main(folder: str, name: str, acts: str) -> None:
    """Record so many incidents, each with an escalation."""
    world = StoreWorld(Path(folder))
    told: list[Recorded] = []
    for number in range(int(acts)):
        incident = f"{name}-{number}"
        report = ReportIncident(incident, day("2026-11-24"), day("2026-11-25"))
        told += _insisting(world, report)
        told += _insisting(world, raising(f"E-{incident}", incident=incident))
    world.close()
    print(json.dumps([[one.position, str(one.id)] for one in told]))


def _insisting(world: StoreWorld, act: Act) -> Sequence[Recorded]:
    """Record an act; where others were faster each time, the same command once more."""
    id = uuid4()
    while True:
        try:
            return world.submit("officer", AT, act, id)
        except Trouble as trouble:
            if "try once more" not in str(trouble):
                raise


if __name__ == "__main__":
    main(*sys.argv[1:])
