"""`/me/keep`: sign-in methods of the account, and its open sessions."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import Need
from passalong.flow.signin import assistant_tokens, magic_links, passkeys, recovery_words
from passalong.flow.signin.ceremonies import BadPasskeyError
from passalong.flow.signin.sessions import ADVOCATE
from passalong.lib.tokens import hashed
from passalong.store.people import addresses
from passalong.store.people import open_sessions as sessions
from passalong.store.people import sign_in_methods as kept
from passalong.web.http.auth import Signed
from passalong.web.http.ceremony import ceremony, rp_id
from passalong.web.http.errors import RefusalError
from passalong.web.http.guards import signed_in
from passalong.web.http.language import said
from passalong.web.http.services import current_services
from passalong.web.portal.signin import send_link

bp = Blueprint("account", __name__, url_prefix="/me/keep")


@bp.get("")
@signed_in()
def page(who: Signed) -> str:
    """Show the sign-in methods that exist and those that can be added."""
    return _page(who)


def _page(who: Signed, problem: str = "") -> str:
    """Render the page, with what the address could not be; what was typed stays."""
    services = current_services()
    advocate_ids = who.mine
    with services.db.reading() as session:
        confirmed = addresses.confirmed_of(session, who.site.site_id, advocate_ids)
        keys = kept.passkeys_of(session, who.site.site_id, advocate_ids)
        words = kept.has_words(session, who.site.site_id, advocate_ids)
        assistants = assistant_tokens.of_account(session, who.site.site_id, advocate_ids, services.clock.now_ms())
        browsers = sessions.all_of(session, who.site.site_id, ADVOCATE, services.clock.now_ms(), advocate_ids)
    return render_template(
        "portal/account.html",
        site=who.site,
        addresses=[magic_links.masked(address.address) for address in confirmed],
        passkeys=keys,
        words=words,
        sessions=browsers,
        assistants=assistants,
        longest_name=assistant_tokens.LONGEST_NAME,
        here=hashed(who.secret)[: sessions.HANDLE],
        asked=request.args.get("asked") == "1",
        problem=problem,
        typed=request.form.get("address", "") if problem else "",
        lack=who.lacks(Need.METHOD),
        kept=who.kept,
    )


@bp.post("/mail")
@signed_in(Need.METHOD)
def by_mail(who: Signed) -> AnyResponse | tuple[str, int]:
    """Send a link that saves this browser's credit with an address."""
    try:
        send_link(who.site, who)
    except magic_links.BadAddressError:
        return _page(who, said("signin.bad_address")), 400
    return redirect(url_for("account.page", asked=1), 303)


@bp.post("/words")
@signed_in(Need.METHOD)
def by_words(who: Signed) -> str:
    """Show twelve new recovery words, once."""
    services = current_services()
    words = recovery_words.new_words(services.db, services.clock, who.site.site_id, who.advocate_id, who.secret)
    return render_template("portal/recovery_words.html", site=who.site, words=words, address=f"{services.url}/me/in")


@bp.post("/passkey/options")
@signed_in(Need.METHOD)
def passkey_options(who: Signed) -> Response:
    """Return the options for creating a passkey."""
    services = current_services()
    options = passkeys.making_options(services.db, services.clock, who.site, who.advocate_id, rp_id())
    return make_response(options, {"Content-Type": "application/json"})


@bp.post("/passkey")
@signed_in(Need.METHOD)
def by_passkey(who: Signed) -> AnyResponse:
    """Store the created passkey."""
    services = current_services()
    person = passkeys.SignedIn(who.advocate_id, who.secret)
    try:
        passkeys.make(services.db, services.clock, who.site.site_id, person, ceremony())
    except BadPasskeyError:
        raise RefusalError(400, said("account.bad_passkey")) from None
    return redirect(url_for("account.page"), 303)


@bp.post("/passkey/forget")
@signed_in(Need.METHOD)
def forget_passkey(who: Signed) -> AnyResponse:
    """Delete a passkey."""
    services = current_services()
    passkeys.forget(services.db, who.site.site_id, who.advocate_id, request.form.get("handle", "")[:64])
    return redirect(url_for("account.page"), 303)
