"""Row 8: the delay from a visit to its count on the advocate's page, on an idle system."""

import re
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

from bench.load import HOST, notes
from bench.places import serving
from bench.rounds import Finding, Plan
from bench.sites import SITE, Ground, make_ground

LONGEST_S = 30.0
REST_S = 0.2


def on_both(plan: Plan, data: Path, urls: Iterator[str]) -> Iterator[Finding]:
    """Run on both databases, as `passalong serve` does."""
    for database, ground in (
        ("SQLite", make_ground(data / "seen-sqlite")),
        ("PostgreSQL", make_ground(data / "seen-postgresql", next(urls))),
    ):
        waits = [1000 * wait for wait in _waits(plan, ground)]
        yield Finding("8", f"visit to credit visible on /me, {database}", waits, "ms", at_most=1000)


def _waits(plan: Plan, ground: Ground) -> Iterator[float]:
    cookie, _ = ground.sign_in(ground.guests[0])
    visits = notes(SITE, [list(ground.tokens[0])])
    with serving("as-served", ground.data, ground.url) as server:
        asked = HTTPConnection(HOST, server.port, timeout=LONGEST_S)
        for number in range(plan.visits + 1):
            before = _people(asked, cookie)
            body = next(visits).partition(b"\r\n\r\n")[2]
            began = time.perf_counter()
            asked.request("POST", "/v1/notes", body, {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
            if asked.getresponse().read():
                raise RuntimeError("the visit was not taken")
            while _people(asked, cookie) == before:
                if time.perf_counter() > began + LONGEST_S:
                    raise RuntimeError("the visit was never counted")
            if number:
                yield time.perf_counter() - began
            time.sleep(REST_S)
        asked.close()


def _people(asked: HTTPConnection, cookie: str) -> str:
    asked.request("GET", "/me", headers={"Cookie": cookie})
    answer = asked.getresponse()
    found = re.search(r"<mark>(.*?)</mark>", answer.read().decode())
    if answer.status != 200:
        raise RuntimeError(f"/me answered {answer.status}")
    return found[1] if found else ""
