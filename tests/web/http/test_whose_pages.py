"""Whose a page is: nobody reads another's, and what opens one is used once, for its own purpose, in its time."""

from collections.abc import Iterator

import pytest

from cast import an_id, anna, ben, cleo, mallory
from flow.office import BOTH, OTHER, SITE, Office
from passalong.flow.owners import sites
from passalong.flow.signin.sessions import IDLE_MS
from web.shopped import a_shopped_office, line_of


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database, in which something has happened."""
    yield from a_shopped_office(request, tmp_path_factory)


ADVOCATES_PAGES = ("/me", "/me/credit", "/me/why/x")
OWNERS_PAGES = ("/console/bees01", "/console/bees01/why/conversion:order-1", "/console/nobody", "/console/%2e%2e")


@pytest.mark.parametrize("path", [*ADVOCATES_PAGES, *OWNERS_PAGES])
def test_without_a_session_a_page_is_nobodys(office: Office, path: str) -> None:
    assert office.send("GET", path).status == 401


@pytest.mark.parametrize("path", ["/", "/me/in", "/start", "/open/bees01", "/healthz", "/readyz", "/robots.txt"])
def test_some_pages_are_everybodys(office: Office, path: str) -> None:
    assert office.send("GET", path).status == 200


def test_an_advocate_reads_their_own_pages(office: Office) -> None:
    browser = office.signed_in(anna)
    assert "1.60" in office.send("GET", "/me", client=browser).text
    assert "1.60" in office.send("GET", "/me/credit", client=browser).text
    answer = office.send("GET", f"/me/why/{line_of(office, anna)}", client=browser)
    assert answer.status == 200
    assert "1.60" in answer.text
    found = office.send("GET", f"/me/why/{line_of(office, anna)}?as=json", client=browser).json
    assert (found["amount_micros"], found["level"], found["few"]) == (1_600_000, 1, True)


def test_nobody_reads_anothers_line(office: Office) -> None:
    annas_line, bens_line = line_of(office, anna), line_of(office, ben)
    matrix = {
        (who.name, line): office.send("GET", f"/me/why/{line}", client=office.signed_in(who)).status
        for who in (anna, ben, mallory)
        for line in (annas_line, bens_line)
    }
    right = {("anna", annas_line): 200, ("ben", bens_line): 200}
    assert matrix == dict.fromkeys(matrix, 404) | right


def test_an_advocate_sees_nothing_of_who_came(office: Office) -> None:
    """Neither the buyer's id, nor the order's, nor the person in between."""
    browser = office.signed_in(anna)
    for path in ("/me", "/me/credit", f"/me/why/{line_of(office, anna)}", f"/me/why/{line_of(office, anna)}?as=json"):
        shown = office.send("GET", path, client=browser).text
        for secret in (cleo.visitor, "order-1", ben.advocate_id(SITE), an_id("visit", "cleo"), anna.guest):
            assert secret not in shown, (path, secret)


def test_an_owner_reads_the_console_of_their_own_site_only(office: Office) -> None:
    browser = office.owner()
    assert office.send("GET", f"/console/{SITE}", client=browser).status == 200
    assert office.send("GET", f"/console/{SITE}/why/conversion:order-1", client=browser).status == 200
    for path in (f"/console/{OTHER}", f"/console/{OTHER}/why/conversion:order-1", "/console/nobody"):
        assert office.send("GET", path, client=browser).status == 401, path
    neighbour = office.owner(OTHER)
    assert office.send("GET", f"/console/{OTHER}", client=neighbour).status == 200
    assert office.send("GET", f"/console/{OTHER}/why/conversion:order-1", client=neighbour).status == 404
    assert office.send("GET", f"/console/{SITE}", client=neighbour).status == 401


def test_an_owner_is_no_advocate_and_an_advocate_no_owner(office: Office) -> None:
    assert office.send("GET", "/me", client=office.owner()).status == 401
    assert office.send("GET", f"/console/{SITE}", client=office.signed_in(anna)).status == 401


def test_a_session_cannot_be_dressed_up_as_anothers(office: Office) -> None:
    """The cookie names the site; the secret is looked up within it, in its role."""
    browser = office.signed_in(anna)
    cookie = browser.get_cookie("__Host-along-advocate", "along.example")
    assert cookie is not None
    secret = cookie.value.partition(".")[2]
    for name, value in (
        ("__Host-along-advocate", f"{OTHER}.{secret}"),
        ("__Host-along-owner", f"{SITE}.{secret}"),
        ("along-advocate", f"{SITE}.{secret}"),
        ("__Host-along-advocate", secret),
        ("__Host-along-advocate", f"{SITE}."),
        ("__Host-along-advocate", f"{SITE}.{secret}x"),
        ("__Host-along-advocate", '"\\000.x"'),
        ("__Host-along-advocate", f'"{SITE}.\\000"'),
        ("__Host-along-advocate", "nobody." + "x" * 3_000),
    ):
        for path in ("/me", f"/console/{SITE}"):
            answer = office.send("GET", path, headers={"Cookie": f"{name}={value}"})
            assert answer.status in (400, 401), (name, value)


def test_a_cookie_is_for_this_host_alone_and_no_script_reads_it(office: Office) -> None:
    code = sites.new_owner_code(office.db, office.clock, SITE)
    answer = office.send("POST", "/start", form={"k": f"{SITE}.{code}"})
    assert answer.headers["location"] == f"/console/{SITE}"
    name, _, rest = answer.headers["set-cookie"].partition("=")
    parts = {part.strip().partition("=")[0] for part in rest.split(";")[1:]}
    assert name == "__Host-along-owner"
    assert {"Secure", "HttpOnly", "SameSite", "Path", "Max-Age"} <= parts
    assert "Domain" not in parts
    assert "SameSite=Lax" in rest


def test_a_session_that_is_not_used_ends_after_30_days(office: Office) -> None:
    browser = office.signed_in(anna)
    now_ms = office.clock.at_ms
    try:
        office.clock.at_ms = now_ms + IDLE_MS["advocate"] - 1
        assert office.send("GET", "/me", client=browser).status == 200
        office.clock.at_ms = now_ms + IDLE_MS["advocate"]
        assert office.send("GET", "/me", client=browser).status == 401
    finally:
        office.clock.at_ms = now_ms


def test_opening_a_link_uses_nothing_up(office: Office) -> None:
    """Mail scanners open links; only the button of the page does anything."""
    code = f"{SITE}.{sites.new_owner_code(office.db, office.clock, SITE)}"
    for _ in range(3):
        assert office.send("GET", f"/start?k={code}").status == 200
        assert office.send("HEAD", f"/start?k={code}").status == 200
    assert office.send("POST", "/start", form={"k": code}).status == 303
    assert office.send("POST", "/start", form={"k": code}).status == 400


BAD_CODES = [
    "",
    ".",
    "x",
    "nobody.x",
    f"{SITE}.",
    f"{SITE}.x",
    f"{SITE}." + "x" * 5_000,
    "\0",
    f"{SITE}\0.x",
    "é.é",
    "." * 99,
]


def test_a_bad_code_opens_nothing(office: Office) -> None:
    codes = [*BAD_CODES, f"{OTHER}.{sites.new_owner_code(office.db, office.clock, SITE)}"]
    for path, field in (("/start", "k"), ("/me/in", "code")):
        for code in codes:
            answer = office.send("POST", path, form={field: code})
            assert answer.status == 400, (path, code)
            assert "set-cookie" not in answer.headers
        assert office.send("POST", path).status == 400


def test_an_owners_code_is_no_way_into_the_portal_nor_the_other_way_round(office: Office) -> None:
    owners = f"{SITE}.{sites.new_owner_code(office.db, office.clock, SITE)}"
    url = office.send("POST", "/v1/credit", {"site": SITE, "guest": anna.guest}).json["url"]
    annas = url.partition("#")[2]
    assert office.send("POST", "/me/in", form={"code": owners}).status == 400
    assert office.send("POST", "/start", form={"k": annas}).status == 400
    assert office.send("POST", "/start", form={"k": owners}).status == 303
    assert office.send("POST", "/me/in", form={"code": annas}).status == 303
