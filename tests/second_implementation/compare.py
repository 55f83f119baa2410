"""Both implementations play the same case: where their outcomes differ, in words."""

import json
import random
import re
from dataclasses import astuple
from datetime import datetime
from functools import lru_cache
from typing import Any

from cspr_workflow.application import casefile
from cspr_workflow.application.outcome import outcome
from cspr_workflow.application.play import play
from cspr_workflow.application.policy_files import PolicyFile, bundled, read_policy
from cspr_workflow.store import bank_holidays
from cspr_workflow.store.memory import MemoryRecord
from projections.due_items import MemoryIndex
from tests.second_implementation import process
from tests.second_implementation.process import SANDWELL, Settings
from tests.second_implementation.random_cases import random_case

Plain = dict[str, Any]

_UNITS = {"working_days": "working_days", "calendar_days": "days"}


@lru_cache(maxsize=64)
def policy_with(settings: Settings) -> PolicyFile:
    """Sandwell's policy file with these numbers in place of its own."""
    text = bundled("sandwell-2018").text
    text = _set(text, "", day_one=settings.day_one)
    text = _set(
        text,
        "notification",
        length=settings.notification_days,
        starts=settings.notification_from,
    )
    text = _set(
        text,
        "rapid_review",
        length=settings.rapid_review_days,
        unit=_UNITS[settings.rapid_review_unit],
    )
    text = _set(text, "review", length=settings.review_months)
    text = _set(text, "publication", length=settings.publication_months)
    ladder = zip(process.LADDER, settings.limits, settings.windows, strict=True)
    for stage, length, window in ladder:
        text = _set(text, stage, length=length, window=window)
    return read_policy(text, "sandwell-2018 with other numbers")


def _set(text: str, id: str, **values: int | str) -> str:
    """The text with other values under the table of this id (or before the first table)."""
    start = text.index(f'\nid = "{id}"\n') if id else 0
    after = text.find("\n[", start + 1)
    part = text[start:after]
    for key, value in values.items():
        written = f'"{value}"' if isinstance(value, str) else str(value)
        part, count = re.subn(rf"(?m)^{key} = [^ \n]+", f"{key} = {written}", part)
        assert count == 1, f"{key} of {id or 'the policy'} stands {count} times in the file"
    return text[:start] + part + text[after:]


def settings_of(seed: int) -> Settings:
    """Other numbers than Sandwell's, the same for the same seed."""
    rng = random.Random(f"settings {seed}")
    limits = sorted(rng.sample(range(1, 15), 3))
    return Settings(
        limits=(limits[0], limits[1], limits[2]),
        windows=(rng.randint(1, 6), rng.randint(1, 6), rng.randint(1, 6)),
        notification_days=rng.randint(1, 10),
        notification_from=rng.choice(["incident", "aware"]),
        rapid_review_days=rng.randint(1, 25),
        rapid_review_unit=rng.choice(list(_UNITS)),
        review_months=rng.randint(1, 14),
        publication_months=rng.randint(1, 14),
        day_one=rng.choice(["next_working_day", "same_day"]),
    )


def case_of(seed: int) -> tuple[Plain, Settings]:
    """A random case; every third one under other numbers than Sandwell's."""
    settings = settings_of(seed) if seed % 3 == 2 else SANDWELL
    return random_case(seed, settings=settings), settings


def played(case: Plain, settings: Settings = SANDWELL, until: datetime | None = None) -> Plain:
    """The outcome of a case as the program gives it, from the bytes of its file."""
    policy = None if settings == SANDWELL else policy_with(settings)
    case_file = casefile.parse(json.dumps(case).encode(), case["title"], policy)
    holidays = bank_holidays.of(case_file.policy.policy.bank_holidays)
    return outcome(
        play(case_file, MemoryRecord(), MemoryIndex(case_file.policy.book), holidays, until)
    )


def differences(case: Plain, settings: Settings = SANDWELL) -> list[str]:
    """Where the outcomes of both implementations differ; empty if nowhere."""
    return process.differences(played(case, settings), process.outcome(case, settings=settings))


def shortest(case: Plain, settings: Settings = SANDWELL) -> Plain:
    """The case without every act that the difference does not need."""
    acts = list(case["acts"])
    size = max(1, len(acts) // 2)
    while size:
        start = 0
        while start < len(acts):
            fewer = acts[:start] + acts[start + size :]
            if fewer and differences({**case, "acts": fewer}, settings):
                acts = fewer
            else:
                start += size
        size //= 2
    return {**case, "acts": acts}


def report(case: Plain, settings: Settings) -> str:
    """What differs and the shortest case that shows it, for a person."""
    short = shortest(case, settings)
    found = "\n".join(differences(short, settings))
    written = json.dumps(short, indent=1)
    return f"{case['title']} differs:\n{found}\nsettings: {astuple(settings)}\n{written}"
