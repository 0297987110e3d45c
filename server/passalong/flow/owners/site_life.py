"""The life of a site: archived, taken out of the archive, deleted, and kept after all within a week."""

from msgspec.structs import replace

from passalong.core.attribution.allocate import DAY_MS
from passalong.flow.owners.changes import By, record_change, state
from passalong.flow.owners.sites import BadSiteError
from passalong.flow.transaction import changing_site
from passalong.lib.clock import Clock
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.people.changes import Change
from passalong.store.sites import Site

UNDO_MS = 7 * DAY_MS
"""How long a deletion can be taken back."""


def archive(db: Database, clock: Clock, site_id: str, by: By) -> Site:
    """Archive a site: no new share or visit counts; what was earned stays.

    Raises BadSiteError, ChangedMeanwhileError.
    """
    return _lives(db, clock, site_id, "site.archive", by)


def restore(db: Database, clock: Clock, site_id: str, by: By) -> Site:
    """Take a site out of the archive. Raises BadSiteError, ChangedMeanwhileError."""
    return _lives(db, clock, site_id, "site.restore", by)


def delete(db: Database, clock: Clock, site_id: str, typed_name: str, by: By) -> Site:
    """End new shares and visits of a site now and remove it in a week, for its name as it was typed.

    Raises BadSiteError, ChangedMeanwhileError.
    """
    with db.reading() as session:
        site = sites.find_site(session, site_id)
    if site is not None and typed_name.strip() != site.name:
        raise BadSiteError(f"Write the name as it is, to be sure that it is this site: {site.name}")
    return _lives(db, clock, site_id, "site.delete", by)


def keep(db: Database, clock: Clock, site_id: str, by: By) -> Site:
    """Take the deletion of a site back. Raises BadSiteError, ChangedMeanwhileError."""
    return _lives(db, clock, site_id, "site.keep", by)


def _lives(db: Database, clock: Clock, site_id: str, action: str, by: By) -> Site:
    with changing_site(db, clock, site_id) as (session, site, now_ms):
        if site is None:
            raise BadSiteError(f"No site has the key {site_id[:40]!r}: `passalong site list` shows them.")
        new = _after(site, action, now_ms)
        if new != site:
            by.check(life_of(site), "")
            change = Change(site_id, by.actor, action, site.name, _state(site), _state(new), by.once)
            record_change(session, change, now_ms)
            sites.update_site(session, new)
        return new


def life_of(site: Site) -> str:
    """Return the state of a site in one word: open, archived or deleted."""
    return "deleted" if site.delete_at_ms else "archived" if site.archived_at_ms else "open"


def _after(site: Site, action: str, now_ms: int) -> Site:
    """Return the site after an action; one that has been done before changes nothing."""
    match action:
        case "site.archive":
            return replace(site, archived_at_ms=site.archived_at_ms or now_ms)
        case "site.restore":
            return replace(site, archived_at_ms=None)
        case "site.delete":
            return replace(site, delete_at_ms=site.delete_at_ms or now_ms + UNDO_MS)
        case _:
            return replace(site, delete_at_ms=None)


def _state(site: Site) -> str:
    names = ("archived", "to be deleted")
    values = (site.archived_at_ms is not None, site.delete_at_ms is not None)
    return state({name: "yes" if value else "no" for name, value in zip(names, values, strict=True)})
