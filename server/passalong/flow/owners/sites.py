"""Sites: create and check them, and make a sign-in code for the console."""

import re
import secrets
from collections.abc import Iterable
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import ada_url
from msgspec import Struct

from passalong.core.names.lines import is_one_line
from passalong.core.sites.origins import same_place, with_twins
from passalong.core.terms.currencies import CURRENCIES
from passalong.core.terms.model import Terms, default_terms
from passalong.core.terms.validation import checked
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.tokens import hashed, new_secret
from passalong.store import sites
from passalong.store.books.redemptions import offer_first
from passalong.store.engine import Database
from passalong.store.people import sessions
from passalong.store.people.sessions import NewCode
from passalong.store.sites import Site

OWNER_CODE = "owner"
OWNER_CODE_MS = 60 * 60_000
_LETTERS, _DIGITS = "abcdefghijkmnpqrstuvwxyz", "23456789"
PAGES = frozenset({"account", "sites", "health"})
"""Pages of the console that belong to no site: a site with such a key would have none."""
PARTS = frozenset(
    {
        *("along", "carry", "explain", "hints", "layout", "links", "panel"),
        *("print", "qr", "quote", "rare", "thanks", "words"),
    }
)
"""Names of the script's parts under /along/: a site with such a key would never get its script."""


class BadSiteError(ValueError):
    """A site that cannot be made; says what to do."""


@lru_cache(maxsize=4096)
def origin_of(address: str) -> str:
    """Return the origin of an http(s) address by the browser's own rules; raises BadSiteError for anything else.

    A dot at the end of the host makes no other origin here: it is the same server, and the same site to people.
    """
    try:
        url = ada_url.URL(address)
    except ValueError:
        raise BadSiteError(f"{address[:120]!r} is not a web address: write it like https://example.org.") from None
    if url.protocol not in ("http:", "https:"):
        raise BadSiteError(f"{address[:120]!r} is not an http or https address.")
    url.hostname = str(url.hostname).rstrip(".")
    return str(url.origin)


def listed_origin(address: str) -> str:
    """Return the origin of an address for a site's list. Raises BadSiteError, also for a pattern, which no page has."""
    origin = origin_of(address)
    if "*" in origin:
        raise BadSiteError(f"{origin} stands for no address: add each host by itself, like https://shop.example.org.")
    return origin


def home_address(address: str) -> str:
    """Return the normalised address of a site's home page.

    Raises BadSiteError, also for one with a name or password.
    """
    listed_origin(address)
    url = ada_url.URL(address)
    url.hostname = str(url.hostname).rstrip(".")
    if url.username or url.password:
        raise BadSiteError("Leave the name and password out of the address: everybody who shares would pass them on.")
    url.hash = ""
    is_bare = url.pathname == "/" and not url.search
    return str(url.origin if is_bare else url.href)


class NewSite(Struct, frozen=True, kw_only=True):
    """A site to be created; with `own_address` no other site may have the same address."""

    name: str
    home_url: str
    currency: str = "EUR"
    time_zone: str = "UTC"
    remember: str = "visit"
    site_id: str | None = None
    terms: Terms | None = None
    own_address: bool = False


def new_site(db: Database, clock: Clock, new: NewSite) -> Site:
    """Create a site with version 1 of its terms, in force at once. Raises BadSiteError or BadTermsError."""
    site = Site(
        site_id=new.site_id or new_key(),
        name=new.name.strip(),
        home_url=home_address(new.home_url),
        origins=(listed_origin(new.home_url),),
        time_zone=new.time_zone,
        currency=new.currency,
        remember=new.remember,
        credit="on",
        created_at_ms=clock.now_ms(),
    )
    check_site(site)
    document = checked(new.terms or default_terms(new.currency, new.remember))
    with writing(db) as session:
        if sites.is_taken(session, site.site_id):
            raise BadSiteError(f"A site with the key {site.site_id!r} already exists.")
        if new.own_address:
            refuse_taken(sites.all_sites(session), site.origins[0])
        sites.add_site(session, site)
        offer_first(session, site)
        sites.add_terms(session, site.site_id, document, site.created_at_ms, "The first rule.")
    return site


def refuse_taken(others: Iterable[Site], origin: str) -> None:
    """Raise BadSiteError, which names the site, if the origin is listed by one of the others."""
    for other in others:
        if any(same_place(origin, theirs) for theirs in other.origins):
            raise BadSiteError(
                f"{origin} is an address of the site {other.site_id} ({other.name}) already: "
                f"`passalong site show {other.site_id}` shows its settings and the lines to paste."
            )


def new_key() -> str:
    """Return a new site key with a digit in it, so that it is never the name of a part of the script."""
    key = [secrets.choice(_LETTERS + _DIGITS) for _ in range(8)]
    key[secrets.randbelow(8)] = secrets.choice(_DIGITS)
    return "".join(key)


def check_site(site: Site) -> None:
    """Raise BadSiteError, which says what to do, unless every setting of the site is valid."""
    if not 1 <= len(site.name) <= 120 or not is_one_line(site.name):
        raise BadSiteError("A site's name has 1 to 120 characters in one line, all of them visible.")
    if not re.fullmatch(r"[a-z0-9]{4,16}", site.site_id):
        raise BadSiteError("A site's key is 4 to 16 small letters and digits.")
    if site.site_id in PAGES:
        raise BadSiteError(f"{site.site_id!r} is the name of a page of the console: take another key.")
    if site.site_id in PARTS:
        raise BadSiteError(f"{site.site_id!r} is the name of a part of the script: take another key.")
    if not re.fullmatch(r"[A-Z]{3}", site.currency):
        raise BadSiteError("A currency is three capital letters, like EUR.")
    if site.currency not in CURRENCIES:
        raise BadSiteError(
            f"{site.currency} is no currency that people pay with: write an ISO 4217 code, like EUR or USD."
        )
    if site.remember not in ("visit", "window", "none"):
        raise BadSiteError("What a browser remembers of an arrival is one of: visit, window, none.")
    if site.credit not in ("on", "ask", "off"):
        raise BadSiteError("Links carry a thank-you code if `credit` is on, if people say so (ask), or never (off).")
    try:
        ZoneInfo(site.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadSiteError(f"No time zone is called {site.time_zone[:60]!r}: write it like Europe/Berlin.") from None


def is_on_site(site: Site, page_url: str) -> bool:
    """Return True if the page is on one of the site's origins."""
    try:
        return origin_of(page_url) in site.accepted_origins
    except BadSiteError:
        return False


def present_address(site: Site, page_url: str) -> str:
    """Return where a page is today: the same path at the home address if the site has moved away from its origin.

    So links that were shared before a move keep working. Raises BadSiteError for a page that never was on this site.
    """
    if is_on_site(site, page_url):
        return page_url
    if origin_of(page_url) not in with_twins(site.former_origins):
        raise BadSiteError("This page is not on the site.")
    page = ada_url.URL(page_url)
    return f"{origin_of(site.home_url)}{page.pathname}{page.search}"


def new_owner_code(db: Database, clock: Clock, site_id: str) -> str:
    """Return a code that opens the site's console once, within an hour."""
    code = new_secret()
    with writing(db) as session:
        expires_at_ms = clock.now_ms() + OWNER_CODE_MS
        sessions.add_code(session, site_id, NewCode(hashed(code), OWNER_CODE, "owner", expires_at_ms))
    return code
