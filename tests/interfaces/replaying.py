"""Cases of a world told step by step, and a screen to look at."""

import io

from rich.console import Console

from cspr_workflow.domain.policy import Policy
from cspr_workflow.interfaces import replay
from cspr_workflow.interfaces.replay import Step, steps
from cspr_workflow.interfaces.sentences import Teller
from tests.support import World

NAMES = {"officer": "A. Officer", "sub": "D. Chair", "trust": "C. Lead"}


def told_by(policy: Policy) -> Teller:
    """Tells a record with the names of some of the people."""
    return Teller(policy, NAMES)


def replayed(world: World, stream: str = "escalation:ESC-1") -> list[Step]:
    """A case of a world, step by step."""
    recorded = [one for one in world.everything() if one.stream == stream]
    return steps(recorded, world.policy, told_by(world.policy))


def changed(step: Step) -> list[str]:
    """What a step changed, in lines."""
    return [change.told for change in step.changes]


def screen(*, terminal: bool = False, width: int = 80) -> Console:
    """A screen that keeps what is printed; unless asked for, no terminal."""
    return Console(
        file=io.StringIO(), width=width, force_terminal=terminal, markup=False, highlight=False
    )


def text(out: Console) -> str:
    """All that was printed on a screen."""
    return out.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def printed(step: Step) -> str:
    """A step as it is shown, its lines and columns run together."""
    out = screen()
    replay.tell(step, 9, out)
    return " ".join(text(out).split())
