"""`/console/<site>/access`: open sessions; end them, sign out."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import Role
from passalong.flow.owners.desk import Signed, log
from passalong.flow.signin import sessions
from passalong.flow.signin.sessions import OWNER
from passalong.store.people import open_sessions
from passalong.web.console import acting
from passalong.web.http.auth import acting_owner, forget_session, owner_of, owners_session, refuse_cross_site
from passalong.web.http.errors import RefusalError
from passalong.web.http.language import said
from passalong.web.http.services import current_services

bp = Blueprint("console_access", __name__)


@bp.get("/console/<site_id>/access")
def page(site_id: str) -> str:
    """Show the open sessions, this one marked."""
    services, site = current_services(), owner_of(site_id, Role.OWNER)
    here, now_ms = owners_session(), services.clock.now_ms()
    with services.db.reading() as session:
        browsers = open_sessions.all_of(session, site_id, OWNER, now_ms)
    return render_template(
        "console/access.html",
        site=site,
        browsers=browsers,
        here=here.found.handle if here else "",
    )


@bp.post("/console/<site_id>/access")
def change(site_id: str) -> AnyResponse:
    """Sign out, or end another session or all others."""
    refuse_cross_site()
    services = current_services()
    site = owner_of(site_id, Role.OWNER)
    here, handle = owners_session(), request.form.get("handle", "")[: open_sessions.HANDLE]
    act = request.form.get("act")
    if act == "out" and here is not None:
        sessions.end_owners(services.db, site_id, here.found.handle)
        response = redirect(url_for("console_overview.start"), 303)
        forget_session(response, OWNER)
        return response
    if act == "end" and handle:
        ended = sessions.end_owners(services.db, site_id, handle)
    elif act == "others" and here is not None:
        ended = sessions.end_owners(services.db, site_id, but=here.secret)
    else:
        raise RefusalError(400, said("console_access.choose"))
    if ended:
        log(acting.desk_of(site), Signed(acting_owner()), "session.end", "", {"sessions": ended})
    return redirect(url_for("console_access.page", site_id=site_id), 303)
