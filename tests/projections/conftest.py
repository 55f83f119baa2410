"""What the tests of the projections share: stores that are made quickly."""

import pytest

from tests.projections.kept import Stores


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Stores:
    """Makes empty stores, below one folder of this run."""
    return Stores(tmp_path_factory.mktemp("stores"))
