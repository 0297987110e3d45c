"""`/console/<site>/mail`: the owner's address, mail preferences, and the outbox."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import Role
from passalong.flow import claims
from passalong.flow.mail.messages import OWNERS_KINDS
from passalong.flow.mail.sender import GIVEN_UP
from passalong.flow.owners import addresses as flow_addresses
from passalong.flow.owners.changes import AlreadyDoneError, By, ChangedMeanwhileError
from passalong.flow.signin import guests, rate_limits
from passalong.flow.signin.magic_links import BadAddressError, masked
from passalong.i18n.catalogue import ENGLISH, catalogue
from passalong.store import outbox as store_outbox
from passalong.store.outbox import Mail
from passalong.store.people import addresses
from passalong.store.people.addresses import Address
from passalong.store.sites import Site
from passalong.web.http import language
from passalong.web.http.auth import acting_owner, owner_of, refuse_cross_site, role_at
from passalong.web.http.errors import RefusalError, UsedLinkError, too_often
from passalong.web.http.language import said
from passalong.web.http.services import current_services

bp = Blueprint("console_mail", __name__)
NEWEST = 100
NONE = " "
"""Stands for no kind of mail."""


@bp.get("/console/<site_id>/mail")
def outbox(site_id: str) -> str:
    """Show the address, the preferences, and the newest hundred mails with their state."""
    return _page(owner_of(site_id))


def _page(site: Site, standing: str = "", address: str | None = None, problem: str = "") -> str:
    """Render the page; `standing` are the kinds that somebody else chose meanwhile, beside those of this form, and
    `address` is the address that somebody else entered; `problem` is what is wrong with the one that was typed."""
    services, site_id = current_services(), site.site_id
    with services.db.reading() as session:
        mails = store_outbox.newest(session, site_id, NEWEST)
        by_hash = addresses.find_all(session, site_id, {mail.address_hash for mail in mails})
        owner_rows = addresses.owners(session, site_id, confirmed=False)
        seen = flow_addresses.chosen(session, site_id)
    rows = [
        (mail, masked(address_row.address) if (address_row := by_hash.get(mail.address_hash)) else "", state_of(mail))
        for mail in mails
    ]
    return render_template(
        "console/mail.html",
        site=site,
        rows=rows,
        named={mail.kind: _kind(mail.kind) for mail, _, _ in rows},
        transport_description=services.mail_sender.transport_description,
        mine=owner_rows,
        kinds=[(kind, kind in (_ticked() if standing else seen)) for kind in OWNERS_KINDS],
        seen=seen,
        entered=" ".join(owner_row.address for owner_row in owner_rows),
        typed=_typed() if problem or address is not None else "",
        problem=problem,
        address_conflict=_address_conflict(address),
        conflict=said("console_mail.conflict", now=_kinds(standing), yours=_kinds(_ticked())) if standing else "",
        kept=request.args.get("kept") == "1",
    )


def _typed() -> str:
    return request.form.get("address", "")[:254]


def _address_conflict(standing: str | None) -> str:
    """Return the sentence for two people who change the owner's address: the one that stands, and this one's."""
    if standing is None:
        return ""
    stops = request.form.get("act") == "forget"
    yours = said("console_mail.no_address") if stops else _typed()
    now = standing.replace(" ", ", ") or said("console_mail.no_address")
    return said("console_mail.address_conflict", now=now, yours=yours)


def _kind(kind: str) -> str:
    key = f"console_mail.kind.{kind}"
    return said(key) if key in catalogue(ENGLISH) else kind


def _ticked() -> str:
    """Return the kinds that the form asks for, with blanks between them."""
    return " ".join(kind for kind in request.form.getlist("kind") if kind in OWNERS_KINDS)


def _kinds(kinds: str) -> str:
    return "; ".join(said(f"mail.page.{kind}") for kind in kinds.split()) or said("console_mail.no_kind")


@bp.post("/console/<site_id>/mail")
def choose(site_id: str) -> AnyResponse | tuple[str, int]:
    """Store or erase the owner's address, or set mail preferences."""
    refuse_cross_site()
    services, site = current_services(), owner_of(site_id, Role.OWNER)
    act, form = request.form.get("act"), request.form
    if act in ("address", "forget"):
        by = By(acting_owner(), form.get("once", "")[:22] if act == "address" else "", form.get("entered"))
        try:
            _enter(site_id, by) if act == "address" else _forget(site, by)
        except ChangedMeanwhileError as error:
            return _page(site, address=error.standing), 409
        except BadAddressError:
            return _page(site, problem=said("console_signin.bad_address")), 422
        except rate_limits.RateLimitError as error:
            wait = said("console_mail.wait", error.retry_after_s // 60 + 1)
            return too_often(_page(site, problem=wait), error.retry_after_s)
    elif act == "choose":
        by = By(acting_owner(), "", request.form.get("seen"))
        try:
            flow_addresses.choose(services.db, services.clock, site_id, set(_ticked().split()), by)
        except ChangedMeanwhileError as error:
            return _page(site, error.standing or NONE), 409
    else:
        raise RefusalError(400, "Choose one of: address, forget, choose.")
    return redirect(url_for("console_mail.outbox", site_id=site_id, kept=1), 303)


def _enter(site_id: str, by: By) -> None:
    """Send a confirmation link to the address that was typed.

    Raises BadAddressError, RateLimitError, ChangedMeanwhileError.
    """
    services = current_services()
    try:
        typed = flow_addresses.Typed(request.form.get("address", ""), language.wanted(), by)
        flow_addresses.ask(services.db, services.clock, services.keys, site_id, typed)
    except AlreadyDoneError:
        pass  # the form was sent twice: its link is on its way


def _forget(site: Site, by: By) -> None:
    """Erase the owner's addresses, so that e-mails to them end. Raises ChangedMeanwhileError."""
    services = current_services()
    gone = flow_addresses.forget(services.db, services.clock, site.site_id, by)
    services.mail_sender.forget(site.site_id, gone)
    claims.keep_clocks(services.db, services.clock, services.collector, site)


@bp.get("/me/owner/<code>")
def ask(code: str) -> str:
    """Show the page of a confirmation link. Opening it confirms nothing, because programs open links: its button
    does, where an owner of the site is signed in."""
    services, site, secret = current_services(), _site_in(code), code.partition(".")[2]
    try:
        address = flow_addresses.look(services.db, services.clock, site.site_id, secret)
    except guests.BadSignInCodeError:
        raise UsedLinkError(said("mail.owner_confirm.old"), 404) from None
    return _confirmation(site, code, address, "ask" if role_at(site.site_id) is Role.OWNER else "elsewhere")


def _confirmation(site: Site, code: str, address: Address, state: str) -> str:
    masked_address = masked(address.address)
    return render_template("console/confirm_address.html", site=site, code=code, address=masked_address, state=state)


@bp.post("/me/owner/<code>")
def confirm(code: str) -> str | tuple[str, int]:
    """Confirm the owner's address, in a browser in which an owner of the site is signed in."""
    refuse_cross_site()
    services, site, secret = current_services(), _site_in(code), code.partition(".")[2]
    try:
        if role_at(site.site_id) is not Role.OWNER:
            address = flow_addresses.look(services.db, services.clock, site.site_id, secret)
            return _confirmation(site, code, address, "elsewhere"), 403
        opened = flow_addresses.Opened(secret, By(acting_owner()))
        address = flow_addresses.confirm(services.db, services.clock, services.collector, site, opened)
    except guests.BadSignInCodeError:
        raise UsedLinkError(said("mail.owner_confirm.old"), 404) from None
    return _confirmation(site, code, address, "done")


def _site_in(code: str) -> Site:
    site = current_services().sites.find(code.partition(".")[0][:16])
    if site is None:
        raise UsedLinkError(said("mail.owner_confirm.old"), 404)
    return site


def state_of(mail: Mail) -> str:
    """Return the state of a mail: sent, waiting, refused (given up) or counted (rightly not sent)."""
    if mail.sent_at_ms is not None:
        return "credited"
    if mail.next_at_ms is not None:
        return "waiting"
    return "refused" if mail.error.startswith(GIVEN_UP) else "counted"
