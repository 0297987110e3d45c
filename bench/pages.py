"""Row 10: the processor time of a page with a long history, compared with a short one.

Pages are made in this process, by the same app as is served, and only this thread's processor time counts: neither
other work on the machine nor the server's background threads blur the ratio. PostgreSQL's processes are added.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from bench.backends import spent_by_the_database_ns
from bench.many import make_many
from bench.rounds import Finding, Plan, interleave, of, ratios
from bench.sites import SITE, Ground
from passalong.app import make_instance
from passalong.core.identity import advocate_id_of
from passalong.settings import read_settings
from passalong.store.engine import Database
from passalong.store.schema.credits import credits
from passalong.store.schema.links import link_totals

BAR = 1.2
REQUESTS = 5
"""How many answers each round takes the time of; one in the short form."""
PORTAL = ("/me", "/me/credit", "/me/links", "/me/use", "/me/claims", "/me/privacy")
CONSOLE = (
    *("", "?range=90", "/events", "/events?show=all&kind=conversion&result=credited", "/events?q=/page-0"),
    *("/people", "/people?show=banned", "/pages", "/payouts", "/review", "/claims", "/words", "/proposals"),
    *("/rule", "/appearance", "/install", "/shops", "/settings", "/site", "/team", "/changes", "/access"),
    *("/keys", "/webhooks", "/mail", "/data", "/health"),
)
"""The addresses of all pages of the console below its site's; those of one event or person are added by hand."""


def on_both(plan: Plan, data: Path, urls: Iterator[str]) -> Iterator[Finding]:
    """Request each page on SQLite, then on PostgreSQL."""
    for database, found in (("SQLite", repeat("")), ("PostgreSQL", urls)):
        yield from _few_and_many(database, plan, data, found)


def _few_and_many(database: str, plan: Plan, data: Path, urls: Iterator[str]) -> Iterator[Finding]:
    """Request each page on two databases in turn, with one reader."""
    sides = {}
    for count in (plan.few, plan.many):
        folder = data / f"pages-{database}-{count}"
        sides[count] = _side(make_many(folder, plan.base, count, database_url=next(urls)))
    for page in sides[plan.few].pages:
        asked = {str(count): partial(_ask, side, page, min(REQUESTS, plan.visits)) for count, side in sides.items()}
        found = interleave(asked, plan.rounds)
        little, much = found[str(plan.few)], found[str(plan.many)]
        what = f"{database}: {page} at {plan.many:,} events"
        yield Finding("10", f"{what} ÷ at {plan.few:,}: processor time", ratios(much, little, "cpu_ms"), at_most=BAR)
        yield Finding("10", f"{what}: processor time", of(much, "cpu_ms"), "ms")


@dataclass(frozen=True)
class Side:
    """A client of the app on one database, the pages to request with their cookies, and what the database spent."""

    client: FlaskClient
    pages: dict[str, tuple[str, str]]
    spent_ns: Callable[[], int]


def _side(ground: Ground) -> Side:
    theirs, owners = ground.sign_in(ground.guests[0])
    db = Database(ground.url)
    with db.reading() as session:
        advocate_id = advocate_id_of(SITE, ground.guests[0])
        own = select(credits.c.line_id, credits.c.subject, credits.c.at_ms).where(credits.c.recipient == advocate_id)
        line_id, subject, middle_ms = session.execute(own.limit(1)).one()
        theirs_ = link_totals.c.advocate_id == advocate_id_of(SITE, ground.guests[0])
        share_id = session.scalar(select(link_totals.c.share_id).where(theirs_).order_by(link_totals.c.people.desc()))
    db.close()
    portal = {page: (page, theirs) for page in PORTAL} | {
        "/me/why": (f"/me/why/{line_id}", theirs),
        "/me/links/one": (f"/me/links/{share_id}", theirs),
    }
    console = {f"/console{page}": (f"/console/{SITE}{page}", owners) for page in CONSOLE} | {
        "/console/events, of a person": (f"/console/{SITE}/events?who={advocate_id}", owners),
        "/console/events, a later page": (f"/console/{SITE}/events?older={middle_ms}.0.x", owners),
        "/console/why": (f"/console/{SITE}/why/{subject}", owners),
        "/console/person": (f"/console/{SITE}/people/{advocate_id}", owners),
    }
    pages = portal | console | {"/open": (f"/open/{SITE}", "")}
    instance = make_instance(read_settings({"PASSALONG_DATA": str(ground.data), "DATABASE_URL": ground.url}))
    client = instance.flask.test_client(use_cookies=False)
    return Side(client, pages, partial(spent_by_the_database_ns, instance.services.db))


def _ask(side: Side, page: str, requests: int) -> dict[str, Any]:
    """Return the processor time of one of several answers, after one that warms the caches."""
    path, cookie = side.pages[page]
    for asked in range(requests + 1):
        if asked == 1:
            began_ns = time.thread_time_ns() + side.spent_ns()
        answer = side.client.get(path, headers={"Cookie": cookie})
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status}\n{answer.text[-2000:]}")
    return {"cpu_ms": (time.thread_time_ns() + side.spent_ns() - began_ns) / 1e6 / requests}
