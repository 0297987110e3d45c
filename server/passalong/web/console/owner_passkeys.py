"""`/console/in/passkey`, `/console/account/passkey`: passkeys of people who run sites."""

from flask import Blueprint, Response, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.flow.owners import owner_passkeys
from passalong.flow.signin import rate_limits
from passalong.flow.signin.ceremonies import BadPasskeyError
from passalong.flow.signin.rate_limits import Caller
from passalong.lib.tokens import caller_hash
from passalong.web.console import wanted_page
from passalong.web.console.account import fresh_person
from passalong.web.http import language
from passalong.web.http.auth import browser_label, person_here, refuse_cross_site, remember_owner
from passalong.web.http.ceremony import ceremony, rp_id
from passalong.web.http.errors import RefusalError
from passalong.web.http.language import said
from passalong.web.http.services import current_services

bp = Blueprint("console_passkeys", __name__)


@bp.post("/console/in/passkey/options")
def entry_options() -> Response:
    """Return the challenge for a passkey."""
    refuse_cross_site()
    services = current_services()
    caller = Caller(caller_hash(services.keys, request.remote_addr or ""), browser_label(), language.language())
    try:
        return _json(owner_passkeys.entry_options(services.db, services.clock, rp_id(), caller))
    except rate_limits.RateLimitError as error:
        raise RefusalError(429, said("signin.too_often"), error.retry_after_s) from None


@bp.post("/console/in/passkey")
def come_in() -> AnyResponse:
    """Sign in with the passkey's signature."""
    refuse_cross_site()
    services = current_services()
    try:
        secret = owner_passkeys.come_in(services.db, services.clock, ceremony())
    except BadPasskeyError:
        raise RefusalError(400, said("console_signin.bad_passkey")) from None
    return remember_owner(wanted_page.landing(url_for("console_sites.page"), secret), secret)


@bp.post("/console/account/passkey/options")
def making_options() -> Response:
    """Return the options for creating a passkey."""
    refuse_cross_site()
    services = current_services()
    return _json(owner_passkeys.making_options(services.db, services.clock, fresh_person().owner, rp_id()))


@bp.post("/console/account/passkey")
def make() -> AnyResponse:
    """Store the created passkey."""
    refuse_cross_site()
    services, person = current_services(), fresh_person()
    try:
        owner_passkeys.make(services.db, services.clock, person.owner, ceremony())
    except BadPasskeyError:
        raise RefusalError(400, said("account.bad_passkey")) from None
    return redirect(url_for("console_account.page"), 303)


@bp.post("/console/account/passkey/forget")
def forget() -> AnyResponse:
    """Delete a passkey."""
    refuse_cross_site()
    owner_passkeys.forget(current_services().db, person_here().owner.owner_id, request.form.get("handle", "")[:64])
    return redirect(url_for("console_account.page"), 303)


def _json(options: str) -> Response:
    return make_response(options, {"Content-Type": "application/json"})
