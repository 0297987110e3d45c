"""An instance whose sites have connections to shop systems."""

from collections.abc import Iterator

import pytest

from flow.office import BOTH, Office, an_office


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database."""
    yield from an_office(request, tmp_path_factory)
