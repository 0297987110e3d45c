"""`/console/<site>/site`: the site itself: its name, its addresses, moving, archiving and deleting it."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import Role
from passalong.core.reasons import Reason
from passalong.flow.owners import site_life, site_settings
from passalong.flow.owners.changes import AlreadyDoneError, By, ChangedMeanwhileError
from passalong.flow.owners.site_settings import SiteChange
from passalong.flow.owners.sites import BadSiteError
from passalong.store import refusals, sites
from passalong.store.sites import Site
from passalong.web.http.auth import acting_owner, owner_of, refuse_cross_site, role_at
from passalong.web.http.errors import RefusalError
from passalong.web.http.language import said
from passalong.web.http.services import Services, current_services

bp = Blueprint("console_site", __name__)
SAMPLES, MOST_MISSING = 200, 20
"""How many refused requests are searched for missing addresses, and how many are shown."""
ACTS: dict[str, tuple[str, Callable[[Services, str, str, By], Site]]] = {
    "rename": (
        "name",
        lambda services, key, text, by: site_settings.change_site(
            services.db, services.clock, key, SiteChange(name=text), by
        ),
    ),
    "move": (
        "address",
        lambda services, key, text, by: site_settings.change_site(
            services.db, services.clock, key, SiteChange(address=text), by
        ),
    ),
    "add": (
        "origin",
        lambda services, key, text, by: site_settings.add_origin(services.db, services.clock, key, text, by),
    ),
    "remove": (
        "",
        lambda services, key, text, by: site_settings.remove_origin(services.db, services.clock, key, text, by),
    ),
    "archive": ("", lambda services, key, _, by: site_life.archive(services.db, services.clock, key, by)),
    "restore": ("", lambda services, key, _, by: site_life.restore(services.db, services.clock, key, by)),
    "delete": ("typed", lambda services, key, text, by: site_life.delete(services.db, services.clock, key, text, by)),
    "keep": ("", lambda services, key, _, by: site_life.keep(services.db, services.clock, key, by)),
}
"""Actions on a site: the field that each takes, and the function that the command line calls, too."""


@bp.get("/console/<site_id>/site")
def page(site_id: str) -> str:
    """Show the site as it is."""
    return _page(owner_of(site_id), {})


@bp.post("/console/<site_id>/site")
def change(site_id: str) -> AnyResponse | tuple[str, int]:
    """Rename, move, archive or delete the site, or change its addresses."""
    refuse_cross_site()
    site, services, form = owner_of(site_id, Role.OWNER), current_services(), request.form
    act = form.get("act", "")
    if act not in ACTS:
        raise RefusalError(400, said("console_site.choose"))
    field, do = ACTS[act]
    text = form.get(field or "origin", "").strip()[:400]
    try:
        do(services, site_id, text, By(acting_owner(), form.get("once", ""), form.get("seen")))
    except ChangedMeanwhileError as error:
        return _page(site, {field: _conflict(act, error.standing, text)}), 409
    except BadSiteError as error:
        return _page(site, {field: str(error)}), 422
    except AlreadyDoneError:
        pass
    services.sites.forget(site_id)
    return redirect(url_for("console_site.page", site_id=site_id), 303)


def _conflict(act: str, standing: str, typed: str) -> str:
    """Return the sentence for two people who change the same thing: what stands now, and what this one wanted."""
    if act in ("rename", "move"):
        return said("console_site.conflict", now=standing, yours=typed)
    return said("console_site.conflict_life", now=said(f"console_site.life.{standing}"))


def _page(cached: Site, errors: dict[str, str]) -> str:
    with current_services().db.reading() as session:
        site = sites.find_site(session, cached.site_id) or cached
    typed = {name: request.form.get(name, "")[:400] for name in errors}
    return render_template(
        "console/site.html",
        site=site,
        life=site_life.life_of(site),
        missing=_missing(site),
        errors=errors,
        typed=typed,
        may=role_at(site.site_id) is Role.OWNER,
    )


def _missing(site: Site) -> list[str]:
    """Return addresses at which the script was used in vain lately."""
    with current_services().db.reading() as session:
        refused = refusals.latest_details(session, site.site_id, "link", Reason.FOREIGN_ORIGIN, SAMPLES)
    return [origin for origin in refused if origin.startswith("http") and origin not in site.accepted_origins][
        :MOST_MISSING
    ]
