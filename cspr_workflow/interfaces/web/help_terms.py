"""The words of the process as the help page explains them, each with its clauses of the policy in force."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cspr_workflow.domain.calendar import DayOne
from cspr_workflow.domain.people import Role
from cspr_workflow.domain.policy import Clause, Kind, Policy, Stage, Start, Timescale
from cspr_workflow.interfaces.sentences import counted, listed, words


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the process, what it means, and the ids of the clauses on which it rests."""

    name: str
    meaning: str
    clauses: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where it stands on the page."""
        return self.name.lower().replace(",", "").replace(" ", "-")

    def texts(self, policy: Policy) -> list[tuple[str, Clause]]:
        """Its clauses with their texts, each once, in the order of the policy."""
        return [(id, clause) for id, clause in policy.clauses.items() if id in self.clauses]


@dataclass(frozen=True, slots=True)
class Group:
    """Words that belong together."""

    title: str
    terms: Sequence[Term]


def groups(policy: Policy) -> list[Group]:
    """Every word that is explained, in the order of the process."""
    return [
        Group("The review and the escalation", list(_of_the_case(policy))),
        Group("Agreed actions", list(_of_actions(policy))),
        Group("Days and limits", list(_of_time(policy))),
        Group("The record", list(_of_the_record(policy))),
    ]


def _of_the_case(policy: Policy) -> Iterator[Term]:
    acts = policy.acts
    yield Term(
        "Incident",
        "A child has died or been seriously harmed, and abuse or neglect is known or suspected. Here it "
        "has a reference and two dates, and never a name.",
        (acts["report_incident"].clause,),
    )
    yield Term(
        "Timescale",
        "One of the times in which an incident has to be notified and reviewed. It is met, met late, or "
        "passed, by the day on which things happened, not by the day on which they were written down.",
        tuple(one.clause for one in policy.timescales),
    )
    yield Term(
        "Escalation",
        "What is raised where an agency’s inaction puts a timescale at risk. It names that timescale, the "
        "agency and the concern, and goes through the stages until it is closed.",
        (acts["raise_escalation"].clause,),
    )
    yield Term(
        "Stage",
        "A step of an escalation. When the last day of a stage is over and nothing has ended it, the "
        "clock moves the escalation to the next one.",
        tuple(one.clause for one in policy.stages),
    )
    yield Term(
        "Duty",
        "What a stage asks somebody to do, such as informing people. A stage that is reached is not a "
        "duty that is done: each is shown as done or not done.",
        tuple(duty.clause for stage in policy.stages for duty in stage.duties),
    )
    yield Term(
        "On behalf of",
        f"Agencies answer by telephone and e-mail. {_who(policy.on_behalf)} can record such an answer for "
        "the agency and say how it came. It counts as the agency’s, and stands as reported until the "
        "agency acknowledges it here itself.",
        (acts["give_reason"].clause, acts["acknowledge_action"].clause),
    )
    yield Term(
        "No longer at risk",
        "The timescale of an escalation is met, or its incident has ended. The clock then leaves the "
        "escalation alone; it waits to be closed.",
        (policy.no_longer_at_risk_clause,),
    )
    yield Term(
        "Settled",
        "Everything that the agency agreed to do is done, and nothing of it is outstanding. The clock "
        "leaves the escalation alone; it waits to be closed.",
    )
    yield Term(
        "Closed, withdrawn",
        "An escalation is closed with its outcome, by the roles that the stage names. It is withdrawn, "
        "with a reason, where it should not go on.",
        (acts["resolve"].clause, acts["withdraw_escalation"].clause),
    )


def _of_actions(policy: Policy) -> Iterator[Term]:
    acts = policy.acts
    yield Term(
        "Agreed action",
        "What is to be done, by which side, by when. SCSP and the agency each have their own record of it. "
        "It is agreed when both records are the same. Silence never counts as agreement.",
        (acts["record_action"].clause,),
    )
    yield Term(
        "Acknowledged",
        "A side has taken over the other side’s words and day as they stand. From then on the action is in "
        "force.",
        (acts["acknowledge_action"].clause,),
    )
    yield Term(
        "Varied",
        "A side has changed the words or the day in its own record. Both records stand beside each other, "
        "and what was in force stays in force, until the other side acknowledges the change.",
        (acts["vary_action"].clause,),
    )
    yield Term(
        "Done, confirmed, disputed",
        "The side that has to do an action says that it is done, and what shows it. The other side confirms "
        "that, or disputes it with a reason: then the action is outstanding again.",
        (acts["complete_action"].clause, acts["confirm_action"].clause),
    )
    yield Term(
        "Not maintained",
        "An action in force was still outstanding when its day ended. It can still be done late; both "
        "facts stay in the record.",
        (policy.not_maintained_clause,),
    )
    yield Term(
        "Released",
        "An action is no longer needed, because both sides have said so with their reasons, or because the "
        "final decision released it.",
        (acts["release_action"].clause, acts["decide"].clause),
    )
    yield Term(
        "By decision",
        "An action that the final decision set. It is in force and is never shown as agreed.",
        (acts["decide"].clause,),
    )


def _of_time(policy: Policy) -> Iterator[Term]:
    yield Term(
        "Working day",
        "Monday to Friday, no bank holiday and, for the stages of an escalation, no closure day. "
        f"{_DAY_ONE[policy.day_one]}",
        tuple(one.clause for one in policy.stages if one.kind is Kind.LIAISON),
    )
    yield Term(
        "Closure day",
        "A working day on which the partnership is closed, as the Business Manager declares it. It is not "
        "counted for the stages of an escalation. It never stretches a national timescale.",
    )
    yield Term(
        "Last day",
        "The last day on which something is in time. It may be used to its end, at midnight.",
    )
    yield Term(
        "Follow-on limit",
        "A stage that begins only when its own last day is over gets a limit of its own, counted from the "
        "day on which it began. The day that it missed stays in the record.",
    )
    yield Term(
        "Late",
        "It happened after its last day. What happened in time and was only written down late is not late; "
        "both moments are shown.",
    )
    yield Term(
        "Provisional",
        "A date beyond the years whose bank holidays have been announced. It can still move.",
    )


def _of_the_record(policy: Policy) -> Iterator[Term]:
    yield Term(
        "Happened and recorded",
        "Every entry has two times: when it happened, and when it was written down. Whether something was "
        "in time goes by when it happened.",
    )
    yield Term(
        "The clock, tick",
        "Nobody has to move a case on. The clock records what has fallen due, whenever it runs (a tick) and "
        "before every act. How often it runs makes no difference to what it records.",
        tuple(one.clause for one in policy.stages if not one.limit_passes),
    )
    yield Term(
        "Correction",
        "An entry that says what is right of another entry. Both stay, side by side. It moves no date and "
        "no stage.",
    )
    yield Term(
        "Rehearsal",
        "A copy to try things out in, with invented people. Nothing in it is real, and every page says so.",
    )


_DAY_ONE = {
    DayOne.NEXT_WORKING_DAY: "Working day 1 is the first working day after the day from which it counts.",
    DayOne.SAME_DAY: "Working day 1 is the day from which it counts, if that is a working day.",
}


def _who(roles: Sequence[Role]) -> str:
    told = listed([f"the {role.called}" for role in roles])
    return f"{told[:1].upper()}{told[1:]}"


# --- The process in two tables -------------------------------------------------------------------


def stage_rows(policy: Policy) -> list[tuple[str, str, str]]:
    """Each stage: its name, how long it lasts at most, its clause."""
    return [(one.name, _lasts(one), one.clause) for one in policy.stages]


def timescale_rows(policy: Policy) -> list[tuple[str, str, str]]:
    """Each timescale: its name, its length, its clause with the text."""
    return [
        (one.name, _length(one, one.length), f"{one.clause}: {policy.clauses[one.clause].text}")
        for one in policy.timescales
    ]


def all_from_the_raising(policy: Policy) -> bool:
    """Whether the limit of every stage counts from the raising."""
    return all(one.starts is Start.RAISING for one in policy.stages)


def _lasts(stage: Stage) -> str:
    if stage.kind is Kind.DISCUSSION:
        return f"until {_unit(stage)} {stage.length} begins"
    return f"to the end of {_unit(stage)} {stage.length}"


def _length(limit: Timescale, n: int) -> str:
    return counted(n, _unit(limit))


def _unit(limit: Timescale | Stage) -> str:
    return words(limit.unit).removesuffix("s")
