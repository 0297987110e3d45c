"""`/api/v1`: what an owner's server reports and reads. Docs: docs/wire.md."""

from concurrent.futures import Future
from typing import Annotated

import msgspec
from flask import Blueprint, Response, jsonify, request
from msgspec import Meta

from passalong.core.facts import GIVEN, NEW_VISITOR, ConversionRefunded, ConversionReported, Event, Fact, input_hash
from passalong.core.identity import customer_key
from passalong.core.money import MAX_MICROS, micros_from_minor
from passalong.core.reasons import REASON_WORDS, Reason
from passalong.flow import codes, refunds
from passalong.flow.record import Kept
from passalong.store import event_log, receipts
from passalong.store.sites import Site
from passalong.tokens import BadToken, customer_hash
from passalong.web import wire
from passalong.web.auth import site_of_key
from passalong.web.errors import Refusal
from passalong.web.notes import ACK_TIMEOUT_S, BROWSER
from passalong.web.parts import Parts, parts

bp = Blueprint("api", __name__, url_prefix="/api/v1")
API = "api"
TAKEN_IDS = (f"{NEW_VISITOR}:", f"{GIVEN}:", f"{BROWSER}:", "pool:")
"""How the ids of outcomes begin that no server reports."""

Id = Annotated[str, Meta(max_length=128, pattern=r"\A[^/\x00-\x1f\x7f][^\x00-\x1f\x7f]*\Z")]
Goal = Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9_]{0,39}\Z")]
Amount = Annotated[int, Meta(ge=0, le=MAX_MICROS // 100)]
Customer = Annotated[str, Meta(min_length=1, max_length=200)]
Product = Annotated[str, Meta(pattern=r"\A[^\x00-\x1f\x7f\x85\u2028\u2029]{1,128}\Z")]
Country = Annotated[str, Meta(pattern=r"\A[A-Z]{2}\Z")]
Currency = Annotated[str, Meta(pattern=r"\A[A-Z]{3}\Z")]


class ConversionBody(wire.Body, frozen=True):
    """An outcome, as the owner's server reports it."""

    id: Id
    goal: Goal
    amount_minor: Amount = 0
    currency: Currency | None = None
    code: Annotated[str, Meta(max_length=128)] | None = None
    coupon: Annotated[str, Meta(max_length=64)] | None = None
    customer: Customer | None = None
    page: wire.Page | None = None
    products: Annotated[tuple[Product, ...], Meta(max_length=50)] = ()
    country: Country | None = None


class RefundBody(wire.Body, frozen=True):
    """A part or all of a conversion's value that was given back."""

    id: Id
    amount_minor: Annotated[int, Meta(ge=1, le=MAX_MICROS // 100)]


_conversion_decoder = msgspec.json.Decoder(ConversionBody)
_refund_decoder = msgspec.json.Decoder(RefundBody)


@bp.post("/conversions")
def report() -> tuple[Response, int]:
    """Report a conversion."""
    known, site = parts(), site_of_key()
    body = wire.decode(request.get_data(), _conversion_decoder)
    if body.goal in (NEW_VISITOR, GIVEN) or body.id.startswith(TAKEN_IDS):
        raise Refusal(400, "`new_visitor` is met by visits, `given` by hand; neither is reported, and no id begins so.")
    if body.amount_minor and body.currency is None:
        raise Refusal(400, "`currency` goes with `amount_minor`.")
    share_id, visit_id, refused = _read_code(known, site, body.code)
    coupon = _read_coupon(known, site, body.coupon)
    fact = ConversionReported(
        goal=body.goal,
        gross_micros=_micros(body.amount_minor, body.currency),
        currency=body.currency,
        share_id=share_id,
        visit_id=visit_id,
        refused=refused,
        customer=customer_of(known, site, body.customer),
        page_url=wire.clean_page(body.page) if body.page else None,
        products=body.products,
        country=body.country,
        coupon_share_id=coupon.share_id if coupon else None,
    )
    said = input_hash(**msgspec.structs.asdict(body) | {"customer": fact.customer})
    answer, status = offer(known, Event(site.site_id, API, body.id, 0, said, fact))
    if coupon:
        answer = jsonify(answer.get_json() | {"coupon": coupon.state})
    return answer, status


@bp.post("/conversions/<path:conversion_id>/refunds")
def refund(conversion_id: str) -> tuple[Response, int]:
    """Report that value was given back."""
    known, site = parts(), site_of_key()
    body = wire.decode(request.get_data(), _refund_decoder)
    with known.db.reading() as session:
        event = event_log.find_event(session, site.site_id, API, conversion_id)
    if event is None or not isinstance(event.fact, ConversionReported):
        raise Refusal(404, "No conversion with this id was reported.")
    if event.fact.currency is None:
        raise Refusal(400, "This conversion had no value that could be given back.")
    amount_micros = _micros(body.amount_minor, event.fact.currency)
    gross_micros, currency = event.fact.gross_micros, event.fact.currency
    try:
        with known.db.reading() as session:
            refunds.check(session, site.site_id, body.id, conversion_id, gross_micros, amount_micros, currency)
    except refunds.TooMuch as error:
        raise Refusal(400, str(error)) from None
    fact: Fact = ConversionRefunded(conversion_id=conversion_id, amount_micros=amount_micros)
    said = input_hash(conversion=conversion_id, **msgspec.structs.asdict(body))
    return offer(known, Event(site.site_id, refunds.REFUND, body.id, 0, said, fact))


@bp.get("/conversions/<path:conversion_id>")
def read(conversion_id: str) -> Response:
    """The receipt of a conversion, or that it is still to be folded."""
    known, site = parts(), site_of_key()
    with known.db.reading() as session:
        made = receipts.latest(session, site.site_id, f"conversion:{conversion_id}")
        event = event_log.find_event(session, site.site_id, API, conversion_id)
    if event is None:
        raise Refusal(404, "No conversion with this id was reported.")
    if made is None:
        return jsonify(id=conversion_id, status="pending")
    words = {"reason_words": REASON_WORDS[made.reason]} if made.reason else {}
    return jsonify(id=conversion_id, **msgspec.to_builtins(made), **words)


def _micros(amount_minor: int, currency: str | None) -> int:
    amount_micros = micros_from_minor(amount_minor, currency or "EUR")
    if amount_micros > MAX_MICROS:
        raise Refusal(400, f"`amount_minor` is too large: at most {MAX_MICROS} micros are taken in.")
    return amount_micros


def _read_code(known: Parts, site: Site, code: str | None) -> tuple[str | None, str | None, Reason | None]:
    """(share id, visit id, what is wrong) of a code `token` or `token.visit`; a bad code is recorded, not refused."""
    if not code:
        return None, None, None
    token, _, visit_id = code.partition(".")
    try:
        return wire.share_of(known.keys, known.sites, site, token), visit_id[:64] or None, None
    except BadToken as error:
        return None, None, error.reason


def _read_coupon(known: Parts, site: Site, coupon: str | None) -> codes.Resolved | None:
    """What a coupon comes to; one that is not ours is no error, since shops have codes of their own."""
    if not coupon:
        return None
    with known.db.reading() as session:
        return codes.resolve(session, site.site_id, coupon)


def customer_of(known: Parts, site: Site, customer: str | None) -> str | None:
    """The identity key of a customer, whom the owner names by an id or an address of theirs: it is not kept."""
    return customer_key(customer_hash(known.keys, site.site_id, customer)) if customer else None


def offer(known: Parts, event: Event) -> tuple[Response, int]:
    """Hand a fact in; 202 after the commit, 200 when it was there, 409 when its id was used for something else."""
    return answered(event.event_id, known.collector.offer(event))


def answered(event_id: str, outcome: Future[Kept]) -> tuple[Response, int]:
    """The answer to a fact that was handed in, after its commit."""
    kept = outcome.result(timeout=ACK_TIMEOUT_S)
    if kept is Kept.CONFLICT:
        raise Refusal(409, "This id was used before, for something else. Use a new id, or send the same again.")
    status = "duplicate" if kept is Kept.DUPLICATE else "accepted"
    return jsonify(id=event_id, status=status), 200 if kept is Kept.DUPLICATE else 202
