"""`POST /v1/credit/balance` and `/v1/credit/lines`: a person's credit for a page of the site, by a credit token.

The token is in the body, as text, so that no browser asks for leave first; it came from the owner's server
(web/api/credit_tokens.py). Answers are finished sentences in the language of the page: elements only place them.
"""

from typing import Annotated, TypeVar

import msgspec
from flask import Blueprint, Response, current_app, request
from msgspec import Meta, Struct
from sqlalchemy.orm import Session

from passalong.flow.mail import expiry_notices
from passalong.flow.signin import credit_tokens
from passalong.flow.signin.credit_tokens import EndedTokenError
from passalong.i18n import catalogue
from passalong.i18n.catalogue import say
from passalong.i18n.formatting import day, listed, money
from passalong.lib.tokens import hashed
from passalong.store.queries import advocates
from passalong.store.queries.cursors import BadCursorError
from passalong.store.queries.ledger_lines import LedgerPage, page
from passalong.store.queries.views import LedgerRow, UnitSums
from passalong.store.sites import Site
from passalong.web.http import origins, wire
from passalong.web.http.errors import RefusalError
from passalong.web.http.formatting import amounts, waits, when
from passalong.web.http.line_words import what_happened
from passalong.web.http.rate_limits import RateLimits
from passalong.web.http.services import Services, current_services

bp = Blueprint("credit", __name__)
LIMITS = "passalong_credit_limits"
READS_A_MINUTE = 120
ROWS = 10
ENDED = "signed_out"
"""The `error` of a token that has ended: the page asks its own server for another one, or shows a sign-in."""

CreditToken = Annotated[
    str, Meta(min_length=1, max_length=128, description="the token that `POST /api/v1/credit-tokens` gave")
]
Cursor = Annotated[str, Meta(max_length=400, description="the `next` of the lines before")]


class BalanceBody(wire.Body, frozen=True):
    """A page's request for the sums of a person's credit."""

    token: CreditToken
    lang: wire.LanguageTag = ""


class LinesBody(BalanceBody, frozen=True, kw_only=True):
    """A page's request for lines of a person's credit, the newest or those before a cursor."""

    before: Cursor | None = None


class Link(Struct, frozen=True):
    """A link into the portal, which asks for a sign-in if none is open."""

    text: str
    url: str


class Balance(Struct, frozen=True):
    """The sums of a person's credit in words: `ready` and `waiting` are empty if there is nothing."""

    lang: str
    dir: str
    title: str
    ready: str
    waiting: str
    sentence: str
    notices: list[str]
    why: Link


class Line(Struct, frozen=True):
    """One line of a person's credit in words; `url` is its page in the portal."""

    when: str
    what: str
    state: str
    amount: str
    url: str


class Lines(Struct, frozen=True):
    """Lines of a person's credit, newest first; `next` is the cursor of the older ones."""

    lang: str
    dir: str
    caption: str
    older: str
    lines: list[Line]
    next: str | None


T = TypeVar("T", bound=BalanceBody)
_balance_decoder = msgspec.json.Decoder(BalanceBody)
_lines_decoder = msgspec.json.Decoder(LinesBody)


def install(extensions: dict[str, object]) -> None:
    """Give an app (its `extensions`) the counts of requests by token."""
    extensions[LIMITS] = RateLimits()


@bp.post("/v1/credit/balance")
def balance() -> Response:
    """Return what a person has and what is pending, in sentences, by a credit token."""
    services = current_services()
    body, site = _asked(services, _balance_decoder)
    language, now_ms = catalogue.preferred(body.lang), services.clock.now_ms()
    with services.db.reading() as session:
        advocate_ids = _account(session, body, now_ms)
        sums = advocates.unit_sums(session, site.site_id, advocate_ids)
        notices = _notices(session, site, advocate_ids, language)
    why = Link(say(language, "elements.why"), f"{services.url}/me/credit")
    return _json(_balance(sums, site, language, notices, why))


@bp.post("/v1/credit/lines")
def lines() -> Response:
    """Return lines of a person's credit, in words, by a credit token."""
    services = current_services()
    body, site = _asked(services, _lines_decoder)
    language, now_ms = catalogue.preferred(body.lang), services.clock.now_ms()
    with services.db.reading() as session:
        advocate_ids = _account(session, body, now_ms)
        try:
            rows, older = page(session, site.site_id, advocate_ids, LedgerPage(ROWS, body.before))
        except BadCursorError:
            raise RefusalError(400, "`before` is the `next` of the lines before. Send none for the newest.") from None
    lines = [_line(row, site, language, services.url) for row in rows]
    words = (say(language, "credit.caption"), say(language, "credit.older"))
    return _json(Lines(language, catalogue.direction(language), *words, lines, older))


# --- the token --------------------------------------------------------------------------------------------------------


def _asked(services: Services, decoder: msgspec.json.Decoder[T]) -> tuple[T, Site]:
    """Return the body and the site of its token; raises RefusalError 400, 401 or 403."""
    body = wire.decode(request.get_data(), decoder)
    site = services.sites.find(credit_tokens.site_id_of(body.token)[:16])
    if site is None:
        raise _ended(body.lang)
    if (origin := origins.foreign_origin(site)) is not None:
        raise origins.refusal(site, origin, "its pages show no credit")
    return body, site


def _account(session: Session, body: BalanceBody, now_ms: int) -> tuple[str, ...]:
    """Return the ids of the account behind the token; raises RefusalError 401 or 429.

    Only good tokens are counted: anybody may send any others, and each would take up memory.
    """
    try:
        advocate_ids = credit_tokens.account_behind(session, body.token, now_ms)
    except EndedTokenError:
        raise _ended(body.lang) from None
    left = current_app.extensions[LIMITS].count(hashed(body.token), READS_A_MINUTE)
    if left.requests < 0:
        raise RefusalError(429, say(catalogue.preferred(body.lang), "elements.too_often"), left.reset_s)
    return advocate_ids


def _ended(lang: str) -> RefusalError:
    return RefusalError(401, say(catalogue.preferred(lang), "elements.signed_out"), name=ENDED)


# --- words ------------------------------------------------------------------------------------------------------------


def _balance(sums: tuple[UnitSums, ...], site: Site, language: str, notices: list[str], why: Link) -> Balance:
    ready = listed(amounts([row for row in sums if row.ready_micros > 0], "ready_micros", language), language)
    waiting = listed(amounts(sums, "waiting_micros", language), language)
    if ready:
        sentence = say(language, "credit.ready_waiting" if waiting else "credit.ready", amount=ready, waiting=waiting)
    elif waiting:
        sentence = say(language, "credit.waiting", waiting=waiting)
    else:
        sentence = say(language, "credit.none_ready" if sums else "credit.nothing")
    title = say(language, "credit.eyebrow", site=site.name)
    return Balance(language, catalogue.direction(language), title, ready, waiting, sentence, notices, why)


def _notices(session: Session, site: Site, advocate_ids: tuple[str, ...], language: str) -> list[str]:
    """Return which credit expires and when. That it was shown is not recorded: a page of the site proves no reader."""
    coming = expiry_notices.coming_of(session, site, advocate_ids, current_services().clock.now_ms())
    return [
        say(
            language,
            "home.expiring",
            notice.n,
            amount=waits(notice, language),
            day=day(notice.last_day_ms, site.time_zone, long=True, language=language),
        )
        for notice in coming
    ]


def _line(row: LedgerRow, site: Site, language: str, url: str) -> Line:
    tz = site.time_zone
    where = f"why/{row.line_id}" if row.line_id else f"use/{row.redemption_id}"
    if row.state == "waiting" and row.until_ms is not None:
        until = when(row.until_ms, tz, row.few, language=language)
        state = say(language, "home.state.waiting_until", day=until)
    else:
        state = say(language, f"home.state.{row.state}")
    return Line(
        when(row.at_ms, tz, row.few, True, language),
        what_happened(row, site.name, language),
        state,
        money(row.amount_micros, row.unit, language),
        f"{url}/me/{where}",
    )


def _json(answer: Balance | Lines) -> Response:
    return Response(msgspec.json.encode(answer), mimetype="application/json")
