"""`GET /v1/book/<site>`: the figures of the open book in sentences, for `<pass-book>` on the owner's own pages.

They are public, as `/open/<site>` is (web/public/open_book.py). Where the rule in force gives points alone, no money is
named: neither what orders brought nor rewards of an earlier rule.
"""

from collections.abc import Iterator

import msgspec
from flask import Blueprint, Response, request
from msgspec import Struct

from passalong.core.money import POINTS
from passalong.i18n import catalogue
from passalong.i18n.catalogue import say
from passalong.i18n.formatting import day, listed, money
from passalong.i18n.rule import rule_words
from passalong.store.queries import overview
from passalong.store.queries.views import Brought, OpenBook
from passalong.store.sites import Site
from passalong.web.browser.credit import Link
from passalong.web.http import wire
from passalong.web.http.formatting import amounts, spelled
from passalong.web.http.rule_bases import bases_of
from passalong.web.http.services import current_services

bp = Blueprint("book", __name__)
KEPT = "public, max-age=60"


class Figure(Struct, frozen=True):
    """One sum of the book in words."""

    name: str
    amount: str


class Book(Struct, frozen=True):
    """The open book in words: the rule in force, those to come, what sharing brought and what went back."""

    lang: str
    dir: str
    title: str
    rule: str
    since: str
    coming: list[str]
    sentence: str
    figures: list[Figure]
    all: Link


@bp.get("/v1/book/<site_id>")
def book(site_id: str) -> Response:
    """Return the figures of a site's open book in the language of a page."""
    services = current_services()
    site = wire.site_of(services.sites, site_id)
    language = catalogue.preferred(request.args.get("lang", "")[:35])
    with services.db.reading() as session:
        view = overview.open_book(session, site, services.clock.now_ms())
    url = f"{services.url}/open/{site.site_id}"
    answer = msgspec.json.encode(_book(view, site, language, Link(say(language, "elements.book"), url)))
    return Response(answer, mimetype="application/json", headers={"Cache-Control": KEPT})


def _book(view: OpenBook, site: Site, language: str, whole: Link) -> Book:
    tz = site.time_zone
    since = day(view.rule.since_ms, tz, True, True, language)
    return Book(
        lang=language,
        dir=catalogue.direction(language),
        title=say(language, "open_book.eyebrow", site=site.name),
        rule=rule_words(view.rule.terms, language, site.remember, bases=bases_of(site)),
        since=say(language, "open_book.in_force", version=view.rule.version, day=since),
        coming=[
            say(language, "open_book.next", version=notice.version, day=day(notice.since_ms, tz, True, True, language))
            for notice in view.coming
        ],
        sentence=_sentence(view, language),
        figures=list(_figures(view, language)),
        all=whole,
    )


def _hides(view: OpenBook, unit: str) -> bool:
    """Return True for money of a site whose rule gives points alone."""
    goals = view.rule.terms.goals
    return unit != POINTS and bool(goals) and all(goal.unit == POINTS for goal in goals)


def _shown(view: OpenBook) -> list[Brought]:
    return [row for row in view.money if not _hides(view, row.unit)]


def _waiting(view: OpenBook) -> list[tuple[str, int]]:
    return [(unit, micros) for unit, micros in view.waiting if micros and not _hides(view, unit)]


def _sentence(view: OpenBook, language: str) -> str:
    """Return what sharing brought and what went back, as the open book says it."""
    if not (view.people or view.outcomes or view.money):
        return say(language, "open_book.nothing")
    worth = listed(amounts(_shown(view), "brought_micros", language), language)
    brought = say(
        language,
        "open_book.brought_worth" if worth else "open_book.brought_people",
        people=say(language, "open_book.people", view.people),
        outcomes=say(language, "open_book.outcomes", view.outcomes),
        worth=worth,
    )
    back = listed(amounts(_shown(view), "went_back_micros", language), language)
    waiting = spelled(_waiting(view), language)
    if not back:
        was_taken = any(micros for _, micros in view.taken_back)
        return brought if was_taken else f"{brought} {say(language, 'open_book.nothing_back')}"
    key = "open_book.went_back_pending" if waiting else "open_book.went_back"
    return f"{brought} {say(language, key, view.advocates_credited, amount=back, waiting=waiting)}"


def _figures(view: OpenBook, language: str) -> Iterator[Figure]:
    waiting = _waiting(view)
    back = "open_book.sum.credited" if waiting else "open_book.sum.back"
    for entry in _shown(view):
        sums = (
            ("open_book.sum.brought", entry.brought_micros),
            (back, entry.went_back_micros),
            ("open_book.sum.pool", entry.pool_micros),
            ("open_book.sum.kept", entry.kept_micros),
        )
        yield from (Figure(say(language, key), money(micros, entry.unit, language)) for key, micros in sums if micros)
    for unit, micros in waiting:
        yield Figure(say(language, "open_book.sum.pending"), money(micros, unit, language))
