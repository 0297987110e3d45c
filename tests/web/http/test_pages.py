"""The pages: whose they are, what is on them, and what no page of another site can make them do."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import text

from cast import anna
from flow.office import BOTH, SITE, URL, Office
from plumbing.postgres import Postgres, database_name
from web.shopped import a_shopped_office, line_of

CSP = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; script-src 'self'; "


# --- whose they are ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database, in which something has happened."""
    yield from a_shopped_office(request, tmp_path_factory)


# --- headers ----------------------------------------------------------------------------------------------------------


def test_every_page_says_what_it_may_load(office: Office) -> None:
    reader, owner = office.signed_in(anna), office.owner()
    visited = [(reader, path) for path in ("/me", "/me/credit", f"/me/why/{line_of(office, anna)}", "/me/why/x")]
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
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store", path
        assert "access-control-allow-origin" not in answer.headers
        assert not re.search(r"<[^>]+\s(style|on\w+)=", answer.text), path
        assert not re.search(r"<script(?![^>]*\ssrc=)", answer.text), path
        for loaded in re.findall(r'(?:src|href)="([^"]+\.(?:css|js|woff2|svg)[^"]*)"', answer.text):
            assert loaded.startswith(("/static/", "/styles/")), (path, loaded)


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

# --- odds and ends ----------------------------------------------------------------------------------------------------


def test_a_page_that_is_not_there_says_so(office: Office) -> None:
    answer = office.send("GET", "/nowhere/at/all")
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "Page not found" in answer.text
    program = office.send("GET", "/api/v1/nowhere")
    assert (program.status, program.json["error"]["status"]) == (404, 404)


def test_a_method_that_a_page_does_not_have_says_which_it_has(office: Office) -> None:
    for path, allowed in (("/theme", "POST"), ("/me", "GET"), ("/api/v1/conversions", "POST"), ("/healthz", "GET")):
        answer = office.send("DELETE", path)
        assert answer.status == 405
        assert allowed in answer.headers["allow"]


def test_a_text_that_is_no_cursor_breaks_nothing(office: Office) -> None:
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
        assert office.send("GET", f"/console/{SITE}?before={quote(before)}", client=owner).status in (200, 400), before
        answer = office.send("GET", f"/me/credit?before={quote(before)}", client=reader)
        assert answer.status == (400 if before else 200), before
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
            assert (answer.status, answer.json["status"]) == (503, "no database")
            assert "Check that it runs" in answer.json["message"]
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


def test_another_host_name_gets_no_link_to_itself(office: Office) -> None:
    """A Host header of an attacker's ends in no address that we make."""
    for path in ("/", f"/open/{SITE}", "/me", "/start"):
        assert "evil.example" not in office.send("GET", path, headers={"Host": "evil.example"}).text
    answer = office.send("POST", "/v1/credit", {"site": SITE, "guest": anna.guest}, {"Host": "evil.example"})
    assert answer.json["url"].startswith(f"{URL}/me/in#")
