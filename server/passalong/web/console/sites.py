"""`/console/sites`: the sites that a person runs, with a search; adding one."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import Role
from passalong.core.terms.currencies import CURRENCIES
from passalong.flow.owners.ownership import NewSite, add_site_of
from passalong.flow.owners.sites import BadSiteError
from passalong.store import sites
from passalong.store.people import owners
from passalong.store.sites import Site
from passalong.web.http.auth import OwnerHere, owner_here, owners_session, refuse_cross_site
from passalong.web.http.errors import RefusalError
from passalong.web.http.language import said
from passalong.web.http.services import current_services

bp = Blueprint("console_sites", __name__)
SEARCH_FROM = 8
"""From this number of sites on there is a search field."""


@bp.get("/console/sites")
def page() -> str:
    """Show the person's sites, those that match `q` if given."""
    own_sites = _mine()
    wanted = request.args.get("q", "").strip().casefold()[:120]
    listed = [
        (site, role) for site, role in own_sites if wanted in f"{site.name} {site.home_url} {site.site_id}".casefold()
    ]
    return render_template(
        "console/sites.html",
        rows=listed,
        q=wanted,
        search=len(own_sites) >= SEARCH_FROM,
        may=_may_add(own_sites),
        person=owner_here(),
    )


def _mine() -> list[tuple[Site, Role]]:
    """Return the sites of the account, or the one that a link of the command line opened; raises RefusalError 401."""
    services, person, by_link = current_services(), owner_here(), owners_session()
    if person is None and by_link is None:
        raise RefusalError(401, said("console_signin.closed"))
    roles_by_site: dict[str, tuple[Site, Role]] = {}
    with services.db.reading() as session:
        roles = dict(owners.sites_of(session, person.owner.owner_id)) if person else {}
        sites_by_id = sites.sites_by_key(session, list(roles))
    roles_by_site = {site.site_id: (site, roles[site.site_id]) for site in sites_by_id}
    if by_link is not None:
        roles_by_site[by_link.site.site_id] = (by_link.site, Role.OWNER)
    return sorted(roles_by_site.values(), key=lambda pair: (pair[0].name.casefold(), pair[0].site_id))


def _may_add(own_sites: list[tuple[Site, Role]]) -> bool:
    """Return True for an account that owns a site: who only reads or decides at others' sites adds none."""
    return owner_here() is not None and any(role is Role.OWNER for _, role in own_sites)


@bp.get("/console/sites/new")
def form() -> str:
    """Show the form for a new site."""
    _adding()
    return _form({})


@bp.post("/console/sites/new")
def add() -> AnyResponse | tuple[str, int]:
    """Add a site and lead to its page of installation."""
    refuse_cross_site()
    person, services = _adding(), current_services()
    values = {name: request.form.get(name, "").strip()[:400] for name in NewSite.__struct_fields__}
    try:
        site = add_site_of(services.db, services.clock, person.owner.owner_id, NewSite(**values))
    except BadSiteError as error:
        return _form({_field_of(str(error)): str(error)}), 422
    services.sites.forget(site.site_id)
    return redirect(url_for("install.install", site_id=site.site_id), 303)


def _adding() -> OwnerHere:
    person = owner_here()
    if person is None:
        raise RefusalError(401, said("console_signin.closed"))
    if not _may_add(_mine()):
        raise RefusalError(403, said("console_sites.may_not_add"))
    return person


def _form(errors: dict[str, str]) -> str:
    typed = {name: request.form.get(name, "")[:400] for name in NewSite.__struct_fields__}
    values = {"currency": "EUR", "time_zone": "UTC"} | {name: text for name, text in typed.items() if text}
    return render_template("console/new_site.html", errors=errors, values=values, currencies=sorted(CURRENCIES))


def _field_of(message: str) -> str:
    """Return the field that a message is about."""
    marks = {"currency": "currenc", "time_zone": "time zone", "name": "name has"}
    return next((name for name, mark in marks.items() if mark in message), "address")
