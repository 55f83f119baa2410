"""Every command that the documentation shows runs and gives what the page says; every link leads on."""

import re
from pathlib import Path

import pytest

from cspr_workflow.application import casefile
from tests.docs import pages
from tests.docs.refresh import refreshed

PAGES = pages.all_pages()
MERMAID_HOME = pages.ROOT / "docs" / "explanation" / "the-process.md"
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^( *)```.*?^\1```\s*$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)


def named(page: Path) -> str:
    return str(page.relative_to(pages.ROOT))


def prose(page: Path) -> str:
    return _FENCED.sub("", page.read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_what_a_page_shows_is_what_comes_out(page, tmp_path):
    reader = pages.Reader(tmp_path)
    differing = []
    for block in pages.blocks_of(page.read_text("utf-8")):
        reader.prepare(block)
        if not block.runs:
            continue
        for (command, shown), (_, real) in zip(
            pages.shown_in(block), reader.answers(block), strict=True
        ):
            if not pages.matches(shown, real):
                differing.append(f"line {block.line}: {command}\nreally:\n" + "\n".join(real))
    assert not differing, "python -m tests.docs.refresh brings these up to date:\n" + "\n\n".join(
        differing
    )


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_console_block_that_calls_the_program_is_one_that_is_run(page):
    for block in pages.blocks_of(page.read_text("utf-8")):
        calls = any(line.startswith(f"$ {pages.PROGRAM}") for line in block.lines)
        assert block.runs or not calls, (
            f"line {block.line}: start the block with a command that runs"
        )


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_case_file_on_a_page_is_good_in_form_unless_the_page_says_it_is_not(page):
    for block in pages.blocks_of(page.read_text("utf-8")):
        if pages.is_case_file(block):
            casefile.parse(block.text.encode(), f"{named(page)}, line {block.line}")


def test_a_case_file_that_grows_on_a_page_is_good_in_form_at_each_step(tmp_path):
    reader = pages.Reader(tmp_path)
    name = "my-first-case.json"
    sizes = []
    for block in pages.blocks_of(pages.CASE_FILES.read_text("utf-8")):
        reader.prepare(block)
        if name in (block.says.get("file"), block.says.get("add to")):
            text = reader.states[name][-1]
            sizes.append(len(casefile.parse(text.encode(), f"line {block.line}").acts))
    assert len(sizes) >= 4
    assert sizes[0] == 1, "it begins with the report of the incident"
    assert max(sizes) == sizes[-1]


def test_the_diagram_on_the_page_is_the_one_that_the_program_draws():
    blocks = pages.blocks_of(MERMAID_HOME.read_text("utf-8"))
    drawn = [block for block in blocks if block.language == "mermaid"]
    assert [block.says for block in drawn] == [{"diagram": "sandwell-2018"}]
    assert drawn[0].text == pages.diagram("sandwell-2018")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_within_the_documentation_leads_to_a_file(page):
    for written in links(page):
        target, _, part = written.partition("#")
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{written} leads nowhere"
        assert pages.ROOT in path.parents, f"{written} leads out of the project"
        if part and path.suffix == ".md":
            assert part in anchors(path), f"{written}: no such heading"


def links(page: Path) -> list[str]:
    found = [one or other for one, other in _LINK.findall(prose(page))]
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    titles = _HEADING.findall(prose(page))
    kept = (re.sub(r"[^\w\- ]", "", title.lower()) for title in titles)
    return {title.strip().replace(" ", "-") for title in kept}


def test_every_page_is_reached_from_the_map():
    index = pages.ROOT / "docs" / "index.md"
    linked = {(index.parent / link.partition("#")[0]).resolve() for link in links(index)}
    missing = [named(page) for page in PAGES if page not in linked and page != index]
    assert not missing


def test_the_tutorial_begins_with_what_comes_before_any_process():
    opening = prose(pages.TUTORIAL).split("\n## ")[0]
    assert "call 999" in opening
    assert "never name a child" in opening.lower()


# --- The checks themselves notice what they are for ------------------------------------------


@pytest.mark.parametrize(
    ("shown", "same"),
    [
        (["a", "b", "c", "d"], True),
        (["a", "b", "d"], False),
        (["a", "...", "d"], True),
        (["...", "b", "...", "d"], True),
        (["...", "c", "b", "..."], False),
        (["a", "...", "c"], False),
        (["b", "..."], False),
        (["a", "b", "...", "b", "c", "d"], False),
        (["a", "b", "c", "d", "..."], True),
        (["..."], True),
        ([], False),
    ],
)
def test_a_page_shows_the_output_only_if_nothing_is_missing_but_what_it_leaves_out(shown, same):
    assert pages.matches(shown, ["a", "b", "c", "d"]) is same


def test_a_changed_sentence_on_a_page_is_noticed_and_refreshed(tmp_path):
    page = tmp_path / "page.md"
    good = "# Page\n\n```console\n$ ./scripts/cspr calendar deadline --from 2026-11-30 --working-days 3\nThu 3 Dec 2026\n```\n"
    page.write_text(good.replace("Thu 3", "Fri 4"), "utf-8")
    (block,) = pages.blocks_of(page.read_text("utf-8"))
    folder = tmp_path / "folder"
    folder.mkdir()
    ((_, real),) = pages.Reader(folder).answers(block)
    ((_, shown),) = pages.shown_in(block)
    assert not pages.matches(shown, real)
    assert refreshed(page) == good


def test_the_exit_status_that_a_page_shows_is_the_real_one(tmp_path):
    text = "```console\n$ ./scripts/cspr policy lint nowhere.toml\n...\n$ echo $?\n2\n```\n"
    (block,) = pages.blocks_of(text)
    answers = pages.Reader(tmp_path).answers(block)
    assert answers[1] == ("$ echo $?", ["2"])


def test_an_act_added_to_a_case_file_stands_at_the_end_of_the_list():
    assert pages.added('{\n  "acts": [\n    1\n  ]\n}\n', ["    2"]) == (
        '{\n  "acts": [\n    1,\n    2\n  ]\n}\n'
    )


def test_a_change_that_does_not_fit_the_file_is_no_change():
    assert pages.changed("a\nb\nc\n", ["-b", "+B"]) == "a\nB\nc\n"
    assert pages.changed("ab\nb\n", ["-b", "+B"]) == "ab\nB\n"
    for text in ("a\nb\nb\n", "a\n"):
        with pytest.raises(AssertionError, match="exactly once"):
            pages.changed(text, ["-b", "+B"])
