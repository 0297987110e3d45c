"""Counters that the fold keeps, so that a page's cost does not depend on how much has happened.

A slice of folding adds them up in memory and writes each row once. What happens for the first time (a link in use, a
visitor reached, a page passed along) is looked up for the whole slice at once.
"""

import hashlib
from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import Table, case, select
from sqlalchemy.orm import Session

from passalong.store import bulk
from passalong.store.engine import insert, insert_new
from passalong.store.links import IssuedLink
from passalong.store.read_models import (
    advocate_totals,
    balances,
    day_money,
    day_totals,
    link_sent,
    link_totals,
    link_trees,
    page_totals,
    passed_on,
    reached,
    site_counts,
    site_units,
    unit_totals,
)

EVERYBODY = ""
"""The `advocate_id` under which a page's totals over all advocates stand."""

ADVOCATES_CREDITED = "advocates_credited"

SUMMED = (balances, advocate_totals, unit_totals, day_totals, day_money, link_trees, link_sent, site_counts, site_units)
KNOWN = (link_totals, page_totals)


@lru_cache(maxsize=4096)
def page_hash(page_url: str) -> str:
    """The key of a page: addresses are too long for one."""
    return hashlib.sha256(page_url.encode()).hexdigest()[:32]


class Counters:
    """The counters of one slice of one site."""

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._counts: dict[str, dict[tuple[str, ...], dict[str, int]]] = {}
        self._credited: dict[str, int] = {}
        self._links: dict[str, bool] = {}
        self._reached: dict[str, set[str]] = {}
        self._new_reached: list[dict[str, str]] = []
        self._pages: set[tuple[str, str]] = set()

    def prime(self, share_ids: Iterable[str], visitor_ids: Iterable[str]) -> None:
        """Look up which of these links are in use and whom these visitors were reached by."""
        links = sorted({share_id for share_id in share_ids if share_id not in self._links})
        if links:
            used = select(link_totals.c.share_id).where(
                link_totals.c.site_id == self._site_id, link_totals.c.share_id.in_(links)
            )
            found = set(self._session.scalars(used))
            self._links |= {share_id: share_id in found for share_id in links}
        visitors = sorted({visitor_id for visitor_id in visitor_ids if visitor_id not in self._reached})
        if visitors:
            self._reached |= {visitor_id: set() for visitor_id in visitors}
            known = select(reached.c.visitor_id, reached.c.reacher).where(
                reached.c.site_id == self._site_id, reached.c.visitor_id.in_(visitors)
            )
            for visitor_id, reacher in self._session.execute(known):
                self._reached[visitor_id].add(reacher)

    def add(self, table: Table, *key: str, **amounts: int) -> None:
        """Add to counters of one row; `key` is the table's primary key after the site."""
        row = self._counts.setdefault(table.name, {}).setdefault((self._site_id, *key), {})
        for name, amount in amounts.items():
            row[name] = row.get(name, 0) + amount

    def add_page(self, advocate_id: str, page_url: str, **amounts: int) -> None:
        """Add to the counters of one advocate's page, which `first_page` has made."""
        self.add(page_totals, advocate_id, page_hash(page_url), **amounts)

    def credited(self, advocate_id: str, at_ms: int) -> None:
        """Keep when an advocate was last credited."""
        self._credited[advocate_id] = max(at_ms, self._credited.get(advocate_id, 0))

    def first_use(self, link: IssuedLink, parent_share_id: str | None, at_ms: int) -> bool:
        """Note that a link is in use; True the first time. `parent_share_id` is the link of another that it goes on."""
        self.prime([link.share_id], [])
        if self._links[link.share_id]:
            return False
        self._links[link.share_id] = True
        return insert_new(
            self._session,
            link_totals,
            site_id=self._site_id,
            share_id=link.share_id,
            advocate_id=link.advocate_id,
            page_hash=page_hash(link.page_url),
            parent_share_id=parent_share_id,
            at_ms=at_ms,
        )

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
        row = {"site_id": self._site_id, "reacher": reacher, "advocate_id": advocate_id}
        return insert_new(self._session, passed_on, **row)

    def first_page(self, advocate_id: str, page_url: str, title: str, at_ms: int) -> bool:
        """Note that an advocate passed a page along; True the first time."""
        key = (advocate_id, page_hash(page_url))
        if key in self._pages:
            return False
        self._pages.add(key)
        row = {"site_id": self._site_id, "advocate_id": key[0], "page_hash": key[1]}
        return insert_new(self._session, page_totals, **row, page_url=page_url, title=title, at_ms=at_ms)

    def flush(self) -> None:
        """Write what was added up."""
        self._count_credited()
        bulk.insert_all(self._session, reached, self._new_reached)
        for table in SUMMED:
            bulk.add_up(self._session, table, self._counts.get(table.name, {}))
        for table in KNOWN:
            bulk.add_to_known(self._session, table, self._counts.get(table.name, {}))
        self._keep_credited()
        self._counts.clear()
        self._new_reached.clear()

    def _count_credited(self) -> None:
        """Count the advocates who are credited for the first time: pages must not count them one by one."""
        if not self._credited:
            return
        before = select(advocate_totals.c.advocate_id).where(
            advocate_totals.c.site_id == self._site_id,
            advocate_totals.c.advocate_id.in_(sorted(self._credited)),
            advocate_totals.c.credited_at_ms > 0,
        )
        new = len(self._credited) - len(set(self._session.scalars(before)))
        if new:
            self.add(site_counts, ADVOCATES_CREDITED, amount=new)

    def _keep_credited(self) -> None:
        if not self._credited:
            return
        statement = insert(self._session, advocate_totals)
        newer = statement.excluded.credited_at_ms
        kept = advocate_totals.c.credited_at_ms
        latest = case((kept < newer, newer), else_=kept)
        rows = [
            {"site_id": self._site_id, "advocate_id": advocate_id, "credited_at_ms": at_ms}
            for advocate_id, at_ms in sorted(self._credited.items())
        ]
        keys = ["site_id", "advocate_id"]
        changed = statement.on_conflict_do_update(index_elements=keys, set_={"credited_at_ms": latest})
        self._session.execute(changed, rows)
        self._credited.clear()
