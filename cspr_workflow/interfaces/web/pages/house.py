"""The house: how the store is doing, its settings, who read what, what was done to accounts."""

from collections.abc import Sequence
from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from cspr_workflow import __version__
from cspr_workflow.application.accounts import Noted, Reading
from cspr_workflow.interfaces.clock_commands import MOST_MINUTES
from cspr_workflow.interfaces.questions.house import STATUS
from cspr_workflow.interfaces.sentences import counted, dates_in_words
from cspr_workflow.interfaces.status_command import BACKUP_DAYS, lines
from cspr_workflow.interfaces.web.asked import Query
from cspr_workflow.interfaces.web.exports import Export, Sheet, taken_away
from cspr_workflow.interfaces.web.keeping import KEEPERS_DESKS, AKeeper, keeping_page
from cspr_workflow.interfaces.web.short_forms import Sent
from cspr_workflow.interfaces.web.visit import Visit, desks, saying
from cspr_workflow.store.lasting_record import FORM

router = APIRouter()
GAP_SET = saying("gap-set", "The setting is changed.")
ON_A_PAGE = 50
_AT_ONCE = 1000
_TITLES = ("number", "when", "person", "name", "what", "about", "how")


# --- How the store is doing -------------------------------------------------------------------------


@router.get("/status")
@desks(*KEEPERS_DESKS)
def status(visit: AKeeper) -> Response:
    """What needs somebody, and how everything is."""
    found = STATUS.ask(visit.asking, None)
    return keeping_page(
        visit, "administration/status.html", needs=list(found.needs()), lines=list(lines(found))
    )


# --- Settings -----------------------------------------------------------------------------------


@router.get("/settings")
@desks(*KEEPERS_DESKS)
def settings_form(visit: AKeeper) -> Response:
    """What can be set, and what is as it is."""
    return _settings_page(visit)


@router.post("/settings")
@desks(*KEEPERS_DESKS)
def settings_sent(visit: AKeeper) -> Response:
    """After how long without the clock there is a gap."""
    sent = Sent(visit.form)
    sent.needed("gap_minutes", "Enter a number of minutes")
    minutes = 0 if sent.faults else sent.number("gap_minutes")
    if not sent.faults and minutes > MOST_MINUTES:
        sent.faults["gap_minutes"] = f"Enter {MOST_MINUTES} minutes, which is a week, or fewer"
    if sent.faults:
        return _settings_page(visit, sent)
    visit.site.desk.office.set_gap_minutes(minutes)
    told = f"a gap is noted after {counted(minutes, 'minute')}"
    visit.site.signing_in.note(told, "", visit.person.id)
    return visit.redirect("/settings", told=GAP_SET)


def _settings_page(visit: Visit, sent: Sent | None = None) -> Response:
    site, desk = visit.site, visit.site.desk
    filled = {"faults": sent.faults, "values": sent.values} if sent else {}
    rules = site.signing_in.rules
    return keeping_page(
        visit,
        "administration/settings.html",
        HTTPStatus.BAD_REQUEST if sent else HTTPStatus.OK,
        gap_minutes=desk.office.gap_minutes,
        backup_days=None if desk.rehearsal else BACKUP_DAYS,
        providers=[(one, site.settings.origin + one.path(back=True)) for one in _providers(visit)],
        kind="A rehearsal, in which nothing is real" if desk.rehearsal else "Lasting",
        url=site.settings.url,
        folder=desk.place,
        program=__version__,
        record_form=FORM,
        policy=desk.policy.label,
        idle=int(rules.idle.total_seconds() // 60),
        longest=int(rules.longest.total_seconds() // 3600),
        second_factor=rules.second_factor,
        **filled,
    )


def _providers(visit: Visit) -> list[Any]:
    return list(visit.site.providers.values())


# --- Who read what ------------------------------------------------------------------------------


@router.get("/readings")
@desks(*KEEPERS_DESKS)
def readings(visit: AKeeper) -> Response:
    """Who outside the unit read a case, and who exported or searched what; the newest first."""
    query = Query(visit.request.query_params)
    wanted = _wanted(visit, query)
    found = [] if query.faults else _lines(visit, wanted, query, ON_A_PAGE + 1)
    older = found[ON_A_PAGE - 1].number if len(found) > ON_A_PAGE else None
    asked = {name: value for name, value in query.values.items() if name != "before" and value}
    return keeping_page(
        visit,
        "administration/readings.html",
        HTTPStatus.BAD_REQUEST if query.faults else HTTPStatus.OK,
        readings=found[:ON_A_PAGE],
        people=[("", "Everybody"), *sorted(_everybody(visit), key=lambda one: one[1])],
        first=_address("/readings", asked) if "before" in query.values else "",
        next=_address("/readings", {**asked, "before": older}) if older else "",
        asked=f"?{urlencode(asked)}" if asked else "",
        faults=query.faults,
        values=query.values,
    )


@router.get("/readings/download.{form}")
@desks(*KEEPERS_DESKS)
def readings_taken(form: str, visit: AKeeper) -> Response:
    """All lines that are looked for; that they were taken is noted, too."""
    query = Query(visit.request.query_params)
    found = list(_all_lines(visit, _wanted(visit, query)))
    name = visit.asking.name
    rows = [
        (one.number, one.moment, one.person, name(one.person), one.what, one.about, one.how)
        for one in found
    ]
    plain = [dict(zip(_TITLES, map(visit.asking.plain, row), strict=True)) for row in rows]
    export = Export(
        "log of reading",
        "log-of-reading",
        "The log of reading and exporting",
        Sheet("Who read what", _TITLES, rows),
        lambda: {"readings": plain},
    )
    return taken_away(visit, export, form)


def _wanted(visit: Visit, query: Query) -> dict[str, Any]:
    civil = visit.asking.civil
    since, until = query.day("from"), query.day("to")
    return {
        "person": query.text("person"),
        "about": query.text("about"),
        "since": civil.midnight_opening(date.fromisoformat(since)) if since else None,
        "until": civil.midnight_ending(date.fromisoformat(until)) if until else None,
    }


def _lines(visit: Visit, wanted: dict[str, Any], query: Query, limit: int) -> Sequence[Reading]:
    before = query.number("before", 0) or None
    return visit.site.readings.lines(**wanted, before=before, limit=limit)


def _all_lines(visit: Visit, wanted: dict[str, Any]) -> Sequence[Reading]:
    found: list[Reading] = []
    before: int | None = None
    while page := visit.site.readings.lines(**wanted, before=before, limit=_AT_ONCE):
        found += page
        before = page[-1].number
    return found


def _everybody(visit: Visit) -> list[tuple[str, str]]:
    name = visit.asking.name
    return [(id, f"{name(id)} ({id})") for id in visit.asking.people]


# --- What was done to accounts --------------------------------------------------------------------


@router.get("/accounts/log")
@desks(*KEEPERS_DESKS)
def account_log(visit: AKeeper) -> Response:
    """Who signed in, or tried to, and what was done to accounts; the newest first."""
    query = Query(visit.request.query_params)
    book = visit.site.signing_in.book
    before = query.number("before", 0) or None
    found = book.log.lines(None, before, ON_A_PAGE + 1)
    older = found[ON_A_PAGE - 1].number if len(found) > ON_A_PAGE else None
    people = {one.id: one.person for one in book.accounts.all()}
    return keeping_page(
        visit,
        "administration/account_log.html",
        HTTPStatus.BAD_REQUEST if query.faults else HTTPStatus.OK,
        lines=[_told(visit, one, people) for one in found[:ON_A_PAGE]],
        first="/accounts/log" if before else "",
        next=_address("/accounts/log", {"before": older}) if older else "",
        faults=query.faults,
    )


def _told(visit: Visit, one: Noted, people: dict[str, str]) -> tuple[Any, ...]:
    name = visit.asking.name
    whose = people.get(one.account)
    by = "" if one.by == whose else name(one.by)
    return one.moment, name(whose) if whose else "", dates_in_words(one.what), by, one.address


def _address(path: str, asked: dict[str, Any]) -> str:
    return f"{path}?{urlencode(asked)}" if asked else path
