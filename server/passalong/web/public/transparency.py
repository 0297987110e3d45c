"""`/open/<site>/heads`, proofs and the page that checks a statement: public. An advocate's own statement."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain, islice

import msgspec
import structlog
from flask import Blueprint, Response, render_template, request

from passalong.i18n.catalogue import ENGLISH, catalogue
from passalong.store.sites import Site
from passalong.store.transparency import proofs, statements
from passalong.store.transparency.proofs import NotSealedError
from passalong.store.transparency.statements import SealedLinesMissingError
from passalong.web.http.auth import Signed
from passalong.web.http.downloads import File, one_at_a_time, stream
from passalong.web.http.errors import RefusalError
from passalong.web.http.guards import signed_in
from passalong.web.http.language import language, said
from passalong.web.http.services import current_services

bp = Blueprint("transparency", __name__)
log = structlog.get_logger()
OPENING = 2
"""The pieces of a statement that are made before the answer begins: its header and the first lines."""


@bp.get("/open/<site_id>/heads")
def heads(site_id: str) -> Response:
    """Return the signed heads, newest first, a hundred at a time, and the public keys."""
    services, site = current_services(), _site(site_id)
    before = _number("before")
    with services.db.reading() as session:
        return _json(proofs.heads_page(session, site.site_id, services.signing.public, before))


@bp.get("/open/<site_id>/proof/inclusion")
def inclusion(site_id: str) -> Response:
    """Return the proof that one leaf is in the tree: `index`, and `size` unless it is the newest head's."""
    index = _asked("index")
    with current_services().db.reading_one_moment() as session:
        try:
            return _json(proofs.inclusion(session, _site(site_id).site_id, index, _number("size")))
        except NotSealedError as error:
            raise RefusalError(404, str(error)) from None


@bp.get("/open/<site_id>/proof/consistency")
def consistency(site_id: str) -> Response:
    """Return the proof that one tree begins another: `first`, and `second` unless it is the newest head's."""
    first = _asked("first")
    with current_services().db.reading_one_moment() as session:
        try:
            return _json(proofs.consistency(session, _site(site_id).site_id, first, _number("second")))
        except NotSealedError as error:
            raise RefusalError(404, str(error)) from None


@bp.get("/open/<site_id>/check")
def check(site_id: str) -> str:
    """Show a page that checks a statement in the browser, and sends it nowhere."""
    site = _site(site_id)
    points = catalogue(language()).get("formatting.points", catalogue(ENGLISH)["formatting.points"])
    keys = proofs.public_keys(current_services().signing.public)
    return render_template("public/check.html", site=site, keys=keys, points=points)


@bp.get("/me/statement.json")
@signed_in()
def statement(who: Signed) -> Response:
    """Download the signed-in advocate's statement."""
    services = current_services()
    site = who.site
    with ExitStack() as stack:
        stack.enter_context(one_at_a_time(site.site_id, who.advocate_id))
        session = stack.enter_context(services.db.reading_one_moment())
        statement = statements.statement_of(session, site, who.mine, services.signing, services.clock.now_ms())
        if statement is None:
            raise RefusalError(404, said("credit.statement.not_yet"))
        name = f"statement-{site.site_id}-{statement.size}.json"
        pieces = _whole_or_said(statement.pieces, said("credit.statement.damaged", site=site.name))
        return stream(File(name, "application/json", pieces), stack.pop_all())


def _whole_or_said(pieces: Iterator[bytes], damaged: str) -> Iterator[bytes]:
    """Raise RefusalError 500 if the first lines cannot be proved.

    A statement of which later lines cannot be proved ends with that sentence, so that it is no JSON.
    """
    try:
        first = list(islice(pieces, OPENING))
    except SealedLinesMissingError:
        raise _damaged(damaged) from None
    return chain(first, _rest_or_said(pieces, damaged))


def _rest_or_said(pieces: Iterator[bytes], damaged: str) -> Iterator[bytes]:
    try:
        yield from pieces
    except SealedLinesMissingError:
        yield f"\n\n{_damaged(damaged).description}\n".encode()


def _damaged(sentence: str) -> RefusalError:
    log.error("a statement cannot be made: sealed lines are missing")
    return RefusalError(500, sentence)


def _site(site_id: str) -> Site:
    site = current_services().sites.find(site_id)
    if site is None:
        raise RefusalError(404, said("errors.no_site"))
    return site


def _number(name: str) -> int | None:
    text = request.args.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise RefusalError(400, f"`{name}` is not valid. Send a whole number of at most 15 digits, such as 120.")
    return int(text)


def _asked(name: str) -> int:
    number = _number(name)
    if number is None:
        raise RefusalError(400, f"`{name}` is missing. Send it as in `?{name}=120`.")
    return number


def _json(body: object) -> Response:
    text = msgspec.json.format(msgspec.json.encode(body), indent=1)
    return Response(text + b"\n", mimetype="application/json")
