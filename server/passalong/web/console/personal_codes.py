"""`/console/<site>/words`: personal codes, requests for them, and whether advocates may ask."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import Role
from passalong.flow import personal_codes
from passalong.flow.owners.settings import BadSiteSettingsError, SettingsDraft, change_settings
from passalong.flow.personal_codes import BadPersonalCodeError
from passalong.store import sites
from passalong.store.queries import personal_codes as stored
from passalong.web.http.auth import acting_owner, owner_of, refuse_cross_site
from passalong.web.http.errors import RefusalError
from passalong.web.http.services import current_services
from passalong.web.portal.personal_code import short_address

bp = Blueprint("console_personal_codes", __name__)
ASKING = ("on", "ask", "off")


@bp.get("/console/<site_id>/words")
def page(site_id: str) -> str:
    """Show requests, codes, and the setting."""
    services, cached = current_services(), owner_of(site_id)
    with services.db.reading() as session:
        site = sites.find_site(session, site_id) or cached
        wanted = stored.wanted_of(session, site_id)
        there = stored.codes_of(session, site_id)
        short = short_address(services, session, site)
    return render_template("console/personal_codes.html", site=site, wanted=wanted, there=there, short=short)


@bp.post("/console/<site_id>/words")
def change(site_id: str) -> AnyResponse:
    """Approve, decline or retire a code, or set who may ask."""
    refuse_cross_site()
    services, site = current_services(), owner_of(site_id, Role.EDITOR)
    act, word = request.form.get("act", ""), request.form.get("word", "")
    try:
        if act == "agree":
            personal_codes.agree(services.db, services.clock, services.keys, site, word)
        elif act == "decline":
            personal_codes.decline(services.db, services.clock, site_id, word)
        elif act == "end":
            personal_codes.retire_code(services.db, services.clock, site_id, word)
        elif act in ASKING:
            owner_of(site_id, Role.OWNER)
            change_settings(
                services.db, services.clock, site_id, SettingsDraft({"personal_codes": act}, acting_owner())
            )
            services.sites.forget(site_id)
        else:
            raise RefusalError(400, "Choose one of: agree, decline, end, or who may ask.")
    except (BadPersonalCodeError, BadSiteSettingsError) as error:
        raise RefusalError(400, str(error)) from None
    return redirect(url_for("console_personal_codes.page", site_id=site_id), 303)
