"""`/me/privacy`: what is kept, a name that is hidden until its owner shows it, a download, and a way out."""

import msgspec
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.flow import erase
from passalong.store import personal, reports
from passalong.store.sites import Site
from passalong.web.auth import ADVOCATE, refuse_cross_site, signed_in
from passalong.web.claims import nobody
from passalong.web.language import said
from passalong.web.parts import parts

bp = Blueprint("privacy", __name__, url_prefix="/me/privacy")


@bp.get("")
def privacy() -> str | tuple[str, int]:
    """What is kept, and what can be chosen."""
    found = signed_in(ADVOCATE)
    return nobody() if found is None else _page(*found)


@bp.post("/name")
def name() -> AnyResponse | tuple[str, int]:
    """Keep a name, shown or hidden."""
    refuse_cross_site()
    found = signed_in(ADVOCATE)
    if found is None:
        return nobody()
    site, advocate_id = found
    try:
        shown = request.form.get("shown") == "yes"
        erase.keep_name(parts().db, site.site_id, advocate_id, request.form.get("name", ""), shown=shown)
    except erase.BadName:
        return _page(site, advocate_id, said("privacy.bad_name")), 400
    return redirect(url_for("privacy.privacy"), 303)


@bp.post("/stop")
def stop() -> AnyResponse | tuple[str, int]:
    """Count me no more, or again."""
    refuse_cross_site()
    known, found = parts(), signed_in(ADVOCATE)
    if found is None:
        return nobody()
    site, advocate_id = found
    erase.stop(known.db, known.clock, site.site_id, advocate_id, stopped=request.form.get("stopped") == "yes")
    return redirect(url_for("privacy.privacy"), 303)


@bp.get("/everything.json")
def everything() -> Response | tuple[str, int]:
    """All that is kept about this person, as one file."""
    known, found = parts(), signed_in(ADVOCATE)
    if found is None:
        return nobody()
    site, advocate_id = found
    with known.db.reading() as session:
        ids = personal.ids_of(session, site.site_id, advocate_id)
        tables = dict(personal.everything(session, site.site_id, ids))
    made = {"site": site.name, "made_at_ms": known.clock.now_ms(), "advocate_ids": ids, "tables": tables}
    answer = Response(msgspec.json.format(msgspec.json.encode(made), indent=2), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="everything-{site.site_id}.json"'
    return answer


@bp.get("/erase")
def look() -> str | tuple[str, int]:
    """What erasing means, before it is done."""
    found = signed_in(ADVOCATE)
    return nobody() if found is None else _erase_page(*found)


@bp.post("/erase")
def erase_all() -> AnyResponse | tuple[str, int]:
    """Erase the person and sign out."""
    refuse_cross_site()
    known, found = parts(), signed_in(ADVOCATE)
    if found is None:
        return nobody()
    site, advocate_id = found
    if request.form.get("read") != "yes":
        return _erase_page(site, advocate_id, said("privacy.erase.must")), 400
    erase.erase(known.db, known.clock, site.site_id, advocate_id)
    return make_response(render_template("me_erased.html", site=site))


def _page(site: Site, advocate_id: str, problem: str = "") -> str:
    with parts().db.reading() as session:
        chosen = personal.choices(session, site.site_id, advocate_id)
        since_ms = reports.since_ms(session, site.site_id, advocate_id)
        pages = reports.pages_in_all(session, site.site_id, advocate_id)
    return render_template(
        "me_privacy.html", site=site, chosen=chosen, since_ms=since_ms, pages=pages, problem=problem, given=request.form
    )


def _erase_page(site: Site, advocate_id: str, problem: str = "") -> str:
    with parts().db.reading() as session:
        sums = reports.unit_sums(session, site.site_id, advocate_id)
    return render_template("me_erase.html", site=site, sums=sums, problem=problem)
