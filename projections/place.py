"""A place where views are kept: a file in a store's folder, or a schema on a server."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import Protocol

from projections.database import Database


class Following(Protocol):
    """Views that follow a record, as the place sees them that they are in."""

    @property
    def wanted(self) -> str:
        """The form that they are to have."""

    @property
    def position(self) -> int:
        """The position up to which they have followed."""

    def catch_up(self) -> int:
        """Take over all that the record holds beyond them."""

    def last(self) -> int:
        """The last position of the record."""

    def usable(self) -> Database | None:
        """Themselves, where they are there, of the form wanted and of this record's past."""

    def close(self) -> None:
        """Close every connection."""


class Place(ABC):
    """Where views are kept. What goes wrong is a ``Trouble``."""

    name: str
    """What is named where something goes wrong."""

    @abstractmethod
    def mine(self) -> Database | None:
        """This thread's connection to the views; ``None`` where there is nothing."""

    @abstractmethod
    def beside(
        self, views: Following, patience: float | None = None
    ) -> AbstractContextManager["Beside | None"]:
        """A place in which views can be made that have followed nothing yet; gone afterwards.

        ``None`` where somebody else was doing so, and has put what came of it in place; with
        ``patience``, he is waited for no longer than these seconds. Raises :class:`Busy`.
        """

    @abstractmethod
    def reporting(self) -> AbstractContextManager[None]:
        """Turns what goes wrong here into a ``Trouble`` that says what to do."""

    @abstractmethod
    def close(self) -> None:
        """Close every connection; who asks again opens a new one."""


class Beside(Place):
    """A place beside another: what is built there takes the place of what is in the other."""

    @abstractmethod
    def put_in_place(self, views: Following, built: Following) -> int | None:
        """Have everybody who reads ``views`` read what was ``built`` here: the position reached.

        ``None`` where somebody else has put others in place meanwhile, which can be used.
        """
