"""`/console/<site>/team`: who runs the site, with which role; invitations, roles, removing people."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import Role
from passalong.flow.owners import team
from passalong.flow.owners.changes import AlreadyDoneError, ChangedMeanwhileError
from passalong.flow.owners.key_makers import left_keys
from passalong.flow.owners.team import Invite, Removal, TeamError
from passalong.flow.signin.magic_links import BadAddressError
from passalong.flow.signin.rate_limits import RateLimitError
from passalong.store.people import invitations, owners
from passalong.store.sites import Site
from passalong.web.http import language
from passalong.web.http.auth import acting_owner, owner_here, owner_of, refuse_cross_site, role_at
from passalong.web.http.errors import RefusalError, too_often
from passalong.web.http.language import said
from passalong.web.http.services import current_services

bp = Blueprint("console_team", __name__)
ROLES = {role.name.lower(): role for role in Role}


@bp.get("/console/<site_id>/team")
def page(site_id: str) -> str:
    """Show everybody with a role, and open invitations."""
    return _page(owner_of(site_id), {})


@bp.post("/console/<site_id>/team")
def change(site_id: str) -> AnyResponse | tuple[str, int]:
    """Invite somebody, withdraw an invitation, change a role or remove somebody."""
    refuse_cross_site()
    site, act = owner_of(site_id, Role.OWNER), request.form.get("act")
    try:
        if act == "invite":
            _invite(site_id)
        elif act == "withdraw":
            services = current_services()
            named = request.form.get("invitation", "")[:22]
            team.withdraw(services.db, services.clock, site_id, named, acting_owner())
        elif act in ("role", "remove"):
            _change_member(site_id, ROLES[_role_given()] if act == "role" else None)
        else:
            raise RefusalError(400, said("console_team.choose"))
    except ChangedMeanwhileError as error:
        return _page(site, {"": _conflict(error.standing, act)}), 409
    except BadAddressError:
        return _page(site, {"address": said("console_signin.bad_address")}), 422
    except TeamError as error:
        return _page(site, {"address" if act == "invite" else "": str(error)}), 422
    except RateLimitError as error:
        return too_often(_page(site, {"address": said("console_team.too_many")}), error.retry_after_s)
    except AlreadyDoneError:
        pass
    return redirect(url_for("console_team.page", site_id=site_id), 303)


def _conflict(standing: str, act: str | None) -> str:
    """Return the sentence for two people who change one member or invitation: what stands, and what this one wanted."""
    if act == "invite":
        now = said(f"console_team.role.{standing}") if standing else said("console_team.not_invited")
        wanted = said(f"console_team.role.{_role_given()}")
        return said("console_team.conflict.invite", who=request.form.get("address", "")[:254], now=now, wanted=wanted)
    wanted = said("console_team.wanted.remove") if act == "remove" else said(f"console_team.role.{_role_given()}")
    return said("console_team.conflict", now=said(f"console_team.role.{standing}"), wanted=wanted)


def _invite(site_id: str) -> None:
    services, form = current_services(), request.form
    typed, once = form.get("address", "")[:254], form.get("once", "")
    invite = Invite(typed, ROLES[_role_given()], acting_owner(), language.wanted(), once, form.get("invited"))
    team.invite(services.db, services.clock, services.keys, site_id, invite)
    services.mail_sender.wake()


def _change_member(site_id: str, role: Role | None) -> None:
    services, form = current_services(), request.form
    seen = form.get("seen")
    removal = Removal(form.get("owner", "")[:16], role, acting_owner(), form.get("once", ""), seen)
    team.change_member(services.db, services.clock, site_id, removal)


def _role_given() -> str:
    role = request.form.get("role", "")
    if role not in ROLES:
        raise RefusalError(400, said("console_team.choose_role"))
    return role


def _page(site: Site, errors: dict[str, str]) -> str:
    services, here = current_services(), owner_here()
    may = role_at(site.site_id) is Role.OWNER
    with services.db.reading() as session:
        members = owners.team(session, site.site_id)
        invited = invitations.open_ones(session, site.site_id, services.clock.now_ms())
        left = left_keys(session, site.site_id, services.clock.now_ms()) if may else []
    return render_template(
        "console/team.html",
        site=site,
        members=members,
        invited=invited,
        shown=team.shown_as(invited),
        me=here.owner.owner_id if here else "",
        may=may,
        left_keys=left,
        roles=[(name, said(f"console_team.role.{name}")) for name in reversed(ROLES)],
        errors=errors,
        typed=request.form.get("address", "")[:254] if errors else "",
        chosen=request.form.get("role", "editor"),
    )
