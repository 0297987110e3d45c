"""After a sign-in a person is at the page that they wanted, by every method; and only at pages of ours."""

import html
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from cast import anna
from flow.office import SITE, Answer, Office, an_office
from passalong.core.privileges import Role
from web.portal.test_signin import letters, link_in
from web.walking import Finder

PAGES = ("privacy", "use", "keep", "card", "word", "mail", "credit", "claims/new", "why/abc_-1/ask", "links/page/abc")
ELSEWHERE = (
    "https://mallory.example/",
    "//mallory.example",
    "/console",
    "redemptions",
    "use?x",
    "use\r\nX: y",
    " use",
    "use/",
    "in",
    "out",
    "nowhere",
    "../console",
    "",
)


@pytest.fixture(scope="module", params=["sqlite"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance in which Anna shared; its e-mails go into the folder."""
    for made in an_office(request, tmp_path_factory):
        made.link("annas", anna)
        made.fold()
        yield made


def send_form(office: Office, path: str, action: str, browser: FlaskClient, **typed: str) -> Answer:
    """Open a page and send one of its forms, with what it holds."""
    finder = Finder(path, None)
    finder.feed(office.send("GET", path, client=browser).text)
    form = next(one for one in finder.forms if one.action == action)
    return office.send("POST", action, client=browser, form=form.filled(button=None, **typed))


def by_mail(office: Office, to: str, address: str) -> tuple[Answer, Answer]:
    """Ask for a link on the sign-in page, follow it, and press its button; both answers."""
    browser = office.client()
    office.clock.at_ms += 3_600_000
    asked = send_form(office, f"/me/in?site={SITE}&to={to}", "/me/in/mail", browser, address=address)
    hop = office.send("GET", link_in(letters(office)[-1]), client=browser)
    return asked, send_form(office, hop.headers["location"], "/me/door", browser)


def test_a_link_in_a_mail_leads_to_the_page_that_was_wanted(office: Office) -> None:
    for number, to in enumerate(PAGES):
        asked, landed = by_mail(office, to, f"reader{number}@example.org")
        assert asked.headers["location"] == f"/me/in?site={SITE}&asked=1&to={to}"
        assert (landed.status, landed.headers["location"]) == (303, f"/me/{to}")


def test_a_person_who_changes_accounts_is_still_led_to_the_page(office: Office) -> None:
    browser = office.client()
    by_mail(office, "", "ben@example.org")
    office.clock.at_ms += 3_600_000
    send_form(office, f"/me/in?site={SITE}&to=use", "/me/in/mail", browser, address="cleo@example.org")
    link = link_in(letters(office)[-1])
    office.send("POST", "/me/in/mail", client=browser, form={"site": SITE, "address": "ben@example.org"})
    office.send("GET", link_in(letters(office)[-1]), client=browser)
    office.send("POST", "/me/door", client=browser)  # Ben is signed in here
    hop = office.send("GET", link, client=browser)
    refused = send_form(office, hop.headers["location"], "/me/door", browser)
    assert refused.headers["location"] == "/me/door?to=use", "it asks before Ben is signed out"
    landed = send_form(office, "/me/door?to=use", "/me/door", browser, switch="yes")
    assert landed.headers["location"] == "/me/use"


@pytest.mark.parametrize("to", ELSEWHERE)
def test_a_word_that_is_none_of_ours_leads_home(office: Office, to: str) -> None:
    browser = office.client()
    office.clock.at_ms += 3_600_000
    form = {"site": SITE, "address": "dora@example.org", "to": to}
    asked = office.send("POST", "/me/in/mail", client=browser, form=form)
    assert asked.headers["location"] == f"/me/in?site={SITE}&asked=1"
    message = letters(office)[-1]
    link = link_in(message)
    assert re.fullmatch(rf"/me/door/{SITE}\.[A-Za-z0-9_-]{{43}}", link)
    hop = office.client().get(link, query_string={"to": to}, base_url="https://along.example")
    assert hop.headers["Location"] == "/me/door"
    office.send("GET", link, client=browser)
    landed = office.send("POST", "/me/door", client=browser, form={"to": to})
    assert landed.headers["location"] == "/me"


def test_every_form_of_the_sign_in_page_remembers_the_page(office: Office) -> None:
    finder = Finder("/me/in", None)
    finder.feed(office.send("GET", f"/me/in?site={SITE}&to=use").text)
    ways = {form.action: dict(form.fields).get("to") for form in finder.forms if form.action.startswith("/me/in")}
    assert ways == dict.fromkeys(("/me/in/mail", "/me/in/passkey", "/me/in/words", "/me/in"), "use")


def linked_sign_in(page: str) -> str:
    """The address of the sign-in that a page links to."""
    return html.unescape(re.findall(r'href="(/(?:me|console)/in(?:\?[^"]*)?)"', page)[-1])


def test_a_page_that_needs_a_session_leads_to_the_sign_in_and_back(office: Office) -> None:
    """Every page below `/me`: none leaves a person without a way in."""
    rules = office.instance.flask.url_map.iter_rules()
    paths = [re.sub(r"<[^>]*>", "x", str(rule)) for rule in rules if str(rule).startswith("/me")]
    closed = {path for path in paths if office.send("GET", path).status == 401}
    assert {"/me", "/me/use", "/me/why/x", "/me/why/x/ask", "/me/statement"} <= closed
    for path in closed:
        link = linked_sign_in(office.send("GET", path).text)
        finder = Finder(link, None)
        finder.feed(office.send("GET", link).text)
        wanted = {dict(form.fields).get("to", "") for form in finder.forms if form.action.startswith("/me/in")}
        has_place = path != "/me" and "." not in path
        assert wanted == {path.removeprefix("/me/") if has_place else ""}, path


def test_the_sign_in_is_that_of_the_site_whose_session_has_ended(office: Office) -> None:
    browser = office.signed_in(anna)
    assert office.send("POST", "/me/out", client=browser, form={"where": "everywhere"}).status == 303
    browser = office.signed_in(anna)
    office.clock.at_ms += 40 * 86_400_000
    assert linked_sign_in(office.send("GET", "/me/use", client=browser).text) == f"/me/in?site={SITE}&to=use"


def test_an_owner_is_led_back_to_the_page_of_the_console(office: Office) -> None:
    ina = "ina@bees.example"
    office.teammate(Role.EDITOR, address=ina)
    browser = office.client()
    for wanted in (f"/console/{SITE}/claims", f"/console/{SITE}/why/conversion:order-1", "/console/account"):
        office.clock.at_ms += 3_600_000
        link = linked_sign_in(office.send("GET", wanted, client=browser).text)
        assert office.send("GET", link, client=browser).status == 200
        assert office.send("POST", "/console/in", client=browser, form={"address": ina}).status == 303
        landed = office.send("POST", office.mailed("team_sign_in"), client=browser)
        assert (landed.status, landed.headers["location"]) == (303, wanted)
        browser = office.client()


def test_an_owner_without_a_role_at_the_site_is_led_to_their_own(office: Office) -> None:
    ina = "ina@other.example"
    office.teammate(Role.EDITOR, address=ina)
    browser = office.client()
    office.clock.at_ms += 3_600_000
    assert office.send("GET", "/console/in?to=/console/wasps1/claims", client=browser).status == 200
    assert office.send("POST", "/console/in", client=browser, form={"address": ina}).status == 303
    landed = office.send("POST", office.mailed("team_sign_in"), client=browser)
    assert (landed.status, landed.headers["location"]) == (303, f"/console/{SITE}")


@pytest.mark.parametrize("to", ["/console/inns01", "/console/inns01/claims", "/console/sites"])
def test_the_key_of_a_site_may_begin_as_the_sign_in_does(office: Office, to: str) -> None:
    answer = office.client().get("/console/in", query_string={"to": to}, base_url="https://along.example")
    assert [cookie.partition(";")[0].partition("=")[2] for cookie in answer.headers.getlist("Set-Cookie")] == [to]


@pytest.mark.parametrize(
    "to",
    [
        "https://mallory.example/",
        "//mallory.example",
        "/console//mallory.example",
        "/console/in",
        "/console/../me",
        "/console/bees01/why/../../../me/use",
        "/console/../claims",
        "/console/bees01/install/wordpress.zip",
        "/console/in/openid",
        "/me/use",
        "/console/bees01?x",
        "/console/bees01/nowhere",
    ],
)
def test_an_owner_is_led_to_no_other_address(office: Office, to: str) -> None:
    browser = office.client()
    answer = browser.get("/console/in", query_string={"to": to}, base_url="https://along.example")
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (200, [])
