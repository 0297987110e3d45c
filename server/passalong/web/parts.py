"""What every request works with, made once by app.py."""

import time

from flask import current_app
from msgspec import Struct

from passalong.clock import Clock
from passalong.flow import codes
from passalong.flow.carrier import Carrier
from passalong.flow.collect import Collector
from passalong.flow.refuse import Refusals
from passalong.signing import SigningKeys
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.sites import Site
from passalong.tokens import Keyring

SITE_TTL_S = 5.0
MOST_CODES = 10_000
"""Anybody may send words that are no codes: so many answers are kept, then they are forgotten."""


class SiteCache:
    """Sites by key, at most five seconds old: the notes route must not ask the database who it is for."""

    def __init__(self, db: Database):
        self._db = db
        self._found: dict[str, tuple[float, Site]] = {}
        self._codes: dict[tuple[str, str], tuple[float, str | None]] = {}

    def find(self, site_id: str) -> Site | None:
        """The site of that key, if there is one."""
        known = self._found.get(site_id)
        if known is not None and time.monotonic() - known[0] < SITE_TTL_S:
            return known[1]
        with self._db.reading() as session:
            site = sites.find_site(session, site_id)
        if site is not None:
            self._found[site_id] = (time.monotonic(), site)
        return site

    def share_behind(self, site_id: str, code: str) -> str | None:
        """The share behind a code that somebody's address carries, at most five seconds old."""
        if len(self._codes) > MOST_CODES:
            self._codes.clear()
        known = self._codes.get((site_id, code))
        if known is not None and time.monotonic() - known[0] < SITE_TTL_S:
            return known[1]
        with self._db.reading() as session:
            share_id = codes.resolve(session, site_id, code).share_id
        self._codes[site_id, code] = (time.monotonic(), share_id)
        return share_id

    def others(self, site_id: str) -> list[str]:
        """The keys of other sites seen lately, to name a foreign token by."""
        return [key for key in self._found if key != site_id][:50]


class Parts(Struct, frozen=True):
    """The assembled instance. `url` is the address people see, without a slash at the end."""

    url: str
    db: Database
    clock: Clock
    keys: Keyring
    collector: Collector
    refusals: Refusals
    sites: SiteCache
    signing: SigningKeys
    carrier: Carrier


def parts() -> Parts:
    """The instance that serves this request."""
    found: Parts = current_app.extensions["passalong"]
    return found
