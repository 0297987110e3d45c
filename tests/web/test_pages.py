"""The pages: whose they are, what is on them, and what no page of another site can make them do."""

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from cast import HOME, a_person, an_id, anna, ben, cleo, mallory
from flow.office import BOTH, OTHER, SITE, URL, Answer, Office, an_office
from passalong.flow import manage
from passalong.flow.enrol import SESSION_MS
from plumbing.postgres import Postgres, database_name

CSP = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; script-src 'self'; "


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database, in which Anna shared, Ben passed it on, and Cleo bought."""
    for made in an_office(request, tmp_path_factory):
        annas = made.link("annas", anna)
        bens = made.link("bens", ben, parent=annas)
        note = made.visit("cleo", bens, cleo)
        assert made.note("flask", note).status == 202
        order = {"id": "order-1", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
        assert made.api("POST", "/conversions", order | {"code": f"{bens}.{note['id']}"}).status == 202
        made.api("POST", "/conversions", order | {"id": "order-2"})
        made.link("mallorys", mallory)
        made.fold()
        yield made


def line_of(office: Office, who: str) -> str:
    """The id of one line of somebody's ledger."""
    with office.db.reading() as session:
        statement = text("SELECT line_id FROM credits WHERE recipient = :who AND unit = 'EUR'")
        return str(session.scalar(statement, {"who": who}))


@pytest.fixture
def annas_line(office: Office) -> str:
    """Anna's credit for Cleo's order."""
    return line_of(office, anna.advocate_id(SITE))


# --- whose they are ---------------------------------------------------------------------------------------------------

ADVOCATES_PAGES = ("/me", "/me/credit", "/me/why/x")
OWNERS_PAGES = ("/console/bees01", "/console/bees01/why/conversion:order-1", "/console/nobody", "/console/%2e%2e")


@pytest.mark.parametrize("path", [*ADVOCATES_PAGES, *OWNERS_PAGES])
def test_without_a_session_a_page_is_nobodys(office: Office, path: str) -> None:
    assert office.send("GET", path).status == 401


@pytest.mark.parametrize("path", ["/", "/me/in", "/start", "/open/bees01", "/healthz", "/readyz", "/robots.txt"])
def test_some_pages_are_everybodys(office: Office, path: str) -> None:
    assert office.send("GET", path).status == 200


def test_an_advocate_reads_their_own_pages(office: Office, annas_line: str) -> None:
    browser = office.signed_in(anna)
    assert "1.60" in office.send("GET", "/me", client=browser).text
    assert "1.60" in office.send("GET", "/me/credit", client=browser).text
    answer = office.send("GET", f"/me/why/{annas_line}", client=browser)
    assert answer.status == 200
    assert "1.60" in answer.text
    found = office.send("GET", f"/me/why/{annas_line}?as=json", client=browser).json
    assert (found["amount_micros"], found["level"], found["few"]) == (1_600_000, 1, True)


def test_nobody_reads_anothers_line(office: Office, annas_line: str) -> None:
    bens_line = line_of(office, ben.advocate_id(SITE))
    matrix = {
        (who.name, line): office.send("GET", f"/me/why/{line}", client=office.signed_in(who)).status
        for who in (anna, ben, mallory)
        for line in (annas_line, bens_line)
    }
    right = {("anna", annas_line): 200, ("ben", bens_line): 200}
    assert matrix == dict.fromkeys(matrix, 404) | right


def test_an_advocate_sees_nothing_of_who_came(office: Office, annas_line: str) -> None:
    """Neither the buyer's id, nor the order's, nor the person in between."""
    browser = office.signed_in(anna)
    for path in ("/me", "/me/credit", f"/me/why/{annas_line}", f"/me/why/{annas_line}?as=json"):
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
    code = manage.new_owner_code(office.db, office.clock, SITE)
    answer = office.send("POST", "/start", form={"k": f"{SITE}.{code}"})
    assert answer.headers["location"] == f"/console/{SITE}"
    name, _, rest = answer.headers["set-cookie"].partition("=")
    parts = {part.strip().partition("=")[0] for part in rest.split(";")[1:]}
    assert name == "__Host-along-owner"
    assert {"Secure", "HttpOnly", "SameSite", "Path", "Max-Age"} <= parts
    assert "Domain" not in parts
    assert "SameSite=Lax" in rest


def test_a_session_ends_after_30_days(office: Office) -> None:
    browser = office.signed_in(anna)
    now_ms = office.clock.at_ms
    try:
        office.clock.at_ms = now_ms + SESSION_MS - 1
        assert office.send("GET", "/me", client=browser).status == 200
        office.clock.at_ms = now_ms + SESSION_MS
        assert office.send("GET", "/me", client=browser).status == 401
    finally:
        office.clock.at_ms = now_ms


def test_opening_a_link_uses_nothing_up(office: Office) -> None:
    """Mail scanners open links; only the button of the page does anything."""
    code = f"{SITE}.{manage.new_owner_code(office.db, office.clock, SITE)}"
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
    codes = [*BAD_CODES, f"{OTHER}.{manage.new_owner_code(office.db, office.clock, SITE)}"]
    for path, field in (("/start", "k"), ("/me/in", "code")):
        for code in codes:
            answer = office.send("POST", path, form={field: code})
            assert answer.status == 400, (path, code)
            assert "set-cookie" not in answer.headers
        assert office.send("POST", path).status == 400


def test_an_owners_code_is_no_way_into_the_portal_nor_the_other_way_round(office: Office) -> None:
    owners = f"{SITE}.{manage.new_owner_code(office.db, office.clock, SITE)}"
    url = office.send("POST", "/v1/credit", {"site": SITE, "guest": anna.guest}).json["url"]
    annas = url.partition("#")[2]
    assert office.send("POST", "/me/in", form={"code": owners}).status == 400
    assert office.send("POST", "/start", form={"k": annas}).status == 400
    assert office.send("POST", "/start", form={"k": owners}).status == 303
    assert office.send("POST", "/me/in", form={"code": annas}).status == 303


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
    code = f"{SITE}.{manage.new_owner_code(office.db, office.clock, SITE)}"
    for path, form in (("/start", {"k": code}), ("/me/in", {"code": code}), ("/theme", {"theme": "dark"})):
        answer = office.send("POST", path, headers=headers, form=form)
        assert answer.status == 403, path
        assert "set-cookie" not in answer.headers
    assert office.send("POST", "/start", form={"k": code}).status == 303


@pytest.mark.parametrize("headers", OUR_OWN, ids=str)
def test_a_form_of_our_own_works(office: Office, headers: dict[str, str]) -> None:
    code = f"{SITE}.{manage.new_owner_code(office.db, office.clock, SITE)}"
    assert office.send("POST", "/start", headers=headers, form={"k": code}).status == 303


def test_every_form_that_a_browser_can_send_is_guarded(office: Office) -> None:
    """Every POST that reads a form or a cookie: a new one that forgets the guard fails here."""
    app = office.instance.flask
    guarded = set()
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.rule.startswith(("/v1/", "/api/")):
            continue
        path = re.sub(r"<[^>]+>", "x", rule.rule)
        answer = office.send("POST", path, headers={"Origin": "https://evil.example"}, form={"a": "b"})
        assert answer.status == 403, rule.rule
        guarded.add(rule.rule)
    assert {"/theme", "/start", "/me/in"} <= guarded


# --- the theme --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("theme", "kept"), [("light", True), ("dark", True), ("system", True), ("pink", False), ("", False)]
)
def test_a_theme_is_kept_if_it_is_one(office: Office, theme: str, kept: bool) -> None:
    browser = office.client()
    answer = office.send("POST", "/theme", client=browser, form={"theme": theme})
    assert answer.status == 303
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
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_address_whatever_leads_elsewhere(office: Office, where: str) -> None:
    answer = office.send("POST", "/theme", form={"theme": "dark", "next": where})
    assert answer.status in (303, 400)
    if answer.status == 303:
        assert browsers_target(answer.headers["location"]) == "along.example", answer.headers["location"]


# --- headers ----------------------------------------------------------------------------------------------------------


def test_every_page_says_what_it_may_load(office: Office, annas_line: str) -> None:
    reader, owner = office.signed_in(anna), office.owner()
    visited = [(reader, path) for path in ("/me", "/me/credit", f"/me/why/{annas_line}", "/me/why/x")]
    visited += [(owner, path) for path in (f"/console/{SITE}", f"/console/{SITE}/why/conversion:order-1")]
    visited += [
        (office.client(), path) for path in ("/", "/me", "/me/in", "/start", f"/open/{SITE}", "/nowhere", "/open/x")
    ]
    for browser, path in visited:
        answer = office.send("GET", path, client=browser)
        assert answer.headers["content-security-policy"].startswith(CSP), path
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store", path
        assert "access-control-allow-origin" not in answer.headers
        assert not re.search(r"<[^>]+\s(style|on\w+)=", answer.text), path
        assert not re.search(r"<script(?![^>]*\ssrc=)", answer.text), path
        for loaded in re.findall(r'(?:src|href)="([^"]+\.(?:css|js|woff2|svg)[^"]*)"', answer.text):
            assert loaded.startswith("/static/"), (path, loaded)


def test_static_files_are_kept_for_ever_under_an_address_of_their_own(office: Office) -> None:
    shown = office.send("GET", "/").text
    found = re.findall(r'"(/static/[^"]+\?v=[^"]+)"', shown)
    assert found
    for path in found:
        answer = office.send("GET", unescape(path))
        assert answer.status == 200
        assert "max-age=31536000" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "path", ["/static/../pages.py", "/static/%2e%2e/pages.py", "/static/..%2fpages.py", "/static//etc/passwd"]
)
def test_nothing_beside_the_static_files_can_be_read(office: Office, path: str) -> None:
    answer = office.send("GET", path)
    assert answer.status in (404, 308)
    assert "def " not in answer.text


# --- stored data is inert ---------------------------------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</title></head><body onload=alert(1)>",
    "</pre><script>alert(1)</script>",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)",
    '=HYPERLINK("http://evil.example")',
    "&lt;script&gt;",
    "\u202egnp.exe",
    "a\r\nSet-Cookie: a=b",
]


def _an_order_id(evil: str, number: int) -> str:
    """As hostile as the API takes it: without line breaks, which are refused."""
    return f"{evil} {number}".replace("\r\n", " ")


def test_hostile_words_are_inert_on_every_page(office: Office) -> None:
    """In the title, the page, the order's id, the user agent and the origin: on every page that shows any of them."""
    who = a_person("hostile")
    reader = None
    for number, evil in enumerate(HOSTILE):
        page = f"{HOME}/{number}?q={evil}"
        token = office.link(f"hostile {number}", who, page=page, title=evil)
        reader = reader or office.signed_in(who)
        note = office.visit(f"hostile {number}", token, a_person("hostile visitor", number), page=page)
        office.note("flask", note, {"Origin": HOME})
        office.note("flask", office.visit(f"bot {number}", "x" * 27, cleo, page=page), {"Origin": HOME})
        office.send("GET", f"/h/{token}", headers={"User-Agent": f"bot {evil}".replace("\r\n", " ")})
        order = {"id": _an_order_id(evil, number), "goal": "purchase", "amount_minor": 100, "currency": "EUR"}
        assert office.api("POST", "/conversions", order | {"code": f"{token}.{note['id']}"}).status == 202
    office.fold()
    owner = office.owner()
    with office.db.reading() as session:
        lines = session.scalars(
            text("SELECT line_id FROM credits WHERE recipient = :who"), {"who": who.advocate_id(SITE)}
        )
        paths = ["/me", "/me/credit", *(f"/me/why/{line}" for line in lines)]
    shown = [office.send("GET", path, client=reader) for path in paths]
    shown += [
        office.send("GET", f"/console/{SITE}?only={only}", client=owner) for only in ("all", "credited", "refused")
    ]
    for number, evil in enumerate(HOSTILE):
        subject = quote(f"conversion:{_an_order_id(evil, number)}", safe="")
        shown.append(office.send("GET", f"/console/{SITE}/why/{subject}", client=owner))
        shown.append(office.send("GET", f"/console/{SITE}?only={quote(evil)}&before={quote(evil)}", client=owner))
        shown.append(office.send("GET", f"/start?k={quote(evil)}"))
        shown.append(office.send("GET", f"/{quote(evil)}"))
    shown.append(office.send("GET", f"/open/{SITE}"))
    assert sum("alert(1)" in answer.text for answer in shown) > 20
    for answer in shown:
        assert answer.status in (200, 404)
        assert_inert(answer)


class Elements(HTMLParser):
    """What a browser would make of a page: its elements with their attributes."""

    def __init__(self, shown: str):
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(shown)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called for each."""
        self.found.append((tag, dict(attrs)))


def assert_inert(answer: Answer) -> None:
    """No element, attribute or address of an attacker's making."""
    for tag, attributes in Elements(answer.text).found:
        assert tag not in ("img", "iframe", "object", "embed", "base"), attributes
        assert tag != "script" or (attributes.get("src") or "").startswith("/static/")
        assert [name for name in attributes if name.startswith("on") or name == "style"] == []
        for name in ("href", "src", "action", "formaction"):
            address = (attributes.get(name) or "").strip().lower()
            assert not address.startswith(("javascript:", "data:", "vbscript:")), address
    assert "set-cookie" not in answer.headers


def test_an_element_of_an_attackers_making_would_be_seen() -> None:
    for evil in HOSTILE[:5]:
        with pytest.raises(AssertionError):
            assert_inert(Answer(200, {}, f'<p title="x">{evil}<a title=\'{evil}\' href="{evil}">'.encode()))


# --- odds and ends ----------------------------------------------------------------------------------------------------


def test_a_page_that_is_not_there_says_so(office: Office) -> None:
    answer = office.send("GET", "/nowhere/at/all")
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "Nothing here" in answer.text
    program = office.send("GET", "/api/v1/nowhere")
    assert (program.status, program.json["error"]["status"]) == (404, 404)


def test_a_method_that_a_page_does_not_have_says_which_it_has(office: Office) -> None:
    for path, allowed in (("/theme", "POST"), ("/me", "GET"), ("/api/v1/conversions", "POST"), ("/healthz", "GET")):
        answer = office.send("DELETE", path)
        assert answer.status == 405
        assert allowed in answer.headers["allow"]


def test_cursors_that_are_none_start_anew(office: Office) -> None:
    owner, reader = office.owner(), office.signed_in(anna)
    for before in (
        "",
        "x",
        "1",
        "1.",
        ".x",
        "9" * 15 + ".x",
        "9" * 16 + ".x",
        "9" * 5_000,
        "-1.x",
        "\uff11.x",
        "1.'; --",
    ):
        for browser, path in ((owner, f"/console/{SITE}"), (reader, "/me/credit")):
            assert office.send("GET", f"{path}?before={quote(before)}", client=browser).status == 200, before
    assert office.send("GET", f"/console/{SITE}?before=1.%00", client=owner).status == 400


def test_search_engines_are_told_what_is_for_them(office: Office) -> None:
    assert "Disallow: /\n" in office.send("GET", "/robots.txt").text


def test_the_process_is_alive_and_ready(office: Office) -> None:
    assert office.send("GET", "/healthz").json == {"status": "ok"}
    assert office.send("GET", "/readyz").json == {"status": "ok"}


@pytest.mark.postgresql
def test_without_its_database_it_is_alive_and_not_ready(postgres: Postgres, tmp_path: Path) -> None:
    with postgres.fresh_database() as url:
        office = Office(url, tmp_path)
        try:
            assert office.send("GET", "/readyz").status == 200
            postgres.drop_database(database_name(url))
            assert office.send("GET", "/healthz").status == 200
            answer = office.send("GET", "/readyz")
            assert (answer.status, answer.json) == (503, {"status": "no database"})
            assert postgres.server.get_uri() not in answer.text
        finally:
            office.close()


def test_with_an_empty_database_it_is_alive_and_not_ready(tmp_path: Path) -> None:
    office = Office(f"sqlite:///{tmp_path}/here.db", tmp_path)
    try:
        with office.db.writer.begin() as connection:
            connection.execute(text("PRAGMA foreign_keys = OFF"))
            connection.execute(text("ALTER TABLE sites RENAME TO gone"))
        assert office.send("GET", "/healthz").status == 200
        assert office.send("GET", "/readyz").status == 503
    finally:
        office.close()


GARBAGE = [
    "x",
    "..",
    "%00",
    "%ff%fe",
    "a" * 3_000,
    "%F0%9F%90%9D",
    "%2e%2e%2f",
    "'%22%3E%3Cscript%3E",
    "-1",
    "1e400",
    "%0d%0a",
]


def test_no_route_breaks_on_garbage(office: Office) -> None:
    """Every route of the map, whoever asks: nothing, a query, a form, JSON, cookies that are not ours."""
    app = office.instance.flask
    browsers = [office.client(), office.signed_in(anna), office.owner()]
    asked = 0
    for rule in app.url_map.iter_rules():
        for garbage in GARBAGE if "<" in rule.rule else GARBAGE[:3]:
            path = re.sub(r"<[^>]+>", lambda _match, found=garbage: found, rule.rule)  # type: ignore[misc]
            query = "?" + "&".join(f"{name}={garbage}" for name in ("k", "only", "before", "as", "next", "v"))
            for browser in browsers:
                answers = [
                    office.send("GET", path + query, client=browser),
                    office.send(
                        "POST", path, client=browser, form=dict.fromkeys(("k", "code", "theme", "next"), garbage)
                    ),
                    office.send("POST", path, garbage.encode(), client=browser),
                    office.send("POST", path, {"site": garbage}, {"Content-Type": "application/json"}, client=browser),
                    office.send("HEAD", path, client=browser),
                    office.send("OPTIONS", path, client=browser),
                ]
                asked += len(answers)
                assert [answer.status for answer in answers if answer.status >= 500] == [], path
    assert asked > 1_000


def test_the_walk_would_see_a_route_that_breaks(tmp_path: Path) -> None:
    """A route that fails is a 500 with a page, not a traceback."""
    office = Office(f"sqlite:///{tmp_path}/here.db", tmp_path)
    try:

        @office.instance.flask.get("/broken")
        def broken() -> str:
            raise RuntimeError("a secret of ours")

        answer = office.send("GET", "/broken")
        assert answer.status == 500
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text
    finally:
        office.close()


def test_who_asks_for_a_page_by_another_name_gets_no_link_to_it(office: Office) -> None:
    """A Host header of an attacker's ends in no address that we make."""
    for path in ("/", f"/open/{SITE}", "/me", "/start"):
        assert "evil.example" not in office.send("GET", path, headers={"Host": "evil.example"}).text
    answer = office.send("POST", "/v1/credit", {"site": SITE, "guest": anna.guest}, {"Host": "evil.example"})
    assert answer.json["url"].startswith(f"{URL}/me/in#")
