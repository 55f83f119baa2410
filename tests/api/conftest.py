"""What the tests of the API share: a site of their own for each."""

from collections.abc import Iterator

import pytest

from tests.web.site import MadeSite, made_site


@pytest.fixture
def made() -> Iterator[MadeSite]:
    with made_site() as made:
        yield made


@pytest.fixture(scope="module")
def quiet() -> Iterator[MadeSite]:
    """One site for many tests, none of which records anything."""
    with made_site() as made:
        before = made.store.desk.record.last()
        yield made
        assert made.store.desk.record.last() == before
