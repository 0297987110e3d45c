"""A one-time link that is opened while another account is open here: whose each is, a question, and nothing used up."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from cast import Person, anna, mallory
from flow.office import BOTH, OTHER, SITE, Office, an_office


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna and Mallory have shared."""
    for made in an_office(request, tmp_path_factory):
        made.link("annas", anna)
        made.link("mallorys", mallory)
        yield made


def code_of(office: Office, who: Person, site_id: str = SITE) -> str:
    """A one-time code of this person's widget."""
    url = office.send("POST", "/v1/credit", {"site": site_id, "guest": who.guest}).json["url"]
    return str(url).partition("#")[2]


def session_of(browser: FlaskClient) -> str:
    """The session cookie of a browser."""
    cookie = browser.get_cookie("__Host-along-advocate", "along.example")
    assert cookie is not None
    return cookie.value


def test_one_click_on_an_attackers_link_changes_nothing(office: Office) -> None:
    """The script of the page posts the code by itself: the answer is a question."""
    browser = office.signed_in(anna)
    assert office.send("POST", "/me/privacy/name", client=browser, form={"name": "Anna", "shown": "no"}).status == 303
    before = session_of(browser)
    code = code_of(office, mallory)
    asked = office.send("POST", "/me/in", client=browser, form={"code": code})
    assert asked.status == 200
    assert "Another account is open in this browser: Anna (The Bee Almanac)." in asked.text
    assert "Nothing is joined." in asked.text
    assert session_of(browser) == before
    assert office.send("POST", "/me/in", client=office.client(), form={"code": code}).status == 303, "nor used up"


def test_confirming_a_switch_ends_the_other_session(office: Office) -> None:
    browser = office.signed_in(anna)
    before = session_of(browser)
    form = {"code": code_of(office, mallory), "switch": "yes"}
    assert office.send("POST", "/me/in", client=browser, form=form).status == 303
    assert session_of(browser) != before
    assert office.send("GET", "/me", headers={"Cookie": f"__Host-along-advocate={before}"}).status == 401


def test_the_same_account_is_not_asked_and_a_sign_in_is_not_weakened(office: Office) -> None:
    browser = office.signed_in(anna)
    assert office.send("POST", "/me/in", client=browser, form={"code": code_of(office, anna)}).status == 303
    office.save_access(anna)
    office.prove(browser)
    before = session_of(browser)
    assert office.send("POST", "/me/in", client=browser, form={"code": code_of(office, anna)}).status == 303
    assert session_of(browser) == before, "“Your credit” in the widget leaves a signed-in session as it is"
    assert office.send("POST", "/me/keep/words", client=browser).status == 200


def test_an_account_of_another_site_is_another_account(office: Office) -> None:
    office.link("annas wasps", anna, OTHER, "https://wasps.example/nest")
    browser = office.signed_in(anna)
    asked = office.send("POST", "/me/in", client=browser, form={"code": code_of(office, anna, OTHER)})
    assert (asked.status, "Another account is open" in asked.text) == (200, True)


def test_a_bad_code_is_told_as_before(office: Office) -> None:
    for code in ("", "x", f"{SITE}.{'a' * 43}", "nobody.x"):
        assert office.send("POST", "/me/in", client=office.signed_in(anna), form={"code": code}).status == 400
