"""`/me/privacy`: what is kept, a name that is hidden until its owner shows it, a download, and a way out."""

import msgspec
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.flow import erase, keepsakes
from passalong.store import names, personal, reports
from passalong.web.auth import Signed, advocate, refuse_cross_site
from passalong.web.claims import nobody
from passalong.web.errors import Refusal
from passalong.web.language import said
from passalong.web.parts import parts

bp = Blueprint("privacy", __name__, url_prefix="/me/privacy")


@bp.get("")
def privacy() -> str | tuple[str, int]:
    """What is kept, and what can be chosen."""
    who = advocate()
    return nobody() if who is None else _page(who)


@bp.post("/name")
def name() -> AnyResponse | tuple[str, int]:
    """Keep a name, shown or hidden."""
    refuse_cross_site()
    who = advocate()
    if who is None:
        return nobody()
    readers, typed = request.form.get("shown"), request.form.get("name", "")
    shown, greets = readers == "yes", readers == "all"
    try:
        erase.keep_name(parts().db, who.site.site_id, who.advocate_id, typed, shown=shown, greets=greets)
    except erase.BadName:
        return _page(who, said("privacy.bad_name")), 400
    return redirect(url_for("privacy.privacy"), 303)


@bp.post("/stop")
def stop() -> AnyResponse | tuple[str, int]:
    """Count me no more, or again."""
    refuse_cross_site()
    known, who = parts(), advocate()
    if who is None:
        return nobody()
    site = who.site
    erase.stop(known.db, known.clock, site.site_id, who.advocate_id, stopped=request.form.get("stopped") == "yes")
    return redirect(url_for("privacy.privacy"), 303)


@bp.get("/everything.json")
def everything() -> Response | tuple[str, int]:
    """All that is kept about this person, as one file."""
    known, who = parts(), advocate()
    if who is None:
        return nobody()
    site = who.site
    if not keepsakes.may_change(known.db, site.site_id, who.advocate_id, who.via):
        raise Refusal(403, said("keep.first"))
    with known.db.reading() as session:
        tables = dict(personal.everything(session, site, who.mine))
    made = {"site": site.name, "made_at_ms": known.clock.now_ms(), "advocate_ids": who.mine, "tables": tables}
    answer = Response(msgspec.json.format(msgspec.json.encode(made), indent=2), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="everything-{site.site_id}.json"'
    return answer


@bp.get("/erase")
def look() -> str | tuple[str, int]:
    """What erasing means, before it is done."""
    who = advocate()
    return nobody() if who is None else _erase_page(who)


@bp.post("/erase")
def erase_all() -> AnyResponse | tuple[str, int]:
    """Erase the person and sign out."""
    refuse_cross_site()
    known, who = parts(), advocate()
    if who is None:
        return nobody()
    site = who.site
    if request.form.get("read") != "yes":
        return _erase_page(who, said("privacy.erase.must")), 400
    erase.erase(known.db, known.clock, known.carrier, site.site_id, who.advocate_id)
    return make_response(render_template("me_erased.html", site=site))


def _page(who: Signed, problem: str = "") -> str:
    site = who.site
    with parts().db.reading() as session:
        chosen = personal.choices(session, site.site_id, who.mine)
        hidden = names.is_hidden(session, site.site_id, who.mine)
        since_ms = reports.since_ms(session, site.site_id, who.mine)
        pages = reports.pages_in_all(session, site.site_id, who.mine)
    kept = {"chosen": chosen, "hidden": hidden, "since_ms": since_ms, "pages": pages}
    return render_template("me_privacy.html", site=site, problem=problem, given=request.form, **kept)


def _erase_page(who: Signed, problem: str = "") -> str:
    site = who.site
    with parts().db.reading() as session:
        sums = reports.unit_sums(session, site.site_id, who.mine)
    return render_template("me_erase.html", site=site, sums=sums, problem=problem)
