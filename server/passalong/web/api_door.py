"""`/api/v1/hand-over`: an owner's server opens the portal for a customer who is signed in there (docs/portal.md)."""

from typing import Annotated

import msgspec
from flask import Blueprint, Response, jsonify, request
from msgspec import Meta

from passalong.flow import hand_over
from passalong.web import wire
from passalong.web.api import customer_of
from passalong.web.auth import site_of_key
from passalong.web.errors import Refusal
from passalong.web.parts import parts

bp = Blueprint("api_door", __name__, url_prefix="/api/v1")


class HandOverBody(wire.Body, frozen=True):
    """Whom the owner's server has signed in: their own id or address of the customer, of which only a hash is kept."""

    customer: Annotated[str, Meta(min_length=1, max_length=200)]


_decoder = msgspec.json.Decoder(HandOverBody)


@bp.post("/hand-over")
def hand_over_customer() -> tuple[Response, int]:
    """A way into the portal for this customer, good once, for two minutes."""
    known, site = parts(), site_of_key()
    body = wire.decode(request.get_data(), _decoder)
    key = customer_of(known, site, body.customer.strip())
    if key is None:
        raise Refusal(400, "`customer` is your own id of the customer, or their e-mail address.")
    code = hand_over.for_customer(known.db, known.clock, known.collector, site.site_id, key)
    return jsonify(url=f"{known.url}/me/in#{site.site_id}.{code}"), 201
