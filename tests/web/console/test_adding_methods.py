"""A way to sign in to the console is added by a fresh sign-in alone: an old session cannot keep itself open."""

from collections.abc import Iterator

import pytest

from flow.office import Office, an_office
from passalong.core.privileges import FRESH_MS, Role
from web.console.test_confirming import first_owner

ACCOUNT = "/console/account"
ADDING = (f"{ACCOUNT}/passkey/options", f"{ACCOUNT}/passkey", f"{ACCOUNT}/openid")
AGAIN = "You signed in more than ten minutes ago."


@pytest.fixture(params=["sqlite"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance with two sites."""
    yield from an_office(request, tmp_path_factory)


def test_a_stolen_session_of_yesterday_makes_no_passkey_that_outlives_it(office: Office) -> None:
    browser = office.teammate(Role.OWNER, address="ina@bees.example")
    assert office.send("POST", ADDING[0], client=browser).status == 200
    assert "Create a passkey" in office.send("GET", ACCOUNT, client=browser).text
    office.clock.at_ms += FRESH_MS
    for path in ADDING:
        refused = office.send("POST", path, client=browser, form={"credential": "{}"})
        assert (refused.status, AGAIN in refused.text) == (403, True), path
    page = office.send("GET", ACCOUNT, client=browser).text
    assert AGAIN in page and "Create a passkey" not in page
    assert 'href="/console/in"' in page


def test_whoever_cannot_sign_in_again_yet_may_make_their_first_passkey(office: Office) -> None:
    browser = first_owner(office)
    office.clock.at_ms += FRESH_MS
    assert office.send("POST", ADDING[0], client=browser).status == 200
