"""An advocate's links: the shared pages, each page's links, and one link's share tree.

Every statement reads a page of an index, whatever the history is: the fold keeps the counts (store.schema.links).
"""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Row, Select, Subquery, cast, func, select, tuple_
from sqlalchemy.orm import Session

from passalong.core.share_tree import Branch, Tree, grow
from passalong.store.advocate_rows import of_each
from passalong.store.books.rollups import page_hash
from passalong.store.few import merged
from passalong.store.queries.cursors import BadCursorError
from passalong.store.queries.views import LinksPage, LinkView, OneLink, PageLine
from passalong.store.schema.links import issued_links, link_sent, link_totals, link_trees
from passalong.store.schema.rollups import page_totals

CURSOR = re.compile(r"[0-9]{1,15}\.[0-9a-f]{32}")
"""The people and the page hash of the last page shown."""
PAGE_ROWS = 20
LINKS_EACH = 5
PAGE_LINKS = 50
MOST_TARGETS = 12
TOP = 4
"""The number of branches of a link that are read: more are never drawn."""


def pages_of(site_id: str, advocate_ids: Sequence[str]) -> Subquery:
    """Return what a person with these ids shared, page by page; a page that was shared from two browsers is added up.

    For one id the index has them in order. For more, as many rows are added up as there are pages.
    """
    columns, counts = page_totals.c, ("shares", "people", "passed_on", "outcomes", "thanks")
    if len(advocate_ids) == 1:
        names = [columns[name] for name in ("page_hash", "page_url", "title", *counts)]
        return select(*names).where(columns.site_id == site_id, columns.advocate_id == advocate_ids[0]).subquery()
    latest_texts = [func.max(columns[name]).label(name) for name in ("page_url", "title")]
    added = [cast(func.sum(columns[name]), BigInteger).label(name) for name in counts]
    theirs = select(columns.page_hash, *latest_texts, *added).where(
        columns.site_id == site_id, columns.advocate_id.in_(advocate_ids)
    )
    return theirs.group_by(columns.page_hash).subquery()


def links_page(session: Session, site_id: str, advocate_ids: Sequence[str], before: str | None) -> LinksPage:
    """Return the content of `/me/links`: the shared pages, those that brought most people first, with their links.

    `before` is the cursor of the previous page. Raises BadCursorError.
    """
    pages = pages_of(site_id, advocate_ids)
    statement = select(pages)
    if before:
        statement = statement.where(tuple_(pages.c.people, pages.c.page_hash) < _cursor(before))
    rows = session.execute(
        statement.order_by(pages.c.people.desc(), pages.c.page_hash.desc()).limit(PAGE_ROWS + 1)
    ).all()
    page_rows = rows[:PAGE_ROWS]
    links = _links_of_each(session, site_id, advocate_ids, [row.page_hash for row in page_rows])
    lines = tuple(
        PageLine(
            row.title or row.page_url,
            row.page_url,
            row.page_hash,
            row.shares,
            row.people,
            row.passed_on,
            row.outcomes,
            links[row.page_hash],
            merged(row.thanks),
        )
        for row in page_rows
    )
    older = f"{page_rows[-1].people}.{page_rows[-1].page_hash}" if len(rows) > PAGE_ROWS else None
    return LinksPage(lines, older)


def _cursor(text: str) -> tuple[int, str]:
    if not CURSOR.fullmatch(text):
        raise BadCursorError(text)
    people, _, name = text.partition(".")
    return int(people), name


def links_of_page(session: Session, site_id: str, advocate_ids: Sequence[str], name: str) -> tuple[LinkView, ...]:
    """Return the links to one page, the fifty that brought most people."""
    return _links(session, site_id, advocate_ids, name, PAGE_LINKS)


def best_link(session: Session, site_id: str, advocate_ids: Sequence[str], page_url: str) -> OneLink | None:
    """Return the link that brought most people, with its share tree; None if nobody came yet."""
    link_views = _links(session, site_id, advocate_ids, page_hash(page_url), 1)
    return (
        _with_way(session, site_id, link_views[0])
        if link_views and (link_views[0].people or link_views[0].passed_on)
        else None
    )


def has_arrival(session: Session, site_id: str, advocate_ids: Sequence[str]) -> bool:
    """True if somebody came by one of these advocates' links."""
    statement = select(link_totals.c.site_id).where(link_totals.c.site_id == site_id, link_totals.c.people > 0)
    return session.execute(statement.where(link_totals.c.advocate_id.in_(advocate_ids)).limit(1)).first() is not None


def one_link(session: Session, site_id: str, advocate_ids: Sequence[str], share_id: str) -> OneLink | None:
    """Return the content of `/me/links/<id>`: a link of this person's own; None for anybody else's."""
    own = link_totals.c.advocate_id.in_(advocate_ids), link_totals.c.share_id == share_id
    statement = _statement(site_id).where(*own)
    row = session.execute(statement).one_or_none()
    return None if row is None else _with_way(session, site_id, _view(row, _sent(session, site_id, [share_id])))


def _statement(site_id: str) -> Select[Any]:
    return (
        select(
            link_totals,
            issued_links.c.title,
            issued_links.c.page_url,
            issued_links.c.issued_at_ms,
            link_trees.c.branches,
            link_trees.c.beneath,
            link_trees.c.outcomes,
        )
        .join(issued_links, _same(issued_links))
        .outerjoin(link_trees, _same(link_trees))
        .where(link_totals.c.site_id == site_id)
    )


def _same(table: Any) -> Any:
    return (table.c.site_id == link_totals.c.site_id) & (table.c.share_id == link_totals.c.share_id)


def _links(session: Session, site_id: str, advocate_ids: Sequence[str], name: str, limit: int) -> tuple[LinkView, ...]:
    rows = _rows(session, site_id, [(advocate_id, name) for advocate_id in advocate_ids], limit)[:limit]
    sent = _sent(session, site_id, [row.share_id for row in rows])
    return tuple(_view(row, sent) for row in rows)


def _links_of_each(
    session: Session, site_id: str, advocate_ids: Sequence[str], pages: Sequence[str]
) -> dict[str, tuple[LinkView, ...]]:
    """Return the links to each of these pages, the five that brought most people, in as many statements as for one."""
    rows_of: dict[str, list[Row[Any]]] = {page: [] for page in pages}
    for row in _rows(
        session, site_id, [(advocate_id, page) for page in pages for advocate_id in advocate_ids], LINKS_EACH
    ):
        rows_of[row.page_hash].append(row)
    most = {page: rows[:LINKS_EACH] for page, rows in rows_of.items()}
    sent = _sent(session, site_id, [row.share_id for rows in most.values() for row in rows])
    return {page: tuple(_view(row, sent) for row in rows) for page, rows in most.items()}


def _rows(session: Session, site_id: str, keys: Sequence[tuple[str, str]], limit: int) -> list[Row[Any]]:
    """Return the links of each advocate to each page, at most `limit` each, those that brought most people first."""

    def most(key: tuple[str, str]) -> Select[Any]:
        own = link_totals.c.advocate_id == key[0], link_totals.c.page_hash == key[1]
        ordered = _statement(site_id).where(*own).order_by(link_totals.c.people.desc(), link_totals.c.share_id.desc())
        return ordered.limit(limit)

    return sorted(of_each(session, keys, most), key=lambda row: (row.people, row.share_id), reverse=True)


def _view(row: Row[Any], sent: dict[str, list[tuple[str, int]]]) -> LinkView:
    return LinkView(
        share_id=row.share_id,
        title=row.title or row.page_url,
        page_url=row.page_url,
        at_ms=row.issued_at_ms,
        people=row.people,
        passed_on=row.branches or 0,
        beneath=row.beneath or 0,
        outcomes=row.outcomes or 0,
        sent=tuple(sent.get(row.share_id, ())),
    )


def _sent(session: Session, site_id: str, share_ids: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
    """Return the targets of each link with their times, the twelve most used."""

    def most(share_id: str) -> Select[Any]:
        own = link_sent.c.site_id == site_id, link_sent.c.share_id == share_id
        return select(link_sent).where(*own).order_by(link_sent.c.times.desc(), link_sent.c.sent_to).limit(MOST_TARGETS)

    channels_of: dict[str, list[tuple[str, int]]] = {}
    for row in sorted(of_each(session, share_ids, most), key=lambda row: (-row.times, row.sent_to)):
        channels_of.setdefault(row.share_id, []).append((row.sent_to, row.times))
    return channels_of


def _with_way(session: Session, site_id: str, link: LinkView) -> OneLink:
    return OneLink(link, _way(session, site_id, link))


def _way(session: Session, site_id: str, link: LinkView) -> Tree:
    rows = session.execute(
        select(link_totals.c.people, link_trees.c.beneath)
        .outerjoin(link_trees, _same(link_trees))
        .where(link_totals.c.site_id == site_id, link_totals.c.parent_share_id == link.share_id)
        .order_by(link_totals.c.people.desc(), link_totals.c.share_id.desc())
        .limit(TOP)
    )
    top = [Branch(row.people, row.beneath or 0) for row in rows]
    return grow(link.people, top, link.passed_on, link.beneath)
