"""`/me/keep`: keeping one's credit beyond this browser, and seeing where one is signed in."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.flow import door, keepsakes, passkeys
from passalong.store import access, addresses
from passalong.store import keepsakes as kept
from passalong.tokens import hashed
from passalong.web.auth import ADVOCATE, Signed, advocate, browser_label, refuse_cross_site
from passalong.web.door import rp_id, send_link, signed_json
from passalong.web.errors import Refusal
from passalong.web.language import said
from passalong.web.parts import parts

bp = Blueprint("keep", __name__, url_prefix="/me/keep")


def someone() -> Signed:
    """Who is signed in; raises Refusal 401."""
    found = advocate()
    if found is None:
        raise Refusal(401, said("door.nobody"))
    return found


def keeper() -> Signed:
    """Who may change how they come back; raises Refusal 401, or 403 for a guest secret where something is kept."""
    who = someone()
    if not keepsakes.may_change(parts().db, who.site.site_id, who.advocate_id, who.via):
        raise Refusal(403, said("keep.first"))
    return who


@bp.get("")
def page() -> str:
    """The ways to keep it, and what is kept already."""
    known, who = parts(), someone()
    mine = who.mine
    with known.db.reading() as session:
        found = addresses.confirmed_of(session, who.site.site_id, mine)
        keys = kept.passkeys_of(session, who.site.site_id, mine)
        words = kept.has_words(session, who.site.site_id, mine)
        browsers = access.open_sessions(session, who.site.site_id, ADVOCATE, mine, known.clock.now_ms())
    return render_template(
        "me_keep.html",
        site=who.site,
        addresses=[door.masked(one.address) for one in found],
        passkeys=keys,
        words=words,
        sessions=browsers,
        here=hashed(who.secret)[:16],
        asked=request.args.get("asked") == "1",
        weak=not keepsakes.may_change(known.db, who.site.site_id, who.advocate_id, who.via),
    )


@bp.post("/mail")
def by_mail() -> AnyResponse:
    """Have a link sent that keeps this browser's credit with an address."""
    refuse_cross_site()
    who = keeper()
    send_link(who.site, who)
    return redirect(url_for("keep.page", asked=1), 303)


@bp.post("/words")
def by_words() -> str:
    """Twelve new words, shown this once."""
    refuse_cross_site()
    known, who = parts(), keeper()
    words = keepsakes.new_words(known.db, known.clock, who.site.site_id, who.advocate_id, who.secret)
    return render_template("me_words.html", site=who.site, words=words, address=f"{known.url}/me/in")


@bp.post("/passkey/options")
def passkey_options() -> Response:
    """What the browser is asked to make."""
    refuse_cross_site()
    known, who = parts(), keeper()
    options = passkeys.making_options(known.db, known.clock, who.site, who.advocate_id, rp_id())
    return make_response(options, {"Content-Type": "application/json"})


@bp.post("/passkey")
def by_passkey() -> AnyResponse:
    """The passkey that it made."""
    refuse_cross_site()
    known, who = parts(), keeper()
    doors = (known.db, known.clock, who.site.site_id, who.advocate_id)
    try:
        passkeys.make(*doors, signed_json(), known.url, rp_id(), browser_label(), who.secret)
    except passkeys.BadPasskey:
        raise Refusal(400, said("keep.bad_passkey")) from None
    return redirect(url_for("keep.page"), 303)


@bp.post("/passkey/forget")
def forget_passkey() -> AnyResponse:
    """Take one away."""
    refuse_cross_site()
    known, who = parts(), keeper()
    passkeys.forget(known.db, who.site.site_id, who.advocate_id, request.form.get("handle", "")[:64])
    return redirect(url_for("keep.page"), 303)
