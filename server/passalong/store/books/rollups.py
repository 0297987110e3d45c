"""Rollups that the fold keeps, so that a page's cost does not depend on how much has happened.

A slice adds them up in memory and writes each row once. First times (a link in use, a visitor reached, a page shared)
are looked up for the whole slice at once.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Table, case, func, select
from sqlalchemy.orm import Session

from passalong.store import bulk
from passalong.store.books.accounts import accounts_of
from passalong.store.books.links import IssuedLink
from passalong.store.engine import insert_on
from passalong.store.prebuilt import find_among
from passalong.store.schema.advocates import advocate_totals
from passalong.store.schema.credits import unit_totals
from passalong.store.schema.inspection import channel_days
from passalong.store.schema.links import link_sent, link_totals, link_trees
from passalong.store.schema.rollups import day_money, day_totals, page_days, page_totals, site_counts, site_units
from passalong.store.schema.visits import passed_on, reached

EVERYBODY = ""
"""The `advocate_id` of a page's totals over all advocates."""

ADVOCATES_CREDITED = "advocates_credited"
ADVOCATES_SHARING = "advocates_sharing"

SUMMED = (
    advocate_totals,
    unit_totals,
    day_totals,
    page_days,
    day_money,
    link_trees,
    link_sent,
    channel_days,
    site_counts,
    site_units,
)
_Counts = defaultdict[tuple[str, ...], defaultdict[str, int]]
KNOWN = (link_totals, page_totals)
FIRST_TIMES = {"credited_at_ms": ADVOCATES_CREDITED, "active_at_ms": ADVOCATES_SHARING}
"""The columns that keep the latest time of each advocate, and the counter of accounts that have one."""


@lru_cache(maxsize=4096)
def page_hash(page_url: str) -> str:
    """Return the key of a page: addresses are too long for one."""
    return hashlib.sha256(page_url.encode()).hexdigest()[:32]


class RollupBook:
    """The rollups of one slice of one site.

    Not a `Book`: a total is added to and not replaced, so that it need not be read first.
    """

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._counts: defaultdict[str, _Counts] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
        self._latest: dict[str, dict[str, int]] = {"credited_at_ms": {}, "active_at_ms": {}}
        self._links: dict[str, bool] = {}
        self._reached: dict[str, set[str]] = {}
        self._new_reached: list[dict[str, str]] = []
        self._pages: set[tuple[str, str]] = set()
        self._asked_pages: set[tuple[str, str]] = set()
        self._asked_passed_on: set[tuple[str, str]] = set()
        self._passed_on: set[tuple[str, str]] = set()
        self._new_passed_on: list[dict[str, Any]] = []
        self._new_links: list[dict[str, Any]] = []
        self._new_pages: list[dict[str, Any]] = []

    def prime(self, share_ids: Iterable[str], visitor_ids: Iterable[str]) -> None:
        """Look up which of these links are in use, and who has reached these visitors."""
        links = sorted({share_id for share_id in share_ids if share_id not in self._links})
        if links:
            share_id = link_totals.c.share_id
            existing = set(find_among(self._session, self._site_id, share_id, links, (share_id,)).scalars())
            self._links |= {share_id: share_id in existing for share_id in links}
        visitors = sorted({visitor_id for visitor_id in visitor_ids if visitor_id not in self._reached})
        if visitors:
            self._reached |= {visitor_id: set() for visitor_id in visitors}
            columns = (reached.c.visitor_id, reached.c.reacher)
            for visitor_id, reacher in find_among(self._session, self._site_id, columns[0], visitors, columns):
                self._reached[visitor_id].add(reacher)

    def prime_pages(self, pages: Iterable[tuple[str, str]]) -> None:
        """Look up which of these pages, by advocate and address, were shared before, by them or by anybody."""
        keys = {(advocate_id, page_hash(page_url)) for advocate_id, page_url in pages}
        keys |= {(EVERYBODY, name) for _, name in keys}
        missing = sorted(keys - self._asked_pages)
        self._asked_pages.update(missing)
        if missing:
            of_pages = page_totals.c.advocate_id, page_totals.c.page_hash
            self._pages |= bulk.find_pairs(self._session, *of_pages, self._site_id, missing)

    def prime_passed_on(self, keys: Iterable[tuple[str, str]]) -> None:
        """Look up which of these are known: (advocate or page, advocate who passed it on)."""
        missing = sorted(set(keys) - self._asked_passed_on)
        self._asked_passed_on.update(missing)
        if missing:
            of_both = passed_on.c.reacher, passed_on.c.advocate_id
            self._passed_on |= bulk.find_pairs(self._session, *of_both, self._site_id, missing)

    def add(self, table: Table, *key: str, **amounts: int) -> None:
        """Add to the counters of one row; `key` is the table's primary key after the site."""
        row = self._counts[table.name][(self._site_id, *key)]
        for name, amount in amounts.items():
            row[name] += amount

    def add_page(self, advocate_id: str, page_url: str, **amounts: int) -> None:
        """Add to the counters of one advocate's page, which `first_page` has made."""
        self.add(page_totals, advocate_id, page_hash(page_url), **amounts)

    def brought_micros(self, unit: str) -> int:
        """Return the value of all results since the beginning, with what is not written yet."""
        rows = self._counts.get(day_money.name, {}).items()
        statement = select(func.sum(day_money.c.brought_micros)).where(
            day_money.c.site_id == self._site_id, day_money.c.unit == unit
        )
        return int(self._session.scalar(statement) or 0) + sum(
            row.get("brought_micros", 0) for key, row in rows if key[-1] == unit
        )

    def credited(self, advocate_id: str, at_ms: int) -> None:
        """Record when an advocate was last credited."""
        self._keep_latest("credited_at_ms", advocate_id, at_ms)

    def active(self, advocate_id: str, at_ms: int) -> None:
        """Record when an advocate last shared a link."""
        self._keep_latest("active_at_ms", advocate_id, at_ms)

    def _keep_latest(self, column: str, advocate_id: str, at_ms: int) -> None:
        times = self._latest[column]
        times[advocate_id] = max(at_ms, times.get(advocate_id, 0))

    def first_use(self, link: IssuedLink, parent_share_id: str | None, at_ms: int) -> bool:
        """Note that a link is in use; True the first time. `parent_share_id` is its parent link."""
        self.prime([link.share_id], [])
        if self._links[link.share_id]:
            return False
        self._links[link.share_id] = True
        self._new_links.append(
            {
                "site_id": self._site_id,
                "share_id": link.share_id,
                "advocate_id": link.advocate_id,
                "page_hash": page_hash(link.page_url),
                "parent_share_id": parent_share_id,
                "at_ms": at_ms,
            }
        )
        return True

    def first_reached(self, reacher: str, visitor_id: str) -> bool:
        """Note that this advocate, link, page or site reached a visitor; True the first time."""
        self.prime([], [visitor_id])
        if reacher in self._reached[visitor_id]:
            return False
        self._reached[visitor_id].add(reacher)
        self._new_reached.append({"site_id": self._site_id, "visitor_id": visitor_id, "reacher": reacher})
        return True

    def first_passed_on(self, reacher: str, advocate_id: str) -> bool:
        """Note that somebody passed on what they got from this advocate or page; True the first time."""
        key = (reacher, advocate_id)
        self.prime_passed_on([key])
        if key in self._passed_on:
            return False
        self._passed_on.add(key)
        self._new_passed_on.append({"site_id": self._site_id, "reacher": reacher, "advocate_id": advocate_id})
        return True

    def first_page(self, advocate_id: str, page_url: str, title: str, at_ms: int) -> bool:
        """Note that an advocate shared a page; True the first time."""
        key = (advocate_id, page_hash(page_url))
        self.prime_pages([(advocate_id, page_url)])
        if key in self._pages:
            return False
        self._pages.add(key)
        row = {"site_id": self._site_id, "advocate_id": key[0], "page_hash": key[1]}
        self._new_pages.append({**row, "page_url": page_url, "title": title, "at_ms": at_ms})
        return True

    def flush(self) -> None:
        """Write all sums."""
        self.write_first_times()
        bulk.insert_all(self._session, reached, self._new_reached)
        bulk.insert_all(self._session, passed_on, self._new_passed_on)
        bulk.insert_all(self._session, link_totals, self._new_links)
        bulk.insert_all(self._session, page_totals, self._new_pages)
        for table in SUMMED:
            bulk.add_up(self._session, table, self._counts.get(table.name, {}))
        for table in KNOWN:
            bulk.add_to_known(self._session, table, self._counts.get(table.name, {}))
        self._counts.clear()
        for new in (self._new_reached, self._new_passed_on, self._new_links, self._new_pages):
            new.clear()

    def _count_new(self, column: str, name: str) -> None:
        """Count accounts for whose advocates this happened for the first time, so that pages need not count them."""
        new = set(self._latest[column]) - self._with_time(column, self._latest[column])
        if not new:
            return
        accounts = {frozenset(ids) for ids in accounts_of(self._session, self._site_id, new).values()}
        known = self._with_time(column, frozenset().union(*accounts) - new)
        self.add(site_counts, name, amount=sum(known.isdisjoint(ids) for ids in accounts))

    def _with_time(self, column: str, advocate_ids: Iterable[str]) -> set[str]:
        """Return those of these advocates for whom this happened before the slice."""
        ids = sorted(advocate_ids)
        if not ids:
            return set()
        columns = (advocate_totals.c.advocate_id, advocate_totals.c[column])
        rows = find_among(self._session, self._site_id, columns[0], ids, columns)
        return {advocate_id for advocate_id, at_ms in rows if at_ms > 0}

    def write_first_times(self) -> None:
        """Count and write what happened for the first time, by the accounts as they are written."""
        for column, name in FIRST_TIMES.items():
            self._count_new(column, name)
            self._write_latest(column)

    def join_accounts(self, accounts: Iterable[frozenset[str]]) -> None:
        """Count several accounts, given by their ids, as one from now on. Write first times before the join."""
        joined = set(accounts)
        for column, name in FIRST_TIMES.items():
            active = sum(bool(self._with_time(column, ids)) for ids in joined)
            if active > 1:
                self.add(site_counts, name, amount=1 - active)

    def _write_latest(self, column: str) -> None:
        times = self._latest[column]
        if not times:
            return
        statement = _later(column, self._session.get_bind().dialect.name)
        rows = [
            {"site_id": self._site_id, "advocate_id": advocate_id, column: at_ms}
            for advocate_id, at_ms in sorted(times.items())
        ]
        self._session.execute(statement, rows)
        times.clear()


@cache
def _later(column: str, dialect: str) -> Any:
    """Insert or update the time in a column, which never goes back."""
    statement = insert_on(dialect, advocate_totals)
    newer, current = statement.excluded[column], advocate_totals.c[column]
    latest = case((current < newer, newer), else_=current)
    return statement.on_conflict_do_update(index_elements=["site_id", "advocate_id"], set_={column: latest})
