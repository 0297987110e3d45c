"""`/open/<site>/heads`, proofs and the page that checks a statement: public. An advocate's statement: theirs."""

import msgspec
from flask import Blueprint, Response, render_template, request

from passalong.languages import ENGLISH, catalogue
from passalong.store import proofs, statements
from passalong.store.proofs import NotSealed
from passalong.store.sites import Site
from passalong.web.auth import advocate
from passalong.web.errors import Refusal
from passalong.web.language import language, said
from passalong.web.parts import parts

bp = Blueprint("proofs", __name__)


@bp.get("/open/<site_id>/heads")
def heads(site_id: str) -> Response:
    """The signed heads, newest first, a hundred at a time, and the public keys."""
    known, site = parts(), _site(site_id)
    before = _number("before")
    with known.db.reading() as session:
        return _json(proofs.heads_page(session, site.site_id, known.signing.public, before))


@bp.get("/open/<site_id>/proof/inclusion")
def inclusion(site_id: str) -> Response:
    """That one leaf is in the tree: `index`, and `size` unless it is the newest head's."""
    index = _asked("index")
    with parts().db.reading_one_moment() as session:
        try:
            return _json(proofs.inclusion(session, _site(site_id).site_id, index, _number("size")))
        except NotSealed as error:
            raise Refusal(404, str(error)) from None


@bp.get("/open/<site_id>/proof/consistency")
def consistency(site_id: str) -> Response:
    """That one tree begins another: `first`, and `second` unless it is the newest head's."""
    first = _asked("first")
    with parts().db.reading_one_moment() as session:
        try:
            return _json(proofs.consistency(session, _site(site_id).site_id, first, _number("second")))
        except NotSealed as error:
            raise Refusal(404, str(error)) from None


@bp.get("/open/<site_id>/check")
def check(site_id: str) -> str:
    """A page that checks a statement in the browser, and sends it nowhere."""
    site = _site(site_id)
    points = catalogue(language()).get("figures.points", catalogue(ENGLISH)["figures.points"])
    keys = proofs.public_keys(parts().signing.public)
    return render_template("check.html", site=site, keys=keys, points=points)


@bp.get("/me/statement.json")
def statement() -> Response | tuple[str, int]:
    """The signed-in advocate's statement, as a download."""
    known, who = parts(), advocate()
    if who is None:
        return render_template("me_out.html"), 401
    site = who.site
    with known.db.reading_one_moment() as session:
        made = statements.statement_of(session, site, who.advocate_id, known.signing.public, known.clock.now_ms())
    if made is None:
        raise Refusal(404, said("credit.statement.not_yet"))
    response = _json(made)
    name = f"statement-{site.site_id}-{made.head.size}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _site(site_id: str) -> Site:
    site = parts().sites.find(site_id)
    if site is None:
        raise Refusal(404, said("errors.no_site"))
    return site


def _number(name: str) -> int | None:
    text = request.args.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Refusal(400, f"{name} is a whole number, like 120.")
    return int(text)


def _asked(name: str) -> int:
    found = _number(name)
    if found is None:
        raise Refusal(400, f"Say {name}, like ?{name}=120.")
    return found


def _json(body: object) -> Response:
    text = msgspec.json.format(msgspec.json.encode(body), indent=1)
    return Response(text + b"\n", mimetype="application/json")
