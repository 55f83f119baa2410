"""A believable case file of any size: so many escalations over the years, and a tick every morning.

Some are settled early, some go to the meeting of stage 2, some to the Chair. Of every case there is
talk, much of it on the agency's behalf; now and then somebody records what is then refused.
"""

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

Act = dict[str, Any]

AGENCIES = ("Acute Trust", "Police", "Academy Trust", "Housing Service")
FIRST_DAY = date(2019, 1, 2)
_MEANS = ("call", "meeting", "e-mail", "letter")
_STORIES = {"settled": 3, "agreed": 8, "met": 7, "decided": 17, "silent": 17}
"""The stories, and for how many days people talk in each."""


def case_file(acts: int, cases: int, seed: int = 1) -> dict[str, Any]:
    """A case file with exactly so many acts, the ticks among them, on so many escalations."""
    days = [FIRST_DAY + timedelta(days=number) for number in range(cases + 40)]
    ticks = [{"at": _at(day, 7), "act": "tick"} for day in days]
    written: list[Act] = [*ticks]
    rng = random.Random(seed)
    for number in range(cases):
        share = (acts - len(ticks)) * (number + 1) // cases - (acts - len(ticks)) * number // cases
        written += _one_case(number, share, rng)
    written.sort(key=lambda act: str(act["at"]))
    return {
        "title": f"{acts} acts on {cases} escalations",
        "policy": "sandwell-2018",
        "people": _people(),
        "acts": written,
    }


def _people() -> dict[str, Act]:
    people = {
        "officer": ("cspr_officer", "scsp"),
        "manager": ("business_manager", "scsp"),
        "sub": ("subgroup_chair", "scsp"),
        "chair": ("scsp_chair", "scsp"),
    }
    for number, agency in enumerate(AGENCIES):
        people[f"rep{number}"] = ("agency_representative", agency)
    return {
        key: {"name": f"{key.capitalize()} Invented", "role": role, "agency": agency}
        for key, (role, agency) in people.items()
    }


def _at(day: date, hour: int, minute: int = 0) -> str:
    return datetime.combine(day, time(hour, minute)).isoformat(timespec="minutes")


def _one_case(number: int, share: int, rng: random.Random) -> list[Act]:
    """So many acts on one incident and its escalation, in the order in which they happen."""
    begun = FIRST_DAY + timedelta(days=number)
    story = rng.choice(tuple(_STORIES))
    planned = [*_opening(number, begun), *_story(number, story)]
    talk = [_talk(number, _STORIES[story], rng) for _ in range(share - len(planned))]
    return [
        {"at": _at(begun + timedelta(days=days), hour, rng.randrange(60)), **act}
        for days, hour, act in (*planned[:share], *talk)
    ]


Planned = tuple[int, int, Act]
"""So many days after the beginning, at that hour, this act."""


def _opening(number: int, begun: date) -> Iterator[Planned]:
    incident = f"INC-{number}"
    on = (begun - timedelta(days=2)).isoformat()
    aware = (begun - timedelta(days=1)).isoformat()
    yield 0, 8, _by("officer", "report_incident", incident=incident, incident_on=on, aware_on=aware)
    for body in ("ofsted", "dfe", "national_panel"):
        yield 0, 9, _by("officer", "notify", incident=incident, body=body)
    yield (
        0,
        10,
        _by(
            "officer",
            "raise_escalation",
            escalation=f"ESC-{number}",
            incident=incident,
            timescale="rapid_review",
            agency=AGENCIES[number % len(AGENCIES)],
            concern="The chronology has not been returned",
        ),
    )
    yield 1, 8, _by("officer", "convene_rapid_review", incident=incident)
    yield 20, 8, _by("officer", "send_outcome", incident=incident)


def _story(number: int, story: str) -> Iterator[Planned]:
    agency = f"rep{number % len(AGENCIES)}"
    escalation = f"ESC-{number}"
    for role in ("business_manager", "agency_representative"):
        yield 0, 11, _by("officer", "inform", escalation=escalation, role=role)
    if story in ("settled", "agreed", "met"):
        yield from _agreement(number, escalation, agency)
    if story == "settled":
        yield 3, 9, _by("officer", "resolve", escalation=escalation, outcome="Received")
    if story in ("met", "decided"):
        yield 2, 15, _by("manager", "escalate", escalation=escalation, reason="Cannot wait")
        yield 3, 15, _by("manager", "escalate", escalation=escalation, reason="Cannot wait")
    if story == "met":
        present = ["sub", agency]
        yield (
            5,
            9,
            _by(
                "sub",
                "hold_meeting",
                escalation=escalation,
                present=present,
                outcome="actions_agreed",
            ),
        )
        yield 7, 9, _by("sub", "resolve", escalation=escalation, outcome="Received")
    if story in ("decided", "silent"):
        yield from _decision(number, escalation, agency)


def _agreement(number: int, escalation: str, agency: str) -> Iterator[Planned]:
    due = (FIRST_DAY + timedelta(days=number + 4)).isoformat()
    later = (FIRST_DAY + timedelta(days=number + 6)).isoformat()
    action = {"escalation": escalation, "action": "A1"}
    what = "Send the chronology"
    yield 0, 13, _by("officer", "record_action", **action, what=what, owner="agency", due=due)
    yield 0, 14, _by(agency, "vary_action", **action, due=later)
    yield 0, 15, _by("officer", "acknowledge_action", **action)
    yield 2, 9, _by(agency, "complete_action", **action, evidence="Sent by secure e-mail")
    yield 2, 11, _by("officer", "confirm_action", **action)


def _decision(number: int, escalation: str, agency: str) -> Iterator[Planned]:
    due = (FIRST_DAY + timedelta(days=number + 16)).isoformat()
    sets = [{"action": "D1", "what": "Send a summary", "owner": "agency", "due": due}]
    yield 14, 9, _by("officer", "notify_chair", escalation=escalation)
    yield 14, 10, _by("chair", "consult", escalation=escalation, body="NHS England")
    said = {"decision": "A summary instead", "reasons": "Time"}
    yield 14, 11, _by("chair", "decide", escalation=escalation, **said, sets=sets)
    yield (
        15,
        11,
        _by(agency, "complete_action", escalation=escalation, action="D1", evidence="Sent"),
    )
    yield 18, 11, _by("chair", "resolve", escalation=escalation, outcome="Summary received")


def _talk(number: int, days_of_talk: int, rng: random.Random) -> Planned:
    escalation = f"ESC-{number}"
    days, hour = rng.randrange(days_of_talk), rng.randrange(12, 18)
    draw = rng.random()
    said = "The author is on leave until Thursday; the deputy looks into it"
    if draw < 0.4:
        how = rng.choice(_MEANS)
        return (
            days,
            hour,
            _by("officer", "record_discussion", escalation=escalation, how=how, said=said),
        )
    if draw < 0.7:
        reported = {"on_behalf_of": "agency", "means": rng.choice(_MEANS)}
        return (
            days,
            hour,
            _by("officer", "give_reason", escalation=escalation, reason=said, **reported),
        )
    agency = f"rep{number % len(AGENCIES)}"
    return days, hour, _by(agency, "give_reason", escalation=escalation, reason=said)


def _by(by: str, act: str, **fields: Any) -> Act:
    return {"by": by, "act": act, **fields}
