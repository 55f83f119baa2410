"""What makes no sense in a policy that has the shape of one: each fault names the key to change."""

from collections.abc import Iterator
from itertools import pairwise
from zoneinfo import ZoneInfo

from cspr_workflow.domain.acts import ACTS
from cspr_workflow.domain.people import Role
from cspr_workflow.domain.policy import FORMAT, RESOLVED, SIDES, Kind, Policy, Stage, Start


def faults(policy: Policy) -> Iterator[tuple[str, str]]:
    """What makes no sense in a policy: pairs of a key and what to do about it."""
    if policy.format != FORMAT:
        yield "format", f"is {policy.format}; this program reads format {FORMAT}"
    try:
        ZoneInfo(policy.zone)
    except (OSError, ValueError):
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
        if timescale.length < 1:
            yield f"{key}.length", "must be 1 or more"
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
    same_anchor = [
        (i, stage)
        for i, stage in enumerate(policy.stages)
        if stage.starts not in (Start.PREVIOUS_STAGE, Start.STAGE)
        and stage.kind is not Kind.DISCUSSION
    ]
    for (_, earlier), (i, later) in pairwise(same_anchor):
        comparable = earlier.starts is later.starts and earlier.unit is later.unit
        if comparable and later.length <= earlier.length:
            yield (
                f"stages[{i}].length",
                f"is {later.length} {later.unit}, not more than the {earlier.length} of {earlier.id}, "
                f"which counts from the same {later.starts}: limits from one anchor must rise",
            )


def _act_faults(policy: Policy) -> Iterator[tuple[str, str]]:
    for name in ACTS:
        if name not in policy.acts:
            yield f"acts.{name}", "this act is missing: say who may do it, and its clause"
    known = {*Role, *SIDES, "by_stage"}
    for name, rule in policy.acts.items():
        if name not in ACTS:
            yield f"acts.{name}", f"unknown act; known are {', '.join(ACTS)}"
        for who in rule.who:
            if who not in known:
                yield f"acts.{name}.who", f"{who!r} is not one of {', '.join(sorted(known))}"
        if not rule.who:
            yield f"acts.{name}.who", "must name at least one role"
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
    if not stage.id.isidentifier() or stage.id == RESOLVED:
        yield f"{key}.id", f"{stage.id!r} cannot be a stage's id: use letters, digits and _"
    if stage.length < 1:
        yield f"{key}.length", "must be 1 or more"
    if not stage.resolved_by:
        yield (
            f"{key}.resolved_by",
            "a stage without an actor: name who may close the escalation in it",
        )
    if stage.kind is Kind.DISCUSSION:
        if not first:
            yield f"{key}.kind", "only the first stage can be a discussion"
        return
    if stage.kind is Kind.DECISION and not last:
        yield f"{key}.kind", "only the last stage can be a decision"
    if stage.kind in (Kind.MEETING, Kind.DECISION) and not stage.meeting_by:
        yield f"{key}.meeting_by", "a stage without an actor: name who holds its meeting"
    if stage.kind is Kind.MEETING and stage.broken_clause is None:
        yield f"{key}.broken_clause", "name the clause for an agreed action that is not maintained"
    if stage.starts is not Start.STAGE and (stage.window is None or stage.window < 1):
        yield f"{key}.window", "must be 1 or more: the follow-on limit of a stage entered late"
    known_duties = {*ACTS, "inform:business_manager", "inform:agency_representative"}
    for j, duty in enumerate(stage.duties):
        for act in duty.done_by:
            if act not in known_duties:
                yield f"{key}.duties[{j}].done_by", f"{act!r} is not an act"
