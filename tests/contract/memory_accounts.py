"""Accounts kept in memory, in clear: what the contract says in the fewest words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from threading import RLock

from cspr_workflow.application.accounts import (
    EXPORT,
    NOTED_ANEW,
    READ,
    SEARCH,
    Account,
    ApiKey,
    Identity,
    Noted,
    Password,
    Reading,
    Session,
    Taken,
    comparable,
)
from cspr_workflow.application.throttling import Tally

LOCK = RLock()


@dataclass
class Kept:
    account: Account
    password: Password
    secret: str | None = None
    step: int = 0
    recovery: set[str] = field(default_factory=set)

    def change(self, **changes: object) -> None:
        self.account = replace(self.account, **changes)

    def begin_anew(self, **changes: object) -> None:
        self.change(generation=self.account.generation + 1, **changes)


class MemoryAccounts:
    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._identities: dict[Identity, str] = {}

    def all(self) -> Sequence[Account]:
        return [one.account for one in self._kept.values()]

    def account(self, id: str) -> Account | None:
        return self._kept[id].account if id in self._kept else None

    def by_sign_in(self, sign_in: str) -> Account | None:
        return self._open(lambda one: comparable(one.sign_in) == comparable(sign_in))

    def by_person(self, person: str) -> Account | None:
        return self._open(lambda one: one.person == person)

    def _open(self, wanted: Callable[[Account], bool]) -> Account | None:
        return next((one for one in self.all() if not one.closed and wanted(one)), None)

    def open(self, account: Account, password: Password) -> None:
        with LOCK:
            if self.by_person(account.person):
                raise Taken("person")
            if self.by_sign_in(account.sign_in):
                raise Taken("sign_in")
            self._kept[account.id] = Kept(account, password)
            self._kept[account.id].change(must_choose=password.one_time_until is not None)

    def set_end(self, id: str, ends_on: date | None) -> None:
        self._kept[id].change(ends_on=ends_on)

    def close(self, id: str) -> None:
        self._kept[id].begin_anew(closed=True)
        for identity in self.identities(id):
            self.unlink(identity)

    def begin_anew(self, id: str) -> None:
        self._kept[id].begin_anew()

    def password(self, id: str) -> Password:
        return self._kept[id].password

    def set_password(self, id: str, password: Password, generation: int | None = None) -> bool:
        with LOCK:
            kept = self._kept[id]
            if generation not in (None, kept.account.generation):
                return False
            kept.password = password
            kept.begin_anew(must_choose=password.one_time_until is not None)
            return True

    def rehash(self, id: str, before: str, after: str) -> None:
        kept = self._kept[id]
        if kept.password.hash == before:
            kept.password = replace(kept.password, hash=after)

    def secret(self, id: str) -> str | None:
        return self._kept[id].secret if id in self._kept else None

    def enrol(
        self, id: str, secret: str, step: int, recovery: Sequence[str], generation: int
    ) -> bool:
        with LOCK:
            kept = self._kept[id]
            if generation != kept.account.generation:
                return False
            kept.secret, kept.step, kept.recovery = secret, step, set(recovery)
            kept.begin_anew(second_factor=True)
            return True

    def drop_second_factor(self, id: str) -> None:
        kept = self._kept[id]
        kept.secret, kept.recovery = None, set()
        kept.change(second_factor=False)

    def use_step(self, id: str, step: int) -> bool:
        with LOCK:
            kept = self._kept[id]
            newer = step > kept.step
            kept.step = max(step, kept.step)
            return newer

    def use_recovery(self, id: str, fingerprint: str) -> bool:
        with LOCK:
            there = fingerprint in self._kept[id].recovery
            self._kept[id].recovery.discard(fingerprint)
            return there

    def recovery_left(self, id: str) -> int:
        return len(self._kept[id].recovery)

    def by_identity(self, identity: Identity) -> Account | None:
        id = self._identities.get(identity)
        return self.account(id) if id else None

    def identities(self, id: str) -> Sequence[Identity]:
        found = [one for one, account in self._identities.items() if account == id]
        return sorted(found, key=lambda one: (one.issuer, one.subject))

    def link(self, id: str, identity: Identity) -> None:
        if self._identities.setdefault(identity, id) != id:
            raise Taken("identity")

    def unlink(self, identity: Identity) -> bool:
        return self._identities.pop(identity, None) is not None


class MemorySessions:
    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    def begin(self, session: Session) -> None:
        self._sessions[session.token] = session

    def find(self, token: str) -> Session | None:
        return self._sessions.get(token)

    def renew(self, token: str, session: Session) -> bool:
        with LOCK:
            if self._sessions.pop(token, None) is None:
                return False
            self.begin(session)
            return True

    def touch(self, token: str, now: datetime) -> None:
        self._change(token, seen=now)

    def enrolling(self, token: str, secret: str) -> None:
        self._change(token, enrolling=secret)

    def _change(self, token: str, **changes: object) -> None:
        if token in self._sessions:
            self._sessions[token] = replace(self._sessions[token], **changes)

    def end(self, token: str) -> None:
        self._sessions.pop(token, None)

    def end_all(self, account: str | None = None) -> None:
        self._keep(lambda one: account is not None and one.account != account)

    def forget(self, before: datetime) -> None:
        self._keep(lambda one: one.begun >= before)

    def _keep(self, wanted: Callable[[Session], bool]) -> None:
        self._sessions = {token: one for token, one in self._sessions.items() if wanted(one)}


class MemoryApiKeys:
    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}

    def add(self, key: ApiKey, token: str) -> None:
        self._keys[token] = key

    def find(self, token: str) -> ApiKey | None:
        return self._keys.get(token)

    def key(self, id: str) -> ApiKey | None:
        return next((one for one in self._keys.values() if one.id == id), None)

    def of(self, account: str) -> Sequence[ApiKey]:
        return [one for one in self._keys.values() if one.account == account]

    def revoke(self, id: str) -> None:
        self._keys = {token: one for token, one in self._keys.items() if one.id != id}


class MemoryTallies:
    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}

    def change(self, key: str, now: datetime, change: Callable[[Tally], Tally]) -> None:
        with LOCK:
            tally = self._tallies.get(key, Tally())
            over = tally.ends is not None and tally.ends <= now
            self._tallies[key] = change(Tally() if over else tally)

    def clear(self, key: str) -> None:
        self._tallies.pop(key, None)


class MemoryAccountLog:
    def __init__(self) -> None:
        self._lines: list[Noted] = []

    def note(self, noted: Noted) -> None:
        self._lines.append(replace(noted, number=len(self._lines) + 1))

    def lines(
        self, account: str | None = None, before: int | None = None, limit: int = 100
    ) -> Sequence[Noted]:
        found = [
            one
            for one in reversed(self._lines)
            if account in (None, one.account) and (before is None or one.number < before)
        ]
        return found[:limit]


class MemoryReadingLog:
    def __init__(self) -> None:
        self._lines: list[Reading] = []

    def note(self, moment: datetime, person: str, what: str, about: str, how: str) -> bool:
        if what not in (READ, EXPORT, SEARCH):
            raise ValueError(what)
        again = any(
            (one.person, one.what, one.about) == (person, READ, about)
            and moment - NOTED_ANEW < one.moment <= moment
            for one in self._lines
        )
        if what == READ and again:
            return False
        self._lines.append(Reading(moment, person, what, about, how, len(self._lines) + 1))
        return True

    def lines(
        self,
        person: str | None = None,
        about: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> Sequence[Reading]:
        found = [
            one
            for one in reversed(self._lines)
            if person in (None, one.person)
            and about in (None, one.about)
            and (since is None or one.moment >= since)
            and (until is None or one.moment < until)
            and (before is None or one.number < before)
        ]
        return found[:limit]


class MemoryAccountBook:
    """Everything about accounts, gone with the program."""

    def __init__(self) -> None:
        self.accounts = MemoryAccounts()
        self.sessions = MemorySessions()
        self.keys = MemoryApiKeys()
        self.tallies = MemoryTallies()
        self.log = MemoryAccountLog()
        self.readings = MemoryReadingLog()
