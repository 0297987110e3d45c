"""An instance to ask, where a test module does not make one of its own."""

from collections.abc import Iterator

import pytest

from flow.office import BOTH, Office, an_office
from web.bodies import DOORS


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database."""
    yield from an_office(request, tmp_path_factory)


@pytest.fixture(scope="module")
def token(office: Office) -> str:
    """Anna's link."""
    return office.link("annas")


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    """Both ways in."""
    return str(request.param)
