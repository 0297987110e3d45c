"""`POST /shops/<site>/<connection>`: receive what a shop system delivers, check its signature, record it, log it.

A delivery that cannot be recorded is answered 200 and explained in the log: most systems switch an endpoint off that
refuses, and sending the same again would not help. A bad signature, an unknown connection and an overload are refused.
"""

from codecs import BOM_UTF8
from collections.abc import Sequence

import msgspec
from flask import Blueprint, Response, jsonify, request

from passalong.core.shops.messages import Message, UnreadableMessageError
from passalong.core.shops.signatures import BadSignatureError, Delivery, UnsignedTestError
from passalong.flow.owners.shop_connections import open_connection, secrets_of
from passalong.flow.shops.log import log_delivery, log_unsigned
from passalong.flow.shops.record import Outcome, Recording, State, record
from passalong.integrations.systems import SYSTEMS
from passalong.store.shops.connections import Connection
from passalong.store.sites import Site
from passalong.web.http.errors import RefusalError
from passalong.web.http.reporting import reporting
from passalong.web.http.services import current_services
from passalong.web.http.wire import MAX_DELIVERY

bp = Blueprint("shops", __name__)
TEST = Outcome(State.IGNORED, "It has no order: a test of the address.")
NO_OBJECT = "The body is not a JSON object in UTF-8: nothing was recorded."


@bp.post("/shops/<site_id>/<connection_id>")
def receive(site_id: str, connection_id: str) -> Response:
    """Record a delivery; a repeated one changes nothing."""
    services = current_services()
    site, connection = _connection(site_id, connection_id)
    delivery, system = _delivery(services.clock.now_ms()), SYSTEMS[connection.system]
    try:
        system.verify(delivery, secrets_of(services.keys, connection))
    except BadSignatureError as error:
        log_unsigned(services.db, connection, delivery.now_ms, Outcome(State.REFUSED, str(error)))
        raise RefusalError(401, str(error)) from None
    except UnsignedTestError:
        log_unsigned(services.db, connection, delivery.now_ms, TEST)
        return _answer([TEST])
    kind, messages = _read(connection, delivery)
    work = Recording(reporting(services), services.clock, site, connection)
    outcomes = [outcome for message in messages for outcome in _recorded(work, message)]
    log_delivery(services.db, connection, delivery.now_ms, kind, outcomes)
    return _answer(outcomes)


def _answer(outcomes: Sequence[Outcome]) -> Response:
    return jsonify(outcomes=[{"outcome": outcome.state.value, "message": outcome.words} for outcome in outcomes])


def _recorded(work: Recording, message: Message | Outcome) -> list[Outcome]:
    return [message] if isinstance(message, Outcome) else record(work, message)


def _connection(site_id: str, connection_id: str) -> tuple[Site, Connection]:
    services = current_services()
    site = services.sites.find(site_id)
    connection = open_connection(services.db, site_id, connection_id) if site else None
    if site is None or connection is None:
        raise RefusalError(404, "There is no such connection: copy its address from the console, Shops.")
    return site, connection


def _delivery(now_ms: int) -> Delivery:
    request.max_content_length = MAX_DELIVERY
    if (request.content_length or 0) > MAX_DELIVERY:
        raise RefusalError(413, f"A delivery has at most {MAX_DELIVERY} bytes.")
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Delivery(headers, request.get_data(), now_ms)


def _read(connection: Connection, delivery: Delivery) -> tuple[str, Sequence[Message | Outcome]]:
    """Return the name of a signed delivery's kind, and its messages, or the outcome of one that cannot be read."""
    system, body = SYSTEMS[connection.system], delivery.body.removeprefix(BOM_UTF8)
    if not body.strip():
        return "", [TEST]
    try:
        payload = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        return "", [Outcome(State.REFUSED, NO_OBJECT)]
    try:
        return system.kind(delivery, payload), system.read(delivery, payload, connection.fields)
    except UnreadableMessageError as error:
        return system.kind(delivery, payload), [Outcome(State.REFUSED, str(error))]
