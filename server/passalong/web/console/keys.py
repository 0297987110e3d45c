"""`/console/<site>/keys`: API keys: make one (shown once), replace one with an overlap, revoke one."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import USUAL, BadScopeError, Role, Scope, read_scopes
from passalong.flow.owners import api_keys as flow_api_keys
from passalong.flow.owners.api_keys import HOUR_MS, ApiKeyError, Author, NewKey, Rotation
from passalong.flow.owners.changes import AlreadyDoneError
from passalong.flow.owners.key_makers import makers_of
from passalong.i18n.catalogue import ENGLISH, say
from passalong.store.people import api_keys
from passalong.store.people.open_sessions import HANDLE
from passalong.store.sites import Site
from passalong.web.console.changes import actor_names
from passalong.web.http.auth import acting_owner, owner_of, refuse_cross_site
from passalong.web.http.errors import RefusalError
from passalong.web.http.services import current_services

bp = Blueprint("console_keys", __name__)
OVERLAPS = (0, 24, 168, 720)
"""How long a replaced key may work on, in hours."""
FEW = 10
"""Up to so many keys each have their form on the page; of more, only the one that the address names has it."""


@bp.get("/console/<site_id>/keys")
def page(site_id: str) -> str:
    """Show every key with its last use."""
    return _page(owner_of(site_id, Role.OWNER))


@bp.post("/console/<site_id>/keys")
def change(site_id: str) -> AnyResponse | str | tuple[str, int]:
    """Make, replace or revoke a key; a new secret is in this answer and nowhere else."""
    refuse_cross_site()
    site, form, services = owner_of(site_id, Role.OWNER), request.form, current_services()
    author = Author(acting_owner(), form.get("once", ""))
    act, handle = form.get("act"), form.get("handle", "")[:HANDLE]
    doors = (services.db, services.clock, site.site_id)
    try:
        if act == "make":
            return _page(site, secret=flow_api_keys.new(*doors, _wanted(), author))
        if act == "replace":
            hours = _hours(form.get("overlap", ""))
            secret = flow_api_keys.rotate(*doors, Rotation(handle, hours * HOUR_MS), author)
            return _page(site, secret=secret, hours=hours)
        if act == "revoke":
            flow_api_keys.revoke(*doors, handle, author)
        else:
            raise RefusalError(400, "Choose one of: make, replace, revoke.")
    except AlreadyDoneError:
        if act != "revoke":
            return _page(site, errors={"": say(ENGLISH, "console_keys.again")}), 409
    except BadScopeError as error:
        return _page(site, errors={"scopes": str(error)}), 422
    except ApiKeyError as error:
        return _page(site, errors={"name" if act == "make" else "": str(error)}), 422
    return redirect(url_for("console_keys.page", site_id=site_id), 303)


def _wanted() -> NewKey:
    """Return the key that the form asks for; a form without the choice of scopes asks for the usual ones."""
    chosen = read_scopes(request.form.getlist("scope")) if "scopes" in request.form else USUAL
    return NewKey(request.form.get("name", ""), chosen)


def _hours(text: str) -> int:
    if text not in map(str, OVERLAPS):
        raise ApiKeyError("Choose from the list how long the old key works.")
    return int(text)


def _page(site: Site, *, secret: str = "", hours: int | None = None, errors: dict[str, str] | None = None) -> str:
    services = current_services()
    with services.db.reading() as session:
        keys = api_keys.all_of(session, site.site_id)
        makers = makers_of(session, site.site_id, keys)
        names = actor_names(session, makers.values())
    handles = {key.handle for key in keys} if len(keys) <= FEW else {request.values.get("handle", "")[:HANDLE]}
    return render_template(
        "console/keys.html",
        site=site,
        keys=keys,
        with_form=handles,
        makers={handle: names[actor] for handle, actor in makers.items()},
        secret=secret,
        hours=hours,
        overlaps=OVERLAPS,
        scopes=tuple(Scope),
        chosen=request.form.getlist("scope") if errors else USUAL,
        errors=errors or {},
        given=request.form if errors else {},
        now_ms=services.clock.now_ms(),
    )
