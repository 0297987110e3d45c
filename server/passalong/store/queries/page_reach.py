"""The console's pages and channels: what each page brought in a range of days, and where links were sent.

Channels are sums over the whole site. Targets with fewer than five presses are one sum, so that no press can be
attributed to a person; the share tree of a page merges groups below five likewise.
"""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import BigInteger, cast, func, select, tuple_
from sqlalchemy.orm import Session

from passalong.core.share_tree import FEW, Branch, Tree, grow
from passalong.store.books.rollups import EVERYBODY
from passalong.store.schema.inspection import channel_days
from passalong.store.schema.links import link_totals, link_trees
from passalong.store.schema.rollups import day_totals, page_days, page_totals

ROWS = 15
TOP = 4
COUNTS = ("shares", "people", "passed_on", "outcomes")


class PageReach(Struct, frozen=True):
    """A page in a range of days: links shared, people who came, of these who passed it on, and results."""

    page_hash: str
    page_url: str
    title: str
    shares: int
    people: int
    passed_on: int
    outcomes: int

    @property
    def passed_on_rate(self) -> float | None:
        """Return the part of the people who passed it on; None if nobody came."""
        return self.passed_on / self.people if self.people else None


class Channels(Struct, frozen=True):
    """How often links were sent to each target, most first; `others` is the sum of targets with fewer than five."""

    named: tuple[tuple[str, int], ...]
    others: int


class OnePage(Struct, frozen=True):
    """A page with its share tree over all time."""

    reach: PageReach
    tree: Tree


class Totals(Struct, frozen=True):
    """Links shared and people who came to the site in a range of days."""

    shares: int
    people: int


def totals(session: Session, site_id: str, days: tuple[str, str]) -> Totals:
    """Return the site's totals of a range of days, both included."""
    sums = [cast(func.coalesce(func.sum(day_totals.c[name]), 0), BigInteger) for name in ("shares", "people")]
    within = (day_totals.c.day >= days[0], day_totals.c.day <= days[1])
    row = session.execute(select(*sums).where(day_totals.c.site_id == site_id, *within)).one()
    return Totals(int(row[0]), int(row[1]))


def reach_of_pages(
    session: Session, site_id: str, days: tuple[str, str], before: str | None
) -> tuple[list[PageReach], str | None]:
    """Return the pages of a range of days (both included), those with most people first, and the next page's cursor."""
    summed = {name: cast(func.coalesce(func.sum(page_days.c[name]), 0), BigInteger) for name in COUNTS}
    statement = (
        select(page_days.c.page_hash, *(column.label(name) for name, column in summed.items()))
        .where(page_days.c.site_id == site_id, page_days.c.day >= days[0], page_days.c.day <= days[1])
        .group_by(page_days.c.page_hash)
    )
    place = _place(before)
    if place is not None:
        key = tuple_(summed["people"], summed["shares"], page_days.c.page_hash)
        statement = statement.having(key < place)
    order = (summed["people"].desc(), summed["shares"].desc(), page_days.c.page_hash.desc())
    rows = session.execute(statement.order_by(*order).limit(ROWS + 1)).all()
    page_rows = rows[:ROWS]
    names = _names(session, site_id, [row.page_hash for row in page_rows])
    pages = [PageReach(row.page_hash, *names[row.page_hash], *row[1:]) for row in page_rows if row.page_hash in names]
    last = page_rows[-1] if len(rows) > ROWS else None
    return pages, f"{last.people}.{last.shares}.{last.page_hash}" if last else None


def _place(before: str | None) -> tuple[int, int, str] | None:
    people, _, rest = (before or "").partition(".")
    shares, _, name = rest.partition(".")
    digits = people + shares
    valid = digits.isascii() and people.isdigit() and shares.isdigit() and len(digits) < 20
    return (int(people), int(shares), name) if valid else None


def _names(session: Session, site_id: str, hashes: Sequence[str]) -> dict[str, tuple[str, str]]:
    totals = page_totals.c
    named = (totals.site_id == site_id, totals.advocate_id == EVERYBODY, totals.page_hash.in_(hashes))
    rows = session.execute(select(totals.page_hash, totals.page_url, totals.title).where(*named))
    return {row.page_hash: (row.page_url, row.title or row.page_url) for row in rows}


def channels(session: Session, site_id: str, days: tuple[str, str]) -> Channels:
    """Return where links were sent in a range of days, counted at the press."""
    times = cast(func.sum(channel_days.c.times), BigInteger)
    rows = session.execute(
        select(channel_days.c.sent_to, times.label("times"))
        .where(channel_days.c.site_id == site_id, channel_days.c.day >= days[0], channel_days.c.day <= days[1])
        .group_by(channel_days.c.sent_to)
        .order_by(times.desc(), channel_days.c.sent_to)
    ).all()
    named = tuple((row.sent_to, row.times) for row in rows if row.times >= FEW)
    return Channels(named, sum(row.times for row in rows if row.times < FEW))


def one_page(session: Session, site_id: str, page_hash: str) -> OnePage | None:
    """Return a page's totals since the beginning with its share tree; None for an unknown page."""
    totals = page_totals.c
    row = session.execute(
        select(page_totals).where(
            totals.site_id == site_id, totals.advocate_id == EVERYBODY, totals.page_hash == page_hash
        )
    ).one_or_none()
    if row is None:
        return None
    counts = [row._mapping[name] for name in COUNTS]
    reach = PageReach(page_hash, row.page_url, row.title or row.page_url, *counts)
    return OnePage(reach, _tree(session, site_id, reach))


def _tree(session: Session, site_id: str, reach: PageReach) -> Tree:
    """Return the tree of a page: its best first-hand links as branches, all other links as one group.

    The order names the parent, which is NULL in each: PostgreSQL reads the index in order only then.
    """
    same = (link_trees.c.site_id == link_totals.c.site_id) & (link_trees.c.share_id == link_totals.c.share_id)
    rows = session.execute(
        select(link_totals.c.people, link_trees.c.beneath)
        .outerjoin(link_trees, same)
        .where(link_totals.c.site_id == site_id, link_totals.c.page_hash == reach.page_hash)
        .where(link_totals.c.parent_share_id.is_(None))
        .order_by(*(link_totals.c[name].desc() for name in ("parent_share_id", "people", "share_id")))
        .limit(TOP)
    )
    top = [Branch(row.people, row.beneath or 0) for row in rows]
    return grow(0, top, reach.shares, reach.people)
