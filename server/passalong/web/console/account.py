"""`/console/account`: a person's own sessions in the console: where they are open, ending them, signing out."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import FRESH_MS
from passalong.flow.owners import owner_accounts
from passalong.flow.owners.addresses import Typed
from passalong.flow.signin import rate_limits
from passalong.flow.signin.magic_links import BadAddressError
from passalong.store.people import owner_methods, owners
from passalong.web.http import cookies, language
from passalong.web.http.auth import CONSOLE, OwnerHere, person_here, refuse_cross_site
from passalong.web.http.errors import RefusalError, too_often
from passalong.web.http.language import said
from passalong.web.http.services import current_services

bp = Blueprint("console_account", __name__)
LONGEST = 254


def is_fresh(person: OwnerHere) -> bool:
    """Return True if this session may add a sign-in method: the sign-in was in the last ten minutes.

    An old session could keep itself open that way. An account whose address is not confirmed cannot sign in again yet.
    """
    age_ms = current_services().clock.now_ms() - person.session.began_at_ms
    return person.owner.confirmed_at_ms is None or 0 <= age_ms < FRESH_MS


def fresh_person() -> OwnerHere:
    """Return the account whose session may add a sign-in method; raises RefusalError 401, or 403 for an old session."""
    person = person_here()
    if not is_fresh(person):
        raise RefusalError(403, said("console_account.again"))
    return person


@bp.get("/console/account")
def page() -> str:
    """Show the sessions, this one marked, and the address where it waits for its confirmation."""
    return _page({}, "")


def _page(errors: dict[str, str], typed: str) -> str:
    services, person = current_services(), person_here()
    with services.db.reading() as session:
        owner_sessions = owners.sessions_of(session, person.owner.owner_id, services.clock.now_ms())
        passkeys = owner_methods.passkeys_of(session, person.owner.owner_id)
        identities = owner_methods.identities_of(session, person.owner.owner_id)
    return render_template(
        "console/account.html",
        person=person,
        browsers=owner_sessions,
        passkeys=passkeys,
        fresh=is_fresh(person),
        identities=identities,
        provider=services.openid.provider.name if services.openid else "",
        here=person.session.handle,
        errors=errors,
        typed=typed or person.owner.address,
        asked=request.args.get("asked") == "1",
    )


@bp.post("/console/account/address")
def confirm_address() -> AnyResponse | tuple[str, int]:
    """Send the confirmation link again, to the address of the account or a corrected one."""
    refuse_cross_site()
    services, person = current_services(), person_here()
    typed = request.form.get("address", "")[:LONGEST]
    try:
        wanted = Typed(typed, language.wanted())
        owner_accounts.ask_to_confirm(services.db, services.clock, services.keys, person.owner, wanted)
    except BadAddressError:
        return _page({"address": said("console_signin.bad_address")}, typed), 422
    except owner_accounts.AddressTakenError:
        return _page({"address": said("console_account.taken")}, typed), 422
    except rate_limits.RateLimitError as error:
        wait = said("console_account.wait", n=-(-error.retry_after_s // 60))
        return too_often(_page({"address": wait}, typed), error.retry_after_s)
    services.mail_sender.wake()
    return redirect(url_for("console_account.page", asked=1), 303)


@bp.post("/console/account")
def change() -> AnyResponse:
    """Sign out here, end another session, or all others."""
    refuse_cross_site()
    services, person = current_services(), person_here()
    act, handle = request.form.get("act"), request.form.get("handle", "")[: owners.HANDLE]
    if act == "out":
        owner_accounts.end_sessions(services.db, person.owner.owner_id, handle=person.session.handle)
        response = redirect(url_for("console_signin.page"), 303)
        cookies.forget(response, cookies.secret_name(CONSOLE))
        return response
    if act == "end" and handle:
        owner_accounts.end_sessions(services.db, person.owner.owner_id, handle=handle)
    elif act == "others":
        secret = request.cookies.get(cookies.secret_name(CONSOLE), "")
        owner_accounts.end_sessions(services.db, person.owner.owner_id, but=secret)
    else:
        raise RefusalError(400, said("console_account.choose"))
    return redirect(url_for("console_account.page"), 303)
