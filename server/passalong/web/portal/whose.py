"""The label of an account for the person who has its session: an address, a name, or where its credit is."""

from collections.abc import Sequence

from passalong.flow.signin.magic_links import masked
from passalong.store.people import addresses, erasure
from passalong.store.sites import Site
from passalong.web.http.auth import advocate
from passalong.web.http.language import said
from passalong.web.http.services import current_services


def called(site: Site, advocate_ids: Sequence[str]) -> str:
    """Return `a…a@example.org (Honey Corner)`; the chosen name or "an account without an address" if there is none."""
    with current_services().db.reading() as session:
        confirmed = addresses.confirmed_of(session, site.site_id, advocate_ids)
        name = erasure.choices(session, site.site_id, advocate_ids).name
    who = masked(confirmed[0].address) if confirmed else name or said("signin.unnamed")
    return said("signin.called", who=who, site=site.name)


def called_here() -> str:
    """Return the same for the account that is open in this browser; empty if there is none."""
    here = advocate()
    return called(here.site, here.mine) if here else ""
