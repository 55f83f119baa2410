"""Passwords as Argon2id keeps them: slow and greedy on purpose, so that guessing costs a lot."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE = 4
"""More of them at the same time would take too much memory; the others wait."""


class Argon2id:
    """Hashes passwords with so many passes over so much memory.

    The defaults are those of the library, which follow RFC 9106 for a server with little memory.
    """

    def __init__(self, passes: int = 3, memory_kib: int = 64 * 1024, lanes: int = 4) -> None:
        self._hasher = PasswordHasher(passes, memory_kib, lanes)
        self._few = BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        """The hash of a password, salted."""
        with self._few:
            return self._hasher.hash(password)

    def is_right(self, hash: str, password: str) -> bool:
        """Whether a password is the one that was hashed."""
        try:
            with self._few:
                return self._hasher.verify(hash, password)
        except (VerificationError, InvalidHashError):
            return False

    def is_outdated(self, hash: str) -> bool:
        """Whether passwords are hashed in another way by now."""
        return self._hasher.check_needs_rehash(hash)
