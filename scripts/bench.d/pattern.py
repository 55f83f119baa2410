"""A small store as a pattern: copies of its cases under other references, and a little later each.

Whatever differs from copy to copy stands in a text of the record or of a view as a gap: references, ids of
events, moments, the commitments to sealed texts. What the clock decided (midnights, and moments at which
the calendar changed) is the same in each copy; everything else happens so many microseconds later, less
than lies between any two moments of the pattern. So each copy is a history as the domain would have
recorded it, and moments stand in the same order in all of them.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby, pairwise
from typing import Any, NamedTuple
from uuid import UUID

import stores

from cspr_workflow.application.ports import Recorded
from cspr_workflow.application.transaction import PARTNERSHIP, PARTNERSHIP_KEY
from cspr_workflow.store import events
from cspr_workflow.store.folder import StoreFolder
from projections.runner import Views

_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?[+-]\d\d:\d\d"
_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_HASH = r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])"
_NUMBER = re.compile(r"\d+$")
_DIGITS = 7


class Copy(NamedTuple):
    """One copy of the pattern: its number, and how much later it is."""

    number: int
    shift: timedelta


Gap = Callable[[Copy], str]
"""What stands in a gap in a copy."""


@dataclass(frozen=True, slots=True)
class Template:
    """A text with gaps; those that only its place in the record can fill are given."""

    form: str
    gaps: Sequence[tuple[str, Gap]]

    def filled(self, copy: Copy, **given: object) -> str:
        """The text in a copy."""
        values: dict[str, object] = {name: gap(copy) for name, gap in self.gaps}
        return self.form % (values | given)


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the pattern: where it stands, its bytes, and its texts by the field."""

    stream: Template
    version: int
    recorded: Recorded
    state: Template
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Command:
    """What one command of the pattern brought about; ``incident`` names the key for its texts.

    ``opens``: it is the first of its incident, for which a key has to be made.
    """

    cluster: str
    incident: Template
    opens: bool
    digest: bool
    events: Sequence[Event]

    @property
    def moment(self) -> datetime:
        """When it was recorded."""
        return self.events[0].recorded.entry.recorded


class Pattern:
    """The commands and the views of a store whose cases are to be copied.

    What belongs together, an incident and its escalations, is a ``cluster``, named by the incident; the
    partnership's own entries are one that there is only once.
    """

    def __init__(self, store: StoreFolder, views: Views) -> None:
        self.views = views
        self._record = store.record
        self._clusters = _clusters(views)
        self._civil = next(iter(stores.policies().values())).civil
        self._recorded = list(store.record.read_all())
        self._places = {one.id: (one.stream, one.version) for one in self._recorded}
        own = [one.entry for one in self._recorded if one.stream == PARTNERSHIP]
        self._fixed = {moment for entry in own for moment in (entry.occurred, entry.recorded)}
        self._finders = {name: _finder(name, self._clusters) for name in self.clusters}
        self._moments: set[datetime] = set()
        self.commands = list(self._commands())
        self.last = len(self._recorded)

    @property
    def clusters(self) -> list[str]:
        """Every cluster, the partnership's own first."""
        return [PARTNERSHIP, *dict.fromkeys(self._clusters.values())]

    def cases(self, cluster: str) -> int:
        """How many cases there are in a cluster."""
        return sum(1 for one in self._clusters.values() if one == cluster)

    def groups(self) -> Iterator[list[Command]]:
        """The commands that were recorded at one moment, in order."""
        for _, group in groupby(self.commands, key=lambda one: one.moment):
            yield list(group)

    def step(self, copies: int) -> timedelta:
        """How much later each of so many copies is than the one before it."""
        narrowest = min(after - before for before, after in pairwise(sorted(self._moments)))
        step = narrowest // copies  # whole microseconds, rounded down
        assert step, f"the moments of the pattern are too close together for {copies} copies"
        return step

    # --- Reading the pattern -----------------------------------------------------------------

    def _commands(self) -> Iterator[Command]:
        stored = self._record.stored()
        for command, group in groupby(self._recorded, key=lambda one: one.command):
            recorded = list(group)
            cluster = self.cluster_of(" ".join(one.stream for one in recorded))
            streams = {one.stream for one in recorded}
            assert cluster != PARTNERSHIP or streams == {PARTNERSHIP}, f"{command} is about both"
            incident = PARTNERSHIP_KEY if cluster == PARTNERSHIP else cluster
            first = (f"incident:{cluster}" if cluster != PARTNERSHIP else PARTNERSHIP, 1)
            read = [self._event(one, next(stored).state, cluster) for one in recorded]
            yield Command(
                cluster,
                self.template(incident, cluster),
                any((one.stream, one.version) == first for one in recorded),
                self._has_digest(command),
                read,
            )

    def _has_digest(self, command: str) -> bool:
        submitted = self._record.submitted(UUID(command))
        assert submitted is not None
        return bool(submitted.digest)

    def _event(self, one: Recorded, state: bytes, cluster: str) -> Event:
        text, texts = state.decode(), {}
        given = {one.id: "id", one.command: "command"}
        for field, commitment in events.commitments(state).items():
            opened = self._record.sealed(one.id, field)
            assert opened is not None
            texts[field] = opened[0]
            given[commitment] = f"text {field}"
        position = f'"position":{one.position},'
        assert text.count(position) == 1
        template = self.template(text, cluster, given)
        form = template.form.replace(position, '"position":%(position)s,')
        stream = self.template(one.stream, cluster)
        return Event(stream, one.version, one, Template(form, template.gaps), texts)

    # --- Gaps --------------------------------------------------------------------------------

    def cluster_of(self, text: str) -> str:
        """The cluster of the first reference in a text; the partnership's own where there is none."""
        for word in re.findall(r"[\w-]+", text):
            if word in self._clusters:
                return self._clusters[word]
        return PARTNERSHIP

    def template(self, text: str, cluster: str, given: Mapping[str, str] | None = None) -> Template:
        """A text of a cluster with its gaps; ``given`` names what its place alone can fill."""
        given = given or {}
        gaps: dict[str, Gap] = {}

        def gapped(found: re.Match[str]) -> str:
            word = found[0]
            if word in given:
                return f"%({given[word]})s"
            gap = self._gap(word, alone=word == text)
            if gap is None:
                return word
            name = f"{word} alone" if word == text else word
            gaps[name] = gap
            return f"%({name})s"

        form = self._finders[cluster].sub(gapped, text.replace("%", "%%"))
        return Template(form, list(gaps.items()))

    def _gap(self, word: str, *, alone: bool) -> Gap | None:
        if word in self._clusters:
            number = list(self._clusters).index(word)
            return partial(_reference, _NUMBER.sub("", word), number, len(self._clusters))
        if word in self._places:
            stream, version = self._places[word]
            of = self.template(stream, self.cluster_of(stream))
            return lambda copy: events.event_id(of.filled(copy), version)
        if re.fullmatch(_MOMENT, word) is None:
            return None
        moment = datetime.fromisoformat(word)
        self._moments.add(moment)
        if moment in self._fixed or moment == self._civil.midnight_opening(self._civil.day(moment)):
            return None
        return partial(_later, moment, "microseconds" if alone else "auto")


def _later(moment: datetime, precisely: str, copy: Copy) -> str:
    return (moment + copy.shift).isoformat(timespec=precisely)


def _reference(begins: str, number: int, cases: int, copy: Copy) -> str:
    """A reference of the same shape, with a number that no other case has."""
    return f"{begins}{copy.number * cases + number:0{_DIGITS}d}"


def _clusters(views: Views) -> dict[str, str]:
    """The incident of each reference."""
    rows = views.database.all("SELECT reference, incident FROM cases ORDER BY opened")
    return dict(rows)


def _finder(cluster: str, clusters: Mapping[str, str]) -> re.Pattern[str]:
    """Finds everything in a text of a cluster that may be another in a copy."""
    known = [re.escape(one) for one, incident in clusters.items() if incident == cluster]
    references = rf"(?<![\w-])(?:{'|'.join(known)})(?![\w-])|" if known else ""
    return re.compile(f"{references}{_MOMENT}|{_ID}|{_HASH}")


# --- Rows of views -------------------------------------------------------------------------------

POSITIONS = {
    "cases": ("opened", "position"),
    "standings": ("known_from", "known_to"),
    "chronology": ("position",),
    "action_entries": ("position",),
    "clock_moves": ("position",),
    "clock_gaps": ("position",),
    "register": ("opened",),
}
"""Which columns of the views are positions of the record."""


@dataclass(frozen=True, slots=True)
class RowPattern:
    """A row of a view: its cells, those of them that are texts with gaps, and those that are positions."""

    table: str
    cells: Sequence[Any]
    texts: Sequence[tuple[int, str]]
    positions: Sequence[tuple[int, int]]

    def filled(self, values: Mapping[str, str], places: Mapping[int, int]) -> list[Any]:
        """The row in a copy: with what stands in its gaps, and where its entries stand."""
        row = list(self.cells)
        for number, form in self.texts:
            row[number] = form % values
        for number, position in self.positions:
            row[number] = places[position]
        return row


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of all views of one cluster, every gap in them, and the positions that they name."""

    rows: Sequence[RowPattern]
    gaps: Mapping[str, Gap]
    positions: frozenset[int]


def columns_of(pattern: Pattern, table: str) -> list[str]:
    """The columns of a view, in order."""
    return [row[1] for row in pattern.views.database.all(f"PRAGMA table_info({table})")]


def rows_of(pattern: Pattern, tables: Sequence[str]) -> dict[str, Rows]:
    """The rows of these views, by the cluster that they are about."""
    rows: dict[str, list[RowPattern]] = {name: [] for name in pattern.clusters}
    gaps: dict[str, dict[str, Gap]] = {name: {} for name in pattern.clusters}
    for table in tables:
        columns = columns_of(pattern, table)
        at = [number for number, name in enumerate(columns) if name in POSITIONS.get(table, ())]
        for row in pattern.views.database.all(f"SELECT * FROM {table}"):
            cluster = pattern.cluster_of(json.dumps(row))
            texts = []
            for number, value in enumerate(row):
                if isinstance(value, str):
                    template = pattern.template(value, cluster)
                    gaps[cluster].update(template.gaps)
                    if template.gaps:
                        texts.append((number, template.form))
            places = [(number, row[number]) for number in at if row[number] <= pattern.last]
            rows[cluster].append(RowPattern(table, row, texts, places))
    return {
        name: Rows(
            rows[name],
            gaps[name],
            frozenset(position for row in rows[name] for _, position in row.positions),
        )
        for name in pattern.clusters
    }
