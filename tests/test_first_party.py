"""Behind the owner's own domain, by the configuration that docs/deployment.md shows: two real nginx, and a browser.

The owner's nginx passes `/_along/` on to Passalong's; a door behind that one writes down what Passalong is told.
"""

import http.client
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from cast import a_site
from client import USER_AGENT
from passalong.lib.clock import SystemClock
from plumbing.browsers import NewContext
from plumbing.host_pages import Door, HostSite
from plumbing.nginx import documented, run_nginx
from plumbing.ports import free_port
from serving import Start

SITE = "bees01"
VISITOR, OWNERS_SERVER, MALLORY = "127.0.0.5", "127.0.0.9", "127.0.0.6"
"""Every address of 127.0.0.0/8 is this machine's, so each has one of its own."""
FORGED = "1.2.3.4"
GIVEN_UP_S = 2.0
"""What docs/deployment.md has the owner's server wait for an answer of ours."""


class Domain:
    """The owner's domain and Passalong's, each behind an nginx."""

    def __init__(self, door: Door, site: HostSite, owners_port: int, our_port: int):
        self.door, self.site, self.owners_port, self.our_port = door, site, owners_port, our_port
        self.url = f"http://localhost:{owners_port}"


@pytest.fixture
def domain(start_passalong: Start, tmp_path: Path) -> Iterator[Domain]:
    """Passalong on SQLite, reached through both."""
    owners_port, our_port = free_port(), free_port()
    door, site = Door(), HostSite()
    ours = {"PASSALONG_PROXY_HOPS": "1", "PASSALONG_URL": f"http://127.0.0.1:{our_port}"}
    served = start_passalong(f"sqlite:///{tmp_path}/one.db", **ours)
    door.behind = served.port
    a_site(served.db, SystemClock(), site_id=SITE, home_url=f"http://localhost:{owners_port}")
    believed = documented("set_real_ip_from", {}).replace("203.0.113.7", OWNERS_SERVER)
    port = door.url.rpartition(":")[2]
    before_us = documented("upstream", {"8080": our_port, "8081": int(port), "8082": int(port)})
    before_us = before_us.replace("client_max_body_size", believed + "client_max_body_size")
    copies = documented("proxy_cache_path", {}).replace("/var/cache/nginx", str(tmp_path))
    passes_on = documented("location /_along/", {}).replace("https://along.example.org", f"http://127.0.0.1:{our_port}")
    before_otto = f"""{copies} server {{ listen 127.0.0.1:{owners_port}; proxy_bind {OWNERS_SERVER};
        location / {{ proxy_pass {site.url.replace("localhost", "127.0.0.1")}; }} {passes_on} }}"""
    folders = [tmp_path / "ours", tmp_path / "ottos"]
    for folder in folders:
        folder.mkdir()
    running = [run_nginx(folders[0], before_us, our_port), run_nginx(folders[1], before_otto, owners_port)]
    door.asked.clear()
    yield Domain(door, site, owners_port, our_port)
    for nginx in running:
        nginx.terminate()
        nginx.wait(10)
    door.close()
    site.close()


def ask(source: str, port: int, path: str, **headers: str) -> tuple[int, bytes]:
    """One request from that address."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10, source_address=(source, 0))
    connection.request("GET", path, headers={"User-Agent": USER_AGENT, **headers})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def test_passalong_learns_the_visitors_address_and_cannot_be_lied_to(domain: Domain) -> None:
    status, script = ask(VISITOR, domain.owners_port, f"/_along/along/{SITE}.js", Cookie="session=ottos-secret")
    assert status == 200
    assert b'"host":"/_along"' in script
    told = domain.door.asked[-1].headers
    assert told["x-forwarded-for"] == VISITOR
    assert "cookie" not in told
    forging = {"X-Forwarded-For": FORGED}
    ask(VISITOR, domain.owners_port, f"/_along/along/{SITE}.js", **forging)
    assert domain.door.asked[-1].headers["x-forwarded-for"] == VISITOR
    ask(MALLORY, domain.our_port, f"/along/{SITE}.js", **forging)
    assert domain.door.asked[-1].headers["x-forwarded-for"] == MALLORY
    ask(OWNERS_SERVER, domain.our_port, f"/along/{SITE}.js", **forging)  # the control: this one is believed
    assert domain.door.asked[-1].headers["x-forwarded-for"] == FORGED


def timed(port: int, path: str) -> tuple[int, bytes, float]:
    """One request of a visitor's, and how many seconds it took."""
    began = time.monotonic()
    status, body = ask(VISITOR, port, path)
    return status, body, time.monotonic() - began


@pytest.mark.slow
@pytest.mark.parametrize("mood", ["slow", "broken"])
def test_while_passalong_hangs_or_is_away_the_owners_server_gives_its_copy_at_once(domain: Domain, mood: str) -> None:
    script, part = f"/_along/along/{SITE}.js", "/_along/along/panel.js"
    domain.door.says = {"Cache-Control": "public, max-age=1"}
    assert [ask(VISITOR, domain.owners_port, path)[0] for path in (script, part)] == [200, 200]
    kept = ask(VISITOR, domain.owners_port, script)
    time.sleep(1.5)  # until the copies are old
    with domain.door.being(mood):
        for path in (script, part, script):
            status, body, took = timed(domain.owners_port, path)
            assert (status, path != script or body == kept[1]) == (200, True)
            assert took < GIVEN_UP_S, "a copy waits for nobody"
        # The control: what was never asked for has no copy, and is waited for.
        status, _, took = timed(domain.owners_port, "/_along/along/qr.js")
        assert mood == "broken" or took > 0.9 * GIVEN_UP_S
        assert status in (502, 504)
    assert domain.door.notes() == []


def test_only_what_says_so_is_kept(domain: Domain) -> None:
    """Short links, links and notes are asked for each time, whoever asked before."""
    hop, script = "/_along/h/" + "A" * 27, f"/_along/along/{SITE}.js"
    for path in (hop, script, hop, script):
        ask(VISITOR, domain.owners_port, path)
    assert domain.door.lines() == [f"GET {path}" for path in (hop, script, hop)]


@pytest.mark.browser
def test_a_page_that_knows_only_its_own_domain_can_be_shared(domain: Domain, new_context: NewContext) -> None:
    policy = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'"
    tag = f'<script src="/_along/along/{SITE}.js" async></script>'
    path = domain.site.put("<pass-along></pass-along>", tag, headers={"Content-Security-Policy": policy})
    page = new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    url = domain.url + path.removeprefix(domain.site.url)
    page.goto(url)
    page.locator("pass-along").get_by_role("button", name="Share", exact=True).click()
    with page.expect_response("**/_along/v1/notes") as noted:
        expect(page.get_by_label("Link", exact=True)).to_have_value(re.compile("ht="))
        page.get_by_role("button", name="Copy link").click()
    assert noted.value.headers["along-kept"] == "share"
    assert re.fullmatch(re.escape(url) + r"\?ht=[\w-]{27}", page.evaluate("navigator.clipboard.readText()"))
    assert {"/".join(address.split("/")[:3]) for address in asked} == {domain.url}
    assert page.evaluate("[seen.errors, seen.violations]") == [[], []]
