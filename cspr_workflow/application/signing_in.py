"""Signing in: a password, then a second factor; and the session that follows, as long as it holds.

What is refused says nothing about why: whoever tries names and passwords learns neither which names
there are nor which of their guesses came near. Every step gives a new token, so that nobody can be
made to use a session that somebody else has prepared.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial

from cspr_workflow.application import passwords
from cspr_workflow.application.account_keeping import (
    AccountKeeping,
    SignInRules,
    Surroundings,
)
from cspr_workflow.application.accounts import (
    LOCAL,
    Account,
    AccountBook,
    Identity,
    Password,
    Session,
    Stage,
    fingerprint,
)
from cspr_workflow.application.attempts import UNKNOWN, WRONG, Attempt, SignInRefused
from cspr_workflow.application.passwords import CodeMaker, Hasher
from cspr_workflow.domain.errors import Code, Refusal

Token = str
SIGNED_IN = "signed in"
"""How the log of accounts begins a line about it."""
_OVER = "You are no longer signed in. Sign in again."


class Step(StrEnum):
    """What somebody who has given the right password has to do next."""

    CHOOSE_PASSWORD = "choose_password"  # noqa: S105 - the name of a step
    ENROL = "enrol"
    CODE = "code"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A second factor to be confirmed: its secret, and the same as a telephone reads it from a picture."""

    secret: str = field(repr=False)
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A second factor is confirmed: the new token, and recovery codes, which are told once."""

    token: Token = field(repr=False)
    recovery_codes: tuple[str, ...] = field(repr=False)


class SigningIn(AccountKeeping):
    """Who is who in one store: signing in, sessions, and the keeping of accounts."""

    def __init__(
        self,
        book: AccountBook,
        around: Surroundings,
        hasher: Hasher,
        codes: CodeMaker,
        rules: SignInRules,
    ) -> None:
        super().__init__(book, around, hasher, codes, rules)
        # A name that is no account's costs the time of one that is.
        self._nobodys = hasher.hash(secrets.token_urlsafe())

    # --- Signing in ----------------------------------------------------------------------------

    def password(self, sign_in: str, password: str, address: str) -> Token:
        """Begin to sign in: the token of a session with :meth:`next_step`. Raises :class:`SignInRefused`."""
        attempt = self._attempt(sign_in, address)
        account = self.book.accounts.by_sign_in(sign_in)
        kept = self.book.accounts.password(account.id) if account else None
        right = self._is_right(kept, password)
        if account is None or kept is None or not right or not self.holds(account):
            raise attempt.failed(account.id if account else UNKNOWN)
        if self._hasher.is_outdated(kept.hash):
            fresh = self._hasher.hash(passwords.normal(password))
            self.book.accounts.rehash(account.id, kept.hash, fresh)
        return self._begin(account, attempt, address)

    def with_identity(self, identity: Identity, via: str, address: str) -> Token:
        """Sign in with an account of another organisation, which asks for a second factor itself.

        ``via`` is what that organisation is called here. The session is complete. Raises
        :class:`SignInRefused` where the identity is linked to no account that gives access.
        """
        account = self.account_by_identity(identity)
        if account is None:
            self.note("sign-in failed", UNKNOWN, UNKNOWN, address)
            raise SignInRefused(WRONG)
        return self._begin_complete(self._new_session(account, address, via))

    def _begin(self, account: Account, attempt: Attempt, address: str) -> Token:
        session = self._new_session(account, address)
        if self._step(session, account) is not Step.NONE:
            attempt.succeeded()
            self.book.sessions.begin(session)
            return session.token
        attempt.proved()
        return self._begin_complete(session)

    def _begin_complete(self, session: Session) -> Token:
        self.book.sessions.begin(replace(session, stage=Stage.COMPLETE))
        self._note_signed_in(session)
        return session.token

    def _new_session(self, account: Account, address: str, via: str = LOCAL) -> Session:
        now = self.around.now()
        self.book.sessions.forget(now - self.rules.longest)
        return Session(
            secrets.token_urlsafe(32),
            account.id,
            account.person,
            begun=now,
            seen=now,
            stage=Stage.PASSWORD_GIVEN,
            via=via,
            address=address,
            generation=account.generation,
        )

    def next_step(self, session: Session) -> Step:
        """What is to be done before the session is complete."""
        account = self.book.accounts.account(session.account)
        return self._step(session, account) if account else Step.NONE

    def code(self, token: Token, code: str) -> Token:
        """Give the telephone's code: the session's new token. Raises :class:`SignInRefused`."""
        return self._second(token, partial(self._take_code, code))

    def recovery_code(self, token: Token, code: str) -> Token:
        """Give a recovery code in its place, each once. Raises :class:`SignInRefused`."""
        return self._second(token, partial(self._take_recovery, code))

    # --- The second factor ---------------------------------------------------------------------

    def enrol(self, token: Token, password: str = "") -> Enrolment:
        """A second factor to be confirmed: the same one each time until it is.

        Who is signed in already gives the password again, to take another telephone.
        Raises :class:`SignInRefused`.
        """
        session, account = self._here(token)
        if session.is_complete and not session.enrolling:
            self._give_again(account, password, session.address)
        elif not session.is_complete and self._step(session, account) is not Step.ENROL:
            raise SignInRefused(WRONG)
        secret = session.enrolling
        if not secret:
            secret = self._codes.new_secret()
            self.book.sessions.enrolling(token, secret)
        return Enrolment(secret, self._codes.address(secret, account.sign_in))

    def confirm_enrolment(self, token: Token, code: str) -> Enrolled:
        """Confirm a second factor with its first code; every other session ends.

        Raises :class:`SignInRefused`.
        """
        session, account = self._here(token)
        attempt = self._attempt(account.sign_in, session.address)
        secret = session.enrolling
        step = self._codes.step(secret, code, self.around.now()) if secret else None
        if step is None:
            raise attempt.failed(account.id)
        attempt.proved()
        told = passwords.recovery_codes()
        kept = [_recovery_print(account.id, one) for one in told]
        if not self.book.accounts.enrol(account.id, secret, step, kept, session.generation):
            raise SignInRefused(_OVER)
        self.note("second factor enrolled", account.id, account.person, session.address)
        renewed = replace(session, enrolling="", stage=Stage.COMPLETE)
        return Enrolled(self._renewed(session, _next_generation(renewed)), tuple(told))

    # --- Passwords -----------------------------------------------------------------------------

    def choose_password(self, token: Token, new: str, current: str = "") -> Token:
        """Choose a password: the session's new token; every other session ends.

        Who is signed in already gives the current one, too. Raises :class:`SignInRefused`, and
        :class:`Refusal` for a password that is not taken.
        """
        session, account = self._here(token)
        if session.is_complete:
            self._give_again(account, current, session.address)
        elif not account.must_choose:
            raise SignInRefused(WRONG)
        new = passwords.checked_password(new, account.sign_in)
        if self._hasher.is_right(self.book.accounts.password(account.id).hash, new):
            raise Refusal(
                Code.INVALID, "password: this is the password that you have; take another."
            )
        chosen = Password(self._hasher.hash(new))
        if not self.book.accounts.set_password(account.id, chosen, session.generation):
            raise SignInRefused(_OVER)
        self.note("password chosen", account.id, account.person, session.address)
        done = self._step(session, replace(account, must_choose=False)) is Step.NONE
        renewed = replace(session, stage=Stage.COMPLETE) if done else session
        return self._renewed(session, _next_generation(renewed))

    # --- Sessions ------------------------------------------------------------------------------

    def session(self, token: Token, *, touch: bool = True) -> Session | None:
        """The session of a token, where it holds: its stage says whether somebody is signed in.

        Without ``touch`` nobody was here: a page that asks by itself keeps no session alive.
        """
        found = self._held(token, touch=touch)
        return found[0] if found else None

    def sign_out(self, token: Token) -> None:
        """End a session."""
        session = self.book.sessions.find(token)
        if session is not None:
            self.book.sessions.end(token)
            self.note("signed out", session.account, session.person, session.address)

    def _held(self, token: Token, *, touch: bool = True) -> tuple[Session, Account] | None:
        session = self.book.sessions.find(token)
        if session is None:
            return None
        account = self.book.accounts.account(session.account)
        now = self.around.now()
        if (
            account is None
            or not self.holds(account)
            or now - session.seen >= self.rules.idle
            or now - session.begun >= self.rules.longest
        ):
            self.book.sessions.end(token)
            return None
        if session.generation != account.generation:
            # It holds no longer, but it may be going on under another token just now.
            return None
        if touch and now - session.seen >= self.rules.seen_every:
            self.book.sessions.touch(token, now)
            session = replace(session, seen=now)
        return session, account

    def _here(self, token: Token) -> tuple[Session, Account]:
        found = self._held(token)
        if found is None:
            raise SignInRefused(_OVER)
        return found

    def _renewed(self, session: Session, renewed: Session) -> Token:
        """Put a session under a new token in the place of another."""
        renewed = replace(renewed, token=secrets.token_urlsafe(32))
        if not self.book.sessions.renew(session.token, renewed):
            raise SignInRefused(_OVER)
        if renewed.is_complete and not session.is_complete:
            self._note_signed_in(renewed)
        return renewed.token

    def _note_signed_in(self, session: Session) -> None:
        how = SIGNED_IN if session.via == LOCAL else f"{SIGNED_IN} with {session.via}"
        self.note(how, session.account, session.person, session.address)

    # --- Shared --------------------------------------------------------------------------------

    def _step(self, session: Session, account: Account) -> Step:
        if session.is_complete:
            return Step.NONE
        if account.must_choose:
            return Step.CHOOSE_PASSWORD
        if account.second_factor:
            return Step.CODE
        return Step.ENROL if self.rules.second_factor else Step.NONE

    def _second(self, token: Token, take: Callable[[Session], bool]) -> Token:
        session, account = self._here(token)
        if self._step(session, account) is not Step.CODE:
            raise SignInRefused(WRONG)
        attempt = self._attempt(account.sign_in, session.address)
        if not take(session):
            raise attempt.failed(account.id)
        attempt.proved()
        return self._renewed(session, replace(session, stage=Stage.COMPLETE))

    def _take_code(self, code: str, session: Session) -> bool:
        secret = self.book.accounts.secret(session.account)
        step = self._codes.step(secret, code, self.around.now()) if secret else None
        return step is not None and self.book.accounts.use_step(session.account, step)

    def _take_recovery(self, code: str, session: Session) -> bool:
        account = session.account
        if not self.book.accounts.use_recovery(account, _recovery_print(account, code)):
            return False
        left = self.book.accounts.recovery_left(account)
        self.note(f"recovery code used, {left} left", account, session.person, session.address)
        return True

    def _give_again(self, account: Account, password: str, address: str) -> None:
        """Have somebody who is signed in show that it is still they."""
        attempt = self._attempt(account.sign_in, address)
        if not self._is_right(self.book.accounts.password(account.id), password):
            raise attempt.failed(account.id)
        attempt.proved()

    def _is_right(self, kept: Password | None, password: str) -> bool:
        """Whether a password is right; it takes the same time where there is nothing to compare with."""
        given = passwords.normal(password[: 5 * passwords.LONGEST])
        right = self._hasher.is_right(kept.hash if kept else self._nobodys, given)
        until = kept.one_time_until if kept else None
        return kept is not None and right and (until is None or self.around.now() < until)

    def _attempt(self, sign_in: str, address: str) -> Attempt:
        return Attempt(self.book, sign_in, address, self.around.now())


def _next_generation(session: Session) -> Session:
    """A session that goes on when its account's next generation begins."""
    return replace(session, generation=session.generation + 1)


def _recovery_print(account: str, code: str) -> str:
    return fingerprint(f"{account}:{passwords.recovery_code(code)}")
