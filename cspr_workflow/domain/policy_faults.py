"""What makes no sense in a policy that has the shape of one: each fault names the key to change."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from cspr_workflow.domain.acts import ACTS
from cspr_workflow.domain.calendar import Unit
from cspr_workflow.domain.lifecycles import MOVES
from cspr_workflow.domain.people import Role, Side
from cspr_workflow.domain.policy import FORMAT, RESOLVED, SIDES, Kind, Policy, Stage, Start

LONGEST = 10_000
"""The longest limit, in whatever unit: far beyond any that makes sense, and still a date."""

BY_STAGE = "by_stage"
_BY_STAGE = ("hold_meeting", "resolve")
_LENGTH = f"must be 1 or more, and {LONGEST} at most"
DUTIES = frozenset(
    {
        "inform:business_manager",
        "inform:agency_representative",
        "give_reason",
        "notify_chair",
        "hold_meeting",
    }
)
"""What can be a stage's duty, as a policy names it."""


def faults(policy: Policy) -> Iterator[tuple[str, str]]:
    """What makes no sense in a policy: pairs of a key and what to do about it."""
    if policy.format != FORMAT:
        yield "format", f"is {policy.format}; this program reads format {FORMAT}"
    try:
        ZoneInfo(policy.zone)
    except (OSError, ValueError, KeyError):
        yield "zone", f"there is no time zone {policy.zone!r}"
    yield from _clause_faults(policy)
    yield from _timescale_faults(policy)
    yield from _stage_faults(policy)
    yield from _rising_faults(policy)
    yield from _act_faults(policy)


def _clause_faults(policy: Policy) -> Iterator[tuple[str, str]]:
    cited = [
        ("not_maintained_clause", policy.not_maintained_clause),
        ("no_longer_at_risk_clause", policy.no_longer_at_risk_clause),
    ]
    for i, timescale in enumerate(policy.timescales):
        cited.append((f"timescales[{i}].clause", timescale.clause))
    for i, stage in enumerate(policy.stages):
        cited.append((f"stages[{i}].clause", stage.clause))
        if stage.broken_clause is not None:
            cited.append((f"stages[{i}].broken_clause", stage.broken_clause))
        cited += [
            (f"stages[{i}].duties[{j}].clause", duty.clause) for j, duty in enumerate(stage.duties)
        ]
    cited += [(f"acts.{name}.clause", rule.clause) for name, rule in policy.acts.items()]
    for key, clause in cited:
        if clause not in policy.clauses:
            yield key, f"there is no clause {clause!r}; add it to [clauses] or cite another"


def _timescale_faults(policy: Policy) -> Iterator[tuple[str, str]]:
    yield from _twice("timescales", [timescale.id for timescale in policy.timescales])
    for i, timescale in enumerate(policy.timescales):
        key = f"timescales[{i}]"
        if not 1 <= timescale.length <= LONGEST:
            yield f"{key}.length", _LENGTH
        if timescale.closures:
            yield f"{key}.closures", "closure days never stretch a national time: leave it out"
        if not timescale.met_by:
            yield f"{key}.met_by", "must name at least one milestone"
    if sum(timescale.deferrable for timescale in policy.timescales) > 1:
        yield "timescales", "only one timescale can be deferrable"


def _stage_faults(policy: Policy) -> Iterator[tuple[str, str]]:
    ids = [stage.id for stage in policy.stages]
    yield from _twice("stages", ids)
    if not policy.stages or policy.stages[-1].kind is not Kind.DECISION:
        yield "stages", "the last stage must be of kind decision"
    for i, stage in enumerate(policy.stages):
        key = f"stages[{i}]"
        yield from _one_stage_faults(key, stage, first=i == 0, last=i == len(policy.stages) - 1)
        before = policy.stages[i - 1] if i else None
        if (
            before
            and before.kind is Kind.MEETING
            and set(before.meeting_by) & set(stage.meeting_by)
        ):
            yield (
                f"{key}.meeting_by",
                f"must differ from that of {before.id}, whose meeting may be written up late",
            )
    for name, variant in (policy.variants or {}).items():
        if variant.starts_in not in ids:
            yield f"variants.{name}.starts_in", f"there is no stage {variant.starts_in!r}"


def _rising_faults(policy: Policy) -> Iterator[tuple[str, str]]:
    highest: dict[tuple[Start, Unit], Stage] = {}
    for i, stage in enumerate(policy.stages):
        own = stage.starts in (Start.PREVIOUS_STAGE, Start.STAGE) or stage.kind is Kind.DISCUSSION
        if own:
            continue
        earlier = highest.get((stage.starts, stage.unit))
        if earlier is not None and stage.length <= earlier.length:
            yield (
                f"stages[{i}].length",
                f"is {stage.length} {stage.unit}, not more than the {earlier.length} of {earlier.id}, "
                f"which counts from the same {stage.starts}: limits from one anchor must rise",
            )
        else:
            highest[stage.starts, stage.unit] = stage


def _act_faults(policy: Policy) -> Iterator[tuple[str, str]]:
    for name in ACTS:
        if name not in policy.acts:
            yield f"acts.{name}", "this act is missing: say who may do it, and its clause"
    for name, rule in policy.acts.items():
        known = {*Role, *SIDES, *([BY_STAGE] if name in _BY_STAGE else [])}
        if name not in ACTS:
            yield f"acts.{name}", f"unknown act; known are {', '.join(ACTS)}"
        for who in rule.who:
            if who not in known:
                yield f"acts.{name}.who", f"{who!r} is not one of {', '.join(sorted(known))}"
        if not rule.who:
            yield f"acts.{name}.who", "must name at least one role"
    for key in ("on_behalf", "closes_when_no_longer_at_risk"):
        for role in getattr(policy, key):
            if role.side is not Side.SCSP:
                yield key, f"{role} is no role of the partnership's"
    for act in policy.conflict_of_interest:
        if act not in ACTS:
            yield "conflict_of_interest", f"{act!r} is not an act"


def _twice(key: str, ids: list[str]) -> Iterator[tuple[str, str]]:
    for i, id in enumerate(ids):
        if id in ids[:i]:
            yield f"{key}[{i}].id", f"{id!r} is used twice"


def _one_stage_faults(
    key: str, stage: Stage, *, first: bool, last: bool
) -> Iterator[tuple[str, str]]:
    if not stage.id.isidentifier() or stage.id in {RESOLVED, *ACTS, *MOVES}:
        yield f"{key}.id", f"{stage.id!r} cannot be a stage's id: use letters, digits and _"
    if not 1 <= stage.length <= LONGEST:
        yield f"{key}.length", _LENGTH
    if not stage.resolved_by:
        yield (
            f"{key}.resolved_by",
            "a stage without an actor: name who may close the escalation in it",
        )
    for j, duty in enumerate(stage.duties):
        if not duty.done_by:
            yield f"{key}.duties[{j}].done_by", "must name at least one act"
        for act in duty.done_by:
            if act not in DUTIES:
                yield (
                    f"{key}.duties[{j}].done_by",
                    f"{act!r} is not one of {', '.join(sorted(DUTIES))}",
                )
    if stage.kind is Kind.DISCUSSION:
        if not first:
            yield f"{key}.kind", "only the first stage can be a discussion"
        return
    yield from _limit_and_meeting_faults(key, stage, last=last)


def _limit_and_meeting_faults(key: str, stage: Stage, *, last: bool) -> Iterator[tuple[str, str]]:
    meets = stage.kind in (Kind.MEETING, Kind.DECISION)
    if stage.kind is Kind.DECISION and not last:
        yield f"{key}.kind", "only the last stage can be a decision"
    if meets and not stage.meeting_by:
        yield f"{key}.meeting_by", "a stage without an actor: name who holds its meeting"
    if stage.meeting_by and not meets:
        yield f"{key}.meeting_by", f"a stage of kind {stage.kind} has no meeting: leave it out"
    if stage.kind is Kind.MEETING and stage.broken_clause is None:
        yield f"{key}.broken_clause", "name the clause for an agreed action that is not maintained"
    needs_window = stage.starts is not Start.STAGE and stage.window is None
    if needs_window or (stage.window is not None and not 1 <= stage.window <= LONGEST):
        yield f"{key}.window", "must be 1 or more: the follow-on limit of a stage entered late"
