"""Row 10: the server time of a page with a long history, compared with a short one."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bench.many import make_many
from bench.places import Server, serving
from bench.rounds import Finding, Plan, interleave, of, ratios
from bench.sites import SITE, Ground
from passalong.core.identity import advocate_id_of
from passalong.store.engine import Database
from passalong.store.schema.credits import credits
from passalong.store.schema.links import link_totals

BAR = 1.2


def few_and_many(plan: Plan, data: Path) -> Iterator[Finding]:
    """Request each page on two databases in turn, with one reader."""
    with ExitStack() as stack:
        sides = {
            count: _side(stack, make_many(data / f"pages-{count}", plan.base, count)) for count in (plan.few, plan.many)
        }
        for page in sides[plan.few][1]:
            asked = {str(count): partial(_ask, *side, page, plan) for count, side in sides.items()}
            found = interleave(asked, plan.rounds)
            little, much = found[str(plan.few)], found[str(plan.many)]
            what = f"{page} at {plan.many:,} events ÷ at {plan.few:,}"
            yield Finding("10", f"{what}: the server's processor time", ratios(much, little, "cpu_us"), at_most=BAR)
            yield Finding("10", f"{what}: the middle wait", ratios(much, little, "p50_ms"))
            yield Finding("10", f"{page} at {plan.many:,} events", of(much, "p50_ms"), "ms")


Side = tuple[Server, dict[str, tuple[str, str]]]


def _side(stack: ExitStack, ground: Ground) -> Side:
    """Return a server on that database, and the pages to request with their cookies."""
    theirs, owners = ground.sign_in(ground.guests[0])
    db = Database(ground.url)
    with db.reading() as session:
        advocate_id = advocate_id_of(SITE, ground.guests[0])
        own = select(credits.c.line_id, credits.c.subject, credits.c.at_ms).where(credits.c.recipient == advocate_id)
        line_id, subject, middle_ms = session.execute(own.limit(1)).one()
        theirs_ = link_totals.c.advocate_id == advocate_id_of(SITE, ground.guests[0])
        share_id = session.scalar(select(link_totals.c.share_id).where(theirs_).order_by(link_totals.c.people.desc()))
    db.close()
    pages = {
        "/me": ("/me", theirs),
        "/me/credit": ("/me/credit", theirs),
        "/me/why": (f"/me/why/{line_id}", theirs),
        "/me/links": ("/me/links", theirs),
        "/me/links/one": (f"/me/links/{share_id}", theirs),
        "/me/use": ("/me/use", theirs),
        "/me/claims": ("/me/claims", theirs),
        "/me/privacy": ("/me/privacy", theirs),
        "/console/claims": (f"/console/{SITE}/claims", owners),
        "/console": (f"/console/{SITE}", owners),
        "/console/events": (f"/console/{SITE}/events", owners),
        "/console/events, filtered": (f"/console/{SITE}/events?show=all&kind=conversion&result=credited", owners),
        "/console/events, of a person": (f"/console/{SITE}/events?who={advocate_id}", owners),
        "/console/events, a later page": (f"/console/{SITE}/events?older={middle_ms}.0.x", owners),
        "/console/why": (f"/console/{SITE}/why/{subject}", owners),
        "/console/people": (f"/console/{SITE}/people", owners),
        "/console/person": (f"/console/{SITE}/people/{advocate_id}", owners),
        "/console/pages": (f"/console/{SITE}/pages", owners),
        "/console/review": (f"/console/{SITE}/review", owners),
        "/open": (f"/open/{SITE}", ""),
    }
    return stack.enter_context(serving("as-served", ground.data, ground.url)), pages


def _ask(server: Server, pages: dict[str, tuple[str, str]], page: str, plan: Plan) -> dict[str, Any]:
    return server.load({"pages": [pages[page]]}, plan.seconds / 2, 1)
