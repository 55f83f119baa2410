"""The pages of a store on a PostgreSQL server: as those of a folder, sign for sign."""

import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient

from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.interfaces.rehearsal_accounts import SignIn, rehearsal_sign_ins
from cspr_workflow.interfaces.signing import signing_in
from cspr_workflow.store import stores
from tests.interfaces.asked_store import Store
from tests.postgres_server import APP, OWNER, own_server, server
from tests.web import (
    test_acts,
    test_corrections,
    test_lists,
    test_past,
    test_record,
    test_signing_in,
)
from tests.web.busy import make_busy
from tests.web.on_both import Both, both_sites, plain, server_site
from tests.web.site import MadeSite, made_site
from tests.web.test_downloads import LISTS, table, workbook
from tests.web.test_every_page import Visited, visited

PASSWORD_OF_ROLE = "not-secret"


@pytest.fixture(scope="module")
def busy() -> Iterator[Both]:
    """Sites on which more has happened, and at which the tests only look."""
    with both_sites() as both:
        for made in both:
            make_busy(made)
            for person in ("manager", "trust", "audit", "admin", "officer", "chair"):
                made.token(person)
        before = [made.store.desk.record.last() for made in both]
        yield both
        assert [made.store.desk.record.last() for made in both] == before


@pytest.fixture
def made() -> Iterator[MadeSite]:
    with server_site() as one:
        yield one


def states(made: MadeSite) -> list[tuple[str, int, str]]:
    return [
        (one.stream, one.version, repr(one.entry.fact)) for one in made.store.desk.record.read_all()
    ]


def test_the_same_is_recorded(busy: Both) -> None:
    assert states(busy.folder) == states(busy.on_server)


SEARCHES = (
    "/register?text=ESC", "/register?text=esc-1", "/register?agency=Police", "/register?text=_", "/register?text=%25",
    "/actions?agency=Acute+Trust", "/actions?due_from-day=4&due_from-month=12&due_from-year=2026",
    "/timeliness?by=agency", "/timeliness?by=stage", "/timeliness?by=period", "/board?agency=Police",
    "/as-it-stood?moment-day=1&moment-month=12&moment-year=2026", "/escalations/ESC-1/history?order=recorded",
    "/record?page=2",
)  # fmt: skip
"""Questions with something in their address: what is looked for, and in which order it comes."""


@pytest.mark.parametrize(
    "one", [*visited(), *(Visited("audit", path) for path in SEARCHES)], ids=str
)
def test_a_page_says_the_same(busy: Both, one: Visited) -> None:
    told = [plain(made, made.client(one.person or None).get(one.path)) for made in busy]
    assert told[0][0] < 500
    if one.path == "/status":  # it says of what kind the store is
        told = [(status, "") for status, _ in told]
    assert told[0] == told[1]


@pytest.mark.parametrize("path", LISTS)
def test_the_same_is_taken_away(busy: Both, path: str) -> None:
    forms = {"csv": table, "json": lambda answer: answer.json(), "xlsx": workbook}
    for form, read in forms.items():
        found = [read(made.client("officer").get(f"{path}/download.{form}")) for made in busy]
        assert found[0] == found[1]
        assert found[0]


def test_the_same_was_noted_of_who_read_what(busy: Both) -> None:
    for made in busy:
        made.client("trust").get("/escalations/ESC-1/why")
        made.client("audit").get("/incidents/INC-1")
        made.client("audit").get("/timeliness/download.csv")
    lines = [
        [(one.person, one.what, one.about) for one in made.site.readings.lines()] for made in busy
    ]
    assert {("trust", "read", "ESC-1"), ("audit", "read", "INC-1")} <= set(lines[0])
    assert sorted(lines[0]) == sorted(lines[1])


ON_BOTH: tuple[Callable[..., None], ...] = (
    test_signing_in.test_after_too_many_attempts_everybody_waits_and_is_told_how_long,
    test_signing_in.test_a_password_for_one_time_is_replaced_by_ones_own,
    test_signing_in.test_a_telephone_is_added_and_asked_for_from_then_on,
    test_signing_in.test_a_password_is_changed_and_other_sessions_end,
    test_signing_in.test_signing_out_everywhere_ends_every_session,
    test_signing_in.test_an_auditor_signs_in_up_to_the_end_of_the_last_day,
    test_signing_in.test_a_key_is_told_once_works_and_is_taken_away,
    test_acts.test_a_discussion_is_checked_then_recorded_and_told,
    test_acts.test_an_agency_completes_its_action_and_the_unit_confirms_it,
    test_acts.test_a_closure_day_shows_what_it_would_move,
    test_acts.test_a_form_sent_twice_records_once,
    test_acts.test_what_somebody_else_recorded_meanwhile_is_shown_first,
    test_acts.test_somebody_who_may_not_is_told_why_and_led_back,
    test_corrections.test_what_is_sent_twice_is_recorded_once,
    test_lists.test_the_register_finds_by_reference_agency_and_days,
    test_record.test_gaps_of_the_clock_and_steps_back,
    test_record.test_what_was_brought_in_file_by_file,
    test_past.test_a_reference_with_strange_letters_has_all_its_pages,
)
"""Tests of a site in a folder that hold on a server as well."""


@pytest.mark.parametrize("test", ON_BOTH, ids=lambda test: test.__name__.removeprefix("test_"))
def test_as_in_a_folder(made: MadeSite, test: Callable[..., None]) -> None:
    given: dict[str, Any] = {"made": made}
    for name in inspect.signature(test).parameters:
        if name == "strict":
            made.door.rules = replace(made.door.rules, second_factor=True)
            given = {name: made}
        elif name != "made":
            given[name] = made.client(name)
    test(**given)


def test_the_way_to_sign_in_to_a_rehearsal_is_the_same_on_every_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is kept where the program happens to run."""
    monkeypatch.chdir(tmp_path)
    with server().database() as name, closing(Store(server().address(name, APP))) as store:
        store.raised()
        ways = ways_in(store.desk)
        with closing(Desk(stores.open_store(store.path))) as another:
            assert ways_in(another) == ways
    assert len(ways) >= 4
    assert list(tmp_path.iterdir()) == []


def ways_in(desk: Desk) -> list[SignIn]:
    """Who can sign in to a rehearsal, and how; each can."""
    with closing(stores.open_accounts(desk.store)) as accounts:
        door = signing_in(desk, accounts, second_factor=False)
        ways = rehearsal_sign_ins(desk, door)
        for one in ways:
            assert door.session(door.password(one.person.id, one.password, "192.0.2.1"))
        return ways


def test_many_who_ask_at_once_are_all_answered(made: MadeSite) -> None:
    """Each in a thread of its own, with a connection of its own, which ends with the thread."""
    browsers = [made.client("officer") for _ in range(4)]
    answered: list[str] = []

    def asks(browser: TestClient) -> None:
        answered.append(unescape(browser.get("/escalations/ESC-1").text))

    threads = [threading.Thread(target=asks, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answered) == len(browsers)
    assert all("The concern" in one for one in answered)


def test_connections_that_were_cut_while_nobody_asked_are_made_anew(made: MadeSite) -> None:
    browser = made.client("officer")
    assert browser.get("/board").status_code == 200
    with psycopg.connect(str(made.store.path).replace(APP, OWNER, 1), autocommit=True) as owner:
        cut = owner.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
            "WHERE datname=current_database() AND usename=%s",
            (APP,),
        ).fetchone()
    assert cut is not None and cut[0] > 0
    assert browser.get("/board").status_code == 200
    assert "ESC-1" in browser.get("/escalations/ESC-1").text


def test_while_the_server_is_away_the_pages_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with own_server() as own:
        address = own.address(own.new_database(), APP)
        with made_site(address) as made:
            browser = made.client("officer")
            made.store.desk.store.server.patience = 0.0
            own.stop()
            answer = browser.get("/board")
            assert answer.status_code == 503
            assert PASSWORD_OF_ROLE not in answer.text
            own.start()
            assert browser.get("/board").status_code == 200
