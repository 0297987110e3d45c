"""`/open/<site>`: public. The rule in force, every version of it, and what sharing brought beside what went back."""

from flask import Blueprint, render_template

from passalong.store import heads, overview
from passalong.web.errors import Refusal
from passalong.web.language import said
from passalong.web.parts import parts

bp = Blueprint("openbook", __name__)


@bp.get("/open/<site_id>")
def book(site_id: str) -> str:
    """The open book."""
    known = parts()
    site = known.sites.find(site_id)
    if site is None:
        raise Refusal(404, said("errors.no_site"))
    with known.db.reading() as session:
        view = overview.open_book(session, site, known.clock.now_ms())
        sealed = heads.newest(session, site_id)
    return render_template("open.html", site=site, book=view, head=sealed.head if sealed else None)
