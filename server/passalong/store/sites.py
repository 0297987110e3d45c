"""Sites, their terms and their API keys."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.orm import Session

from passalong.core.terms import Terms, decode_terms, encode_terms
from passalong.store.tables import api_keys, sites, terms


class Site(Struct, frozen=True):
    """One site as it is configured; `origins` are what a browser may send as `Origin`.

    With `vanity` on, advocates may ask for codes of their own.
    """

    site_id: str
    name: str
    home_url: str
    origins: tuple[str, ...]
    time_zone: str
    currency: str
    remember: str
    credit: str
    created_at_ms: int
    vanity: str = "on"
    answer_days: int = 7


def add_site(session: Session, site: Site) -> None:
    """Insert the site; its id must be free."""
    values = msgspec.structs.asdict(site) | {"origins": " ".join(site.origins)}
    session.execute(insert(sites).values(**values))


def find_site(session: Session, site_id: str) -> Site | None:
    """The site of that key, if there is one."""
    row = session.execute(select(sites).where(sites.c.site_id == site_id)).one_or_none()
    return None if row is None else _site(row)


def let_ask_for_codes(session: Session, site_id: str, vanity: str) -> None:
    """Whether advocates may ask for codes of their own: on or off."""
    session.execute(update(sites).where(sites.c.site_id == site_id).values(vanity=vanity))


def set_answer_days(session: Session, site_id: str, days: int) -> None:
    """Keep within how many days the owner answers a claim."""
    session.execute(update(sites).where(sites.c.site_id == site_id).values(answer_days=days))


def all_sites(session: Session) -> list[Site]:
    """Every site, by name."""
    return [_site(row) for row in session.execute(select(sites).order_by(sites.c.name, sites.c.site_id))]


def _site(row: Row[tuple[object, ...]]) -> Site:
    values = dict(row._mapping)
    return Site(**values | {"origins": tuple(values["origins"].split())})


def add_terms(session: Session, site_id: str, document: Terms, since_ms: int, note: str) -> Terms:
    """Append the next version of the site's terms, in force from `since_ms`; returns it with its number."""
    last = session.scalar(select(func.max(terms.c.version)).where(terms.c.site_id == site_id))
    numbered = msgspec.structs.replace(document, version=(last or 0) + 1)
    session.execute(
        insert(terms).values(
            site_id=site_id, version=numbered.version, since_ms=since_ms, note=note, document=encode_terms(numbered)
        )
    )
    return numbered


class TermsVersion(Struct, frozen=True):
    """Terms with the moment since when they are in force, and why they were changed."""

    terms: Terms
    since_ms: int
    note: str


def terms_versions(session: Session, site_id: str) -> Sequence[TermsVersion]:
    """All versions of the site's terms, oldest first."""
    rows = session.execute(select(terms).where(terms.c.site_id == site_id).order_by(terms.c.version))
    return [TermsVersion(decode_terms(row.document), row.since_ms, row.note) for row in rows]


def in_force(versions: Sequence[TermsVersion], at_ms: int) -> TermsVersion:
    """The version in force at that time: the newest that had begun, or the first if none had."""
    begun = [version for version in versions if version.since_ms <= at_ms]
    return begun[-1] if begun else versions[0]


def add_api_key(session: Session, site_id: str, key_hash: str, name: str, last_four: str, now_ms: int) -> None:
    """Keep the hash of a new API key."""
    session.execute(
        insert(api_keys).values(
            site_id=site_id, key_hash=key_hash, name=name, last_four=last_four, created_at_ms=now_ms
        )
    )


def has_api_key(session: Session, site_id: str, key_hash: str) -> bool:
    """True when this key is one of the site's."""
    found = select(api_keys.c.site_id).where(api_keys.c.site_id == site_id, api_keys.c.key_hash == key_hash)
    return session.execute(found).first() is not None
