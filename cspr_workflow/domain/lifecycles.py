"""The lifecycles, declared with python-statemachine: what may happen in which state.

:func:`chart_of` makes the escalation's chart from a policy's stages; the incident's and the action's
are the same in every policy. A chart is compiled to a table, which decides what is legal; diagrams and
tests come from the same declaration. What an act needs beyond being legal here (an agreed action, a
decision) is said where the act is decided.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType

from statemachine import State, StateChart
from statemachine.transition_list import TransitionList

from cspr_workflow.domain.acts import ACTS, ActionAct, EscalationAct, RaiseEscalation
from cspr_workflow.domain.incident import IncidentState
from cspr_workflow.domain.policy import RESOLVED, Kind, Policy, Stage

MOVE_ON = "move_on"
BREAK = "agreed_action_not_maintained"
LIMIT_PASSES = "limit_passes"
NOT_RESOLVED = "meeting_not_resolved"
MEETING_RESOLVED = "meeting_resolved"
RETURN = "return_in_time"
NATIONAL_PANEL_NOTIFIED = "notify_national_panel"
COMMISSION = "commission_review"
NO_REVIEW = "decide_against_review"

MOVES = frozenset({MOVE_ON, BREAK, LIMIT_PASSES, NOT_RESOLVED, MEETING_RESOLVED, RETURN})
"""What can move an escalation besides the acts themselves."""

MOVING = frozenset({"escalate", "resolve", "withdraw_escalation"})
IN_DECISION = frozenset({"notify_chair", "consult", "decide"})


class Lifecycle(StateChart):  # type: ignore[type-arg]
    """The library's chart, strict: its defaults swallow unknown events and failing callbacks."""

    allow_event_without_transition = False
    catch_errors_as_events = False
    atomic_configuration_update = True


@dataclass(frozen=True)
class Chart:
    """A declared lifecycle and the table compiled from it: ``(state, event)`` to the next state."""

    machine: type[Lifecycle]
    table: Mapping[tuple[str, str], str]

    def allows(self, state: str, event: str) -> bool:
        """Whether the event may happen in this state."""
        return (state, event) in self.table

    def target(self, state: str, event: str) -> str | None:
        """The state that follows, or ``None`` where the event may not happen."""
        return self.table.get((state, event))

    def sources(self, event: str) -> tuple[str, ...]:
        """The states in which the event may happen."""
        return tuple(state for state, known in self.table if known == event)

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in the order of declaration."""
        return tuple(self.machine.states_map)

    @property
    def events(self) -> tuple[str, ...]:
        """Every event, in the order of declaration."""
        return tuple(dict.fromkeys(event for _, event in self.table))

    def events_in(self, state: str) -> tuple[str, ...]:
        """The events that may happen in this state."""
        return tuple(event for source, event in self.table if source == state)

    def mermaid(self) -> str:
        """The chart as a mermaid diagram."""
        return format(self.machine, "mermaid").strip()


def compiled(
    name: str, states: Mapping[str, State], events: Mapping[str, Iterable[tuple[str, str]]]
) -> Chart:
    """A chart from its states and, for each event, the moves that it makes."""
    attributes: dict[str, object] = dict(states)
    for event, moves in events.items():
        transitions = TransitionList()
        for source, target in moves:
            if source == target:
                transitions |= states[source].to.itself(internal=True)  # type: ignore[no-untyped-call]
            else:
                transitions |= states[source].to(states[target])
        if transitions.transitions:
            attributes[event] = transitions
    machine: type[Lifecycle] = type(name, (Lifecycle,), attributes)
    table = {
        (str(state.value), str(event)): str(transition.target.value)
        for state in machine.states_map.values()
        for transition in state.transitions
        for event in transition.events
    }
    return Chart(machine, MappingProxyType(table))


def _states(names: Iterable[str], ends: Iterable[str]) -> dict[str, State]:
    final = set(ends)
    return {
        name: State(
            name.replace("_", " ").capitalize(), value=name, initial=place == 0, final=name in final
        )
        for place, name in enumerate(names)
    }


def _stays(states: Iterable[str]) -> list[tuple[str, str]]:
    return [(state, state) for state in states]


@lru_cache(maxsize=64)
def _escalation_chart(stages: tuple[Stage, ...]) -> Chart:
    ids = [stage.id for stage in stages]
    steps = list(pairwise(stages))
    onward = [(stage.id, after.id) for stage, after in steps]
    from_meeting = [(stage.id, after.id) for stage, after in steps if stage.kind is Kind.MEETING]
    meets = [stage.id for stage in stages if stage.meeting_by]
    written_up_late = [after for _, after in from_meeting]
    holding = list(dict.fromkeys([*meets, *written_up_late]))
    decision = [stage.id for stage in stages if stage.kind is Kind.DECISION]
    staying = {
        name: _stays(ids)
        for name, act in ACTS.items()
        if issubclass(act, EscalationAct)
        and act is not RaiseEscalation
        and name not in MOVING | IN_DECISION
    }
    passing = [stage.id for stage in stages if stage.limit_passes]
    ending = [(id, RESOLVED) for id in ids]
    return compiled(
        "EscalationLifecycle",
        _states([*ids, RESOLVED], [RESOLVED]),
        {
            **staying,
            "hold_meeting": _stays(holding),
            **{name: _stays(decision) for name in sorted(IN_DECISION)},
            "escalate": onward,
            "resolve": ending,
            "withdraw_escalation": ending,
            MOVE_ON: [move for move in onward if move[0] not in passing],
            BREAK: from_meeting,
            NOT_RESOLVED: from_meeting,
            MEETING_RESOLVED: [(id, RESOLVED) for id in holding],
            RETURN: [(after, stage) for stage, after in from_meeting],
            LIMIT_PASSES: _stays(passing),
        },
    )


def chart_of(policy: Policy) -> Chart:
    """The lifecycle of an escalation under this policy."""
    return _escalation_chart(policy.stages)


_OPEN = [state.value for state in IncidentState if not state.is_end]
_ENDS = [state.value for state in IncidentState if state.is_end]

INCIDENT = compiled(
    "IncidentLifecycle",
    _states([*_OPEN, *_ENDS], _ENDS),
    {
        "notify": _stays(_OPEN),
        NATIONAL_PANEL_NOTIFIED: [("reported", "notified")],
        "convene_rapid_review": [("notified", "rapid_review")],
        "send_outcome": [("rapid_review", "outcome_sent")],
        COMMISSION: [("outcome_sent", "review_commissioned")],
        NO_REVIEW: [("outcome_sent", "no_review")],
        "complete_review": [("review_commissioned", "review_completed")],
        "defer_publication": _stays(["review_commissioned", "review_completed"]),
        "publish_review": [("review_completed", "published")],
        "withhold_publication": [("review_completed", "withheld")],
        "withdraw_incident": [(state, "withdrawn") for state in _OPEN],
        "raise_escalation": _stays(_OPEN),
    },
)
"""The lifecycle of an incident and its review."""

ACTION = compiled(
    "ActionLifecycle",
    _states(["outstanding", "done", "confirmed", "released"], ["confirmed", "released"]),
    {
        "acknowledge_action": _stays(["outstanding"]),
        "vary_action": _stays(["outstanding"]),
        "complete_action": [("outstanding", "done")],
        "confirm_action": [("done", "confirmed")],
        "dispute_completion": [("done", "outstanding")],
        "release_action": [("outstanding", "released")],
    },
)
"""The lifecycle of an agreed action; it is released once both sides, or a decision, have said so."""

AFTER_THE_END = frozenset({"confirm_action"})
"""What may still be recorded once an escalation is resolved: that an action was done."""

assert all(event in ACTS for _, event in ACTION.table), "every event of an action is an act"
assert all(issubclass(ACTS[event], ActionAct) for _, event in ACTION.table)
