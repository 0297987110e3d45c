"""Changes of a site's settings and origins, by the same functions for the console, the API and the command line."""

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from passalong.core.sites.origins import with_twins
from passalong.core.sites.tracking import MAX_PATTERNS, read_patterns
from passalong.flow.owners.changes import By, record_change, state
from passalong.flow.owners.settings import BadSiteSettingsError, SettingsDraft, make_versions
from passalong.flow.owners.sites import (
    BadSiteError,
    check_site,
    home_address,
    listed_origin,
    origin_of,
    refuse_taken,
)
from passalong.flow.transaction import changing_site
from passalong.lib.clock import Clock
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.people.changes import Change
from passalong.store.sites import Site

MAX_ORIGINS = 50
BY_CLI = By()
ACTIONS = {"home_url": "site.move", "origins": "site.origin", "name": "site.rename"}
"""The words of the audit log for a change, by what is changed."""
VERSIONED = ("time_zone", "remember", "credit", "languages")
"""Settings whose changes are versions (flow.owners.settings)."""
USUAL = "usual"
"""Stands for the usual list of tracking parameters."""


class SiteChange(Struct, frozen=True):
    """New values of settings; None leaves one unchanged. `drop_params` is a list with commas or spaces, or `usual`."""

    name: str | None = None
    address: str | None = None
    time_zone: str | None = None
    remember: str | None = None
    credit: str | None = None
    languages: str | None = None
    drop_params: str | None = None
    author: str | None = None


def change_site(db: Database, clock: Clock, site_id: str, change: SiteChange, by: By = BY_CLI) -> Site:
    """Change settings of a site and return it. Raises BadSiteError, and ChangedMeanwhileError for a name or an address.

    A new address is listed first; the old one stays. A new time zone holds from a minute from now on, and a `remember`
    that keeps less from 14 days from now on, unless nobody has shared anything yet.
    """

    versioned = {name: getattr(change, name) for name in VERSIONED if getattr(change, name) is not None}
    with changing_site(db, clock, site_id) as (session, _, now_ms):
        record = _Recording(now_ms, by)
        site = _change_in(session, site_id, lambda site, others: _applied(site, others, change, by), record)
        try:
            make_versions(session, site, SettingsDraft(versioned, change.author or by.actor), now_ms)
        except BadSiteSettingsError as error:
            raise BadSiteError(" ".join(f"{name}: {problem}" for name, problem in error.problems.items())) from None
        return sites.find_site(session, site_id) or site


def add_origin(db: Database, clock: Clock, site_id: str, address: str, by: By = BY_CLI) -> Site:
    """Add an origin to a site; a listed one, by itself or by its twin, stays as it is. Raises BadSiteError."""
    origin = listed_origin(address)
    with changing_site(db, clock, site_id) as (session, _, now_ms):
        record = _Recording(now_ms, by)
        return _change_in(session, site_id, lambda site, others: _with_origin(site, others, origin), record)


def remove_origin(db: Database, clock: Clock, site_id: str, address: str, by: By = BY_CLI) -> Site:
    """Remove an origin; links that were shared from it then lead to the home address. Raises BadSiteError."""
    with changing_site(db, clock, site_id) as (session, _, now_ms):
        record = _Recording(now_ms, by)
        return _change_in(session, site_id, lambda site, _: _without_origin(site, origin_of(address)), record)


class _Recording(Struct, frozen=True):
    """The time and the author of a change, for the audit log."""

    now_ms: int
    by: By


def _change_in(session: Session, site_id: str, change: Callable[[Site, list[Site]], Site], record: _Recording) -> Site:
    every = sites.all_sites(session)
    site = next((site for site in every if site.site_id == site_id), None)
    if site is None:
        raise BadSiteError(f"No site has the key {site_id[:40]!r}: `passalong site list` shows them.")
    others = [site for site in every if site.site_id != site_id]
    new = change(site, others)
    check_site(new)
    if new != site:
        record_change(session, _recorded(site, new, record.by), record.now_ms)
        sites.update_site(session, new)
    return new


def _recorded(old: Site, new: Site, by: By) -> Change:
    """Return the change from one state of a site to another, for the audit log."""
    moved = [name for name in Site.__struct_fields__ if getattr(old, name) != getattr(new, name)]
    before, after = ({name: getattr(site, name) for name in moved} for site in (old, new))
    action = next((word for name, word in ACTIONS.items() if name in moved), "site.set")
    return Change(new.site_id, by.actor, action, new.name, state(before), state(after), by.once)


def _applied(site: Site, others: list[Site], change: SiteChange, by: By) -> Site:
    if change.name is not None:
        by.check(site.name, change.name.strip())
    if change.address is not None:
        by.check(site.home_url, home_address(change.address))
        site = _moved(site, others, change.address)
    return replace(
        site,
        name=site.name if change.name is None else change.name.strip(),
        drop_params=site.drop_params if change.drop_params is None else _patterns(change.drop_params),
    )


def _moved(site: Site, others: list[Site], address: str) -> Site:
    """Make an address the site's home; its origin comes first, the others stay."""
    origin = origin_of(address)
    listed = _with_origin(site, others, origin).origins
    rest = tuple(other for other in listed if other != origin)
    return replace(
        site, home_url=home_address(address), origins=(origin, *rest), former_origins=_but(site.former_origins, origin)
    )


def _with_origin(site: Site, others: list[Site], origin: str) -> Site:
    if origin in site.accepted_origins:
        return site
    refuse_taken(others, origin)
    if len(site.origins) >= MAX_ORIGINS:
        raise BadSiteError(f"A site has {MAX_ORIGINS} addresses at most.")
    return replace(site, origins=(*site.origins, origin), former_origins=_but(site.former_origins, origin))


def _without_origin(site: Site, origin: str) -> Site:
    if origin == origin_of(site.home_url):
        raise BadSiteError(
            f"{origin} is the site's home address: give it another one first, with "
            f"`passalong site set {site.site_id} --address`, then remove this one."
        )
    if origin not in site.origins:
        twin = next((other for other in site.origins if origin in with_twins((other,))), None)
        raise BadSiteError(
            f"{origin} belongs to {twin} and comes and goes with it."
            if twin
            else f"{origin} is not on the list: `passalong site origin list {site.site_id}` shows it."
        )
    return replace(site, origins=_but(site.origins, origin), former_origins=(*site.former_origins, origin))


def _but(origins: tuple[str, ...], origin: str) -> tuple[str, ...]:
    return tuple(other for other in origins if other != origin)


def _patterns(text: str) -> tuple[str, ...] | None:
    if text.strip() == USUAL:
        return None
    try:
        patterns = read_patterns(text)
    except ValueError as error:
        raise BadSiteError(
            f"{str(error)[:60]!r} is no name of a parameter: write a list like `utm_*, fbclid`, with * at the end of a "
            f"name for anything, or `{USUAL}` for the usual list."
        ) from None
    if len(patterns) > MAX_PATTERNS:
        raise BadSiteError(f"At most {MAX_PATTERNS} parameters are listed.")
    return patterns
