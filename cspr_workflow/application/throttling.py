"""Slowing down whoever tries passwords: after some failures each next attempt has to wait, ever longer.

An attempt counts as failed from its beginning and is forgiven when it succeeds. So any number of
attempts at the same time are no more than as many one after the other.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Protocol

NAME, ADDRESS = 5, 30
"""So many failures under one sign-in name, or from one address, bring the first waiting time ..."""
WITHIN = timedelta(minutes=15)
"""... where they come within this time."""
_LONGEST = timedelta(hours=1)
_NETWORK = 64


@dataclass(frozen=True, slots=True)
class Tally:
    """Failed attempts, the oldest first; nobody may try before ``until``, after so many ``waits``."""

    attempts: tuple[datetime, ...] = ()
    until: datetime | None = None
    waits: int = 0

    @property
    def ends(self) -> datetime | None:
        """From when on the tally means nothing; ``None`` for an empty one."""
        moments = [*self.attempts[-1:], *filter(None, [self.until])]
        return max(moments) + WITHIN if moments else None


class Tallies(Protocol):
    """The tallies of attempts at signing in that have not succeeded."""

    def change(self, key: str, now: datetime, change: Callable[[Tally], Tally]) -> None:
        """Put a changed tally in the place of the one there is; nobody else changes it meanwhile.

        What ``change`` raises leaves it as it is. Tallies that have lost their meaning are forgotten.
        """

    def clear(self, key: str) -> None:
        """Forget a tally."""


class Waiting(Exception):
    """Nobody may try before ``until``."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        super().__init__(until)


def attempted(tally: Tally, now: datetime, limit: int) -> Tally:
    """The tally with one attempt more. Raises :class:`Waiting`."""
    if tally.until is not None and now < tally.until:
        raise Waiting(tally.until)
    recent = tuple(one for one in tally.attempts if now - one < WITHIN)
    attempts = (*recent, now)[-limit:]
    waited = tally.until is not None and now - tally.until < WITHIN
    if not waited and len(attempts) < limit:
        return Tally(attempts)
    waits = tally.waits + 1
    return Tally(attempts, now + _length(waits), waits)


def forgiven(tally: Tally, moment: datetime) -> Tally:
    """The tally without the attempt of a moment, which succeeded."""
    left = list(tally.attempts)
    if moment in left:
        left.remove(moment)
    tally = replace(tally, attempts=tuple(left))
    if tally.until is None or tally.until != moment + _length(tally.waits):
        return tally
    # This attempt began the waiting time: it is over, and what led to it is still remembered.
    if tally.waits == 1:
        return replace(tally, until=None, waits=0)
    return replace(tally, until=moment, waits=tally.waits - 1)


def _length(waits: int) -> timedelta:
    """How long to wait for the so-manieth time: 1, 2, 4 ... up to 60 minutes."""
    return min(timedelta(minutes=1 << min(waits - 1, 10)), _LONGEST)


def network(address: str) -> str:
    """What attempts are counted under: an address, or of IPv6 the network that one customer has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((int(parsed), _NETWORK), strict=False))
