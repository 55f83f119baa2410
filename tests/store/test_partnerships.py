"""The file that names the partnerships of a deployment: what it may say, and every fault that is named."""

from pathlib import Path

import pytest

from cspr_workflow.forms import Unusable
from cspr_workflow.store.partnerships import Partnership, read_partnerships
from tests.docs.pages import ROOT, blocks_of

PAGE = ROOT / "docs" / "how-to" / "several-partnerships.md"
SERVER = "postgresql://cspr_app@db.example/cspr"


def read(folder: Path, text: str) -> tuple[Partnership, ...]:
    (folder / "partnerships.toml").write_text(text, "utf-8")
    return read_partnerships(folder / "partnerships.toml")


def of(**stores: str) -> str:
    """A file that names these stores by the names of their partnerships."""
    return "".join(f'[partnership.{name}]\nstore = "{store}"\n' for name, store in stores.items())


def faults(folder: Path, text: str) -> list[str]:
    """The faults of a file; each stands with its name."""
    with pytest.raises(Unusable) as raised:
        read(folder, text)
    assert raised.value.source == str(folder / "partnerships.toml")
    return [str(fault) for fault in raised.value.faults]


def test_folders_and_addresses_are_read_in_the_order_of_the_file(tmp_path: Path) -> None:
    address = f"{SERVER}?schemas=west&sslmode=verify-full"
    found = read(tmp_path, of(north="/var/lib/cspr/north", west=address, east="stores/east"))
    assert found == (
        Partnership("north", Path("/var/lib/cspr/north")),
        Partnership("west", address),
        Partnership("east", tmp_path / "stores" / "east"),
    )


def test_the_files_that_the_page_shows_are_good(tmp_path: Path) -> None:
    texts = [one.text for one in blocks_of(PAGE.read_text("utf-8")) if one.language == "toml"]
    assert len(texts) == 2
    for text in texts:
        assert len(read(tmp_path, text)) >= 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "partnership: this field is missing"),
        ("[partnership]", "partnership: name at least one, as [partnership.north]"),
        ("[partnership.north]", "partnership.north.store: this field is missing"),
        ("[partnership.north]\nstore = 3", "partnership.north.store: 3 is not a text"),
        (of(north=" "), "partnership.north.store: this text may not be empty"),
        (of(north="x") + "folder = 'y'", "partnership.north.folder: unknown field; known are store"),
        (of(North="x"), "partnership.North: the name is to be up to 40 small letters, digits and hyphens"),
        (of(**{'"../up"': "x"}), "partnership.../up: the name is to be up to 40 small letters, digits and hyphens"),
        (of(north="mysql://db/x"), "partnership.north.store: The store's address: write a folder, or an address that begins with postgresql://"),
        (of(north=f"{SERVER}?schemas=A-B"), "partnership.north.store: The store's address: 'schemas' is to be one name of at most 40 small letters, digits and _."),
        (of(north="postgresql://db/x?colour=red"), "partnership.north.store: The store's address is not one that PostgreSQL can read"),
    ],
)  # fmt: skip
def test_each_fault_is_named_with_its_key(tmp_path: Path, text: str, said: str) -> None:
    (fault,) = faults(tmp_path, text)
    assert fault.startswith(said)


def test_all_faults_are_named_not_only_the_first(tmp_path: Path) -> None:
    found = faults(tmp_path, of(NORTH="ftp://x", south="y", west="y"))
    assert [fault.partition(": ")[0] for fault in found] == [
        "partnership.NORTH",
        "partnership.NORTH.store",
        "partnership.west.store",
    ]


def test_a_name_that_stands_twice_is_no_toml(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, of(north="x") + of(north="y"))
    assert fault.startswith("is not a TOML file: ")


def test_a_file_that_is_not_there_or_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="cannot be read: No such file"):
        read_partnerships(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xff")
    with pytest.raises(Unusable, match="is not a TOML file"):
        read_partnerships(tmp_path / "bytes.toml")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("north", "./north/"),
        ("north", "other/../north"),
        (SERVER, "postgres://cspr_app@db.example:5432/cspr?sslmode=require"),
        (SERVER, "postgresql://somebody:secret@db.example/cspr"),
        (SERVER, "postgresql://app@/cspr?host=db.example"),
        (f"{SERVER}?schemas=a", f"{SERVER}?application_name=x&schemas=a"),
        ("postgresql://app@/?service=north", "postgresql://app@/?service=north&connect_timeout=5"),
    ],
)
def test_two_partnerships_with_the_same_store_are_refused(
    tmp_path: Path, one: str, other: str
) -> None:
    assert faults(tmp_path, of(first=one, second=other)) == [
        "partnership.second.store: this is the store of first already"
    ]


def test_a_folder_under_another_name_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "north").mkdir()
    (tmp_path / "link").symlink_to("north")
    assert len(faults(tmp_path, of(first="north", second="link"))) == 1


@pytest.mark.parametrize(
    "other",
    [
        f"{SERVER}?schemas=a",
        "postgresql://cspr_app@db.example/another",
        "postgresql://cspr_app@other.example/cspr",
        "postgresql://cspr_app@db.example:5433/cspr",
        "postgresql://app@/?service=north",
    ],
)
def test_stores_beside_each_other_are_two(tmp_path: Path, other: str) -> None:
    assert len(read(tmp_path, of(first=SERVER, second=other))) == 2
