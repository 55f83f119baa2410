"""The past of one case: its history, why, each step, any earlier day, and on paper."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest

from cspr_workflow.application.accounts import EXPORT, READ
from cspr_workflow.domain.acts import Correct, GiveReason, Inform, RecordDiscussion, VaryAction
from cspr_workflow.domain.partnership import ClockStoodStill
from cspr_workflow.domain.people import Means, Role
from tests.interfaces.asked_store import Store
from tests.support import day, raising
from tests.web.site import MadeSite, made_site

PAGES = ("history", "why", "replay", "as-at", "print")
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def looking() -> Iterator[MadeSite]:
    """A site at which the tests only look; in ESC-1 there is something of every kind."""
    with made_site() as one:
        store = one.store
        store.do(
            "trust",
            "2026-12-01T11:00",
            VaryAction("ESC-1", "A1", "Send half of it", day("2026-12-08")),
        )
        store.do(
            "officer",
            "2026-12-01T12:00",
            GiveReason("ESC-1", f"Nobody is there {SCRIPT}"),
            means=Means.CALL,
        )
        said = RecordDiscussion("ESC-1", Means.CALL, "It will come")
        store.do("officer", "2026-12-02T09:00", said)
        informed = Inform("ESC-1", Role.BUSINESS_MANAGER)
        store.do("officer", "2026-12-03T09:00", informed, occurred="2026-12-01T15:00")
        correct(store, "ESC-1", 0, "It was the second chronology", "2026-12-03T10:00")
        store.tick("2026-12-03T12:00")
        yield one


@pytest.fixture
def made() -> Iterator[MadeSite]:
    with made_site() as one:
        yield one


def correct(store: Store, reference: str, number: int, says: str, at: str) -> int:
    """Correct an entry of a case: its position."""
    entry = store.desk.lines(reference)[number]
    store.do("officer", at, Correct(reference, str(entry.id), says))
    return entry.position


def text(made: MadeSite, person: str, path: str, status: int = 200) -> str:
    answer = made.client(person).get(path)
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


def main(page: str) -> str:
    """What a page says, without its markup."""
    inside = page[page.index("<main") : page.index("</main>")]
    return " ".join(re.sub(r"<[^>]*>", " ", inside).split())


# --- Who sees them ---------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_the_unit_and_auditors_see_every_case(looking: MadeSite, page: str):
    for person in ("officer", "chair", "audit"):
        for case in ("/incidents/INC-1", "/escalations/ESC-1", "/escalations/ESC-2"):
            assert case.rpartition("/")[2] in text(looking, person, f"{case}/{page}")


@pytest.mark.parametrize("page", [*PAGES, "history/download.csv"])
def test_an_agency_sees_its_own_escalations_and_no_others(looking: MadeSite, page: str):
    text(looking, "trust", f"/escalations/ESC-1/{page}")
    trust = looking.client("trust")
    other = trust.get(f"/escalations/ESC-2/{page}")
    assert other.status_code == 404
    assert other.text == trust.get(f"/escalations/ESC-99/{page}").text
    text(looking, "trust", f"/incidents/INC-1/{page}", 403)


@pytest.mark.parametrize("page", [*PAGES, "history/download.csv"])
def test_an_administrator_sees_no_case(looking: MadeSite, page: str):
    text(looking, "admin", f"/escalations/ESC-1/{page}", 403)
    text(looking, "admin", f"/incidents/INC-1/{page}", 403)


@pytest.mark.parametrize("page", ["", *(f"/{page}" for page in PAGES)])
@pytest.mark.parametrize("part", ["ESC-99", "~", "~C3", "~zz", "INC-1"])
def test_what_is_not_there_is_said_so(looking: MadeSite, page: str, part: str):
    text(looking, "officer", f"/escalations/{part}{page}", 404)


def test_reading_by_others_than_the_unit_is_noted(made: MadeSite):
    text(made, "officer", "/escalations/ESC-1/why")
    assert made.site.readings.lines() == []
    text(made, "trust", "/escalations/ESC-1/why")
    (line,) = made.site.readings.lines()
    assert (line.person, line.what, line.about) == ("trust", READ, "ESC-1")


# --- The history -----------------------------------------------------------------------------------


def test_a_history_tells_both_times_and_what_is_to_be_minded(looking: MadeSite):
    told = main(text(looking, "officer", "/escalations/ESC-1/history"))
    assert "Tue 1 Dec 2026 15:00 Recorded later" in told
    assert "Recorded Thu 3 Dec 2026 09:00: written down 2 days later" in told
    assert "Reported, by call" in told
    assert "Thu 3 Dec 2026 10:00 by A. Officer (CSPR Officer, SCSP): It was the second" in told
    assert told.count("Corrected ") == 2  # the mark on the entry, and the correction beside it
    assert "The clock moved it to Stage 1" in told


def test_a_history_has_two_orders(looking: MadeSite):
    page = "/escalations/ESC-1/history"
    happened, recorded = (
        re.findall(r'<li id="entry-(\d+)"', text(looking, "officer", one))
        for one in (page, f"{page}?order=recorded")
    )
    assert recorded == sorted(recorded, key=int)
    assert sorted(happened, key=int) == recorded != happened
    assert happened == re.findall(
        r'<li id="entry-(\d+)"', text(looking, "officer", f"{page}?order=nonsense")
    )


def test_a_correction_stands_beside_its_entry_and_leads_there(looking: MadeSite):
    page = text(looking, "audit", "/escalations/ESC-1/history")
    first = looking.store.desk.lines("ESC-1")[0].position
    entry = page[page.index(f'id="entry-{first}"') :]
    assert "It was the second chronology" in entry[: entry.index("</li>")]
    assert f'It corrects <a class="govuk-link" href="#entry-{first}">' in page


def test_only_those_who_put_the_record_right_are_offered_it(looking: MadeSite):
    for person, offered in (
        ("officer", True),
        ("chair", False),
        ("audit", False),
        ("trust", False),
    ):
        page = text(looking, person, "/escalations/ESC-1/history")
        assert ('href="/correct/' in page) == offered


def test_what_somebody_wrote_is_no_markup(looking: MadeSite):
    for page in PAGES:
        for step in ("", "?step=6", "?step=7", "?step=8"):
            answer = looking.client("officer").get(f"/escalations/ESC-1/{page}{step}")
            assert SCRIPT not in answer.text
    assert "&lt;script&gt;" in looking.client("officer").get("/escalations/ESC-1/history").text


def test_what_the_clock_was_late_with_says_why(made: MadeSite):
    gap = ClockStoodStill(
        made.store.moment("2026-12-02T09:00"), made.store.moment("2026-12-05T07:00")
    )
    made.store.adopt("2026-12-05T07:00", gap)
    made.store.tick("2026-12-05T07:00")
    told = main(text(made, "officer", "/escalations/ESC-2/history"))
    assert "The clock did not run between Wed 2 Dec 2026 09:00 and Sat 5 Dec 2026 07:00." in told
    assert "Recorded late" in main(text(made, "officer", "/escalations/ESC-2/why"))


def test_what_has_fallen_due_and_is_not_recorded_is_said_first(made: MadeSite):
    assert "Fallen due" not in text(made, "officer", "/escalations/ESC-1/history")
    made.store.at("2026-12-05T07:00")
    told = main(text(made, "officer", "/escalations/ESC-1/history"))
    assert "Fallen due, and not recorded yet: Due since Fri 4 Dec 2026 00:00" in told


# --- Why -------------------------------------------------------------------------------------------


def test_why_a_case_moved_with_clause_counting_and_both_times(looking: MadeSite):
    told = main(text(looking, "trust", "/escalations/ESC-1/why"))
    assert "The limit of Stage 1, decided at the raising Clause E1.5: " in told
    assert "3 working days from the raising, Mon 30 Nov 2026: the last day is Thu 3 Dec" in told
    assert "What could have stopped it in Initial discussion" in told
    assert "Fell due Tue 1 Dec 2026 00:00; recorded Tue 1 Dec 2026" in told
    assert "policy sandwell-2018/1, calendar version 0" in told
    assert "It was the second chronology" in told


# --- Step by step ------------------------------------------------------------------------------------


def test_going_through_a_case_step_by_step(looking: MadeSite):
    page = "/escalations/ESC-1/replay"
    first = text(looking, "officer", page)
    last = int(re.search(r"Step 1 of (\d+)", first)[1])  # type: ignore[index]
    assert f'href="{page}?step=2"' in first and f'href="{page}?step={last}"' in first
    assert f'href="{page}?step=1"' not in first
    end = text(looking, "officer", f"{page}?step={last}")
    assert f'href="{page}?step={last + 1}"' not in end
    assert f'href="{page}?step={last - 1}"' in end


def test_a_step_shows_both_sides_records_side_by_side(looking: MadeSite):
    page = text(looking, "officer", "/escalations/ESC-1/replay?step=5")
    assert "varied A1" in page
    assert "cspr-sides--differ" in page
    assert "Send the chronology" in page and "Send half of it" in page


@pytest.mark.parametrize("step", ["0", "-1", "99", "x", "1e3", "9" * 400, "٣"])
def test_a_step_that_there_is_not_is_an_error_at_its_field(looking: MadeSite, step: str):
    page = text(looking, "officer", f"/escalations/ESC-1/replay?step={step}", 400)
    assert "There is a problem" in page
    assert page.count("There is no such step: the steps are 1 to") == 2
    assert page.count('href="#to-step"') == page.count('id="to-step"') == 1


# --- Any earlier day ---------------------------------------------------------------------------------


def asked_at(when: str, known: str = "") -> str:
    """The address that asks where ESC-1 stood."""
    given = []
    for name, moment in (("moment", when), ("known_at", known)):
        if moment:
            year, month, rest = moment.split("-")
            on, _, time = rest.partition("T")
            given += [f"{name}-day={on}", f"{name}-month={month}", f"{name}-year={year}"]
            given.append(f"{name}-time={time}")
    return f"/escalations/ESC-1/as-at?{'&'.join(given)}"


def test_a_case_as_it_stood_with_its_actions(looking: MadeSite):
    told = main(text(looking, "trust", asked_at("2026-12-01T10:00")))
    assert "As it stood on Tue 1 Dec 2026 10:00, as it is known now" in told
    assert "Stage 1 since Tue 1 Dec 2026 00:00" in told
    assert "A1 Agreed: Send the chronology (owner Acute Trust" in told
    assert "Send half of it" not in told
    later = main(text(looking, "trust", asked_at("2026-12-01T11:30")))
    assert "Acute Trust has: Send half of it" in later


def test_before_the_beginning_it_was_not_there_yet(looking: MadeSite):
    for when in ("2026-11-30T09:29", "2020-01-01T00:00", "1990-01-01"):
        told = main(text(looking, "officer", asked_at(when)))
        assert "ESC-1 was not there yet" in told
    known = main(text(looking, "officer", asked_at("2026-12-01T10:00", "2026-11-30T09:00")))
    assert "ESC-1 was not there yet" in known


def test_as_it_was_known_leaves_out_what_was_not_written_down(looking: MadeSite):
    now = main(text(looking, "officer", asked_at("2026-12-02T10:00")))
    then = main(text(looking, "officer", asked_at("2026-12-02T10:00", "2026-12-02T10:00")))
    assert "It was the second chronology" in now
    assert "It was the second chronology" not in then
    assert "as it was known on Wed 2 Dec 2026 10:00" in then


def test_a_day_without_a_time_is_meant_up_to_its_end(looking: MadeSite):
    told = main(text(looking, "officer", asked_at("2026-11-30")))
    assert "As it stood on Mon 30 Nov 2026 23:59" in told
    today = main(text(looking, "officer", asked_at("2026-12-03")))
    assert "As it stood on Thu 3 Dec 2026 12:00" in today


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("moment-day=31&moment-month=2&moment-year=2026", "Enter a real day, such as 27 3 2026"),
        ("moment-day=x", "Enter a real day"),
        ("moment-day=1&moment-month=1&moment-year=0001", "Enter a real day"),
        ("moment-time=09:00", "Enter a real day"),
        ("moment=nonsense", "Enter a real day"),
        ("moment-day=1&moment-month=12&moment-year=2026&moment-time=9", "Enter a time of day"),
        ("moment-day=1&moment-month=12&moment-year=2026&moment-time=24:00", "Enter a time of day"),
        ("moment-day=1&moment-month=12&moment-year=2027", "is later than now"),
        ("known_at-day=1&known_at-month=12&known_at-year=2026", "This has to be given."),
        ("moment=9999-12-31T23:59:59", "too far away"),
    ],
)
def test_what_is_no_day_is_an_error_at_its_field(looking: MadeSite, asked: str, said: str):
    page = text(looking, "officer", f"/escalations/ESC-1/as-at?{asked}", 400)
    assert "There is a problem" in page
    assert page.count(said) >= 2  # above, and at the field


def test_the_moments_of_a_case_lead_to_how_it_stood(looking: MadeSite):
    page = looking.client("officer").get("/escalations/ESC-1/as-at").text
    turns = [unescape(one) for one in re.findall(r'href="([^"]*as-at\?moment=[^"]*)"', page)]
    assert len(turns) == 2  # raised, and moved to stage 1
    told = [main(text(looking, "officer", one)) for one in turns]
    assert "Initial discussion since Mon 30 Nov 2026 09:30" in told[0]
    assert "Stage 1 since Tue 1 Dec 2026 00:00" in told[1]


# --- On paper ----------------------------------------------------------------------------------------


def test_a_case_on_paper_says_who_printed_it_and_when(made: MadeSite):
    page = text(made, "officer", "/escalations/ESC-1/print")
    assert "Printed by A. Officer, CSPR Officer, on Tue 1 Dec 2026 10:00" in page
    assert "Rehearsal: nothing in this store is real." in page
    assert "<nav" not in page and "<form" not in page
    assert "Send the chronology" in page and "raised ESC-1" in page
    (line,) = made.site.readings.lines()
    assert (line.person, line.what, line.about, line.how) == ("officer", EXPORT, "ESC-1", "print")


def test_an_incident_on_paper_has_its_timescales(looking: MadeSite):
    page = text(looking, "audit", "/incidents/INC-1/print")
    assert "National timescales" in page and "T2 Rapid review" in page


# --- What lies ahead ---------------------------------------------------------------------------------


def test_the_page_of_a_case_says_what_happens_if_nobody_acts(looking: MadeSite):
    told = main(text(looking, "police", "/escalations/ESC-2"))
    ahead = told[told.index("What happens next, if nobody acts") :]
    assert "Fri 4 Dec 2026 00:00 The clock moves it to Stage 2" in ahead
    assert "Can stop it" in ahead
    assert "After that, nothing more falls due" in ahead


def test_the_page_of_an_incident_says_when_its_times_pass(made: MadeSite):
    told = main(text(made, "officer", "/incidents/INC-1"))
    ahead = told[told.index("What happens next, if nobody acts") :]
    assert "The clock records that T1 Notification has passed" in ahead


def test_nothing_more_lies_ahead_of_what_only_people_can_end(made: MadeSite):
    made.store.tick("2026-12-20T07:00")
    told = main(text(made, "officer", "/escalations/ESC-2"))
    ahead = told[told.index("What happens next, if nobody acts") :]
    assert "Nothing falls due It waits" in ahead


def test_a_reference_with_strange_letters_has_all_its_pages(made: MadeSite):
    made.store.do(
        "officer", "2026-12-01T10:00", replace(raising("ESC/3 ü", agency="Police"), concern="Late")
    )
    for page in PAGES:
        assert "ESC/3 ü" in text(made, "police", f"/escalations/ESC~2F3~20~C3~BC/{page}")


def test_a_discussion_is_told_as_it_was_written(made: MadeSite):
    made.store.do(
        "officer",
        "2026-12-01T10:00",
        RecordDiscussion("ESC-1", Means.CALL, "One line\nand another"),
    )
    page = text(made, "officer", "/escalations/ESC-1/history")
    assert "One line\nand another" in page
