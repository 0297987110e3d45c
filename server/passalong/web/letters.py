"""Which e-mails somebody gets: their own page, and the one click in every mail that stops its kind."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.flow import wishes
from passalong.flow.letters import KINDS, is_wanted
from passalong.store import access, addresses
from passalong.web.auth import refuse_cross_site
from passalong.web.errors import Refusal
from passalong.web.keep import someone
from passalong.web.language import said
from passalong.web.parts import parts

bp = Blueprint("letters", __name__, url_prefix="/me")


@bp.get("/mail")
def page() -> str:
    """Every kind, and whether it is wanted."""
    known, who = parts(), someone()
    with known.db.reading() as session:
        mine = access.advocates_of(session, who.site.site_id, who.advocate_id)
        found = addresses.confirmed_of(session, who.site.site_id, mine)
        chosen = addresses.choices(session, who.site.site_id, found[0].address_hash) if found else {}
    kinds = [(kind, is_wanted(kind, chosen)) for kind in KINDS]
    kept = request.args.get("kept") == "1"
    return render_template("me_mail.html", site=who.site, kinds=kinds, has_address=bool(found), kept=kept)


@bp.post("/mail")
def choose() -> AnyResponse:
    """Keep the choice."""
    refuse_cross_site()
    known, who = parts(), someone()
    wishes.choose(known.db, who.site.site_id, who.advocate_id, set(request.form.getlist("kind")))
    return redirect(url_for("letters.page", kept=1), 303)


@bp.get("/stop/<code>")
def ask(code: str) -> str:
    """Opening it stops nothing: programs open links. The button does."""
    known = parts()
    try:
        site_id, _, kind = wishes.read_stop(known.keys, code)
    except wishes.BadStop:
        raise Refusal(404, said("mail.bad_stop")) from None
    return render_template("me_stop.html", site=known.sites.find(site_id), kind=kind, code=code, stopped=False)


@bp.post("/stop/<code>")
def stop(code: str) -> Response:
    """The button, or the mail program's own (RFC 8058: a POST without any cookie)."""
    refuse_cross_site()
    known = parts()
    try:
        wanted = request.form.get("wanted") == "yes"
        kind = wishes.stop(known.db, known.keys, code, wanted)
        site = known.sites.find(wishes.read_stop(known.keys, code)[0])
    except wishes.BadStop:
        raise Refusal(404, said("mail.bad_stop")) from None
    shown = render_template("me_stop.html", site=site, kind=kind, code=code, stopped=not wanted, again=wanted)
    return make_response(shown)
