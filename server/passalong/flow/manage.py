"""What an owner sets up: a site with its first terms, API keys, and a way into the console."""

import re
import secrets
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import ada_url

from passalong.clock import Clock
from passalong.core.terms import Terms, default_terms
from passalong.core.terms_check import checked
from passalong.flow.transaction import writing
from passalong.store import access, sites
from passalong.store.engine import Database
from passalong.store.sites import Site
from passalong.tokens import hashed, new_secret

OWNER_CODE = "owner"
OWNER_CODE_MS = 60 * 60_000
_LETTERS, _DIGITS = "abcdefghijkmnpqrstuvwxyz", "23456789"
PARTS = frozenset({"along", "panel", "qr", "quote", "thanks", "words"})
"""What lies beside the sites' scripts under /along/: a site of such a key would never get its script."""


class BadSite(ValueError):
    """A site that cannot be made as it was described; says what to do."""


@lru_cache(maxsize=4096)
def origin_of(address: str) -> str:
    """The origin of an http(s) address by the browser's own rules; raises BadSite for anything else."""
    try:
        url = ada_url.URL(address)
    except ValueError:
        raise BadSite(f"{address[:120]!r} is not a web address: write it like https://example.org.") from None
    if url.protocol not in ("http:", "https:"):
        raise BadSite(f"{address[:120]!r} is not an http or https address.")
    return str(url.origin)


def new_site(
    db: Database,
    clock: Clock,
    *,
    name: str,
    home_url: str,
    currency: str = "EUR",
    time_zone: str = "UTC",
    remember: str = "visit",
    site_id: str | None = None,
    terms: Terms | None = None,
) -> Site:
    """Make a site with version 1 of its terms, in force at once. Raises BadSite or BadTerms."""
    site = Site(
        site_id=site_id or new_key(),
        name=name.strip(),
        home_url=home_url,
        origins=(origin_of(home_url),),
        time_zone=time_zone,
        currency=currency,
        remember=remember,
        credit="on",
        created_at_ms=clock.now_ms(),
    )
    _check(site)
    document = checked(terms or default_terms(currency))
    with writing(db) as session:
        if sites.find_site(session, site.site_id) is not None:
            raise BadSite(f"A site with the key {site.site_id!r} is there already.")
        sites.add_site(session, site)
        sites.add_terms(session, site.site_id, document, site.created_at_ms, "The first rule.")
    return site


def new_key() -> str:
    """A site's key, with a digit in it: no part of the script, of today or to come, has one in its name."""
    key = [secrets.choice(_LETTERS + _DIGITS) for _ in range(8)]
    key[secrets.randbelow(8)] = secrets.choice(_DIGITS)
    return "".join(key)


def _check(site: Site) -> None:
    if not 1 <= len(site.name) <= 120:
        raise BadSite("A site's name has 1 to 120 characters.")
    if not re.fullmatch(r"[a-z0-9]{4,16}", site.site_id):
        raise BadSite("A site's key is 4 to 16 small letters and digits.")
    if site.site_id in PARTS:
        raise BadSite(f"{site.site_id!r} is the name of a part of the script: take another key.")
    if not re.fullmatch(r"[A-Z]{3}", site.currency):
        raise BadSite("A currency is three capital letters, like EUR.")
    if site.remember not in ("visit", "window", "none"):
        raise BadSite("What a browser remembers of an arrival is one of: visit, window, none.")
    try:
        ZoneInfo(site.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadSite(f"No time zone is called {site.time_zone[:60]!r}: write it like Europe/Berlin.") from None


def is_on_site(site: Site, page_url: str) -> bool:
    """True when the page is on one of the site's origins."""
    try:
        return origin_of(page_url) in site.origins
    except BadSite:
        return False


def new_api_key(db: Database, clock: Clock, site_id: str, name: str) -> str:
    """A fresh API key, shown once: `ak_<site>_<secret>`."""
    key = f"ak_{site_id}_{new_secret()}"
    with writing(db) as session:
        sites.add_api_key(session, site_id, hashed(key), name, key[-4:], clock.now_ms())
    return key


def new_owner_code(db: Database, clock: Clock, site_id: str) -> str:
    """A code that opens the site's console once, within an hour."""
    code = new_secret()
    with writing(db) as session:
        expires_at_ms = clock.now_ms() + OWNER_CODE_MS
        access.add_code(session, site_id, hashed(code), OWNER_CODE, "owner", expires_at_ms)
    return code
