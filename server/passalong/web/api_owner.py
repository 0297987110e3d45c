"""`/api/v1`, continued: what an owner knows and decides. Docs: docs/wire.md."""

from typing import Annotated

import msgspec
from flask import Blueprint, Response, request
from msgspec import Meta

from passalong.core.facts import Event, LinkVisited, PersonIdentified, input_hash
from passalong.core.identity import advocate_key, visitor_key
from passalong.store import event_log
from passalong.store.sites import Site
from passalong.web import wire
from passalong.web.api import Customer, Id, customer_of, offer
from passalong.web.auth import site_of_key
from passalong.web.errors import Refusal
from passalong.web.notes import BROWSER
from passalong.web.parts import Parts, parts

bp = Blueprint("api_owner", __name__, url_prefix="/api/v1")
IDENTIFY = "identify"
MOST_KEYS = 20

AdvocateId = Annotated[str, Meta(pattern=r"\A[a-z2-7]{16}\Z")]


class IdentifyBody(wire.Body, frozen=True):
    """Ids of one person: visitors, customers (the owner's own ids or addresses), advocates, codes of `along.code()`."""

    id: Id
    visitors: tuple[wire.NoteId, ...] = ()
    customers: tuple[Customer, ...] = ()
    advocates: tuple[AdvocateId, ...] = ()
    codes: tuple[Annotated[str, Meta(max_length=128)], ...] = ()


_identify_decoder = msgspec.json.Decoder(IdentifyBody)


@bp.post("/identify")
def identify() -> tuple[Response, int]:
    """Say that several ids are one person."""
    known, site = parts(), site_of_key()
    body = wire.decode(request.get_data(), _identify_decoder)
    keys = {visitor_key(visitor) for visitor in body.visitors}
    keys |= {advocate_key(advocate) for advocate in body.advocates}
    keys |= {key for customer in body.customers if (key := customer_of(known, site, customer))}
    keys |= {_visitor_of_code(known, site, code) for code in body.codes}
    if not 2 <= len(keys) <= MOST_KEYS:
        raise Refusal(400, f"Name 2 to {MOST_KEYS} different ids of one person: visitors, customers, advocates, codes.")
    fact = PersonIdentified(tuple(sorted(keys)))
    return offer(known, Event(site.site_id, IDENTIFY, body.id, 0, input_hash(keys=fact.keys), fact))


def _visitor_of_code(known: Parts, site: Site, code: str) -> str:
    """The visitor whose visit a code names; raises Refusal 400 for a code that names none."""
    visit_id = code.partition(".")[2]
    with known.db.reading() as session:
        event = event_log.find_event(session, site.site_id, BROWSER, visit_id) if visit_id else None
    if event is None or not isinstance(event.fact, LinkVisited):
        raise Refusal(400, "`codes` are what `along.code()` gives, once the visit was noted: this one names no visit.")
    return visitor_key(event.fact.visitor_id)
