"""Row 10: what a page costs the server when very much has happened, against when little has."""

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
from passalong.store.read_models import credits, link_totals

BAR = 1.2


def few_and_many(plan: Plan, data: Path) -> Iterator[Finding]:
    """Each page on two databases in turn, by one reader."""
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
    """A server on that database, and the pages to ask for with their cookies."""
    theirs, owners = ground.sign_in(ground.guests[0])
    db = Database(ground.url)
    with db.reading() as session:
        own = select(credits.c.line_id).where(credits.c.recipient == advocate_id_of(SITE, ground.guests[0]))
        line_id = session.scalar(own.limit(1))
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
        "/open": (f"/open/{SITE}", ""),
    }
    return stack.enter_context(serving("as-served", ground.data, ground.url)), pages


def _ask(server: Server, pages: dict[str, tuple[str, str]], page: str, plan: Plan) -> dict[str, Any]:
    return server.load({"pages": [pages[page]]}, plan.seconds / 2, 1)
