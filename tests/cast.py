"""The fixed cast. Anna shares, Ben passes it on, Cleo comes and buys, Otto owns the site, Mallory must get nothing.

Everything about them is deterministic, so a test that failed fails again in the same way.
"""

import base64
import hashlib
from dataclasses import dataclass

from passalong.core.identity import advocate_id_of
from passalong.core.terms.model import Terms, default_terms
from passalong.flow.owners import api_keys, sites
from passalong.flow.owners.sites import NewSite
from passalong.lib.clock import Clock
from passalong.store.engine import Database
from passalong.store.sites import Site

HOME = "https://bees.example"


def an_id(*words: object) -> str:
    """An id of the shape that a browser makes at random (docs/wire.md): 22 characters out of these words."""
    digest = hashlib.sha256("|".join(map(str, words)).encode()).digest()
    return base64.urlsafe_b64encode(digest)[:22].decode()


@dataclass(frozen=True)
class Person:
    """Somebody with one browser: its visitor id, and the guest secret that it keeps once Share was pressed."""

    name: str
    visitor: str
    guest: str

    def advocate_id(self, site_id: str) -> str:
        """The id under which this person is credited on a site."""
        return advocate_id_of(site_id, self.guest)


def a_person(*words: object) -> Person:
    """The person of that name; the same name is the same person."""
    return Person(" ".join(map(str, words)), an_id("visitor", *words), an_id("guest", *words))


anna = a_person("anna")
ben = a_person("ben")
cleo = a_person("cleo")
otto = a_person("otto")
mallory = a_person("mallory")


@dataclass(frozen=True)
class OttosSite:
    """A site, and the API key with which its owner's server speaks."""

    site: Site
    api_key: str

    @property
    def site_id(self) -> str:
        """The site's key."""
        return self.site.site_id

    def page(self, path: str = "/bees") -> str:
        """The address of one of its pages."""
        return f"{self.site.origins[0]}{path}"


def a_site(
    db: Database,
    clock: Clock,
    *,
    site_id: str = "bees01",
    name: str = "The Bee Almanac",
    home_url: str = HOME,
    currency: str = "EUR",
    time_zone: str = "UTC",
    remember: str = "visit",
    terms: Terms | None = None,
) -> OttosSite:
    """One of Otto's sites; unless others are given, its terms reward a first visit and a purchase."""
    made = sites.new_site(
        db,
        clock,
        NewSite(
            name=name,
            home_url=home_url,
            currency=currency,
            time_zone=time_zone,
            remember=remember,
            site_id=site_id,
            terms=terms or default_terms(currency),
        ),
    )
    return OttosSite(made, api_keys.new(db, clock, site_id, "Otto's shop"))
