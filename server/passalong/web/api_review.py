"""`/api/v1`, continued: verdicts, attribution by hand, and codes. Docs: docs/wire.md."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Annotated

import msgspec
from flask import Blueprint, Response, jsonify, request
from msgspec import Meta

from passalong.core.facts import About, AdvocateNamed, CreditGiven, VerdictGiven
from passalong.core.money import MICROS, POINTS, micros_from_minor
from passalong.flow import codes, decide
from passalong.flow.record import Kept
from passalong.store import codes as stored
from passalong.web import wire
from passalong.web.api import Amount, Id, answered
from passalong.web.api_owner import AdvocateId
from passalong.web.auth import site_of_key
from passalong.web.errors import Refusal
from passalong.web.parts import parts

bp = Blueprint("api_review", __name__, url_prefix="/api/v1")

Text = Annotated[str, Meta(max_length=decide.LONGEST_NOTE)]


class VerdictBody(wire.Body, frozen=True):
    """What somebody decided: `decision` about an advocate, a conversion or a visit."""

    id: Id
    decision: str
    about: About
    subject_id: Annotated[str, Meta(min_length=1, max_length=160)]
    author: Text
    note: Text


class NameBody(wire.Body, frozen=True):
    """Who led to a conversion, as the owner knows it."""

    id: Id
    advocate: AdvocateId
    author: Text
    note: Text


class GiveBody(wire.Body, frozen=True):
    """Credit given by hand: `amount_minor` of a currency, or whole points."""

    id: Id
    advocate: AdvocateId
    amount_minor: Amount
    unit: Annotated[str, Meta(pattern=r"\A(points|[A-Z]{3})\Z")]
    author: Text
    note: Text


class CodeBody(wire.Body, frozen=True):
    """A code for an advocate."""

    code: Annotated[str, Meta(max_length=64)]
    advocate: AdvocateId


_verdict_decoder = msgspec.json.Decoder(VerdictBody)
_name_decoder = msgspec.json.Decoder(NameBody)
_give_decoder = msgspec.json.Decoder(GiveBody)
_code_decoder = msgspec.json.Decoder(CodeBody)


@bp.post("/verdicts")
def verdict() -> tuple[Response, int]:
    """Decide about an advocate, a conversion or a visit."""
    known, site = parts(), site_of_key()
    body = wire.decode(request.get_data(), _verdict_decoder)
    said = VerdictGiven(body.decision, body.about, body.subject_id, body.author, body.note)  # type: ignore[arg-type]
    return _decided(body.id, lambda: decide.verdict(known.db, known.collector, site, body.id, said))


@bp.post("/conversions/<path:conversion_id>/advocates")
def name(conversion_id: str) -> tuple[Response, int]:
    """Name who led to a conversion."""
    known, site = parts(), site_of_key()
    body = wire.decode(request.get_data(), _name_decoder)

    def record() -> Future[Kept]:
        share_id = codes.link_by_hand(known.db, known.clock, known.keys, site, body.advocate)
        said = AdvocateNamed(conversion_id, share_id, body.author, body.note)
        return decide.name_advocate(known.db, known.collector, site, body.id, said)

    return _decided(body.id, record)


@bp.post("/credits")
def give() -> tuple[Response, int]:
    """Give credit for a reason of one's own."""
    known, site = parts(), site_of_key()
    body = wire.decode(request.get_data(), _give_decoder)
    micros = body.amount_minor * MICROS if body.unit == POINTS else micros_from_minor(body.amount_minor, body.unit)
    said = CreditGiven(body.advocate, body.unit, micros, body.author, body.note)
    return _decided(body.id, lambda: decide.give_credit(known.db, known.collector, site, body.id, said))


def _decided(event_id: str, record: Callable[[], Future[Kept]]) -> tuple[Response, int]:
    try:
        return answered(event_id, record())
    except decide.UnknownSubject as error:
        raise Refusal(404, str(error)) from None
    except (decide.CannotDecide, codes.BadCode) as error:
        raise Refusal(400, str(error)) from None


@bp.get("/codes")
def list_codes() -> Response:
    """Every code of the site."""
    known, site = parts(), site_of_key()
    with known.db.reading() as session:
        found = stored.codes_of(session, site.site_id)
    return jsonify(codes=[_shown(code) for code in found])


@bp.post("/codes")
def add_code() -> tuple[Response, int]:
    """Make a code for an advocate."""
    known, site = parts(), site_of_key()
    body = wire.decode(request.get_data(), _code_decoder)
    try:
        made = codes.add_code(known.db, known.clock, known.keys, site, body.advocate, body.code)
    except codes.BadCode as error:
        raise Refusal(400, str(error)) from None
    return jsonify(_shown(made)), 201


@bp.post("/codes/<code>/retire")
def retire_code(code: str) -> Response:
    """End a code."""
    known, site = parts(), site_of_key()
    try:
        return jsonify(_shown(codes.retire_code(known.db, known.clock, site.site_id, code)))
    except codes.BadCode as error:
        raise Refusal(404, str(error)) from None


def _shown(code: stored.Code) -> dict[str, object]:
    return {
        "code": code.code,
        "advocate": code.advocate_id,
        "made_by": code.made_by,
        "retired": code.retired_at_ms is not None,
    }
