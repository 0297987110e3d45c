"""The part of a price that rewards are taken of, for the rule's sentence on every page."""

from collections.abc import Sequence

from passalong.store.shops import connections
from passalong.store.sites import Site
from passalong.web.http.services import current_services


def bases_of(site: Site) -> Sequence[tuple[str, str]]:
    """Return the part of the price and the system of each open connection to a shop, as `rule_words` says them."""
    with current_services().db.reading() as session:
        return connections.open_bases(session, site.site_id)
