"""The peer of ``tick_vs_spiff``, run with an environment of its own: ``spiff_runs.py FILE INSTANCES``.

So many instances of a process that waits for a timer stand in a table, serialised as the library does it.
For each line on stdin, one tick: every row is read, brought back to life, asked whether its timer is due,
and written if anything changed. It says how many seconds that took.
"""

import json
import sqlite3
import sys
import time

from SpiffWorkflow.bpmn.parser import BpmnParser  # type: ignore[import-not-found]
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer  # type: ignore[import-not-found]
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow  # type: ignore[import-not-found]
from SpiffWorkflow.util.task import TaskState  # type: ignore[import-not-found]

_PROCESS = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="escalations" targetNamespace="cspr">
  <process id="escalation" isExecutable="true">
    <startEvent id="raised"><outgoing>a</outgoing></startEvent>
    <sequenceFlow id="a" sourceRef="raised" targetRef="limit"/>
    <intermediateCatchEvent id="limit"><incoming>a</incoming><outgoing>b</outgoing>
      <timerEventDefinition id="days">
        <timeDuration xsi:type="tFormalExpression">"P3000D"</timeDuration>
      </timerEventDefinition>
    </intermediateCatchEvent>
    <sequenceFlow id="b" sourceRef="limit" targetRef="passed"/>
    <endEvent id="passed"><incoming>b</incoming></endEvent>
  </process>
</definitions>"""


def main(path: str, instances: int) -> None:
    """Fill the table, then tick as often as asked."""
    serializer = BpmnWorkflowSerializer()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE instances (id INTEGER PRIMARY KEY, state TEXT NOT NULL)")
    waiting = serializer.serialize_json(_waiting())
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO instances (state) VALUES (?)", [(waiting,) for _ in range(instances)]
    )
    connection.execute("COMMIT")
    print("ready", flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        moved = _tick(connection, serializer)
        taken = time.perf_counter() - began
        assert not moved
        print(json.dumps(taken), flush=True)


def _waiting() -> BpmnWorkflow:
    parser = BpmnParser()
    parser.add_bpmn_str(_PROCESS)
    workflow = BpmnWorkflow(parser.get_spec("escalation"))
    workflow.do_engine_steps()
    return workflow


def _tick(connection: sqlite3.Connection, serializer: BpmnWorkflowSerializer) -> int:
    """Look at every instance: how many had something due."""
    moved = 0
    for id, state in connection.execute("SELECT id, state FROM instances"):
        workflow = serializer.deserialize_json(state)
        workflow.refresh_waiting_tasks()
        ready = workflow.get_next_task(state=TaskState.READY)
        if ready is not None:
            workflow.do_engine_steps()
            written = serializer.serialize_json(workflow)
            connection.execute("UPDATE instances SET state=? WHERE id=?", (written, id))
            moved += 1
    return moved


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
