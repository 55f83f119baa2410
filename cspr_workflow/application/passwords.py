"""Passwords, sign-in names and codes: which are taken, how new ones are made, what checks them."""

import secrets
import unicodedata
from datetime import datetime
from typing import Protocol

from cspr_workflow.application.accounts import storable
from cspr_workflow.domain.errors import Code, Refusal

SHORTEST, LONGEST = 12, 200
"""Characters of a password."""
RECOVERY_CODES = 10
_SHORTEST_NAME, _LONGEST_NAME = 3, 100
_FEW = 5
"""A password of fewer different characters is refused."""
# Without characters that are taken for others when somebody reads them out.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"

_COMMON = frozenset(
    [
        "123456789012",
        "1234567890123",
        "123456789123",
        "1234567890ab",
        "0123456789ab",
        "012345678910",
        "987654321098",
        "qwertyuiop12",
        "qwertyuiop123",
        "qwertyuiopas",
        "qwerty123456",
        "qwertyqwerty",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "qazwsxedcrfv",
        "asdfghjkl123",
        "asdfghjklzxc",
        "zxcvbnm12345",
        "abcdefghijkl",
        "abcdefg12345",
        "abc123abc123",
        "password1234",
        "password12345",
        "password123456",
        "passwordpassword",
        "password2025",
        "password2026",
        "password2027",
        "mypassword12",
        "mypassword123",
        "newpassword1",
        "newpassword123",
        "changeme1234",
        "changemenow1",
        "letmein12345",
        "letmeinplease",
        "welcome12345",
        "welcome123456",
        "welcome2026!",
        "administrator",
        "administrator1",
        "administrator123",
        "iloveyou1234",
        "iloveyou12345",
        "sunshine1234",
        "princess1234",
        "football1234",
        "safeguarding",
        "safeguarding1",
        "safeguarding123",
        "safeguarding2026",
        "childprotection",
        "partnership1",
        "partnership123",
        "escalation123",
        "correcthorsebatterystaple",
    ]
)


class Hasher(Protocol):
    """Hashes passwords, slowly on purpose."""

    def hash(self, password: str) -> str:
        """The hash of a password, salted."""

    def is_right(self, hash: str, password: str) -> bool:
        """Whether a password is the one that was hashed."""

    def is_outdated(self, hash: str) -> bool:
        """Whether passwords are hashed in another way by now."""


class CodeMaker(Protocol):
    """The second factor: codes that a telephone works out from a secret and the time."""

    def new_secret(self) -> str:
        """A secret for a new telephone."""

    def address(self, secret: str, sign_in: str) -> str:
        """The secret as telephones read it from a picture (``otpauth://``)."""

    def step(self, secret: str, code: str, now: datetime) -> int | None:
        """The time step of a code, of those around now; ``None`` where it is the code of none."""


def checked_password(password: str, sign_in: str) -> str:
    """A new password in its one form. Raises :class:`Refusal` with what is wrong with it."""
    password = normal(password)
    plain = password.casefold()
    names = [
        one for one in {sign_in, sign_in.split("@", maxsplit=1)[0]} if len(one) >= _SHORTEST_NAME
    ]
    said = {
        f"has fewer than {SHORTEST} characters": len(password) < SHORTEST,
        f"has more than {LONGEST} characters": len(password) > LONGEST,
        "contains your sign-in name": any(one.casefold() in plain for one in names),
        "is one of the first that others would try": plain in _COMMON,
        "repeats the same few characters": len(set(plain)) < _FEW,
    }
    wrong = next((what for what, is_so in said.items() if is_so), None)
    if wrong is not None:
        raise Refusal(
            Code.INVALID,
            f"password: this password {wrong}. Take at least {SHORTEST} characters; three words that "
            "have nothing to do with each other are easy to keep in mind.",
        )
    return password


def normal(password: str) -> str:
    """A password in one form, whatever keyboard its accents were typed on."""
    return unicodedata.normalize("NFC", storable(password))


def checked_sign_in(sign_in: str) -> str:
    """A new sign-in name. Raises :class:`Refusal` with what is wrong with it."""
    name = normal(sign_in.strip())
    if not _SHORTEST_NAME <= len(name) <= _LONGEST_NAME:
        raise Refusal(
            Code.INVALID,
            f"sign_in: a sign-in name has {_SHORTEST_NAME} to {_LONGEST_NAME} characters.",
        )
    if not name.isprintable() or " " in name:
        raise Refusal(
            Code.INVALID,
            "sign_in: a sign-in name has letters, digits and signs, and no space; an e-mail address "
            "will do.",
        )
    return name


def one_time_password() -> str:
    """A password for the first time: 99 bits, in four groups that can be read out."""
    return _groups(4, 5)


def recovery_codes() -> list[str]:
    """The codes for somebody who has lost the telephone: 79 bits each."""
    return [_groups(4, 4) for _ in range(RECOVERY_CODES)]


def recovery_code(written: str) -> str:
    """A recovery code as somebody wrote it, in its one form."""
    return "".join(written.split()).replace("-", "").lower()


def _groups(number: int, length: int) -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(length)) for _ in range(number))
