"""`/me/word`: a word that stands for oneself, in an address that can be said aloud and printed."""

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from passalong.flow import codes, keepsakes
from passalong.flow.codes import BadCode
from passalong.store import codes as stored
from passalong.store import sites
from passalong.store.sites import Site
from passalong.web.auth import Signed, advocate, refuse_cross_site
from passalong.web.claims import nobody
from passalong.web.language import said
from passalong.web.parts import Parts, parts

bp = Blueprint("word", __name__, url_prefix="/me/word")


@bp.get("")
def page() -> str | tuple[str, int]:
    """The words of this person, and the form."""
    who = advocate()
    return nobody() if who is None else _page(who)


@bp.post("")
def ask() -> AnyResponse | tuple[str, int]:
    """Ask for a word."""
    refuse_cross_site()
    known, who = parts(), advocate()
    if who is None:
        return nobody()
    doors = (known.db, known.clock, known.keys, who.site, who.advocate_id)
    try:
        codes.ask_for_code(*doors, request.form.get("word", ""), kept=_has_kept(known, who))
    except BadCode as error:
        return _page(who, said(f"word.why.{error.why.value}")), 400
    return redirect(url_for("word.page"), 303)


def _has_kept(known: Parts, who: Signed) -> bool:
    return keepsakes.is_claimed(known.db, who.site.site_id, who.advocate_id)


def _page(who: Signed, problem: str = "") -> str:
    known, site_id = parts(), who.site.site_id
    with known.db.reading() as session:
        site = sites.find_site(session, site_id) or who.site
        mine = stored.codes_of(session, site_id, who.mine)
        wanted = stored.wanted_of(session, site_id, who.mine)
        short = short_address(known, session, site)
    return render_template(
        "me_word.html",
        site=site,
        mine=mine,
        wanted=wanted,
        kept=_has_kept(known, who),
        short=short,
        problem=problem,
        given=request.form,
    )


def short_address(known: Parts, session: Session, site: Site) -> str:
    """What stands before a word in its short address; where there are several sites, it names the site."""
    several = len(sites.all_sites(session)) > 1
    return f"{known.url}/h/{site.site_id}/" if several else f"{known.url}/h/"
