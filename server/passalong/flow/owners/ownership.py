"""Adding a site in the console: the person who adds it is its first owner."""

from msgspec import Struct
from msgspec.structs import replace

from passalong.core.privileges import Role
from passalong.core.sites.origins import same_place
from passalong.flow.owners import sites as flow_sites
from passalong.flow.owners.changes import record_change, state
from passalong.flow.owners.sites import BadSiteError, new_site, origin_of
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.people import owners
from passalong.store.people.changes import Change
from passalong.store.sites import Site


class NewSite(Struct, frozen=True):
    """A site to add: its address, its name, its currency and its time zone."""

    address: str
    name: str
    currency: str
    time_zone: str


def add_site_of(db: Database, clock: Clock, owner_id: str, wanted: NewSite) -> Site:
    """Add a site with this person as its owner. The same address again, by the same person, gives the same site.

    Raises BadSiteError, also for an address of somebody else's site, which it does not name.
    """
    origin = origin_of(wanted.address)
    with db.reading() as session:
        own_ids = {site_id for site_id, _ in owners.sites_of(session, owner_id)}
        same_places = [
            site for site in sites.all_sites(session) if any(same_place(origin, other) for other in site.origins)
        ]
    if same_places and same_places[0].site_id in own_ids:
        return same_places[0]
    if same_places:
        raise BadSiteError("This address belongs to another site of this server already. Its owners can invite you.")
    name = wanted.name.strip() or origin.partition("://")[2]
    new = flow_sites.NewSite(name=name, home_url=wanted.address, currency=wanted.currency, own_address=True)
    site = new_site(db, clock, replace(new, time_zone=wanted.time_zone))
    with writing(db) as session:
        after = state({"name": site.name, "address": site.home_url})
        change = Change(site.site_id, f"owner:{owner_id}", "site.add", site.name, "", after)
        record_change(session, change, clock.now_ms())
        owners.set_role(session, site.site_id, owner_id, Role.OWNER, clock.now_ms())
    return site
