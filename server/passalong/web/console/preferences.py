"""Settings of a site that affect credit or a promise, as versions: the form, what is announced, and the past ones."""

from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import Role
from passalong.core.sites.settings import SETTINGS
from passalong.flow.owners import settings as flow_settings
from passalong.flow.owners.changes import AlreadyDoneError
from passalong.flow.owners.settings import BadSiteSettingsError, SettingsChangedError, SettingsDraft, settings_of
from passalong.i18n.catalogue import ENGLISH, catalogue, say
from passalong.store import sites
from passalong.store.people import settings_versions
from passalong.store.sites import Site
from passalong.web.console.changes import actor_names
from passalong.web.console.page_languages import first_problem, language_fields, language_names, languages_typed
from passalong.web.console.settings import change_drop, settings_page
from passalong.web.console.version_number import version_to_withdraw
from passalong.web.http.auth import acting_owner, owner_of, refuse_cross_site
from passalong.web.http.errors import RefusalError
from passalong.web.http.services import current_services

bp = Blueprint("console_preferences", __name__)
MOST_SHOWN = 30
CHOICES: dict[str, tuple[str, ...]] = {
    "remember": ("visit", "window", "none"),
    "credit": ("on", "ask", "off"),
    "customers_signed_in": ("off", "on"),
    "personal_codes": ("ask", "on", "off"),
    "questions": ("on", "off"),
}
"""The settings that are chosen from a list, with its values; the others are typed."""


@bp.get("/console/<site_id>/settings")
def page(site_id: str) -> str:
    """Show the settings."""
    return _page(owner_of(site_id))


@bp.post("/console/<site_id>/settings")
def save_links(site_id: str) -> AnyResponse | tuple[str, int]:
    """Change the parameters that are left out of shared links."""
    refuse_cross_site()
    site, typed = owner_of(site_id, Role.OWNER), request.form.get("drop_params", "")
    problem = change_drop(site, typed)
    if problem:
        return _page(site, errors={"drop_params": problem}, drop=typed), 422
    return redirect(url_for("console_preferences.page", site_id=site_id) + "#links", 303)


@bp.post("/console/<site_id>/settings/versions")
def save(site_id: str) -> AnyResponse | tuple[str, int]:
    """Change settings; what takes something away from people begins in 14 days."""
    refuse_cross_site()
    site, services, form = owner_of(site_id, Role.OWNER), current_services(), request.form
    base, typed = form.get("base", ""), {name: form[name] for name in SETTINGS if name in form} | languages_typed(form)
    if problem := first_problem(form):
        return _page(site, typed, errors={"languages": problem}), 422
    number = int(base) if base.isascii() and base.isdigit() and len(base) < 9 else -1
    draft = SettingsDraft(typed, acting_owner(), form.get("note", ""), number, form.get("once", "")[:22])
    try:
        flow_settings.change_settings(services.db, services.clock, site_id, draft)
    except BadSiteSettingsError as error:
        return _page(site, typed, errors=dict(error.problems)), 422
    except SettingsChangedError as error:
        return _page(site, typed, theirs=error.standing), 409
    except AlreadyDoneError:
        pass  # the form was sent twice: it is done
    services.sites.forget(site_id)
    return redirect(url_for("console_preferences.page", site_id=site_id) + "#versions", 303)


@bp.post("/console/<site_id>/settings/withdraw")
def withdraw(site_id: str) -> AnyResponse:
    """Withdraw a version that has not begun."""
    refuse_cross_site()
    owner_of(site_id, Role.OWNER)
    services, number = current_services(), version_to_withdraw(request.form)
    try:
        flow_settings.withdraw_settings(services.db, services.clock, site_id, number, acting_owner())
    except BadSiteSettingsError as error:
        raise RefusalError(409, " ".join(error.problems.values())) from None
    return redirect(url_for("console_preferences.page", site_id=site_id) + "#versions", 303)


def _page(
    site: Site, typed: dict[str, str] | None = None, *, errors: Any = None, theirs: Any = None, drop: str | None = None
) -> str:
    services = current_services()
    with services.db.reading() as session:
        standing = sites.find_site(session, site.site_id) or site
        versions = settings_versions.newest(session, site.site_id, MOST_SHOWN)
        last = settings_versions.last_number(session, site.site_id)
        names = actor_names(session, [version.author for version in versions])
    fields = settings_of(standing) | (typed or {})
    differing = [(name, text) for name, text in (theirs or {}).items() if text != fields[name]]
    return settings_page(
        standing,
        drop,
        fields=fields | {"note": request.form.get("note", "")},
        errors=errors or {},
        theirs=[(name, _value(name, text), _value(name, fields[name])) for name, text in differing],
        in_conflict=theirs is not None,
        base=last,
        language_fields=language_fields(fields["languages"], request.form),
        choices={name: [(value, _value(name, value)) for value in values] for name, values in CHOICES.items()},
        names=tuple(SETTINGS),
        versions=[(version, _changes(version), names[version.author]) for version in versions],
    )


def _changes(version: settings_versions.SettingsVersion) -> list[str]:
    """Return what a version changes, in words."""
    return [
        say(
            ENGLISH,
            "console_settings.difference",
            None,
            name=say(ENGLISH, f"console_settings.{name}"),
            before=_value(name, version.before[name]),
            after=_value(name, text),
        )
        for name, text in version.after.items()
    ]


def _value(name: str, text: str) -> str:
    if name == "languages":
        return language_names(text)
    key = f"console_settings.{name}.{text}"
    return say(ENGLISH, key) if key in catalogue(ENGLISH) else text or say(ENGLISH, "console_settings.nothing")
