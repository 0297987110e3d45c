"""`/me/word`: a personal code, for an address that can be said aloud and printed."""

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import Need
from passalong.flow import personal_codes
from passalong.flow.personal_codes import BadPersonalCodeError
from passalong.store import sites
from passalong.store.queries import personal_codes as stored
from passalong.store.sites import Site
from passalong.web.http.auth import Signed
from passalong.web.http.guards import signed_in
from passalong.web.http.language import said
from passalong.web.http.services import Services, current_services
from passalong.web.portal.signin import caller

bp = Blueprint("personal_code", __name__, url_prefix="/me/word")


@bp.get("")
@signed_in()
def page(who: Signed) -> str:
    """Show this person's codes, and the form."""
    return _page(who)


@bp.post("")
@signed_in(Need.CHANGE)
def ask(who: Signed) -> AnyResponse | tuple[str, int]:
    """Request a code."""
    services = current_services()
    doors = (services.db, services.clock, services.keys, who.site)
    try:
        code_request = personal_codes.CodeRequest(
            who.advocate_id, request.form.get("word", ""), who.kept, caller=caller().bucket
        )
        personal_codes.ask_for_code(*doors, code_request)
    except BadPersonalCodeError as error:
        return _page(who, said(f"personal_codes.why.{error.why.value}")), 400
    return redirect(url_for("personal_code.page"), 303)


def _page(who: Signed, problem: str = "") -> str:
    services, site_id = current_services(), who.site.site_id
    with services.db.reading() as session:
        site = sites.find_site(session, site_id) or who.site
        codes = stored.codes_of(session, site_id, who.mine)
        wanted = stored.wanted_of(session, site_id, who.mine)
        short = short_address(services, session, site)
    return render_template(
        "portal/personal_code.html",
        site=site,
        mine=codes,
        wanted=wanted,
        kept=who.kept,
        short=short,
        problem=problem,
        given=request.form,
    )


def short_address(services: Services, session: Session, site: Site) -> str:
    """Return the short address before a code; with several sites it names the site."""
    return f"{services.url}/h/" if sites.only_site(session) else f"{services.url}/h/{site.site_id}/"
