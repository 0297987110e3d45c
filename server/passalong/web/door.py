"""Coming in: from the widget, by a link in an e-mail, with printed words or a passkey; and going out again.

GET never uses anything up: a link from an e-mail leads to a page without the code in its address, and only the
button of that page does something.
"""

import json
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong import languages
from passalong.flow import door, enrol, hand_over, keepsakes, limits, passkeys
from passalong.store import sites
from passalong.store.sites import Site
from passalong.web import language
from passalong.web.auth import (
    ADVOCATE,
    Signed,
    advocate,
    browser_label,
    forget_session,
    refuse_cross_site,
    remember_session,
)
from passalong.web.errors import Refusal
from passalong.web.headers import STATIC_MAX_AGE_S
from passalong.web.joining import asked_here, others_of
from passalong.web.language import said
from passalong.web.parts import parts

bp = Blueprint("door", __name__, url_prefix="/me")
MOST_SAID = 16_384
HOME = "portal.home"
PLACES = {"privacy": "privacy.privacy"}
"""Where the share panel sends people besides their home, by the word in the address."""


def caller() -> door.Caller:
    """Who is asking, as far as limits and letters want to know."""
    return door.Caller(request.remote_addr or "", browser_label(), language.language())


def rp_id() -> str:
    """The host name that passkeys are made for."""
    return parts().url.partition("://")[2].partition("/")[0].rsplit(":", 1)[0].strip("[]")


def site_meant() -> Site | None:
    """The site that somebody wants to come in at: named by the address or the form, or the only one there is."""
    known = parts()
    named = request.values.get("site", "")
    if named:
        return known.sites.find(named[:16])
    with known.db.reading() as session:
        found = sites.all_sites(session)
    return found[0] if len(found) == 1 else None


def _site() -> Site:
    site = site_meant()
    if site is None:
        raise Refusal(404, said("door.no_site"))
    return site


# --- the page, and the widget's one-time code ---------------------------------------------------------------------


@bp.get("/in")
def page() -> str:
    """The ways in. From the widget, the code stands behind the `#`, where no log sees it, and a form posts it."""
    asked, to = request.args.get("asked") == "1", request.args.get("to", "")
    return render_template("me_in.html", site=site_meant(), asked=asked, to=to if to in PLACES else "")


@bp.post("/in")
def come_in() -> AnyResponse:
    """Use up the widget's code and open a session."""
    refuse_cross_site()
    known = parts()
    site_id, _, code = request.form.get("code", "").strip().partition(".")
    site = known.sites.find(site_id)
    if site is None:
        raise Refusal(400, said("door.bad_code"))
    for purpose, via in ((enrol.HAND_OVER, "guest"), (hand_over.VIA, hand_over.VIA)):
        try:
            secret = enrol.open_session(
                known.db, known.clock, site_id, code, purpose, ADVOCATE, via=via, label=browser_label()
            )
        except enrol.BadCode:
            continue
        return _welcome(site_id, secret, None, PLACES.get(request.form.get("to", ""), HOME))
    raise Refusal(400, said("door.bad_code"))


def _welcome(site_id: str, secret: str, speaks: str | None, to: str = HOME) -> AnyResponse:
    """Home or where they wanted to go, with a session of a new id; the one that this browser had before ends."""
    before = advocate()
    if before is not None:
        keepsakes.sign_out(parts().db, before.site.site_id, before.secret)
    response = redirect(url_for(to), 303)
    if speaks and languages.is_language(speaks) and not request.cookies.get(language.COOKIE):
        response.set_cookie(language.COOKIE, speaks, max_age=STATIC_MAX_AGE_S, samesite="Lax", httponly=True, path="/")
    return remember_session(response, ADVOCATE, site_id, secret)


# --- by e-mail ----------------------------------------------------------------------------------------------------


@bp.post("/in/mail")
def ask_for_link() -> AnyResponse:
    """Have a link sent. The answer is the same for every address."""
    refuse_cross_site()
    site = _site()
    send_link(site, None)
    return redirect(url_for("door.page", site=site.site_id, asked=1), 303)


def send_link(site: Site, asked_by: Signed | None) -> None:
    """Put a link into the outbox, for who is signed in or for anybody; raises Refusal 400 or 429."""
    known = parts()
    typed = request.form.get("address", "")
    try:
        door.ask_for_link(
            known.db, known.clock, known.keys, site.site_id, typed, caller(), asked_by.advocate_id if asked_by else None
        )
    except door.BadAddress:
        raise Refusal(400, said("door.bad_address")) from None
    except limits.TooMany as error:
        raise Refusal(429, said("door.too_often"), error.retry_after_s) from None
    known.carrier.wake()


def _door_cookie() -> str:
    return "__Host-along-door" if parts().url.startswith("https:") else "along-door"


@bp.get("/door/<code>")
def first_hop(code: str) -> AnyResponse:
    """From the mail: the code goes into a cookie of a quarter of an hour, and out of the address."""
    response = redirect(url_for("door.show"), 303)
    response.set_cookie(
        _door_cookie(),
        code[:200],
        max_age=door.MAIL_CODE_MS // 1_000,
        httponly=True,
        secure=parts().url.startswith("https:"),
        samesite="Lax",
        path="/",
    )
    return response


def _looked() -> tuple[Site, str, door.Looked]:
    """The site, the code and what is behind it, from the cookie; raises Refusal 400."""
    known = parts()
    site_id, _, code = request.cookies.get(_door_cookie(), "").partition(".")
    site = known.sites.find(site_id) if site_id and code else None
    if site is None:
        raise Refusal(400, said("door.bad_link"))
    try:
        return site, code, door.look(known.db, known.clock, site_id, code)
    except enrol.BadCode:
        raise Refusal(400, said("door.bad_link")) from None


@bp.get("/door")
def show() -> str:
    """Whose link this is, and the button that uses it."""
    site, _, looked = _looked()
    ours, others = others_of(site, looked)
    unasked = asked_here(looked, ours, others)
    return render_template(
        "me_door.html",
        site=site,
        address=door.masked(looked.address.address),
        ask=bool(others) and not unasked,
        here=ours is not None and ours.advocate_id in others,
        asked_by=looked.label if looked.asked_by in others else "",
        keeps=unasked,
    )


@bp.post("/door")
def press() -> AnyResponse:
    """A person pressed the button: the link is used up, and they are in."""
    refuse_cross_site()
    site, code, looked = _looked()
    ours, others = others_of(site, looked)
    unasked = asked_here(looked, ours, others)
    joins = request.form.get("join", "yes" if unasked else "") == "yes"
    known = parts()
    try:
        opened = door.come_in(
            known.db, known.clock, known.collector, site.site_id, code, others if joins else (), browser_label()
        )
    except enrol.BadCode:
        raise Refusal(400, said("door.bad_link")) from None
    response = _welcome(site.site_id, opened.secret, opened.language)
    secure = known.url.startswith("https:")
    response.delete_cookie(_door_cookie(), path="/", secure=secure, httponly=True, samesite="Lax")
    return response


# --- words and passkeys -------------------------------------------------------------------------------------------


@bp.post("/in/words")
def come_back_with_words() -> AnyResponse:
    """Twelve words that were printed."""
    refuse_cross_site()
    known, site = parts(), _site()
    try:
        secret = keepsakes.come_back(
            known.db,
            known.clock,
            known.keys,
            site.site_id,
            request.form.get("words", ""),
            request.remote_addr or "",
            browser_label(),
        )
    except keepsakes.BadWords:
        raise Refusal(400, said("door.bad_words")) from None
    except limits.TooMany as error:
        raise Refusal(429, said("door.too_often"), error.retry_after_s) from None
    return _welcome(site.site_id, secret, None)


@bp.post("/in/passkey/options")
def entry_options() -> Response:
    """What a passkey is asked to sign."""
    refuse_cross_site()
    known, site = parts(), _site()
    try:
        options = passkeys.entry_options(
            known.db, known.clock, known.keys, site.site_id, rp_id(), request.remote_addr or ""
        )
    except limits.TooMany as error:
        raise Refusal(429, said("door.too_often"), error.retry_after_s) from None
    return make_response(options, {"Content-Type": "application/json"})


@bp.post("/in/passkey")
def come_in_with_passkey() -> AnyResponse:
    """What it signed."""
    refuse_cross_site()
    known, site = parts(), _site()
    try:
        secret = passkeys.come_in(
            known.db, known.clock, site.site_id, signed_json(), known.url, rp_id(), browser_label()
        )
    except passkeys.BadPasskey:
        raise Refusal(400, said("door.bad_passkey")) from None
    return _welcome(site.site_id, secret, None)


def signed_json() -> dict[str, Any]:
    """What the browser's passkey answered, from the form's field; raises Refusal 400."""
    text = request.form.get("credential", "")
    try:
        found = json.loads(text) if len(text) <= MOST_SAID else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refusal(400, said("door.bad_passkey"))
    return found


# --- out ----------------------------------------------------------------------------------------------------------


@bp.post("/out")
def go_out() -> AnyResponse:
    """Sign out: here, in one other browser (`handle`), or everywhere."""
    refuse_cross_site()
    known, found = parts(), advocate()
    where, handle = request.form.get("where", "here"), request.form.get("handle", "")[:16]
    if found is not None and where == "there" and handle:
        keepsakes.sign_out_there(known.db, found.site.site_id, found.advocate_id, handle)
        return redirect(url_for("keep.page"), 303)
    if found is not None and where == "everywhere":
        keepsakes.sign_out_everywhere(known.db, known.clock, found.site.site_id, found.advocate_id)
    elif found is not None:
        keepsakes.sign_out(known.db, found.site.site_id, found.secret)
    response = redirect(url_for("door.page", site=found.site.site_id if found else None), 303)
    forget_session(response, ADVOCATE)
    return response
