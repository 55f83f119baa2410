"""One attempt to show who one is: counted before anything is looked at, and forgiven where it succeeds."""

from datetime import datetime, timedelta

from cspr_workflow.application import throttling
from cspr_workflow.application.accounts import AccountBook, Noted, comparable
from cspr_workflow.application.throttling import Tally, Waiting

UNKNOWN = "unknown"
"""In the log of accounts: nobody knows who it was."""
WRONG = (
    "That is not right, or this account cannot be used now. Try again; if it goes on, ask those who keep "
    "your partnership's accounts."
)
_LONGEST_NAME = 200


class SignInRefused(Exception):
    """Somebody could not sign in: a sentence for them, and after which time they can try again."""

    def __init__(self, sentence: str, retry_after: timedelta | None = None) -> None:
        self.sentence, self.retry_after = sentence, retry_after
        super().__init__(sentence)


class Attempt:
    """One attempt under a sign-in name, from an address. Raises :class:`SignInRefused` after too many."""

    def __init__(self, book: AccountBook, sign_in: str, address: str, now: datetime) -> None:
        self._book, self._address, self._now = book, address, now
        self._name = f"name:{comparable(sign_in)[:_LONGEST_NAME]}"
        self._from = f"address:{throttling.network(address)}"
        self._count(self._name, throttling.NAME)
        try:
            self._count(self._from, throttling.ADDRESS)
        except SignInRefused:
            self._forgive(self._name)
            raise

    def failed(self, account: str) -> SignInRefused:
        """The attempt failed: what is raised for it."""
        self._book.log.note(Noted(self._now, "sign-in failed", account, UNKNOWN, self._address))
        return SignInRefused(WRONG)

    def succeeded(self) -> None:
        """The attempt succeeded; earlier failures under the name still count."""
        self._forgive(self._name)
        self._forgive(self._from)

    def proved(self) -> None:
        """The attempt succeeded, and nothing is left to guess for this name: its failures are forgotten."""
        self._book.tallies.clear(self._name)
        self._forgive(self._from)

    def _count(self, key: str, limit: int) -> None:
        def count(tally: Tally) -> Tally:
            return throttling.attempted(tally, self._now, limit)

        try:
            self._book.tallies.change(key, self._now, count)
        except Waiting as waiting:
            left = waiting.until - self._now
            minutes = -(-left // timedelta(minutes=1))
            how_long = "1 minute" if minutes == 1 else f"{minutes} minutes"
            raise SignInRefused(
                f"There were too many attempts. Try again in {how_long}.", left
            ) from waiting

    def _forgive(self, key: str) -> None:
        self._book.tallies.change(
            key, self._now, lambda tally: throttling.forgiven(tally, self._now)
        )
