"""What random cases reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from ..process.play import Play
from ..process.settings import INCIDENT_ENDS, Act, Faults
from .features import escalation_features, incident_features
from .maker import random_case


def coverage(cases: Iterable[dict[str, Any]]) -> Counter[str]:
    """In how many of the cases each feature occurs; and counts of acts, taken and
    refused."""
    total: Counter[str] = Counter()
    for case in cases:
        play = Play(case["people"])
        seen: set[str] = set()
        for act in case["acts"]:
            before = Before(play, act)
            faults = play.step(act)
            count_act(total, act["act"], faults)
            seen.update(act_features(act, faults, before))
            seen.update(before.changes(play, act["act"]))
            for one in play.escalations.values():
                seen.update(escalation_features(one, play.now))
            for incident in play.incidents.values():
                seen.update(incident_features(incident))
        total.update(seen)
        total["cases"] += 1
        if any(one.state in INCIDENT_ENDS for one in play.incidents.values()):
            total["cases with an incident that ended"] += 1
    return total


def count_act(total: Counter[str], name: str, faults: Faults) -> None:
    total["acts"] += 1
    total["acts taken"] += not faults
    total[f"act {name} taken"] += not faults
    total[f"act {name} refused"] += bool(faults)


class Before:
    """How things stood before an act."""

    def __init__(self, play: Play, act: Act) -> None:
        about = play.escalations.get(act.get("escalation", ""))
        self.stage = "" if about is None else about.stage
        self.was_open = about is None or about.is_open()
        self.reforecasts = reforecasts(play)
        self.follow_ons: dict[str, date | None] = {}
        self.visits: dict[str, int] = {}
        self.reported: set[tuple[str, str]] = set()
        for ref, one in play.escalations.items():
            self.follow_ons[ref] = one.here.follow_on
            self.visits[ref] = len(one.visits)
            self.reported |= {(ref, key) for key, action in one.actions.items() if action.reported}

    def changes(self, play: Play, name: str) -> Iterator[str]:
        """What has become of it since."""
        for ref, one in play.escalations.items():
            if ref in self.visits and len(one.visits) == self.visits[ref]:
                if one.here.follow_on != self.follow_ons[ref]:
                    yield "follow-on limit re-forecast"
            elif ref not in self.visits and len(one.visits) > 1:
                yield f"raised late, at once in {one.stage}"
            for key, action in one.actions.items():
                if (ref, key) in self.reported and not action.reported:
                    yield "reported cleared"
        if reforecasts(play) > self.reforecasts:
            yield f"{name} re-forecasts"


def reforecasts(play: Play) -> int:
    return sum(one.reforecasts for one in play.escalations.values())


def act_features(act: Act, faults: Faults, before: Before) -> Iterator[str]:
    name = act["act"]
    for fault in faults:
        yield f"refused {fault}"
    if len(faults) == 1:
        yield f"refused only {next(iter(faults))}"
    if faults:
        return
    if before.stage:
        yield f"taken {name} in {before.stage if before.was_open else 'resolved'}"
        if "on_behalf_of" in act:
            yield f"on behalf: {name}"
    if "occurred" in act:
        yield "recorded late"
    if name == "withdraw_incident":
        yield "incident withdrawn by an act"


def show(how_many: int) -> None:
    total = coverage(random_case(seed) for seed in range(how_many))
    for name in sorted(total):
        print(f"{total[name]:7d}  {name}")
    ticks = total["act tick taken"]
    share = (total["acts taken"] - ticks) / (total["acts"] - ticks)
    print(f"share of people's acts taken: {share:.2f}")
