"""Mail preferences, and unsubscribing by one click from every mail."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import Need
from passalong.flow.mail import preferences
from passalong.flow.mail.messages import KINDS, is_wanted
from passalong.store.books import identities
from passalong.store.people import addresses
from passalong.web.http.auth import Signed, refuse_cross_site
from passalong.web.http.errors import RefusalError
from passalong.web.http.guards import signed_in
from passalong.web.http.language import said
from passalong.web.http.services import current_services

bp = Blueprint("mail", __name__, url_prefix="/me")


@bp.get("/mail")
@signed_in()
def page(who: Signed) -> str:
    """Show every kind, and whether it is wanted."""
    services = current_services()
    with services.db.reading() as session:
        advocate_ids = identities.account(session, who.site.site_id, who.advocate_id)
        confirmed = addresses.confirmed_of(session, who.site.site_id, advocate_ids)
        chosen = addresses.choices(session, who.site.site_id, confirmed[0].address_hash) if confirmed else {}
    kinds = [(kind, is_wanted(kind, chosen)) for kind in KINDS]
    is_saved = request.args.get("kept") == "1"
    return render_template("portal/mail.html", site=who.site, kinds=kinds, has_address=bool(confirmed), kept=is_saved)


@bp.post("/mail")
@signed_in(Need.CHANGE)
def choose(who: Signed) -> AnyResponse:
    """Store the preferences."""
    services = current_services()
    preferences.choose(services.db, who.site.site_id, who.advocate_id, set(request.form.getlist("kind")))
    return redirect(url_for("mail.page", kept=1), 303)


@bp.get("/stop/<code>")
def ask(code: str) -> str:
    """Show the unsubscribe page. Opening it stops nothing, because programs open links; its button does."""
    services = current_services()
    try:
        site_id, _, kind = preferences.read_stop(services.keys, code)
    except preferences.BadUnsubscribeError:
        raise RefusalError(404, said("mail.bad_stop")) from None
    return render_template(
        "portal/unsubscribe.html", site=services.sites.find(site_id), kind=kind, code=code, stopped=False
    )


@bp.post("/stop/<code>")
def stop(code: str) -> Response:
    """Unsubscribe, by the button or by the mail program (RFC 8058: a POST without any cookie)."""
    refuse_cross_site()
    services = current_services()
    try:
        wanted = request.form.get("wanted") == "yes"
        kind = preferences.stop(services.db, services.keys, code, wanted)
        site = services.sites.find(preferences.read_stop(services.keys, code)[0])
    except preferences.BadUnsubscribeError:
        raise RefusalError(404, said("mail.bad_stop")) from None
    page = render_template("portal/unsubscribe.html", site=site, kind=kind, code=code, stopped=not wanted, again=wanted)
    return make_response(page)
