"""Sites: their settings, their terms and their API keys."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import Row, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from passalong.core.dates import Zones
from passalong.core.money import POINTS
from passalong.core.sites.languages import ALL_LANGUAGES
from passalong.core.sites.origins import hosts_of, with_twins
from passalong.core.sites.tracking import TRACKING
from passalong.core.terms.model import Terms, decode_terms, encode_terms
from passalong.store.schema.sites import site_hosts, sites
from passalong.store.schema.terms import terms, terms_withdrawals

LISTS = ("origins", "former_origins", "drop_params", "former_time_zones")
"""Columns that hold names with blanks between them."""
HERE = sites.c.removed_at_ms.is_(None)


class Site(Struct, frozen=True):
    """One site as it is configured.

    `origins` are the addresses that its owner lists; `accepted_origins` are those that a browser may send as `Origin`.
    Links that were shared from `former_origins`, which were listed once, lead to the site's present address.
    `vanity` says whether advocates may have codes of their own: at once (on), if the owner agrees (ask), or not (off).
    `drop_params` are the tracking parameters that the site drops; None stands for the usual ones.
    An owner archives a site, or deletes it: then it is removed at `delete_at_ms`, until when that can be taken back.
    `former_time_zones` are written `Europe/Paris@until_ms`, the oldest first. `customers_signed_in` declares that the
    site names only customers who are signed in there (docs/identity.md); each report is stamped with it.
    `further_currencies` stand beside `currency`, with blanks between them. `thanks_note` is what the owner says to
    people who brought a result. `languages` are those of its pages for people who share, the first for everybody else.
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
    vanity: str = "ask"
    answer_days: int = 7
    former_origins: tuple[str, ...] = ()
    drop_params: tuple[str, ...] | None = None
    former_time_zones: tuple[str, ...] = ()
    removed_at_ms: int | None = None
    customers_signed_in: bool = False
    questions: bool = True
    retention_days: int = 30
    sender_name: str = ""
    archived_at_ms: int | None = None
    delete_at_ms: int | None = None
    further_currencies: str = ""
    thanks_note: str = ""
    languages: str = ALL_LANGUAGES

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies in which orders are taken and credit is paid, each a ledger of its own; the main one first."""
        return tuple(dict.fromkeys((self.currency, *self.further_currencies.split())))

    @property
    def page_languages(self) -> tuple[str, ...]:
        """The languages of the site's pages and mails for people who share; the first is for all other readers."""
        return tuple(self.languages.split())

    @property
    def units(self) -> tuple[str, ...]:
        """The currencies, and points."""
        return (*self.currencies, POINTS)

    @property
    def is_closed(self) -> bool:
        """True for a site that is archived or about to be deleted: no new shares and visits count."""
        return self.archived_at_ms is not None or self.delete_at_ms is not None

    def zone_at(self, at_ms: int) -> str:
        """Return the time zone that held at a time: a change moves no day and no month of what was before it."""
        for former in self.former_time_zones:
            zone, _, until_ms = former.rpartition("@")
            if at_ms < int(until_ms):
                return zone
        return self.time_zone

    @property
    def zones(self) -> Zones:
        """All time zones, each with the moment until which it held."""
        former = [zone.rpartition("@") for zone in self.former_time_zones]
        return (*((zone, int(until_ms)) for zone, _, until_ms in former), (self.time_zone, None))

    @property
    def accepted_origins(self) -> tuple[str, ...]:
        """The listed origins, and those that differ from them by `www.` alone."""
        return with_twins(self.origins)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts of the accepted origins."""
        return hosts_of(self.origins)

    @property
    def dropped(self) -> tuple[str, ...]:
        """The patterns of the parameters that name no page of their own."""
        return TRACKING if self.drop_params is None else self.drop_params


def add_site(session: Session, site: Site) -> None:
    """Insert the site; its id must be free."""
    session.execute(insert(sites).values(**_values(site)))
    _keep_hosts(session, site)


def update_site(session: Session, site: Site) -> None:
    """Write the settings of a site that is there."""
    session.execute(update(sites).where(sites.c.site_id == site.site_id).values(**_values(site)))
    _keep_hosts(session, site)


def _keep_hosts(session: Session, site: Site) -> None:
    session.execute(delete(site_hosts).where(site_hosts.c.site_id == site.site_id))
    session.execute(insert(site_hosts), [{"site_id": site.site_id, "host": host} for host in site.hosts])


def _values(site: Site) -> dict[str, object]:
    return msgspec.structs.asdict(site) | {name: _joined(getattr(site, name)) for name in LISTS}


def _joined(names: tuple[str, ...] | None) -> str | None:
    return None if names is None else " ".join(names)


_ONE = select(sites).where(sites.c.site_id == bindparam("of_site"), HERE)


def find_site(session: Session, site_id: str) -> Site | None:
    """Return the site of that key; None where there is none, or it was removed."""
    row = session.execute(_ONE, {"of_site": site_id}).one_or_none()
    return None if row is None else _site(row)


def lock_site(session: Session, site_id: str) -> Site | None:
    """Return the site, and keep others from changing it until the transaction ends."""
    row = session.execute(select(sites).where(sites.c.site_id == site_id, HERE).with_for_update()).one_or_none()
    return None if row is None else _site(row)


def is_taken(session: Session, site_id: str) -> bool:
    """Return True if a site has or had this key."""
    return session.execute(select(sites.c.site_id).where(sites.c.site_id == site_id)).first() is not None


def only_site(session: Session) -> Site | None:
    """Return the one site of this instance; None where there is none, or more than one."""
    rows = session.execute(select(sites).where(HERE).limit(2)).all()
    return _site(rows[0]) if len(rows) == 1 else None


def first_site_id(session: Session) -> str | None:
    """Return the least site key of this instance; None where there is no site."""
    site_id: str | None = session.scalar(select(func.min(sites.c.site_id)).where(HERE))
    return site_id


def site_of_host(session: Session, host: str) -> Site | None:
    """Return the one site with this host among its addresses; None where none has it, or several."""
    named = select(site_hosts.c.site_id).where(site_hosts.c.host == host).limit(2)
    site_ids = session.scalars(named).all()
    return find_site(session, site_ids[0]) if len(site_ids) == 1 else None


def sites_by_key(session: Session, site_ids: Sequence[str]) -> list[Site]:
    """Return the sites of these keys that were not removed, by name."""
    statement = select(sites).where(HERE, sites.c.site_id.in_(site_ids)).order_by(sites.c.name, sites.c.site_id)
    return [_site(row) for row in session.execute(statement)]


def all_sites(session: Session) -> list[Site]:
    """Return every site that was not removed, by name."""
    return [_site(row) for row in session.execute(select(sites).where(HERE).order_by(sites.c.name, sites.c.site_id))]


def retentions(session: Session) -> list[tuple[str, int]]:
    """Return the key and `retention_days` of every site, those that were removed included."""
    rows = session.execute(select(sites.c.site_id, sites.c.retention_days).order_by(sites.c.site_id))
    return [(row.site_id, row.retention_days) for row in rows]


def due_for_removal(session: Session, now_ms: int) -> list[str]:
    """Return the sites whose time to take back their deletion is over."""
    return list(session.scalars(select(sites.c.site_id).where(HERE, sites.c.delete_at_ms <= now_ms)))


def end_site(session: Session, site_id: str, now_ms: int) -> None:
    """Remove a site: no function here finds it any more, and its hosts are free. Its other rows stay."""
    session.execute(delete(site_hosts).where(site_hosts.c.site_id == site_id))
    session.execute(update(sites).where(sites.c.site_id == site_id, HERE).values(removed_at_ms=now_ms))


def _site(row: Row[tuple[object, ...]]) -> Site:
    values = dict(row._mapping)
    return Site(**values | {name: _listed(values[name]) for name in LISTS})


def _listed(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(text.split())


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
    """Terms with the moment since when they are in force, and why they were changed.

    A version that was withdrawn before it began is never in force.
    """

    terms: Terms
    since_ms: int
    note: str
    withdrawn_at_ms: int | None = None


_VERSIONS = (
    select(terms, terms_withdrawals.c.at_ms.label("withdrawn_at_ms"))
    .outerjoin(
        terms_withdrawals,
        and_(terms_withdrawals.c.site_id == terms.c.site_id, terms_withdrawals.c.version == terms.c.version),
    )
    .where(terms.c.site_id == bindparam("of_site"))
    .order_by(terms.c.version)
)


def terms_versions(session: Session, site_id: str) -> Sequence[TermsVersion]:
    """All versions of the site's terms, oldest first."""
    rows = session.execute(_VERSIONS, {"of_site": site_id})
    return [TermsVersion(decode_terms(row.document), row.since_ms, row.note, row.withdrawn_at_ms) for row in rows]


def withdraw_terms(session: Session, site_id: str, version: int, at_ms: int) -> None:
    """Put on record that a version that has not begun was withdrawn."""
    session.execute(insert(terms_withdrawals).values(site_id=site_id, version=version, at_ms=at_ms))


def in_force(versions: Sequence[TermsVersion], at_ms: int) -> TermsVersion:
    """The version in force at that time: the newest that had begun, or the first if none had."""
    begun = [version for version in versions if version.since_ms <= at_ms and version.withdrawn_at_ms is None]
    return begun[-1] if begun else versions[0]


def announced(versions: Sequence[TermsVersion], now_ms: int) -> list[TermsVersion]:
    """Return the versions that are still to begin."""
    return [version for version in versions if version.since_ms > now_ms and version.withdrawn_at_ms is None]
