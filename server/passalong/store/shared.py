"""What an advocate's pages say of links: the pages passed along, each page's links, and one link's way.

Every statement reads a page of an index, whatever the history is: the fold keeps what is counted (read_models).
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Row, Select, Subquery, cast, func, select, tuple_
from sqlalchemy.orm import Session

from passalong.core.trees import Branch, Tree, grow
from passalong.store.counters import page_hash
from passalong.store.read_models import link_sent, link_totals, link_trees, page_totals
from passalong.store.several import of_each
from passalong.store.tables import issued_links
from passalong.store.views import LinksPage, LinkView, OneLink, PageLine

PAGE_ROWS = 20
LINKS_EACH = 5
PAGE_LINKS = 50
MOST_TARGETS = 12
TOP = 4
"""How many branches of a link are read: more than that are never drawn."""


def pages_of(site_id: str, mine: Sequence[str]) -> Subquery:
    """What a person of these ids passed along, page by page; a page that went out from two browsers is added up.

    For one id the index has them in order. For more, as many rows are added up as there are pages.
    """
    found, counts = page_totals.c, ("shares", "people", "passed_on", "outcomes")
    if len(mine) == 1:
        names = [found[name] for name in ("page_hash", "page_url", "title", *counts)]
        return select(*names).where(found.site_id == site_id, found.advocate_id == mine[0]).subquery()
    said = [func.max(found[name]).label(name) for name in ("page_url", "title")]
    added = [cast(func.sum(found[name]), BigInteger).label(name) for name in counts]
    theirs = select(found.page_hash, *said, *added).where(found.site_id == site_id, found.advocate_id.in_(mine))
    return theirs.group_by(found.page_hash).subquery()


def links_page(session: Session, site_id: str, mine: Sequence[str], before: str | None) -> LinksPage:
    """`/me/links`: the pages that were passed along, those that brought most people first, with their links."""
    pages = pages_of(site_id, mine)
    statement = select(pages)
    people, _, name = (before or "").partition(".")
    if people.isascii() and people.isdigit() and len(people) < 16:
        statement = statement.where(tuple_(pages.c.people, pages.c.page_hash) < (int(people), name))
    rows = session.execute(
        statement.order_by(pages.c.people.desc(), pages.c.page_hash.desc()).limit(PAGE_ROWS + 1)
    ).all()
    shown = rows[:PAGE_ROWS]
    found = tuple(
        PageLine(
            row.title or row.page_url,
            row.page_url,
            row.page_hash,
            row.shares,
            row.people,
            row.passed_on,
            row.outcomes,
            _links(session, site_id, mine, row.page_hash, LINKS_EACH),
        )
        for row in shown
    )
    older = f"{shown[-1].people}.{shown[-1].page_hash}" if len(rows) > PAGE_ROWS else None
    return LinksPage(found, older)


def links_of_page(session: Session, site_id: str, mine: Sequence[str], name: str) -> tuple[LinkView, ...]:
    """The links to one page, the fifty that brought most people."""
    return _links(session, site_id, mine, name, PAGE_LINKS)


def best_link(session: Session, site_id: str, mine: Sequence[str], page_url: str) -> OneLink | None:
    """The link to a page that brought most people, with its way; None where nobody came yet."""
    found = _links(session, site_id, mine, page_hash(page_url), 1)
    return _with_way(session, site_id, found[0]) if found and (found[0].people or found[0].passed_on) else None


def one_link(session: Session, site_id: str, mine: Sequence[str], share_id: str) -> OneLink | None:
    """`/me/links/<id>`: a link of this person's own, with its way; None for anybody else's."""
    own = link_totals.c.advocate_id.in_(mine), link_totals.c.share_id == share_id
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


def _links(session: Session, site_id: str, mine: Sequence[str], name: str, limit: int) -> tuple[LinkView, ...]:
    def most(advocate_id: str) -> Select[Any]:
        own = link_totals.c.advocate_id == advocate_id, link_totals.c.page_hash == name
        return _statement(site_id).where(*own).order_by(link_totals.c.people.desc()).limit(limit)

    rows = sorted(of_each(session, mine, most), key=lambda row: row.people, reverse=True)[:limit]
    sent = _sent(session, site_id, [row.share_id for row in rows])
    return tuple(_view(row, sent) for row in rows)


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
        sent=tuple(sent.get(row.share_id, ())[:MOST_TARGETS]),
    )


def _sent(session: Session, site_id: str, share_ids: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
    rows = session.execute(
        select(link_sent)
        .where(link_sent.c.site_id == site_id, link_sent.c.share_id.in_(share_ids))
        .order_by(link_sent.c.times.desc(), link_sent.c.sent_to)
        .limit(PAGE_LINKS * MOST_TARGETS)
    )
    found: dict[str, list[tuple[str, int]]] = {}
    for row in rows:
        found.setdefault(row.share_id, []).append((row.sent_to, row.times))
    return found


def _with_way(session: Session, site_id: str, link: LinkView) -> OneLink:
    return OneLink(link, _way(session, site_id, link))


def _way(session: Session, site_id: str, link: LinkView) -> Tree:
    rows = session.execute(
        select(link_totals.c.people, link_trees.c.beneath)
        .outerjoin(link_trees, _same(link_trees))
        .where(link_totals.c.site_id == site_id, link_totals.c.parent_share_id == link.share_id)
        .order_by(link_totals.c.people.desc())
        .limit(TOP)
    )
    top = [Branch(row.people, row.beneath or 0) for row in rows]
    return grow(link.people, top, link.passed_on, link.beneath)
