"""The templates: nothing gets past the escaping, the confinement or the strictness; forms say what they must."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from cspr_workflow.interfaces.web import templating
from cspr_workflow.interfaces.web.pictures import weeks
from tests.web.gallery import CALENDAR, context, environment

HERE = Path(templating.__file__).parent
TEMPLATES = sorted((HERE / "templates").rglob("*.html"))
ENVIRONMENT = environment()
HEAD = '{% import "macros.html" as ui with context %}{% import "pictures.html" as pictures %}'


def rendered(source: str, **given: Any) -> str:
    return str(ENVIRONMENT.from_string(HEAD + source).render({**context(), **given}))


# --- What no template may hold ---------------------------------------------------------------------


def without_remarks(path: Path) -> str:
    return re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.name))
def test_a_template_holds_nothing_that_the_confinement_would_stop(path: Path) -> None:
    text = without_remarks(path)
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son\w+\s*=", text)
    assert not re.search(r"<style|<script(?![^>]*src=)", text)
    assert "://" not in re.sub(r'xmlns="[^"]*"', "", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.name))
def test_a_template_lets_nothing_past_the_escaping(path: Path) -> None:
    assert not re.search(r"\|\s*safe\b|autoescape", without_remarks(path))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.name))
def test_a_template_compiles(path: Path) -> None:
    assert ENVIRONMENT.get_template(str(path.relative_to(HERE / "templates")))


def static_files() -> Iterator[Path]:
    return (path for path in (HERE / "static").iterdir() if path.suffix in {".css", ".js", ".svg"})


def test_what_is_served_fetches_nothing_and_has_no_mark_of_the_government() -> None:
    looked_at = {path.name: path.read_text("utf-8") for path in static_files()}
    assert {"govuk-frontend.min.css", "cspr.css", "cspr.js", "icon.svg"} <= looked_at.keys()
    for name, text in looked_at.items():
        assert not re.search(r"url\(|@import|@font-face|\bhref=", text), name
        assert not re.search(r"gds transport|crown|crest", text, re.IGNORECASE), name


def test_every_style_that_a_template_names_is_there() -> None:
    styles = "".join(path.read_text("utf-8") for path in (HERE / "static").glob("*.css"))
    named = {
        name
        for path in TEMPLATES
        for name in re.findall(r"\bcspr-[a-z-]+\b", without_remarks(path))
    }
    assert len(named) > 20
    assert {name for name in named if f".{name}" not in styles} == set()


def test_the_styles_belong_to_the_release_of_the_macros() -> None:
    styles = (HERE / "static" / "govuk-frontend.min.css").read_text("utf-8")
    assert '--govuk-frontend-version: "6.3.0"' in styles
    wanted = Path(__file__).parents[2] / "requirements" / "run.in"
    assert "govuk-frontend-jinja==4.1.0" in wanted.read_text("utf-8")


# --- Strictness and escaping -------------------------------------------------------------------------


def test_a_word_that_the_page_did_not_pass_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="forgotten"):
        rendered("{{ forgotten }}")
    with pytest.raises(UndefinedError, match="forgotten"):
        rendered("{{ visit.forgotten }}")


@pytest.mark.parametrize(
    "source",
    [
        "{{ ui.link(bad, '/') }}",
        "{{ ui.tag(bad) }}",
        "{{ ui.note(bad) }}",
        "{{ ui.bullets([bad]) }}",
        "{{ ui.inset(bad) }}",
        "{{ ui.warning(bad) }}",
        "{% call ui.details(bad) %}{{ bad }}{% endcall %}",
        "{{ ui.summary([(bad, bad, bad)]) }}",
        "{% call ui.card(bad, bad) %}{{ bad }}{% endcall %}",
        "{{ ui.table(bad, [bad, bad], [[bad, bad]]) }}",
        "{{ ui.table(bad, [bad], [], empty=bad) }}",
        "{{ ui.pages(bad, bad, bad, bad) }}",
        "{% call ui.form(bad, bad, seen=bad, command=bad) %}{{ ui.hidden(bad, bad) }}{% endcall %}",
        "{% call ui.filters(bad, bad) %}{% endcall %}",
        "{{ ui.submit(bad, name=bad, value=bad) }}{{ ui.go(bad, bad) }}",
        "{{ ui.text(bad, bad, hint=bad, value=bad, attributes={'autocomplete': bad}) }}",
        "{{ ui.secret(bad, bad, hint=bad) }}",
        "{{ ui.long_text(bad, bad, hint=bad, value=bad, limit=5) }}",
        "{{ ui.day(bad, bad, hint=bad) }}{{ ui.moment(bad, bad, hint=bad) }}",
        "{{ ui.radios(bad, bad, [(bad, bad, bad)], hint=bad, value=bad) }}",
        "{{ ui.checkboxes(bad, bad, [(bad, bad, bad)], hint=bad, chosen=[bad]) }}",
        "{{ ui.select(bad, bad, [(bad, bad)], hint=bad, value=bad) }}",
        "{{ ui.file(bad, bad, hint=bad, accept=bad) }}",
        "{{ pictures.both_sides(bad, bad, [(bad, bad, none)]) }}",
        "{{ pictures.steps(1, 2, previous=bad) }}",
        "{{ pictures.share([(1, bad, 'good')]) }}",
    ],
)
def test_what_somebody_wrote_stays_text(source: str) -> None:
    bad = """"><img src=x onerror='alert(1)'>"""
    given = {"faults": {bad: bad}, "values": {bad: bad}}
    text = rendered(source, bad=bad, **given)
    assert "&lt;img src=x" in text
    assert "<img" not in text


def test_the_head_and_the_foot_of_a_page_stay_text_too() -> None:
    bad = "<img src=x>"
    source = (
        '{% extends "base.html" %}{% set title = bad %}{% set caption = bad %}{% set back = bad %}'
    )
    page = ENVIRONMENT.from_string(source).render(
        {**context(), "bad": bad, "told": {"sentences": [bad]}, "faults": {bad: bad}}
    )
    assert "<img" not in page
    assert page.count("&lt;img src=x&gt;") >= 6


# --- What every page says ------------------------------------------------------------------------------


def page(**given: Any) -> str:
    source = '{% extends "base.html" %}{% set title = "Board" %}'
    return str(ENVIRONMENT.from_string(source).render({**context(rehearsal=False), **given}))


def title_of(text: str) -> str:
    return text.partition("<title>")[2].partition("</title>")[0]


def test_the_title_names_the_page_the_program_and_the_partnership() -> None:
    assert title_of(page()) == "Board – CSPR workflow – Ambleford Safeguarding Children Partnership"
    assert title_of(page(faults={"due": "Enter a day"})).startswith("Error: Board")


def test_a_rehearsal_says_so_and_anything_else_does_not() -> None:
    rehearsal = page(**{**context(rehearsal=True), "faults": {}})
    assert title_of(rehearsal).startswith("Rehearsal: Board")
    assert "Nothing in this store is real. Its clock is set to Wed 30 Dec 2026 11:30." in rehearsal
    assert "Rehearsal" not in page()


def test_a_page_before_anybody_is_signed_in_has_neither_navigation_nor_sign_out() -> None:
    source = '{% extends "base.html" %}{% set title = "Sign in" %}'
    text = ENVIRONMENT.from_string(source).render(rehearsal_mark="Nothing in this store is real.")
    assert "Rehearsal" in text
    assert "/sign-out" not in text
    assert "govuk-service-navigation" not in text
    assert "/accessibility" in text


def test_what_went_wrong_stands_first_and_leads_to_its_field() -> None:
    text = page(faults={"due": "Enter a day", "": "Somebody was faster"})
    assert text.index("There is a problem") < text.index("<h1")
    assert '<a href="#due">' in text
    assert '<a href="#">' not in text
    assert "There is a problem" not in page()


# --- Forms ---------------------------------------------------------------------------------------------


def test_a_form_carries_the_session_s_token_what_was_seen_and_its_own_id() -> None:
    text = rendered('{% call ui.form("/act", seen=0, command="an-id") %}{% endcall %}')
    assert 'name="csrf" value="a-token-of-the-session"' in text
    assert 'name="seen" value="0"' in text
    assert 'name="command" value="an-id"' in text
    assert 'method="post"' in text


def test_a_form_before_anybody_is_signed_in_takes_the_token_of_its_page() -> None:
    text = rendered('{% call ui.form("/sign-in") %}{% endcall %}', csrf="of-the-page")
    assert 'name="csrf" value="of-the-page"' in text
    assert 'name="seen"' not in text
    assert 'name="command"' not in text


def test_a_field_shows_what_was_typed_instead_of_what_it_begins_with() -> None:
    source = '{{ ui.text("name", "Name", value="begins") }}'
    assert 'value="begins"' in rendered(source)
    assert 'value="typed"' in rendered(source, values={"name": "typed"})
    cleared = rendered(source, values={"name": ""})
    assert 'value=""' in cleared
    assert "begins" not in cleared


def test_a_secret_is_never_shown_again() -> None:
    text = rendered('{{ ui.secret("password", "Password") }}', values={"password": "hunter2"})
    assert "hunter2" not in text
    assert 'autocomplete="current-password"' in text


def test_a_longer_text_comes_back_as_it_was() -> None:
    text = rendered('{{ ui.long_text("x", "X", limit=9) }}', values={"x": "a\n  b\nc"})
    assert ">a\n  b\nc</textarea>" in text


def test_a_day_and_a_time_begin_with_a_moment_and_keep_what_was_typed() -> None:
    at = datetime(2026, 12, 3, 9, 5, tzinfo=UTC)
    source = '{{ ui.moment("when", "When?", value=at) }}'
    text = rendered(source, at=at)
    for part, value in (("day", "3"), ("month", "12"), ("year", "2026"), ("time", "09:05")):
        assert re.search(rf'name="when-{part}"[^>]* value="{value}"', text)
    typed = rendered(source, at=at, values={"when-day": "40"}, faults={"when": "Enter a real day"})
    assert re.search(r'name="when-day"[^>]* value="40"', typed)
    assert typed.count("govuk-input--error") == 4
    assert "Enter a real day" in typed


def test_one_of_several_is_chosen_also_where_its_value_is_empty() -> None:
    with_empty = '{{ ui.radios("whose", "Whose?", [("", "Ours"), ("b", "Theirs")]) }}'
    assert re.findall(r'value="(\w?)" checked', rendered(with_empty)) == [""]
    assert re.findall(r'value="(\w?)" checked', rendered(with_empty, values={"whose": "b"})) == [
        "b"
    ]
    without = '{{ ui.radios("whose", "Whose?", [("a", "Ours"), ("b", "Theirs")]) }}'
    assert "checked" not in rendered(without)


def test_several_that_were_chosen_stay_chosen() -> None:
    source = '{{ ui.checkboxes("who", "Who?", [("a", "A"), ("b", "B")], chosen=["a"]) }}'
    assert re.findall(r'value="(\w)" checked', rendered(source)) == ["a"]
    assert re.findall(r'value="(\w)" checked', rendered(source, values={"who": ["a", "b"]})) == [
        "a",
        "b",
    ]


def test_a_table_without_rows_says_so() -> None:
    text = rendered('{{ ui.table("What is late", ["Case"], [], empty="Nothing is late.") }}')
    assert "Nothing is late." in text
    assert "<table" not in text


# --- Words and days ------------------------------------------------------------------------------------


def test_days_moments_and_words_are_written_as_people_write_them() -> None:
    given = {"on": date(2026, 12, 3), "at": datetime(2026, 12, 3, 9, 30, tzinfo=UTC)}
    text = rendered(
        "{{ on | day }}; {{ at | moment }}; {{ 'not_agreed' | words | capital }}", **given
    )
    assert text.strip() == "Thu 3 Dec 2026; Thu 3 Dec 2026 09:30; Not agreed"


def test_both_sides_are_told_apart_in_words_not_only_in_colour() -> None:
    rows = [("Due", "1 May", "2 May"), ("What", "Send it", "Send it"), ("Who", None, "SCSP")]
    text = rendered('{{ pictures.both_sides("A1", "Police", rows) }}', rows=rows)
    assert text.count("differs") == 1
    assert text.count("one side only") == 1
    assert "No record" in text


def test_the_weeks_of_a_case_number_its_working_days_from_its_beginning() -> None:
    found = weeks(
        CALENDAR,
        date(2026, 12, 29),
        date(2027, 1, 5),
        closures=True,
        today=date(2026, 12, 30),
        marks={date(2027, 1, 5): ["Last day"]},
        counted_after=date(2026, 12, 22),
    )
    days = {one.day: one for week in found for one in week}
    assert [len(week) for week in found] == [7, 7]
    assert min(days) == date(2026, 12, 28)
    assert max(days) == date(2027, 1, 10)
    assert days[date(2026, 12, 29)].why_not == "Offices closed"
    assert days[date(2026, 12, 29)].count is None
    assert days[date(2026, 12, 30)].count == 3
    assert days[date(2026, 12, 30)].today
    assert days[date(2027, 1, 5)].count == 6
    assert days[date(2027, 1, 5)].says
    assert not days[date(2027, 1, 2)].says
    assert not days[date(2027, 1, 6)].inside
    assert not days[date(2026, 12, 28)].says


def test_days_are_not_numbered_where_nothing_is_counted() -> None:
    day = date(2026, 12, 30)
    found = weeks(CALENDAR, day, day, closures=False, today=day, marks={})
    assert [one.count for week in found for one in week] == [None] * 7
