"""One of the writers of ``writers``: ``writer_runs.py STORE NUMBER ACTS``.

It says when it is ready, waits for a line, and then which commands it recorded and from when to when.
"""

import json
import sys
import time
from datetime import UTC, datetime
from uuid import UUID, uuid4

import grounds
import stores
from writers import MANY

from cspr_workflow.application.handle import Workflow
from cspr_workflow.application.ports import Contended
from cspr_workflow.domain.acts import Command, RecordDiscussion
from cspr_workflow.domain.escalation import Escalation
from cspr_workflow.domain.people import Actor, Means
from projections.runner import Views

_SAID = "They say that the chronology is being written, and ask for two more days for it."


def main(at: str, number: int, acts: int) -> None:
    """Record so many discussions on the cases that are this writer's own."""
    with grounds.opened_at(at) as (store, views):
        workflow = Workflow(store.record, views, stores.policies())
        officer = Actor(workflow.partnership.people["officer"])
        mine = _cases(workflow, views)[number::MANY]
        print("ready", flush=True)
        sys.stdin.readline()
        commands, contended = [], 0
        began = time.monotonic()
        for turn in range(acts):
            now, id = datetime.now(UTC), uuid4()
            act = RecordDiscussion(mine[turn % len(mine)], Means.CALL, _SAID)
            contended += _done(workflow, Command(act, officer, now), id)
            commands.append(str(id))
        ended = time.monotonic()
    told = {"began": began, "ended": ended, "commands": commands, "contended": contended}
    print(json.dumps(told))


def _done(workflow: Workflow, command: Command, id: UUID) -> int:
    """Record an act, again and again if need be: how often the program gave up and had to be asked again."""
    contended = 0
    while True:
        try:
            recorded = workflow.do(command, datetime.now(UTC), id)
        except Contended:
            contended += 1
        else:
            assert len(recorded) == 1
            return contended


def _cases(workflow: Workflow, views: Views) -> list[str]:
    """The escalations in which the agency owes nothing, so that nothing falls due for years."""
    with views.reading() as database:
        rows = database.all("SELECT reference FROM cases WHERE kind='escalation' ORDER BY opened")
    found = [workflow.escalation(reference) for (reference,) in rows]
    return [one.reference for one in found if isinstance(one, Escalation) and one.settled]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
