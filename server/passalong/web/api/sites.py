"""`/api/v1/site` and `/settings`: the site of the key, and its settings as versions."""

from typing import Annotated

from msgspec import Meta

from passalong.core.privileges import Scope
from passalong.flow.owners import settings
from passalong.flow.owners.changes import By
from passalong.flow.owners.settings import BadSiteSettingsError, SettingsDraft, settings_of
from passalong.flow.owners.site_settings import SiteChange, change_site
from passalong.flow.owners.sites import BadSiteError
from passalong.store import sites
from passalong.store.people import settings_versions
from passalong.store.sites import Site
from passalong.web.api.lists import Shape
from passalong.web.api.operation import Call, Operation, problem
from passalong.web.http import wire
from passalong.web.http.problems import Problem

Note = Annotated[str, Meta(max_length=500, description="why it changes, in at most 500 characters")]
Version = Annotated[int, Meta(ge=0, le=2**31, description="the number of the newest version that you have seen")]
Name = Annotated[str, Meta(max_length=120, description="a name of 1 to 120 characters")]
Values = Annotated[dict[str, str], Meta(description="an object with settings by name, each a text")]


class SiteShown(Shape, frozen=True):
    """The site of the key."""

    id: str
    name: str
    address: str
    origins: tuple[str, ...]
    currency: str
    time_zone: str
    archived: bool


class SiteBody(wire.Body, frozen=True):
    """New values; what is left out stays. A new address is listed first, the old one stays good."""

    name: Name | None = None
    address: wire.Page | None = None


class SettingsVersionShown(Shape, frozen=True):
    """A change of settings that is announced: it begins at `since_ms`."""

    version: int
    since_ms: int
    after: dict[str, str]


class SettingsShown(Shape, frozen=True):
    """Settings of today by name, the number of the newest version, and the changes that are still to begin."""

    values: dict[str, str]
    version: int
    announced: tuple[SettingsVersionShown, ...]


class SettingsBody(wire.Body, frozen=True):
    """Settings to change, and why. With `base`, only if nobody else has changed any since that version."""

    values: Values
    note: Note = ""
    base: Version | None = None


def read_site(call: Call) -> SiteShown:
    """Return the site of the key."""
    return _site(call.site)


def change_site_of_key(call: Call, body: SiteBody) -> SiteShown:
    """Change the name or the address of the site."""
    change = SiteChange(name=body.name, address=body.address)
    try:
        changed = change_site(
            call.services.db, call.services.clock, call.site.site_id, change, By(call.actor, call.once)
        )
    except BadSiteError as error:
        raise problem(Problem.INVALID_REQUEST, str(error)) from None
    call.services.sites.forget(call.site.site_id)
    return _site(changed)


def read_settings(call: Call) -> SettingsShown:
    """Return the settings of the site."""
    with call.services.db.reading() as session:
        site = sites.find_site(session, call.site.site_id) or call.site
        coming = settings_versions.announced(session, site.site_id)
        last = settings_versions.last_number(session, site.site_id)
    versions = tuple(SettingsVersionShown(version.version, version.since_ms, dict(version.after)) for version in coming)
    return SettingsShown(settings_of(site), last, versions)


def change_settings(call: Call, body: SettingsBody) -> SettingsShown:
    """Change settings; what takes something away from people begins 14 days later."""
    draft = SettingsDraft(body.values, call.actor, body.note, body.base, call.once)
    try:
        settings.change_settings(call.services.db, call.services.clock, call.site.site_id, draft)
    except BadSiteSettingsError as error:
        raise problem(Problem.INVALID_REQUEST, str(error)) from None
    except settings.SettingsChangedError as error:
        raise problem(Problem.CONFLICT, str(error)) from None
    call.services.sites.forget(call.site.site_id)
    return read_settings(call)


def _site(site: Site) -> SiteShown:
    return SiteShown(
        site.site_id, site.name, site.home_url, site.origins, site.currency, site.time_zone, site.is_closed
    )


OPERATIONS = (
    Operation(
        name="read_site",
        method="GET",
        path="/site",
        tag="Site",
        scope=Scope.READ,
        handler=read_site,
        answer=SiteShown,
    ),
    Operation(
        name="change_site",
        method="PATCH",
        path="/site",
        tag="Site",
        scope=Scope.MANAGE,
        handler=change_site_of_key,
        body=SiteBody,
        answer=SiteShown,
    ),
    Operation(
        name="read_settings",
        method="GET",
        path="/settings",
        tag="Site",
        scope=Scope.READ,
        handler=read_settings,
        answer=SettingsShown,
    ),
    Operation(
        name="change_settings",
        method="PATCH",
        path="/settings",
        tag="Site",
        scope=Scope.MANAGE,
        handler=change_settings,
        body=SettingsBody,
        answer=SettingsShown,
        problems=(Problem.CONFLICT,),
    ),
)
