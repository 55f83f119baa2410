"""People who sign in, for the tests: their passwords, their telephones, and a clock that is set by hand."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pyotp import TOTP

from cspr_workflow.application.account_keeping import OneTimePassword, SignInRules, Surroundings
from cspr_workflow.application.accounts import Account, AccountBook, Session
from cspr_workflow.application.attempts import SignInRefused
from cspr_workflow.application.signing_in import SigningIn, Step
from cspr_workflow.domain.calendar import CivilTime
from cspr_workflow.domain.people import SCSP, Person, Role
from cspr_workflow.store.password_hash import Argon2id
from cspr_workflow.store.telephone_codes import TelephoneCodes
from tests.support import PEOPLE, utc

BEGAN = utc("2026-11-30T09:30")
HERE = "192.0.2.1"
PASSWORD = "Kettle-orbit-Tuesday"
ANOTHER = "Marble-fog-eleven-9"
ADMIN = Person("admin", Role.ADMINISTRATOR, SCSP)
WRONG = "That is not right, or this account cannot be used now."


@dataclass
class FrontDoor:
    """One store's signing in, and what the people who use it know."""

    book: AccountBook
    rules: SignInRules = field(default_factory=SignInRules)

    def __post_init__(self) -> None:
        self.now = BEGAN
        self.people = {**PEOPLE, ADMIN.id: ADMIN}
        self.telephones: dict[str, str] = {}
        self.recovery: dict[str, tuple[str, ...]] = {}
        self.hashed = CountingHasher()
        self.door = self.program()

    def program(self) -> SigningIn:
        """One more program with the same accounts."""
        return SigningIn(
            self.book,
            Surroundings(lambda: self.people, lambda: self.now, CivilTime("Europe/London").day),
            self.hashed,
            TelephoneCodes("Test"),
            self.rules,
        )

    def later(self, **time: float) -> "FrontDoor":
        self.now += timedelta(**time)
        return self

    # --- Who there is ------------------------------------------------------------------------

    def opened(self, person: str, ends_on: str | None = None) -> OneTimePassword:
        """Somebody with a new account, who signs in by the id."""
        last = datetime.fromisoformat(ends_on).date() if ends_on else None
        return self.door.open_account(person, person, last, by="admin")

    def ready(self, *people: str) -> "FrontDoor":
        """People with a password and a telephone of their own; nobody is signed in."""
        for person in people:
            one_time = self.opened(person)
            token = self.door.password(person, one_time.password, HERE)
            token = self.door.choose_password(token, PASSWORD)
            if self.rules.second_factor:
                token = self.enrolled(person, token)
            self.door.sign_out(token)
        return self.later(minutes=1)

    def enrolled(self, person: str, token: str) -> str:
        """Somebody's telephone is enrolled; the new token."""
        self.telephones[person] = self.door.enrol(token).secret
        done = self.door.confirm_enrolment(token, self.code(person))
        self.recovery[person] = done.recovery_codes
        return done.token

    def account(self, person: str) -> Account:
        found = self.book.accounts.by_person(person)
        assert found is not None
        return found

    # --- Signing in --------------------------------------------------------------------------

    def code(self, person: str, **shifted: float) -> str:
        """What somebody's telephone shows."""
        return TOTP(self.telephones[person]).at(self.now + timedelta(**shifted))

    def given(self, person: str, password: str = PASSWORD, address: str = HERE) -> str:
        """Somebody gives a password: the token."""
        return self.door.password(person, password, address)

    def signed_in(self, person: str, address: str = HERE) -> str:
        """Somebody signs in: the token. The telephone shows a code that was not used yet."""
        self.later(minutes=1)
        token = self.given(person, address=address)
        return self.door.code(token, self.code(person)) if self.rules.second_factor else token

    def session(self, token: str) -> Session:
        found = self.door.session(token)
        assert found is not None
        return found

    def step(self, token: str) -> Step:
        return self.door.next_step(self.session(token))

    def fails(self, person: str, times: int = 1, address: str = HERE) -> list[str]:
        """Somebody gives a wrong password so many times: what they are told."""
        return [
            refusal(lambda: self.given(person, "wrong", address)).sentence for _ in range(times)
        ]

    def noted(self) -> list[str]:
        """What the log of accounts says, the newest first."""
        return [line.what for line in self.book.log.lines()]


class CountingHasher:
    """The quickest Argon2id there is; it counts how often it was asked."""

    def __init__(self) -> None:
        self.argon = Argon2id(1, 8, 1)
        self.checks = 0

    def hash(self, password: str) -> str:
        return self.argon.hash(password)

    def is_right(self, hash: str, password: str) -> bool:
        self.checks += 1
        return self.argon.is_right(hash, password)

    def is_outdated(self, hash: str) -> bool:
        return self.argon.is_outdated(hash)


def refusal(what) -> SignInRefused:
    """What is tried is refused."""
    try:
        told = what()
    except SignInRefused as refused:
        return refused
    raise AssertionError(f"taken: {told}")


def rehearsal(book: AccountBook) -> FrontDoor:
    """A rehearsal that does without the second factor."""
    return FrontDoor(book, SignInRules(rehearsal=True, second_factor=False))
