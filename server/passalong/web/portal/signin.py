"""Sign-in: from the widget, by a magic link, with recovery words or a passkey; and sign-out.

GET never uses anything up: a magic link leads to a page without the code in its address, and only the button of that
page uses it.
"""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from msgspec.structs import replace
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import Need, Strength
from passalong.flow.signin import (
    browser_moves,
    guests,
    hand_over,
    magic_links,
    passkeys,
    rate_limits,
    recovery_words,
)
from passalong.flow.signin.ceremonies import BadPasskeyError
from passalong.flow.signin.rate_limits import Caller
from passalong.flow.signin.sessions import ADVOCATE
from passalong.i18n import catalogue
from passalong.lib.tokens import caller_hash
from passalong.store import sites
from passalong.store.sites import Site
from passalong.web.http import cookies, language
from passalong.web.http.auth import (
    Signed,
    advocate,
    browser_label,
    forget_session,
    refuse_cross_site,
    remember_session,
)
from passalong.web.http.ceremony import ceremony, rp_id
from passalong.web.http.errors import RefusalError, UsedLinkError
from passalong.web.http.guards import PORTAL, is_place, too_weak
from passalong.web.http.headers import STATIC_MAX_AGE_S
from passalong.web.http.language import said
from passalong.web.http.services import current_services
from passalong.web.portal.switching import Choice, choices, chosen
from passalong.web.portal.whose import called

bp = Blueprint("signin", __name__, url_prefix="/me")
HOME = "home.home"


def caller() -> Caller:
    """Return the caller, for rate limits and mails."""
    bucket = caller_hash(current_services().keys, request.remote_addr or "")
    return Caller(bucket, browser_label(), language.language())


def site_meant() -> Site | None:
    """Return the site to sign in at: named by the address or the form, or the only one there is."""
    services = current_services()
    named = request.values.get("site", "")
    if named:
        return services.sites.find(named[:16])
    with services.db.reading() as session:
        return sites.only_site(session)


def _site() -> Site:
    site = site_meant()
    if site is None:
        raise RefusalError(404, said("signin.no_site"))
    return site


# --- the page, and the widget's one-time code -------------------------------------------------------------------------


@bp.get("/in")
def page() -> str:
    """Show the sign-in methods. From the widget, the code is behind the `#`, where no log sees it, and a form posts
    it."""
    return _page()


def _page(field: str = "", problem: str = "") -> str:
    """Render the page, with what a field could not take; what was typed stays."""
    is_sent = request.args.get("asked") == "1"
    values = {"field": field, "problem": problem, "given": request.form}
    return render_template("portal/signin.html", site=site_meant(), asked=is_sent, to=place_meant(), **values)


def place_meant() -> str:
    """Return the page after a sign-in that the address or the form names, without its `/me/`; empty for home."""
    to = request.values.get("to", "")
    return to if is_place(to) else ""


@bp.post("/in")
def come_in() -> AnyResponse:
    """Use up the widget's code, or a shop's, and open a session; if another account is open here, ask first."""
    refuse_cross_site()
    services, here = current_services(), advocate()
    site_id, _, code = request.form.get("code", "").strip().partition(".")
    site = services.sites.find(site_id)
    entry = guests.look(services.db, services.clock, site_id, code) if site else None
    if site is None or entry is None:
        raise UsedLinkError(said("signin.bad_code"))
    same = here is not None and here.site.site_id == site_id
    same = same and magic_links.is_same_account(services.db, site_id, entry.subject, here.subject if here else "")
    try:
        if here is not None and not same:
            return _switched(site, code, entry, here)
        secret = guests.open_session(services.db, services.clock, site_id, code, replace(entry, label=browser_label()))
    except guests.BadSignInCodeError:
        raise UsedLinkError(said("signin.bad_code")) from None
    if here is not None and here.strength >= Strength.SIGNED_IN:  # it stays signed in as it is
        recovery_words.sign_out(services.db, site_id, secret)
        return redirect(_place(), 303)
    return landing(site_id, secret, None)


def _switched(site: Site, code: str, entry: guests.Entry, here: Signed) -> AnyResponse:
    """Do what was chosen about the account that is open here; ask first, without using the code up."""
    services, choice = current_services(), chosen()
    offered = choices(site, entry, here)
    if choice is None or choice not in offered:
        return _ask_to_switch(site, entry.subject, here, offered)
    if choice is Choice.USE:
        browser_moves.move(services.db, services.clock, site.site_id, code, here.subject)
        services.mail_sender.wake()
        return redirect(url_for(HOME), 303)
    if choice is Choice.ADD:
        parts = (services.db, services.clock, services.collector, site.site_id)
        secret = hand_over.add_browser(*parts, hand_over.JoiningBrowser(code, entry, here.subject, browser_label()))
        services.mail_sender.wake()
    else:
        entry = replace(entry, label=browser_label())
        secret = guests.open_session(services.db, services.clock, site.site_id, code, entry)
    return landing(site.site_id, secret, None)


def _ask_to_switch(site: Site, subject: str, here: Signed, offered: frozenset[Choice]) -> AnyResponse:
    """Show whose account is open here and whose the code opens, without using it up."""
    fields = {name: request.form.get(name, "")[:200] for name in ("code", "to")}
    return make_response(
        render_template(
            "portal/switch_account.html",
            site=site,
            now=called(here.site, here.mine),
            then=called(site, [subject]),
            given=fields,
            offered=offered,
        )
    )


def _place() -> str:
    """Return the address of the page after a sign-in: where it was asked for, or home."""
    to = place_meant()
    return PORTAL + to if to else url_for(HOME)


def landing(site_id: str, secret: str, speaks: str | None) -> AnyResponse:
    """Redirect with a new session; the one that this browser had before ends."""
    before = advocate()
    if before is not None:
        recovery_words.sign_out(current_services().db, before.site.site_id, before.secret)
    response = redirect(_place(), 303)
    if speaks and catalogue.is_language(speaks) and not request.cookies.get(language.COOKIE):
        cookies.put(response, language.COOKIE, speaks, STATIC_MAX_AGE_S)
    return remember_session(response, ADVOCATE, site_id, secret)


# --- magic links


@bp.post("/in/mail")
def ask_for_link() -> AnyResponse | tuple[str, int]:
    """Send a magic link. The answer is the same for every address."""
    refuse_cross_site()
    site, here = _site(), advocate()
    asked_by = here if here and here.site.site_id == site.site_id and _may_add_method(here) else None
    try:
        send_link(site, asked_by)
    except magic_links.BadAddressError:
        return _page("address", said("signin.bad_address")), 400
    return redirect(url_for("signin.page", site=site.site_id, asked=1, to=place_meant() or None), 303)


def _may_add_method(here: Signed) -> bool:
    """Return True if a new address may become a sign-in method of this session's account."""
    return here.lacks(Need.METHOD) is None


def send_link(site: Site, asked_by: Signed | None) -> None:
    """Queue a magic link; `asked_by` is a session whose account may get the address, or None.

    Raises BadAddressError, or RefusalError 429.
    """
    services = current_services()
    typed = request.form.get("address", "")
    try:
        subject = asked_by.subject if asked_by else None
        mail_request = magic_links.MailRequest(typed, caller(), subject, place_meant())
        magic_links.ask_for_link(services.db, services.clock, services.keys, site.site_id, mail_request)
    except rate_limits.RateLimitError as error:
        raise RefusalError(429, said("signin.too_often"), error.retry_after_s) from None
    services.mail_sender.wake()


# --- recovery words and passkeys


@bp.post("/in/words")
def come_back_with_words() -> AnyResponse | tuple[str, int]:
    """Sign in with recovery words."""
    refuse_cross_site()
    services, site = current_services(), _site()
    try:
        typed = request.form.get("words", "")
        secret = recovery_words.come_back(services.db, services.clock, site.site_id, typed, caller())
    except recovery_words.BadRecoveryWordsError:
        return _page("words", said("signin.bad_words")), 400
    except rate_limits.RateLimitError as error:
        raise RefusalError(429, said("signin.too_often"), error.retry_after_s) from None
    return landing(site.site_id, secret, None)


@bp.post("/in/passkey/options")
def entry_options() -> Response:
    """Return the challenge for a passkey."""
    refuse_cross_site()
    services, site = current_services(), _site()
    try:
        options = passkeys.entry_options(services.db, services.clock, site.site_id, rp_id(), caller())
    except rate_limits.RateLimitError as error:
        raise RefusalError(429, said("signin.too_often"), error.retry_after_s) from None
    return make_response(options, {"Content-Type": "application/json"})


@bp.post("/in/passkey")
def come_in_with_passkey() -> AnyResponse:
    """Sign in with the passkey's signature."""
    refuse_cross_site()
    services, site = current_services(), _site()
    try:
        secret = passkeys.come_in(services.db, services.clock, site.site_id, ceremony())
    except BadPasskeyError:
        raise RefusalError(400, said("signin.bad_passkey")) from None
    return landing(site.site_id, secret, None)


# --- sign-out


@bp.post("/out")
def go_out() -> AnyResponse | tuple[str, int]:
    """Sign out: here, in one other browser (`handle`), or everywhere."""
    refuse_cross_site()
    services, signed = current_services(), advocate()
    where, handle = request.form.get("where", "here"), request.form.get("handle", "")[:16]
    if where not in ("here", "there", "everywhere"):
        raise RefusalError(400, said("errors.bad_choice"))
    if signed is not None and where in ("there", "everywhere"):
        if (lack := signed.lacks(Need.CHANGE)) is not None:
            return too_weak(signed, lack)
        if where == "there" and handle:
            recovery_words.sign_out_there(services.db, signed.site.site_id, signed.advocate_id, handle)
            return redirect(url_for("account.page"), 303)
        recovery_words.sign_out_everywhere(services.db, services.clock, signed.site.site_id, signed.advocate_id)
    elif signed is not None:
        recovery_words.sign_out(services.db, signed.site.site_id, signed.secret)
    response = redirect(url_for("signin.page", site=signed.site.site_id if signed else None), 303)
    forget_session(response, ADVOCATE)
    return response
