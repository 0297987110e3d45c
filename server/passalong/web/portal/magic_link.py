"""`/me/door`: the page of a magic link. GET uses nothing up; only its button does."""

import re

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.flow.signin import guests, magic_links
from passalong.store.sites import Site
from passalong.web.http import cookies
from passalong.web.http.auth import browser_label, refuse_cross_site
from passalong.web.http.errors import UsedLinkError
from passalong.web.http.language import said
from passalong.web.http.services import current_services
from passalong.web.portal.joining import Case, opening
from passalong.web.portal.signin import MAIL_CODE, landing
from passalong.web.portal.whose import called, called_here

bp = Blueprint("magic_link", __name__, url_prefix="/me")
LINK = re.compile(r"[a-z0-9]{4,16}\.[A-Za-z0-9_-]{43}", re.ASCII)
"""Site and one-time code in the link of a mail."""


@bp.get("/door/<code>")
def first_hop(code: str) -> AnyResponse:
    """Move the code from the address into a cookie of a quarter of an hour, and redirect."""
    if not LINK.fullmatch(code):
        raise UsedLinkError(said("signin.bad_link"))
    response = redirect(url_for("magic_link.show"), 303)
    cookies.put(response, cookies.secret_name(MAIL_CODE), code, magic_links.MAIL_CODE_MS // 1_000)
    return response


def _looked() -> tuple[Site, str, magic_links.Looked]:
    """Return the site, the code and its subject, from the cookie; raises RefusalError 400."""
    services = current_services()
    site_id, _, code = request.cookies.get(cookies.secret_name(MAIL_CODE), "").partition(".")
    site = services.sites.find(site_id) if site_id and code else None
    if site is None:
        raise UsedLinkError(said("signin.bad_link"))
    try:
        return site, code, magic_links.look(services.db, services.clock, site_id, code)
    except guests.BadSignInCodeError:
        raise UsedLinkError(said("signin.bad_link")) from None


@bp.get("/door")
def show() -> str:
    """Show whose link this is, what happens to an open account, and the button that uses it."""
    site, _, looked = _looked()
    found = opening(site, looked)
    return render_template(
        "portal/magic_link.html",
        site=site,
        address=magic_links.masked(looked.address.address),
        case=found.case.value,
        here=called(found.here.site, found.here.mine) if found.here else called_here(),
        asked_by=looked.label,
    )


@bp.post("/door")
def press() -> AnyResponse:
    """Use up the link and sign in."""
    refuse_cross_site()
    site, code, looked = _looked()
    found = opening(site, looked)
    if found.case is Case.SWITCH and request.form.get("switch") != "yes":
        return redirect(url_for("magic_link.show"), 303)
    joins = found.case is Case.KEEP or request.form.get("join") == "yes"
    services = current_services()
    try:
        used = magic_links.LinkUse(code, found.joinable if joins else (), browser_label())
        opened = magic_links.come_in(services.db, services.clock, services.collector, site.site_id, used)
    except guests.BadSignInCodeError:
        raise UsedLinkError(said("signin.bad_link")) from None
    services.mail_sender.wake()
    response = landing(site.site_id, opened.secret, opened.language)
    cookies.forget(response, cookies.secret_name(MAIL_CODE))
    return response
