"""The processor time of ordinary requests: `PYTHONPATH=tests python -m bench.requests [--each 60]`.

One person with one visitor and one order, on SQLite, in one process without a server: what a request costs besides its
data. Only the thread that answers is timed.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from bench.places import folder
from cast import an_id, anna, ben
from flow.office import PAGE, SITE, Answer, Office

Request = Callable[[], Answer]


def measure(data: Path, each: int) -> dict[str, float]:
    """Return milliseconds a request, by what is asked for."""
    data.mkdir(exist_ok=True)
    office = Office(f"sqlite:///{data}/requests.sqlite3", data)
    office.note("flask", office.visit("came", office.link("shared"), ben))
    office.fold()
    spent_ms = {name: _spent_ms(request, each) for name, request in _requests(office).items()}
    office.close()
    return spent_ms


def _requests(office: Office) -> Mapping[str, Request]:
    person, owner = office.signed_in(anna), office.owner()
    link = {"site": SITE, "id": an_id("again"), "guest": anna.guest, "page": PAGE}
    paths = {path: person for path in ("/me", "/me/credit", "/me/claims")}
    paths |= {f"/console/{SITE}/{name}": owner for name in ("events", "settings")}
    pages = {path: partial(office.send, "GET", path, client=client) for path, client in paths.items()}
    calls = {f"/api/v1{path}": partial(office.api, "GET", path) for path in ("/conversions", "/key")}
    return pages | calls | {"/v1/links": partial(office.send, "POST", "/v1/links", link)}


def _spent_ms(request: Request, each: int) -> float:
    for _ in range(3):  # templates are compiled, statements too
        assert request().status in (200, 201)
    began_s = time.thread_time()
    for _ in range(each):
        request()
    return round(1_000 * (time.thread_time() - began_s) / each, 2)


def main() -> int:
    """Print one line of JSON."""
    asked = argparse.ArgumentParser(prog="bench.requests", description=__doc__)
    asked.add_argument("--each", type=int, default=60)
    told = asked.parse_args()
    with folder() as data:
        print(json.dumps({"bench": "requests", "ms": measure(data / "office", told.each)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
