"""`/console/<site>/words`: personal codes, requests for them, and whether advocates may ask."""

from flask import Blueprint, redirect, render_template, request, url_for
from msgspec.structs import replace
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import Role
from passalong.flow import personal_codes
from passalong.flow.owners.desk import Signed, log
from passalong.flow.owners.settings import BadSiteSettingsError, SettingsDraft, change_settings
from passalong.flow.personal_codes import BadPersonalCodeError
from passalong.store import sites
from passalong.store.people import changes
from passalong.store.queries import personal_codes as stored
from passalong.store.queries.api_lists import Listing
from passalong.store.sites import Site
from passalong.web.console import acting
from passalong.web.console.paging import kept, page_from
from passalong.web.http.auth import acting_owner, owner_of, refuse_cross_site
from passalong.web.http.errors import RefusalError
from passalong.web.http.language import said
from passalong.web.http.services import current_services
from passalong.web.portal.personal_code import short_address

bp = Blueprint("console_personal_codes", __name__)
MOST_COUNTED, MOST_REQUESTS, MOST_CODES = 10_000, 30, 60
WANTED = Listing("wanted_codes", ("asked_at_ms", "code"), {"declined_at_ms": None})
CODES = Listing("codes", ("code",))
PLACE = ("from", "after", "requests")
"""The parameters that say which rows of both lists the page shows."""
ASKING = ("on", "ask", "off")
DECISIONS = {"agree": "code.approve", "decline": "code.decline", "end": "code.retire"}
"""The action in the audit log, by what the owner does about a code."""


@bp.get("/console/<site_id>/words")
def page(site_id: str) -> str:
    """Show requests, codes, and the setting."""
    return _page(owner_of(site_id))


def _page(cached: Site, errors: dict[str, str] | None = None) -> str:
    """Render the page; `errors` are sentences by the id of what they are about."""
    services, site_id = current_services(), cached.site_id
    with services.db.reading() as session:
        site = sites.find_site(session, site_id) or cached
        count = stored.count_wanted(session, site_id, MOST_COUNTED)
        wanted = page_from(session, site_id, WANTED, "requests", MOST_REQUESTS)
        first = " ".join(request.args.get("from", "").split()).lower()[:24]
        there = page_from(session, site_id, replace(CODES, since=first), rows=MOST_CODES)
        short = short_address(services, session, site)
    return render_template(
        "console/personal_codes.html",
        site=site,
        count=count,
        wanted=[stored.Wanted(**row) for row in wanted.rows],
        next_requests=wanted.next,
        first=first,
        there=[stored.Code(**row) for row in there.rows],
        next_after=there.next,
        keep=kept(*PLACE),
        short=short,
        errors=errors or {},
    )


@bp.post("/console/<site_id>/words")
def change(site_id: str) -> AnyResponse | tuple[str, int]:
    """Approve, decline or retire a code, or set who may ask."""
    refuse_cross_site()
    services, site = current_services(), owner_of(site_id, Role.EDITOR)
    act, word = request.form.get("act", ""), request.form.get("word", "")
    try:
        if act in DECISIONS:
            _decide(site, act, word)
        elif act in ASKING:
            owner_of(site_id, Role.OWNER)
            change_settings(
                services.db, services.clock, site_id, SettingsDraft({"personal_codes": act}, acting_owner())
            )
            services.sites.forget(site_id)
        else:
            raise RefusalError(400, said("console_codes.choose"))
    except (BadPersonalCodeError, BadSiteSettingsError) as error:
        return _page(site, {"": str(error)}), 422
    return redirect(url_for("console_personal_codes.page", site_id=site_id, **kept(*PLACE)), 303)


def _decide(site: Site, act: str, word: str) -> None:
    """Approve, decline or retire a code, with an entry in the audit log. Raises BadPersonalCodeError."""
    services, once = current_services(), request.form.get("once", "")[:40]
    with services.db.reading() as session:
        if once and changes.is_recorded(session, site.site_id, once):
            return  # the form was sent twice
    if act == "agree":
        personal_codes.agree(services.db, services.clock, services.keys, site, word)
    elif act == "decline":
        personal_codes.decline(services.db, services.clock, site.site_id, word)
    else:
        personal_codes.retire_code(services.db, services.clock, site.site_id, word)
    code = personal_codes.plain(word)
    log(acting.desk_of(site), Signed(acting_owner(), once=once), DECISIONS[act], code, {})
