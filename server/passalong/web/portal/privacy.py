"""`/me/privacy`: stored data, the public name, a download, and erasure."""

from contextlib import ExitStack

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import Need
from passalong.flow import erasure as flow_erasure
from passalong.store.people import erasure, public_names
from passalong.store.queries import advocates
from passalong.web.http.auth import Signed
from passalong.web.http.downloads import File, one_at_a_time, stream
from passalong.web.http.guards import signed_in
from passalong.web.http.language import language, said
from passalong.web.http.services import current_services
from passalong.web.portal.everything import everything_kept

bp = Blueprint("privacy", __name__, url_prefix="/me/privacy")


@bp.get("")
@signed_in()
def privacy(who: Signed) -> str:
    """Show what is stored, and what can be chosen."""
    return _page(who)


@bp.post("/name")
@signed_in(Need.CHANGE)
def name(who: Signed) -> AnyResponse | tuple[str, int]:
    """Store a name, shown or hidden."""
    readers, typed = request.form.get("shown"), request.form.get("name", "")
    is_shown, greets = readers == "yes", readers == "all"
    try:
        name = flow_erasure.Name(typed, is_shown, greets)
        flow_erasure.keep_name(current_services().db, who.site, who.advocate_id, name)
    except flow_erasure.ReservedNameError:
        return _page(who, said("privacy.reserved_name")), 400
    except flow_erasure.BadNameError:
        return _page(who, said("privacy.bad_name")), 400
    return redirect(url_for("privacy.privacy"), 303)


@bp.post("/stop")
@signed_in(Need.CHANGE)
def stop(who: Signed) -> AnyResponse:
    """Stop or resume counting."""
    services = current_services()
    site = who.site
    flow_erasure.stop(
        services.db, services.clock, site.site_id, who.advocate_id, stopped=request.form.get("stopped") == "yes"
    )
    return redirect(url_for("privacy.privacy"), 303)


@bp.get("/everything.json")
@signed_in(Need.CHANGE)
def everything(who: Signed) -> Response:
    """Download everything stored about this person, as one file."""
    services = current_services()
    site = who.site
    with ExitStack() as stack:
        stack.enter_context(one_at_a_time(site.site_id, who.advocate_id))
        session = stack.enter_context(services.db.reading_one_moment())
        pieces = everything_kept(session, who, services.clock.now_ms(), language())
        return stream(File(f"everything-{site.site_id}.json", "application/json", pieces), stack.pop_all())


@bp.get("/erase")
@signed_in()
def look(who: Signed) -> str:
    """Show what erasure means, before it is done."""
    return _erase_page(who)


@bp.post("/erase")
@signed_in(Need.ERASE)
def erase_all(who: Signed) -> AnyResponse | tuple[str, int]:
    """Erase the person and sign out."""
    services = current_services()
    site = who.site
    if request.form.get("read") != "yes":
        return _erase_page(who, said("privacy.erase.must")), 400
    flow_erasure.erase(services, site.site_id, who.advocate_id)
    return make_response(render_template("portal/erased.html", site=site))


def _page(who: Signed, problem: str = "") -> str:
    site = who.site
    with current_services().db.reading() as session:
        chosen = erasure.choices(session, site.site_id, who.mine)
        hidden = public_names.is_hidden(session, site.site_id, who.mine)
        since_ms = advocates.since_ms(session, site.site_id, who.mine)
        pages = advocates.pages_in_all(session, site.site_id, who.mine)
    sums = {"chosen": chosen, "hidden": hidden, "since_ms": since_ms, "pages": pages}
    return render_template("portal/privacy.html", site=site, problem=problem, given=request.form, **sums)


def _erase_page(who: Signed, problem: str = "") -> str:
    site = who.site
    with current_services().db.reading() as session:
        sums = advocates.unit_sums(session, site.site_id, who.mine)
    return render_template("portal/erase.html", site=site, sums=sums, problem=problem)
