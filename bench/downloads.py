"""Pages, links and probes while 16 people download statements of 10,000 lines, on SQLite, in one process."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event
from typing import Any

from sqlalchemy.orm import Session

from bench.load import HOST
from bench.places import Server, serving
from bench.rounds import Finding, Plan, interleave, ratios
from bench.sites import HOME, SITE, Ground, make_ground
from passalong.core.identity import advocate_id_of
from passalong.flow.transparency.sealing import seal_all
from passalong.key_files import read_signing_keys
from passalong.settings import read_settings
from passalong.store import bulk
from passalong.store.engine import Database
from passalong.store.schema.journal import journal

PEOPLE = 16
LINES = 10_000
MOST_ROUNDS = 3
EVERY_S = 0.02
ROUTES = ("/open", "/v1/links", "/readyz")
PIECE = 65_536


def beside_downloads(plan: Plan, data: Path) -> Iterator[Finding]:
    """Measure p99 of three routes idle and while statements are downloaded, in turn."""
    ground = make_ground(data / "downloads")
    cookies = _statements(ground, plan.many // 100)
    seconds = 3 * plan.seconds
    with serving("as-served", ground.data, ground.url) as server, ThreadPoolExecutor(PEOPLE + len(ROUTES)) as threads:
        asked = dict(zip(ROUTES, _asked(ground), strict=True))

        def probe() -> dict[str, Any]:
            found = {name: threads.submit(server.load, told, seconds, 1) for name, told in asked.items()}
            return {name: one.result()["p99_ms"] for name, one in found.items()}

        def busy() -> dict[str, Any]:
            enough = Event()
            running = [threads.submit(_download, server, cookie, enough) for cookie in cookies]
            found = probe()
            enough.set()
            return found | {"pieces": sum(one.result() for one in running)}

        probe()
        found = interleave({"idle": probe, "busy": busy}, min(plan.rounds, MOST_ROUNDS))
    for name in ROUTES:
        what = f"p99 of `{name}` beside {PEOPLE} statements of {plan.many // 100:,} lines ÷ idle"
        yield Finding("S11", what, ratios(found["busy"], found["idle"], name), at_most=2)
        for when, rows in found.items():
            yield Finding("S11", f"p99 of `{name}`, {when}", [row[name] for row in rows], "ms")
    yield Finding("S11", "64 kB pieces downloaded meanwhile", [row["pieces"] for row in found["busy"]], "")


def _asked(ground: Ground) -> Iterator[dict[str, Any]]:
    yield {"pages": [(f"/open/{SITE}", "")], "every_s": EVERY_S}
    yield {"links": {"site": SITE, "guest": ground.guests[-1], "page": f"{HOME}/page-1"}, "every_s": EVERY_S}
    yield {"pages": [("/readyz", "")], "every_s": EVERY_S}


def _statements(ground: Ground, lines: int) -> list[str]:
    """Write and seal a journal with so many lines for each of the people; returns their cookies."""
    settings = read_settings({"PASSALONG_DATA": str(ground.data)})
    db = Database(ground.url)
    guests = ground.guests[:PEOPLE]
    with Session(db.writer) as session:
        for number, guest in enumerate(guests):
            bulk.insert_all(session, journal, list(_lines(advocate_id_of(SITE, guest), number * lines, lines)))
        session.commit()
    seal_all(db, SITE, read_signing_keys(settings), 1)
    db.close()
    return [ground.sign_in(guest)[0] for guest in guests]


def _lines(advocate_id: str, first: int, count: int) -> Iterator[dict[str, object]]:
    for tx in range(first + 1, first + count + 1):
        shared = {"site_id": SITE, "tx": tx, "seq": tx, "subject": f"visit:{tx}", "unit": "points", "at_ms": tx}
        yield shared | {"line": 1, "account": f"advocate:{advocate_id}:waiting", "amount_micros": 640_000}
        yield shared | {"line": 2, "account": "program:issued", "amount_micros": -640_000}


def _download(server: Server, cookie: str, enough: Event) -> int:
    """Download the statement again and again until it is enough; returns the number of pieces."""
    pieces = 0
    while not enough.is_set():
        asked = HTTPConnection(HOST, server.port, timeout=60)
        try:
            asked.request("GET", "/me/statement.json", headers={"Cookie": cookie})
            answer = asked.getresponse()
            if answer.status != 200:
                raise RuntimeError(f"the statement was answered {answer.status}: {answer.read()[:200]!r}")
            while not enough.is_set() and answer.read(PIECE):
                pieces += 1
        except HTTPException:
            if not enough.is_set():
                raise
        finally:
            asked.close()
    return pieces
