"""What each desk finds in the line under the page's head."""

from collections.abc import Sequence
from dataclasses import dataclass

from cspr_workflow.domain.people import Person
from cspr_workflow.domain.reading import Desk, desk_of, may_keep_register


@dataclass(frozen=True, slots=True)
class Link:
    """A place to go to; ``here`` where the page stands in that part of the site."""

    text: str
    path: str
    here: bool = False


_BOARD = ("Board", "/board")
_ACTIONS = ("Agreed actions", "/actions")
_REGISTER = ("Register", "/register")
_TIMELINESS = ("Timeliness", "/timeliness")
_CALENDAR = ("Calendar", "/calendar")
_RECORD = ("The record", "/record")
_HELP = ("Help", "/help")
_LINKS = {
    Desk.UNIT: (_BOARD, _REGISTER, _ACTIONS, _TIMELINESS, _CALENDAR, _RECORD, _HELP),
    Desk.AGENCY: (_BOARD, _ACTIONS, _HELP),
    Desk.AUDITOR: (_BOARD, _REGISTER, _ACTIONS, _TIMELINESS, _CALENDAR, _RECORD, _HELP),
    Desk.ADMINISTRATOR: (
        ("People", "/people"),
        ("Settings", "/settings"),
        ("Status", "/status"),
        ("Who read what", "/readings"),
        _HELP,
    ),
}
HOME = {
    Desk.UNIT: "/board",
    Desk.AGENCY: "/board",
    Desk.AUDITOR: "/board",
    Desk.ADMINISTRATOR: "/people",
}
"""Where each desk begins."""


ADMINISTRATION = (
    ("People", "/people"),
    ("Log of accounts", "/accounts/log"),
    ("Who read what", "/readings"),
    ("Status", "/status"),
    ("Settings", "/settings"),
)
"""What those find who keep the register."""


def navigation(person: Person, path: str) -> Sequence[Link]:
    """The links of a person's desk; the part of the site in which ``path`` stands is marked."""
    desk = desk_of(person)
    found = [_link(text, place, path) for text, place in _LINKS[desk]]
    if desk is not Desk.ADMINISTRATOR and may_keep_register(person):
        here = any(link.here for link in administration(path))
        found.insert(-1, Link("People", "/people", here))
    return found


def administration(path: str) -> Sequence[Link]:
    """The parts of the administration."""
    return [_link(text, place, path) for text, place in ADMINISTRATION]


def _link(text: str, place: str, path: str) -> Link:
    return Link(text, place, here=path == place or path.startswith(f"{place}/"))
