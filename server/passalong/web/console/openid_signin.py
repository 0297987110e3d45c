"""`/console/in/openid`: sign-in of people who run sites at the operator's OpenID provider, and connecting an account.

The browser comes back by a GET. It is good for one cookie alone, which only a visit of our own pages sets, and the
provider takes its code once.
"""

import hmac

import structlog
from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.flow.owners import openid_accounts
from passalong.lib.openid import BadIdentityError, Identity, OpenId, state_of
from passalong.lib.tokens import new_secret
from passalong.web.console import wanted_page
from passalong.web.console.account import fresh_person
from passalong.web.http import cookies
from passalong.web.http.auth import browser_label, person_here, refuse_cross_site, remember_owner
from passalong.web.http.errors import RefusalError
from passalong.web.http.language import said
from passalong.web.http.services import current_services

bp = Blueprint("console_openid", __name__)
BACK = "/console/in/openid/back"
COOKIE = "openid"
COOKIE_S = 600
SIGN_IN, CONNECT = "in", "add"
log = structlog.get_logger()


@bp.get("/console/in/openid")
def begin() -> AnyResponse:
    """Send the browser to the provider."""
    secret = new_secret()
    return _with_cookie(redirect(_begun(secret), 303), SIGN_IN, secret)


@bp.post("/console/account/openid")
def connect() -> AnyResponse:
    """Show the way to the provider, which connects an account there to the person who is signed in here."""
    refuse_cross_site()
    fresh_person()
    secret = new_secret()
    page = render_template("console/openid_connect.html", href=_begun(secret), provider=_client().provider.name)
    return _with_cookie(make_response(page), CONNECT, secret)


@bp.get(BACK)
def come_back() -> AnyResponse:
    """Check what the provider says, and open a session or connect the account."""
    what, _, secret = request.cookies.get(cookies.secret_name(COOKIE), "").partition(".")
    identity = _identity(secret)
    services = current_services()
    try:
        if what == CONNECT:
            openid_accounts.connect(services.db, services.clock, fresh_person().owner, identity)
            response = redirect(url_for("console_account.page"), 303)
        else:
            opened = openid_accounts.come_in(services.db, services.clock, services.keys, identity, browser_label())
            response = remember_owner(wanted_page.landing(url_for("console_sites.page"), opened), opened)
    except openid_accounts.UnknownIdentityError:
        raise RefusalError(403, said("console_signin.openid_stranger", address=identity.address)) from None
    except openid_accounts.IdentityTakenError:
        raise RefusalError(409, said("console_signin.openid_taken", address=identity.address)) from None
    cookies.forget(response, cookies.secret_name(COOKIE))
    return response


@bp.post("/console/account/openid/forget")
def disconnect() -> AnyResponse:
    """Disconnect an account at the provider."""
    refuse_cross_site()
    openid_accounts.disconnect(current_services().db, person_here().owner.owner_id, request.form.get("handle", "")[:64])
    return redirect(url_for("console_account.page"), 303)


def _client() -> OpenId:
    client = current_services().openid
    if client is None:
        raise RefusalError(404, said("console_signin.openid_none"))
    return client


def _begun(secret: str) -> str:
    try:
        return _client().begin(secret)
    except BadIdentityError as error:
        raise _failed(error) from None


def _identity(secret: str) -> Identity:
    """Return the identity behind the code that came back to this browser; raises RefusalError."""
    client, state = _client(), request.args.get("state", "")
    try:
        if not secret or not hmac.compare_digest(state.encode(), state_of(secret).encode()):
            raise BadIdentityError("the state is not the one of this browser")
        if request.args.get("iss", client.provider.issuer) != client.provider.issuer:
            raise BadIdentityError("another provider sent the browser back")
        if "code" not in request.args:
            raise BadIdentityError(f"the provider says {request.args.get('error', '')[:80]!r}")
        return client.finish(secret, request.args["code"][:4_000])
    except BadIdentityError as error:
        raise _failed(error) from None


def _failed(error: BadIdentityError) -> RefusalError:
    log.warning("openid sign-in failed", why=str(error)[:300])
    return RefusalError(400, said("console_signin.openid_failed", provider=_client().provider.name))


def _with_cookie(response: AnyResponse, what: str, secret: str) -> AnyResponse:
    cookies.put(response, cookies.secret_name(COOKIE), f"{what}.{secret}", COOKIE_S)
    return response
