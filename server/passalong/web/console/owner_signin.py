"""`/console/in`: sign-in of people who run sites, by a magic link, and accepting an invitation. GET uses nothing up."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.flow.owners import owner_accounts, team
from passalong.flow.signin.guests import BadSignInCodeError
from passalong.flow.signin.magic_links import BadAddressError
from passalong.flow.signin.rate_limits import Caller, RateLimitError
from passalong.lib.tokens import caller_hash
from passalong.store.people.invitations import Invitation
from passalong.store.people.owners import Owner
from passalong.store.sites import Site
from passalong.web.console import wanted_page
from passalong.web.http import language
from passalong.web.http.auth import browser_label, owner_here, refuse_cross_site, remember_owner
from passalong.web.http.errors import RefusalError, UsedLinkError
from passalong.web.http.language import said
from passalong.web.http.services import current_services

bp = Blueprint("console_signin", __name__)
LONGEST = 254


@bp.get("/console")
def root() -> AnyResponse:
    """Lead to the person's sites, or to the sign-in."""
    return redirect(url_for("console_sites.page" if owner_here() else "console_signin.page"), 303)


@bp.get("/console/in")
def page() -> AnyResponse:
    """Show the sign-in form."""
    return wanted_page.keep(make_response(_form(request.args.get("asked") == "1", {}, "")))


def _form(is_sent: bool, errors: dict[str, str], typed: str) -> str:
    client = current_services().openid
    provider = client.provider.name if client else ""
    has_joined = request.args.get("joined") == "1"
    values = {"asked": is_sent, "joined": has_joined, "errors": errors, "typed": typed, "provider": provider}
    return render_template("console/owner_signin.html", **values)


@bp.post("/console/in")
def ask_for_link() -> AnyResponse | tuple[str, int]:
    """Send a magic link. The answer is the same for every address."""
    refuse_cross_site()
    services, typed = current_services(), request.form.get("address", "")[:LONGEST]
    try:
        caller = Caller(caller_hash(services.keys, request.remote_addr or ""), browser_label(), language.wanted())
        owner_accounts.ask_for_link(services.db, services.clock, services.keys, typed, caller)
    except BadAddressError:
        return _form(False, {"address": said("console_signin.bad_address")}, typed), 422
    except RateLimitError as error:
        raise RefusalError(429, said("signin.too_often"), error.retry_after_s) from None
    services.mail_sender.wake()
    return redirect(url_for("console_signin.page", asked=1), 303)


@bp.get("/console/in/<code>")
def look(code: str) -> str:
    """Show what a link from a mail does: opening it changes nothing, its button does."""
    site, looked_up = _looked(code)
    return render_template("console/owner_link.html", code=code, site=site, found=looked_up, here=owner_here())


@bp.post("/console/in/<code>")
def press(code: str) -> AnyResponse:
    """Use up the link: accept the invitation, or sign in."""
    refuse_cross_site()
    services, (site, looked_up) = current_services(), _looked(code)
    secret, here = code.partition(".")[2], owner_here()
    opened: str | None
    try:
        if isinstance(looked_up, Invitation):
            opened = team.accept(services.db, services.clock, site.site_id, secret, browser_label())
        else:
            opened = owner_accounts.come_in(services.db, services.clock, secret, browser_label())
    except BadSignInCodeError:
        raise UsedLinkError(said("console_signin.old")) from None
    if opened is None and (here is None or here.owner.address_hash != looked_up.address_hash):
        return redirect(url_for("console_signin.page", joined=1), 303)
    home = url_for("console_overview.home", site_id=site.site_id)
    response = redirect(home, 303) if isinstance(looked_up, Invitation) else wanted_page.landing(home, opened or "")
    return response if opened is None else remember_owner(response, opened)


def _looked(code: str) -> tuple[Site, Invitation | Owner]:
    """Return the site and the invitation or the account behind a link; raises RefusalError 404."""
    services = current_services()
    site_id, _, secret = code.partition(".")
    site = services.sites.find(site_id[:16])
    if site is not None:
        invitation = team.look(services.db, services.clock, site_id, secret)
        owner = invitation or owner_accounts.look(services.db, services.clock, secret)
        if owner is not None:
            return site, owner
    raise UsedLinkError(said("console_signin.old"), 404)
