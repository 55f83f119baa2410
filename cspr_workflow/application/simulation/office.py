"""What all stories of a simulation share: the time, the days of work, the workflow, the references.

A story is a generator of the moments at which it goes on. What it does then, it does at the time of
the simulation, and it can look at how its case stands before it decides what that is.
"""

import heapq
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import NAMESPACE_URL, uuid5

from cspr_workflow.application.handle import Workflow
from cspr_workflow.domain.acts import Act, Command
from cspr_workflow.domain.calendar import ONE_DAY, Calendar, CivilTime
from cspr_workflow.domain.errors import Refusal
from cspr_workflow.domain.people import Actor, Means

Story = Iterator[datetime]
"""The moments at which a story goes on, each not before the one that it was given last."""

OPENS, CLOSES = 8 * 60 + 30, 17 * 60
"""The hours in which people work, in minutes of the day."""

_COMMANDS = uuid5(NAMESPACE_URL, "cspr-workflow:simulations")
_MINUTE = timedelta(minutes=1)
_MARGIN = timedelta(days=800)
_CHRISTMAS_EVE = (12, 24)


def random_of(*seed: object) -> Random:
    """Chance that depends on the seed alone."""
    return Random(":".join(map(str, seed)))  # noqa: S311 - invented cases are no secret


class Days:
    """The days on which the people of a simulation work, and moments in their working hours.

    Nobody works from Christmas Eve to the New Year, whether the partnership has declared it or not.
    """

    def __init__(self, civil: CivilTime, calendar: Calendar, first: date, last: date) -> None:
        self.civil = civil
        days = (first + ONE_DAY * n for n in range((last + _MARGIN - first).days))
        self._days = [
            day
            for day in days
            if (day.month, day.day) < _CHRISTMAS_EVE
            and calendar.why_not(day, closures=False) is None
        ]

    def on_or_after(self, day: date, working_days: int = 0) -> date:
        """The day itself or the next that is worked, or so many working days after that."""
        return self._days[bisect_left(self._days, day) + working_days]

    def before(self, day: date) -> date:
        """The last working day before a day."""
        return self._days[max(bisect_left(self._days, day) - 1, 0)]

    def at(self, day: date, minute: int) -> datetime:
        """A moment of a working day, by the minute."""
        return self.civil.midnight_opening(day) + minute * _MINUTE

    def later(self, moment: datetime, working_days: int, rng: Random) -> datetime:
        """A moment in working hours so many working days on; 0 is later today, or the next morning."""
        today = self.civil.day(moment)
        if working_days == 0 and self.on_or_after(today) == today:
            minute = max(int((moment - self.at(today, 0)) / _MINUTE), OPENS)
            if minute < CLOSES - 1:
                return self.at(today, rng.randrange(minute + 1, CLOSES))
        after = bisect_right(self._days, today)
        day = self._days[after + max(working_days, 1) - 1]
        return self.at(day, rng.randrange(OPENS, CLOSES))

    def worked(self, moment: datetime, rng: Random) -> datetime:
        """The moment itself if people work then, or else some time on the next working day."""
        day = self.civil.day(moment)
        if self.on_or_after(day) == day and moment < self.at(day, CLOSES):
            return max(moment, self.at(day, OPENS))
        return self.later(moment, 1, rng)


class Office:
    """The simulation as its stories see it."""

    def __init__(self, workflow: Workflow, days: Days, seed: int) -> None:
        self.workflow = workflow
        self.days = days
        self.seed = seed
        self.now = datetime.min.replace(tzinfo=UTC)
        self.acts = self.refused = self.escalations = self.incidents = 0
        self._people = workflow.partnership.people
        self._numbers: Counter[tuple[str, int]] = Counter()
        self._waiting: list[tuple[datetime, int, Story]] = []
        self._serial = 0

    def start(self, story: Story) -> None:
        """Let a story begin, or go on until it waits again."""
        moment = next(story, None)
        if moment is not None:
            self._serial += 1
            heapq.heappush(self._waiting, (moment, self._serial, story))

    def run(self, until: datetime) -> None:
        """Let every story go on in the order of time, up to a moment."""
        while self._waiting and self._waiting[0][0] < until:
            self.now, _, story = heapq.heappop(self._waiting)
            self.start(story)

    def reference(self, kind: str) -> str:
        """The next reference of the year, such as ``ESC-2024-0031``."""
        year = self.days.civil.day(self.now).year
        self._numbers[kind, year] += 1
        return f"{kind}-{year}-{self._numbers[kind, year]:04d}"

    def do(
        self, by: str, act: Act, *, occurred: datetime | None = None, means: Means | None = None
    ) -> bool:
        """Somebody records an act now; says whether it was taken."""
        command = Command(act, Actor(self._people[by], means), occurred or self.now)
        command_id = uuid5(_COMMANDS, f"{self.seed}:{self.acts + self.refused}")
        try:
            self.workflow.do(command, self.now, command_id)
        except Refusal:
            self.refused += 1
            return False
        self.acts += 1
        return True


class Teller:
    """What every story of a case can do: wait, look, and have somebody record something."""

    def __init__(self, office: Office, rng: Random) -> None:
        self.office = office
        self.rng = rng
        self.recorded = office.now
        self.officer = rng.choice(("officer", "officer", "officer_2"))
        self.manager = rng.choice(("manager", "manager", "manager", "deputy_manager"))

    def chance(self, likely: float) -> bool:
        """Whether something happens that is so likely."""
        return self.rng.random() < likely

    def later(self, fewest: int, most: int) -> datetime:
        """A moment in working hours between so many working days on."""
        return self.office.days.later(self.office.now, self.rng.randint(fewest, most), self.rng)

    def do(
        self, by: str, act: Act, *, occurred: datetime | None = None, means: Means | None = None
    ) -> bool:
        """Somebody records an act now, of something that happened now or a little earlier."""
        taken = self.office.do(by, act, occurred=occurred or self.happened(), means=means)
        if taken:
            self.recorded = self.office.now
        return taken

    def happened(self, late: float = 0.12) -> datetime:
        """When something happened that is recorded now: never before what was recorded last."""
        now, days = self.office.now, self.office.days
        if not self.chance(late):
            return now
        earlier = now - self.rng.randrange(5, 180) * _MINUTE
        if self.chance(0.4):
            yesterday = days.before(days.civil.day(now))
            earlier = days.at(yesterday, self.rng.randrange(OPENS, CLOSES))
        return max(earlier, self.recorded)
