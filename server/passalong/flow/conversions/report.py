"""Report a conversion: read its code, hash its identities, record it as a fact.

The API and the integrations call this. The owner's customer id and the e-mail address are hashed here and are not
stored.
"""

from collections.abc import Callable, Mapping

import msgspec
from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.conversions.attribution import OrderTouch, TouchToken
from passalong.core.facts import GIVEN, NEW_VISITOR, ConversionReported, Event, input_hash
from passalong.core.identity import customer_key, email_key
from passalong.core.money import MAX_MICROS, MICROS, micros_from_minor
from passalong.core.reasons import Reason
from passalong.core.terms.currencies import ISO_CODES
from passalong.flow import personal_codes
from passalong.flow.ingest.collector import Collector
from passalong.flow.ingest.recorder import Kept
from passalong.flow.transaction import writing
from passalong.flow.tries.events import conversion_event
from passalong.lib.emails import BadEmailError
from passalong.lib.tokens import BadTokenError, Keyring, customer_hash, customer_hash_0_2, email_hash, metadata_hash
from passalong.store import event_log
from passalong.store.attached import attached_metadata
from passalong.store.engine import Database
from passalong.store.sites import Site

API = "api"
"""The source of conversions: their ids are the shop's own."""
TAKEN_IDS = (f"{NEW_VISITOR}:", f"{GIVEN}:", "browser:", "pool:")
"""Prefixes of conversion ids that no server reports."""


class ReportError(ValueError):
    """A conversion that cannot be recorded; says what to do."""


class UnknownCurrencyError(ReportError):
    """A code that ISO 4217 does not have: whoever sends it again must change it."""


class Order(Struct, frozen=True, kw_only=True):
    """A conversion as a shop reports it. `amount_minor` is in minor units of `currency`; `page` is a clean address.

    `touches` are the tokens of an order that an agent placed.
    """

    id: str
    goal: str
    amount_minor: int = 0
    currency: str | None = None
    code: str | None = None
    coupon: str | None = None
    customer: str | None = None
    email: str | None = None
    page: str | None = None
    products: tuple[str, ...] = ()
    country: str | None = None
    touches: tuple[TouchToken, ...] = ()
    metadata: Mapping[str, str] = {}


class Reporting(Struct, frozen=True):
    """The parts that a report needs. `share_of` returns the share behind a token of a site, or raises BadTokenError."""

    db: Database
    keys: Keyring
    collector: Collector
    share_of: Callable[[Site, str], str]


class Reported(Struct, frozen=True):
    """How a report was kept. `tried` in try mode; `coupon` says what became of a coupon that was sent."""

    kept: Kept
    tried: bool = False
    coupon: str | None = None


def report(work: Reporting, site: Site, order: Order, input_of: Order | None = None) -> Reported:
    """Record a conversion once. Raises ReportError.

    `input_of` is the report as it was sent, where `order` is a cleaned copy of it: the same id with another input is a
    conflict.
    """
    _must_be_reportable(order)
    sent = input_of or order
    tried = _tried(work, site, order)
    if tried is not None:
        return Reported(work.collector.submit(tried), tried=True)
    coupon = _coupon(work.db, site, order.coupon)
    fact = _fact(work, site, order, coupon)
    kept = _with_metadata(work, site, order, fact, lambda: _record(work, site, sent, fact))
    return Reported(kept, coupon=coupon.state if coupon else None)


def customer_of(keys: Keyring, site: Site, customer: str | None) -> str | None:
    """Return the identity key of a customer; the owner's id itself is not stored."""
    return customer_key(customer_hash(keys, site.site_id, customer)) if customer else None


def email_of(keys: Keyring, site: Site, email: str | None) -> str | None:
    """Return the identity key of an e-mail address; the address is not stored. Raises ReportError."""
    if not email:
        return None
    try:
        return email_key(email_hash(keys, site.site_id, email))
    except BadEmailError:
        raise ReportError("`email` is an address like name@example.org; leave it out where there is none.") from None


def _must_be_reportable(order: Order) -> None:
    if order.goal in (NEW_VISITOR, GIVEN) or order.id.startswith(TAKEN_IDS):
        raise ReportError("`new_visitor` is met by visits, `given` by hand; neither is reported, and no id begins so.")
    if order.amount_minor and order.currency is None:
        raise ReportError("`currency` is missing: send the code of a currency, such as `EUR`, with `amount_minor`.")
    if order.currency is not None and order.currency not in ISO_CODES:
        raise UnknownCurrencyError(
            f"`currency`: {order.currency[:8]} is no currency: send its ISO 4217 code, such as `EUR`."
        )


def _fact(work: Reporting, site: Site, order: Order, coupon: personal_codes.Resolved | None) -> ConversionReported:
    share_id, visit_id, refused = _read_code(work, site, order.code)
    return ConversionReported(
        goal=order.goal,
        gross_micros=_micros(order.amount_minor, order.currency),
        currency=order.currency,
        share_id=share_id,
        visit_id=visit_id,
        refused=refused,
        customer=customer_of(work.keys, site, order.customer),
        email=email_of(work.keys, site, order.email),
        page_url=order.page,
        products=order.products,
        country=order.country,
        coupon_share_id=coupon.share_id if coupon else None,
        signed_in=bool(order.customer) and site.customers_signed_in,
        currency_taken=order.currency in site.currencies if order.currency else None,
        touches=tuple(_read_touch(work, site, touch) for touch in order.touches),
        metadata_hash=metadata_hash(work.keys, site.site_id, order.metadata) if order.metadata else None,
    )


def _with_metadata(
    work: Reporting, site: Site, order: Order, fact: ConversionReported, record: Callable[[], Kept]
) -> Kept:
    """Record the fact once its metadata is there, for the fold to announce; that of another fact goes again."""
    if fact.metadata_hash is None:
        return record()
    about = f"{attached_metadata.CONVERSION}:{order.id}"
    now_ms = work.collector.clock.now_ms()
    attached = attached_metadata.Attached(about, fact.metadata_hash, order.metadata, unrecorded_since_ms=now_ms)
    with writing(work.db) as session:
        is_new = attached_metadata.attach(session, site.site_id, attached)
        if is_new and _recorded(session, site, order.id) is not None:  # its metadata is other, or was erased
            attached_metadata.detach(session, site.site_id, attached)
            is_new = False
    kept = record()
    if is_new and kept is not Kept.NEW:  # another process was faster: with the same metadata, or with other
        with writing(work.db) as session:
            recorded = _recorded(session, site, order.id)
            if recorded is None or recorded.metadata_hash != fact.metadata_hash:
                attached_metadata.detach(session, site.site_id, attached)
    return kept


def _recorded(session: Session, site: Site, conversion_id: str) -> ConversionReported | None:
    event = event_log.find_event(session, site.site_id, API, conversion_id)
    return event.fact if event and isinstance(event.fact, ConversionReported) else None


def _record(work: Reporting, site: Site, sent: Order, fact: ConversionReported) -> Kept:
    """Record the fact; an order that 0.2.0 recorded is recognised by its customer's old hash."""
    said = msgspec.structs.asdict(sent) | {"customer": fact.customer, "email": fact.email}
    if fact.email is None:
        del said["email"]
    if not sent.touches:
        del said["touches"]
    if fact.metadata_hash is None:
        del said["metadata"]
    else:
        said["metadata"] = fact.metadata_hash
    kept = work.collector.record(site.site_id, API, sent.id, fact, input_hash(**said))
    if sent.customer and kept is Kept.CONFLICT:
        then = said | {"customer": customer_key(customer_hash_0_2(work.keys, site.site_id, sent.customer))}
        kept = work.collector.record(site.site_id, API, sent.id, fact, input_hash(**then))
    return kept


def _micros(amount_minor: int, currency: str | None) -> int:
    amount_micros = micros_from_minor(amount_minor, currency or "EUR")
    if amount_micros > MAX_MICROS:
        raise ReportError(
            f"`amount_minor` is too large: a conversion is worth at most {MAX_MICROS // MICROS} {currency}."
        )
    return amount_micros


def _read_code(work: Reporting, site: Site, code: str | None) -> tuple[str | None, str | None, Reason | None]:
    """Return (share id, visit id, problem) of a code `token` or `token.visit`; a bad code is recorded, not refused."""
    if not code:
        return None, None, None
    token, _, visit_id = code.partition(".")
    try:
        return work.share_of(site, token), visit_id[:64] or None, None
    except BadTokenError as error:
        return None, None, error.reason


def _read_touch(work: Reporting, site: Site, touch: TouchToken) -> OrderTouch:
    """Verify the token of a touch as a code's; a bad one is recorded with its reason, so that the receipt names it."""
    share_id, _, refused = _read_code(work, site, touch.token)
    return OrderTouch(touch.place, share_id, refused, touch.expires_at_ms)


def _tried(work: Reporting, site: Site, order: Order) -> Event | None:
    """Return the event of an order with a token of try mode; None for a real one."""
    for code in (order.code, *(touch.token for touch in order.touches)):
        tried = conversion_event(work.keys, site, order.id, order.goal, code)
        if tried is not None:
            return tried
    return None


def _coupon(db: Database, site: Site, coupon: str | None) -> personal_codes.Resolved | None:
    """Resolve a coupon; an unknown one is no error, since shops have codes of their own."""
    if not coupon:
        return None
    with db.reading() as session:
        return personal_codes.resolve(session, site.site_id, coupon)
