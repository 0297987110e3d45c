"""Forms of our own pages: no page of another site can send one, and the theme's leads nowhere else."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cast import anna
from flow.office import BOTH, SITE, URL, Office
from fuzzing import examples
from passalong import web
from passalong.flow.owners import sites
from web.shopped import a_shopped_office


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database, in which something has happened."""
    yield from a_shopped_office(request, tmp_path_factory)


# --- forms of other sites ---------------------------------------------------------------------------------------------

FOREIGN: list[dict[str, str]] = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://along.example"},
    {"Origin": "https://along.example.evil.example"},
    {"Origin": "https://along.example:8443"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "nonsense"},
    {"Origin": URL, "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
]
OUR_OWN: list[dict[str, str]] = [{}, {"Origin": URL}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_form_of_another_site_does_nothing(office: Office, headers: dict[str, str]) -> None:
    code = f"{SITE}.{sites.new_owner_code(office.db, office.clock, SITE)}"
    for path, form in (("/start", {"k": code}), ("/me/in", {"code": code}), ("/theme", {"theme": "dark"})):
        answer = office.send("POST", path, headers=headers, form=form)
        assert answer.status == 403, path
        assert "set-cookie" not in answer.headers
    assert office.send("POST", "/start", form={"k": code}).status == 303


@pytest.mark.parametrize("headers", OUR_OWN, ids=str)
def test_a_form_of_our_own_works(office: Office, headers: dict[str, str]) -> None:
    code = f"{SITE}.{sites.new_owner_code(office.db, office.clock, SITE)}"
    assert office.send("POST", "/start", headers=headers, form={"k": code}).status == 303


def test_every_form_that_a_browser_can_send_is_guarded(office: Office) -> None:
    """Every POST that reads a form or a cookie: a new one that forgets the guard fails here."""
    app = office.instance.flask
    guarded = set()
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.rule.startswith(
            ("/v1/", "/api/", "/shops/")
        ):  # signed, or with a key
            continue
        path = re.sub(r"<[^>]+>", "x", rule.rule)
        answer = office.send("POST", path, headers={"Origin": "https://evil.example"}, form={"a": "b"})
        assert answer.status == 403, rule.rule
        guarded.add(rule.rule)
    assert {"/theme", "/start", "/me/in"} <= guarded


def test_an_origin_that_equals_the_host_header_is_not_ours(office: Office) -> None:
    """Whoever sends both headers chooses both; the answer says which address to open."""
    there = {"Origin": "https://evil.example", "Host": "evil.example", "Sec-Fetch-Site": "same-origin"}
    answer = office.send("POST", "/theme", headers=there, form={"theme": "dark"})
    assert (answer.status, URL in answer.text, "set-cookie" in answer.headers) == (403, True, False)


def test_every_cookie_is_secure_http_only_and_lax_on_https(office: Office) -> None:
    """Preferences, the code of a sign-in link, sessions of both roles, and each of them when it is deleted."""
    portal = office.send("POST", "/v1/credit", {"site": SITE, "guest": anna.guest}).json["url"].partition("#")[2]
    console = f"{SITE}.{sites.new_owner_code(office.db, office.clock, SITE)}"
    answers = [
        office.send("POST", "/theme", form={"theme": "dark"}),
        office.send("POST", "/me/language", form={"language": "de"}),
        office.send("GET", f"/me/door/{SITE}.{'a' * 43}"),
        office.send("POST", "/me/out"),
        office.send("POST", "/me/in", form={"code": portal}),
        office.send("POST", "/start", form={"k": console}),
    ]
    for cookie in (answer.headers["set-cookie"] for answer in answers):
        assert all(f"; {attribute}" in cookie for attribute in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax")), cookie
        assert "Domain=" not in cookie


def test_cookies_are_set_in_one_place() -> None:
    """A view that sets a cookie of its own could forget an attribute."""
    sources = Path(web.__file__).parent.rglob("*.py")
    assert {path.name for path in sources if ".set_cookie(" in path.read_text()} == {"cookies.py"}


# --- the theme --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("theme", "kept"), [("light", True), ("dark", True), ("system", True), ("pink", False), ("", False)]
)
def test_a_theme_is_kept_if_it_is_one(office: Office, theme: str, kept: bool) -> None:
    browser = office.client()
    answer = office.send("POST", "/theme", client=browser, form={"theme": theme})
    assert answer.status == (303 if kept else 400)
    assert ("set-cookie" in answer.headers) is kept
    shown = office.send("GET", "/", client=browser).text
    assert (f'data-theme="{theme}"' in shown) is (theme in ("light", "dark"))


def test_a_theme_from_a_cookie_is_one_of_three(office: Office) -> None:
    shown = office.send("GET", "/", headers={"Cookie": 'along-theme="><script>'}).text
    assert "data-theme" not in shown
    assert "<script>" not in shown


@pytest.mark.parametrize("where", ["/", "/me", "/open/bees01", "/me/credit?before=1.x", "/open/ü"])
def test_after_a_theme_one_is_back_where_one_was(office: Office, where: str) -> None:
    answer = office.send("POST", "/theme", form={"theme": "dark", "next": where})
    assert urljoin(f"{URL}/theme", answer.headers["location"]) == urljoin(URL, quote(where, safe="/?=&."))


EVIL = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/ /evil.example",
    "/\x00/evil.example",
    "/%09/evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/\t\\evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    "/@evil.example",
    "//evil.example/%2f..",
    "https:evil.example",
    "/\r\nSet-Cookie: a=b",
    "",
]


def browsers_target(location: str) -> str:
    """The host a browser goes to: tabs and newlines are dropped, backslashes are slashes."""
    seen = re.sub(r"[\t\r\n]", "", location).strip("\x00 ").replace("\\", "/")
    return urlsplit(urljoin(f"{URL}/theme", seen)).netloc


@pytest.mark.parametrize("where", EVIL, ids=repr)
def test_a_theme_leads_nowhere_else(office: Office, where: str) -> None:
    answer = office.send("POST", "/theme", form={"theme": "dark", "next": where})
    assert answer.status in (303, 400)
    if answer.status == 303:
        assert browsers_target(answer.headers["location"]) == "along.example", answer.headers["location"]


@given(where=st.text(alphabet="/\\\t\r\n .:@%evilxample?#0", max_size=20))
@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_address_whatever_leads_elsewhere(office: Office, where: str) -> None:
    answer = office.send("POST", "/theme", form={"theme": "dark", "next": where})
    assert answer.status in (303, 400)
    if answer.status == 303:
        assert browsers_target(answer.headers["location"]) == "along.example", answer.headers["location"]
