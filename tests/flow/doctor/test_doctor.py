"""The doctor on real pages of this machine: each fault that keeps a button from working, with its fix."""

import time
from collections.abc import Callable, Iterator

import pytest

from flow.world import START_MS
from passalong.flow.doctor import examine as doctor
from passalong.flow.doctor import network
from passalong.flow.doctor.case import Case, Finding
from passalong.flow.doctor.checks import CHECKS
from passalong.flow.doctor.page import read_page
from passalong.flow.doctor.policy import allows, with_host
from passalong.lib.http_get import Fetched
from passalong.store.sites import Site
from passalong.web.console.platforms import TAG
from passalong.web.console.snippets import filled, snippet
from plumbing.host_pages import Handler, HostSite, Page, Server

KEY = "k7f3q9aa"
HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest.fixture
def bees() -> Iterator[HostSite]:
    """Otto's site."""
    made = HostSite()
    yield made
    made.close()


@pytest.fixture
def ours() -> Iterator[HostSite]:
    """Passalong's address, with the script of the site and nothing else."""
    made = HostSite()
    made.pages[f"/along/{KEY}.js"] = Page(b"/* */", {"Content-Type": "text/javascript"})
    yield made
    made.close()


def _site(bees: HostSite) -> Site:
    return Site(KEY, "Bees", bees.url, (bees.url,), "UTC", "EUR", "visit", "on", START_MS)


Look = Callable[..., dict[str, Finding]]


@pytest.fixture
def look(bees: HostSite, ours: HostSite) -> Look:
    """What the doctor finds on a page with this head and body: by the name of the check."""

    def found(body: str | None = None, head: str = "", headers: dict[str, str] | None = None) -> dict[str, Finding]:
        page = bees.put(snippet(ours.url, _site(bees)) if body is None else body, head, headers)
        report = doctor.examine(_site(bees), ours.url, page)
        return {one.check: one for one in report.findings}

    return found


def test_a_page_with_the_snippet_is_well(look: Look) -> None:
    found = look()
    assert {one.check: one.says for one in found.values() if one.state != "ok"} == {}
    assert len(found) == 13


def test_a_page_that_does_not_answer_or_is_not_there_says_so(bees: HostSite, ours: HostSite) -> None:
    (gone,) = doctor.examine(_site(bees), ours.url, "http://127.0.0.1:9/").findings
    assert (gone.check, gone.state) == ("page", "bad")
    missing = doctor.examine(_site(bees), ours.url, f"{bees.url}/nothing")
    assert missing.findings[0].says.endswith("answers 404.")
    assert not missing.is_well


def test_a_public_instance_never_fetches_a_private_address(bees: HostSite) -> None:
    report = doctor.examine(_site(bees), "https://along.example.org", bees.url)
    assert "private network" in report.findings[0].says
    assert bees.posted == []


FAULTS = [
    ("tag", "<h1>Bees</h1>", "", {}, "Paste the lines"),
    ("tag", '<script src="OURS/along/k2222222.js" async></script>', "", {}, f"/along/{KEY}.js"),
    ("tag", f'<script src="https://else.example/along/{KEY}.js" async></script>', "", {}, "This server is OURS"),
    ("snippet", f"<pre>&lt;script src=&quot;OURS/along/{KEY}.js&quot;&gt;</pre>", "", {}, "as HTML"),
    ("snippet", f'<!-- <script src="OURS/along/{KEY}.js"></script> -->', "", {}, "outside comments"),
    ("snippet", f'<script>{{const l=make("link");l.href="OURS/along/{KEY}.js"}}</script>', "", {}, "from the minifier"),
    ("snippet", f'<script type="text/rocketscript" src="OURS/along/{KEY}.js"></script>', "", {}, "Rocket Loader"),
    ("csp", None, "", {"Content-Security-Policy": "script-src 'self' 'unsafe-inline'"}, "'unsafe-inline' OURS"),
    ("csp", None, "", {"Content-Security-Policy": "script-src OURS 'unsafe-inline'; connect-src 'none'"}, "src OURS"),
    ("csp", None, "", {"Content-Security-Policy": "script-src OURS; connect-src OURS"}, "Use one tag"),
    ("csp", None, "<meta http-equiv=Content-Security-Policy content=\"script-src 'none'\">", {}, "script-src OURS"),
    ("canonical", None, '<link rel=canonical href="/page?ht=abc">', {}, "Leave the parameter ht out"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "body", "head", "headers", "fix"), FAULTS)
def test_each_fault_is_found_with_its_fix(
    look: Look, ours: HostSite, check: str, body: str | None, head: str, headers: dict[str, str], fix: str
) -> None:
    def here(text: str) -> str:
        return text.replace("OURS", ours.url)

    given = {name: here(value) for name, value in headers.items()}
    found = look(None if body is None else here(body), here(head), given)[check]
    assert found.state == "bad", found
    assert here(fix) in found.fix


HINTS = [
    ("snippet", f'<script src="OURS/along/{KEY}.js" async></script>', "", {}),
    ("canonical", None, '<link rel=canonical href="https://copy.example/bees">', {}),
    ("canonical", None, '<meta property="og:url" content="https://copy.example/bees">', {}),
    ("parameter", None, "<a href='/other?ht=12'>12</a>", {}),
    ("referrer", f'<script src="OURS/along/{KEY}.js" async></script>', "", {"Referrer-Policy": "no-referrer"}),
    ("worker", None, "<script>navigator.serviceWorker.register('/sw.js')</script>", {}),
]


@pytest.mark.parametrize(("check", "body", "head", "headers"), HINTS)
def test_what_may_be_a_trouble_is_a_hint(
    look: Look, ours: HostSite, check: str, body: str | None, head: str, headers: dict[str, str]
) -> None:
    found = look(body and body.replace("OURS", ours.url), head, headers)[check]
    assert (found.state, bool(found.fix)) == ("hint", True), found


HOSTILE = {
    "scripts that never end": "<script ",
    "types in one tag": "<script " + "type=text/plain " * 20_000,
    "fields that never end": "<input ",
    "comments that never end": "<!--",
    "escaped quotes": "&quot;",
    "addresses in one script": "<script>'" + f"/along/{KEY}.js" * 20_000 + " ",
    "ends in one script": "<script>" + "</a" * 100_000,
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_a_page_that_is_made_to_keep_the_doctor_busy_is_read_in_a_moment(unit: str) -> None:
    """While a pattern is matched, this process does nothing else, for anybody."""
    html = f"<!-- along/{KEY}.js -->" + unit * (300_000 // len(unit) + 1)
    page = Fetched("https://bees.example/", 200, {}, html)
    site = Site(KEY, "Bees", page.url, ("https://bees.example",), "UTC", "EUR", "visit", "on", START_MS)
    began_s = time.process_time()
    case = Case(site, "https://along.example", page, read_page(page), private=False)
    assert all(check(case).check for check in CHECKS)
    assert time.process_time() - began_s < 3


def test_an_origin_that_is_not_on_the_list_names_the_command(bees: HostSite, ours: HostSite) -> None:
    page = bees.put(snippet(ours.url, _site(bees)))
    elsewhere = Site(KEY, "Bees", "https://bees.example", ("https://bees.example",), "UTC", "EUR", "visit", "on", 1)
    found = {one.check: one for one in doctor.examine(elsewhere, ours.url, page).findings}
    assert f"passalong site origin add {KEY} {bees.url}" in found["origin"].fix


class Forgetful(Handler):
    """A site that moved, and forgets the query on the way."""

    def do_GET(self) -> None:
        """Lead from /old to /new."""
        if self.path.startswith("/old"):
            return self.answer(302, {"Location": "/new"}, b"")
        return self.answer(200, HTML, b"<h1>Bees</h1>")


def test_a_redirect_that_drops_the_query_is_found(bees: HostSite) -> None:
    moved = Server("localhost", Forgetful)
    try:
        found = {one.check: one for one in doctor.examine(_site(bees), moved.url, f"{moved.url}/old").findings}
        kept = {one.check: one for one in doctor.examine(_site(bees), moved.url, f"{moved.url}/new").findings}
    finally:
        moved.close()
    assert (found["redirects"].state, kept["redirects"].state) == ("bad", "ok")
    assert "keep the query" in found["redirects"].fix


class Mixed(Handler):
    """A cache that gives everybody the page as the first person got it, code included."""

    first = ""

    def do_GET(self) -> None:
        """Print the address of the first request that had a code."""
        Mixed.first = Mixed.first or (self.path if "ht=" in self.path else "")
        self.answer(200, HTML, f"<link rel=alternate href='{Mixed.first}'>".encode())


def test_a_cache_that_gives_away_a_code_is_found(bees: HostSite) -> None:
    mixed = Server("localhost", Mixed)
    try:
        found = {one.check: one for one in doctor.examine(_site(bees), mixed.url, mixed.url).findings}
    finally:
        mixed.close()
    assert found["cdn"].state == "bad"
    assert "another's code" in found["cdn"].says


def test_a_script_that_is_not_answered_is_found(look: Look, ours: HostSite) -> None:
    ours.pages[f"/along/{KEY}.js"] = Page(b"<html>", HTML)
    assert look()["script"].state == "bad"


@pytest.mark.parametrize(
    ("host", "page", "says"),
    [
        ("http://127.0.0.1:8080", "https://bees.example/", "is https and"),
        ("https://127.0.0.1:8080", "https://93.184.215.14/", "private network or this machine"),
    ],
)
def test_a_host_that_browsers_do_not_reach_is_found(bees: HostSite, host: str, page: str, says: str) -> None:
    fetched = Fetched(page, 200, {}, "")
    case = Case(_site(bees), host, fetched, read_page(fetched), False)
    found = network.check_host(case)
    assert found.state == "bad"
    assert says in found.says


@pytest.mark.parametrize(
    ("source", "address", "is_allowed"),
    [
        ("https://along.example", "https://along.example/along/x.js", True),
        ("along.example", "https://along.example/along/x.js", True),
        ("*.example", "https://along.example/along/x.js", True),
        ("https:", "https://along.example/along/x.js", True),
        ("'self'", "https://bees.example/_along/along/x.js", True),
        ("'self'", "https://along.example/along/x.js", False),
        ("https://along.example:8443", "https://along.example/along/x.js", False),
        ("https://along.example", "https://along.example:8443/along/x.js", False),
        ("along.example/other/", "https://along.example/along/x.js", False),
        ("'none'", "https://along.example/along/x.js", False),
    ],
)
def test_policies_are_read_as_browsers_read_them(source: str, address: str, is_allowed: bool) -> None:
    assert allows([source], address, "https://bees.example/") is is_allowed


def test_the_header_to_add_keeps_what_was_there() -> None:
    made = with_host("default-src 'self'; img-src *", "https://along.example", ("script-src", "connect-src"))
    assert made == (
        "default-src 'self'; img-src *; script-src 'self' https://along.example; connect-src 'self' https://along.example"
    )


@pytest.mark.parametrize(
    ("html", "platform"),
    [
        ("<meta name=generator content='WordPress 6.8'>", "wordpress"),
        ("<meta name=generator content='Ghost 6'>", "ghost"),
        ("<meta name=generator content='Hugo 0.150'>", "hugo"),
        ("<script src='https://cdn.shopify.com/s/x.js'></script>", "shopify"),
        ("<script src='/_next/static/x.js'></script>", "react"),
        ("<p>We write about wordpress and hugo</p>", ""),
    ],
)
def test_the_platform_is_told_by_its_generator_or_its_files(html: str, platform: str) -> None:
    assert read_page(Fetched("https://bees.example/", 200, {}, html)).platform == platform


def test_the_plain_tag_is_well_too(bees: HostSite, ours: HostSite, look: Look) -> None:
    found = look(
        filled(TAG, ours.url, _site(bees)),
        headers={"Content-Security-Policy": f"script-src 'self' {ours.url}; connect-src {ours.url}"},
    )
    assert {one.check for one in found.values() if one.state == "bad"} == set()
