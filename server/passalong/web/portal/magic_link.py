"""`/me/door`: the page of a magic link. GET uses nothing up; only its button does."""

import re

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.flow.signin import guests, magic_links
from passalong.lib.tokens import hashed
from passalong.store.sites import Site
from passalong.web.http import cookies
from passalong.web.http.auth import browser_label, refuse_cross_site
from passalong.web.http.errors import UsedLinkError
from passalong.web.http.language import said
from passalong.web.http.services import current_services
from passalong.web.portal.joining import Case, opening
from passalong.web.portal.signin import landing, place_meant
from passalong.web.portal.whose import called, called_here

bp = Blueprint("magic_link", __name__, url_prefix="/me")
LINK = re.compile(r"[a-z0-9]{4,16}\.[A-Za-z0-9_-]{43}", re.ASCII)
"""Site and one-time code in the link of a mail."""


@bp.get("/door/<code>")
def first_hop(code: str) -> AnyResponse:
    """Move the code from the address into a cookie of a quarter of an hour, and redirect."""
    if not LINK.fullmatch(code):
        raise UsedLinkError(said("signin.bad_link"))
    response = _to_the_page()
    cookies.put(response, cookies.secret_name(cookies.MAIL_CODE), code, magic_links.MAIL_CODE_MS // 1_000)
    return response


def _to_the_page() -> AnyResponse:
    """Redirect to the page of the link in the cookie, with the word of the page that was wanted."""
    return redirect(url_for("magic_link.show", to=place_meant() or None), 303)


def _looked() -> tuple[Site, str, magic_links.Looked]:
    """Return the site, the code and its subject, from the cookie; raises RefusalError 400."""
    services = current_services()
    site_id, _, code = request.cookies.get(cookies.secret_name(cookies.MAIL_CODE), "").partition(".")
    site = services.sites.find(site_id) if site_id and code else None
    if site is None:
        raise UsedLinkError(said("signin.bad_link"))
    try:
        return site, code, magic_links.look(services.db, services.clock, site_id, code)
    except guests.BadSignInCodeError:
        raise UsedLinkError(said("signin.bad_link")) from None


def _mark(code: str) -> str:
    """Return what the page's form says of its link; the code itself stays in the cookie."""
    return hashed(code)[:16]


@bp.get("/door")
def show() -> str:
    """Show whose link this is, what happens to an open account, and the button that uses it."""
    site, code, looked = _looked()
    opening_case = opening(site, looked)
    return render_template(
        "portal/magic_link.html",
        site=site,
        address=magic_links.masked(looked.address.address),
        case=opening_case.case.value,
        here=called(opening_case.here.site, opening_case.here.mine) if opening_case.here else called_here(),
        asked_by=looked.label,
        shown=_mark(code),
        to=place_meant(),
    )


@bp.post("/door")
def press() -> AnyResponse:
    """Use up the link and sign in, if it is the one that the page showed: another tab may have opened another link."""
    refuse_cross_site()
    site, code, looked = _looked()
    opening_case = opening(site, looked)
    if request.form.get("shown", _mark(code)) != _mark(code):
        return _to_the_page()
    if opening_case.case is Case.SWITCH and request.form.get("switch") != "yes":
        return _to_the_page()
    joins = opening_case.case is Case.KEEP or request.form.get("join") == "yes"
    services = current_services()
    try:
        used = magic_links.LinkUse(code, opening_case.joinable if joins else (), browser_label())
        opened = magic_links.come_in(services.db, services.clock, services.collector, site.site_id, used)
    except guests.BadSignInCodeError:
        raise UsedLinkError(said("signin.bad_link")) from None
    services.mail_sender.wake()
    response = landing(site.site_id, opened.secret, opened.language)
    cookies.forget(response, cookies.secret_name(cookies.MAIL_CODE))
    return response
