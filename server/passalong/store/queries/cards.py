"""Public cards, and the content of a month's card."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import and_, delete, func, insert, select
from sqlalchemy.orm import Session

from passalong.core.cards import Card
from passalong.store.schema.inspection import event_people, inspected
from passalong.store.schema.links import link_totals
from passalong.store.schema.people import cards
from passalong.store.schema.rollups import page_totals
from passalong.store.schema.visits import visits

MOST_PAGES = 50
"""The number of a month's pages that can be chosen from, the newest."""
THANKS = "thanks:"
"""The beginning of the subject of thanks; the id of their visit follows."""


class MonthPage(Struct, frozen=True):
    """A page that was shared."""

    page_hash: str
    page_url: str
    title: str


class PublicCard(Struct, frozen=True):
    """A card that everybody with its address can see, in `language`."""

    card_code: str
    advocate_id: str
    language: str
    card: Card


def count_since(session: Session, site_id: str, advocate_ids: Sequence[str], since_ms: int) -> int:
    """Count the pages this person shared since then, each once."""
    columns = link_totals.c
    counted = select(func.count(columns.page_hash.distinct())).where(
        columns.site_id == site_id, columns.advocate_id.in_(advocate_ids), columns.at_ms >= since_ms
    )
    return session.scalar(counted) or 0


def pages_since(session: Session, site_id: str, advocate_ids: Sequence[str], since_ms: int) -> tuple[MonthPage, ...]:
    """Return these pages, the one shared last first."""
    columns = link_totals.c
    newest = (
        select(columns.page_hash)
        .where(columns.site_id == site_id, columns.advocate_id.in_(advocate_ids), columns.at_ms >= since_ms)
        .group_by(columns.page_hash)
        .order_by(func.max(columns.at_ms).desc(), columns.page_hash)
        .limit(MOST_PAGES)
    )
    hashes = list(session.scalars(newest))
    pages = page_totals.c
    rows = session.execute(
        select(pages.page_hash, pages.page_url, pages.title)
        .where(pages.site_id == site_id, pages.advocate_id.in_(advocate_ids), pages.page_hash.in_(hashes))
        .order_by(pages.advocate_id)
    )
    page_of = {row.page_hash: MonthPage(*row) for row in rows}
    return tuple(page_of[name] for name in hashes if name in page_of)


def thanks_since(session: Session, site_id: str, advocate_ids: Sequence[str], since_ms: int) -> int:
    """Count the visitors who since then thanked for this person's own links to the pages shared since then, each once.

    Thanks for links of people who passed a page on are only in the totals since the beginning, so they are left out.
    """
    links, named = link_totals.c, event_people.c
    hashes = select(links.page_hash).where(
        links.site_id == site_id, links.advocate_id.in_(advocate_ids), links.at_ms >= since_ms
    )
    thanks = and_(inspected.c.site_id == named.site_id, inspected.c.subject == named.subject)
    visit = and_(visits.c.site_id == named.site_id, visits.c.visit_id == func.substr(named.subject, len(THANKS) + 1))
    statement = (
        select(func.count(visits.c.visitor_id.distinct()))
        .select_from(event_people.join(inspected, thanks).join(visits, visit))
        .where(named.site_id == site_id, named.advocate_id.in_(advocate_ids), named.at_ms >= since_ms)
        .where(named.subject.startswith(THANKS), inspected.c.status == "counted", inspected.c.page_hash.in_(hashes))
    )
    return session.scalar(statement) or 0


def add(session: Session, site_id: str, at_ms: int, card: PublicCard) -> None:
    """Make a card public."""
    document = msgspec.json.encode(card.card).decode()
    values = {"card_code": card.card_code, "advocate_id": card.advocate_id, "language": card.language}
    session.execute(insert(cards).values(site_id=site_id, at_ms=at_ms, document=document, **values))


def find(session: Session, site_id: str, card_code: str) -> PublicCard | None:
    """Return the card at this address."""
    return _one(session, site_id, cards.c.card_code == card_code)


def of_person(session: Session, site_id: str, advocate_ids: Sequence[str]) -> PublicCard | None:
    """Return this person's public card, if there is one."""
    return _one(session, site_id, cards.c.advocate_id.in_(advocate_ids))


def drop(session: Session, site_id: str, advocate_ids: Sequence[str]) -> None:
    """Delete this person's card."""
    session.execute(delete(cards).where(cards.c.site_id == site_id, cards.c.advocate_id.in_(advocate_ids)))


def _one(session: Session, site_id: str, wanted: object) -> PublicCard | None:
    columns = (cards.c.card_code, cards.c.advocate_id, cards.c.language, cards.c.document)
    statement = select(*columns).where(cards.c.site_id == site_id, wanted)  # type: ignore[arg-type]
    row = session.execute(statement.order_by(cards.c.at_ms, cards.c.card_code).limit(1)).one_or_none()
    if row is None:
        return None
    return PublicCard(row.card_code, row.advocate_id, row.language, msgspec.json.decode(row.document, type=Card))
