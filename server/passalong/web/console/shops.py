"""`/console/<site>/shops`: connect a shop or payment system, so that it reports orders and refunds by itself."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.money import micros_from_minor
from passalong.core.privileges import Role
from passalong.core.shops.messages import Basis
from passalong.core.shops.preview import Preview, preview
from passalong.core.shops.systems import FIELDS, SYSTEMS
from passalong.flow.owners import shop_connections
from passalong.flow.owners.changes import AlreadyDoneError, By
from passalong.flow.owners.shop_connections import BadConnectionError, NewConnection
from passalong.store.shops import connections, deliveries
from passalong.store.sites import Site
from passalong.web.http.auth import acting_owner, owner_of, refuse_cross_site
from passalong.web.http.errors import RefusalError
from passalong.web.http.services import current_services

bp = Blueprint("console_shops", __name__)
SHOWN = 20
"""The deliveries of each connection that are shown."""
TEXT_FIELDS = ("secret", "basis", "goal", "later_goal", "fields")


@bp.get("/console/<site_id>/shops")
def page(site_id: str) -> str:
    """Show every connection with its latest deliveries, and the form for a new one."""
    return _page(owner_of(site_id, Role.OWNER), {})


@bp.post("/console/<site_id>/shops")
def change(site_id: str) -> AnyResponse | tuple[str, int]:
    """Connect a system, replace a secret, end a connection, or show what a sample would be recorded as."""
    refuse_cross_site()
    site, form = owner_of(site_id, Role.OWNER), request.form
    services, by = current_services(), By(acting_owner(), form.get("once", ""))
    named = (site.site_id, form.get("connection", ""))
    try:
        match form.get("act"):
            case "connect":
                shop_connections.connect(services.db, services.clock, services.keys, _asked(site), by)
            case "replace":
                new = (form.get("new_secret", ""), by)
                shop_connections.replace_secret(services.db, services.clock, services.keys, named, new)
            case "end":
                shop_connections.end(services.db, services.clock, *named, by)
            case "preview":
                sample = preview(form.get("sample", ""), shop_connections.named_fields(form.get("fields", "")))
                return _page(site, {}, sample), 200
            case _:
                raise RefusalError(400, "Choose one of: connect, replace, end, preview.")
    except AlreadyDoneError:
        pass
    except BadConnectionError as error:
        return _page(site, {error.field: str(error)}), 422
    return redirect(url_for("console_shops.page", site_id=site_id), 303)


def _asked(site: Site) -> NewConnection:
    form = request.form
    given = {name: form[name].strip() for name in TEXT_FIELDS if form.get(name, "").strip()}
    return NewConnection(site.site_id, form.get("system", ""), given.pop("secret", ""), **given)


def _basis(text: str) -> Basis:
    return Basis(text) if text in tuple(Basis) else Basis.NET


def _page(site: Site, errors: dict[str, str], sample: Preview | None = None) -> str:
    services = current_services()
    with services.db.reading() as session:
        found = connections.all_of(session, site.site_id)
        logs = {
            connection.connection_id: deliveries.newest(session, site.site_id, connection.connection_id, SHOWN)
            for connection in found
        }
    system = request.values.get("system", "")
    return render_template(
        "console/shops.html",
        site=site,
        url=services.url,
        connections=found,
        logs=logs,
        systems=SYSTEMS,
        chosen=system if system in SYSTEMS else next(iter(SYSTEMS)),
        names=FIELDS,
        errors=errors,
        given=request.form if errors or sample else {},
        sample=sample,
        micros=micros_from_minor,
        basis=_basis(request.form.get("basis", "")),
    )
