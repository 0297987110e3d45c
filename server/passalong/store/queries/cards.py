"""Public cards, and the content of a month's card."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from passalong.core.cards import Card
from passalong.store.schema.links import link_totals
from passalong.store.schema.people import cards
from passalong.store.schema.rollups import page_totals

MOST_PAGES = 50
"""The number of a month's pages that can be chosen from, the newest."""


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


def count_since(session: Session, site_id: str, mine: Sequence[str], since_ms: int) -> int:
    """Count the pages this person shared since then, each once."""
    known = link_totals.c
    counted = select(func.count(known.page_hash.distinct())).where(
        known.site_id == site_id, known.advocate_id.in_(mine), known.at_ms >= since_ms
    )
    return session.scalar(counted) or 0


def pages_since(session: Session, site_id: str, mine: Sequence[str], since_ms: int) -> tuple[MonthPage, ...]:
    """Return these pages, the one shared last first."""
    known = link_totals.c
    newest = (
        select(known.page_hash)
        .where(known.site_id == site_id, known.advocate_id.in_(mine), known.at_ms >= since_ms)
        .group_by(known.page_hash)
        .order_by(func.max(known.at_ms).desc(), known.page_hash)
        .limit(MOST_PAGES)
    )
    hashes = list(session.scalars(newest))
    pages = page_totals.c
    rows = session.execute(
        select(pages.page_hash, pages.page_url, pages.title)
        .where(pages.site_id == site_id, pages.advocate_id.in_(mine), pages.page_hash.in_(hashes))
        .order_by(pages.advocate_id)
    )
    found = {row.page_hash: MonthPage(*row) for row in rows}
    return tuple(found[name] for name in hashes if name in found)


def add(session: Session, site_id: str, at_ms: int, made: PublicCard) -> None:
    """Make a card public."""
    document = msgspec.json.encode(made.card).decode()
    values = {"card_code": made.card_code, "advocate_id": made.advocate_id, "language": made.language}
    session.execute(insert(cards).values(site_id=site_id, at_ms=at_ms, document=document, **values))


def find(session: Session, site_id: str, card_code: str) -> PublicCard | None:
    """Return the card at this address."""
    return _one(session, site_id, cards.c.card_code == card_code)


def of_person(session: Session, site_id: str, mine: Sequence[str]) -> PublicCard | None:
    """Return this person's public card, if there is one."""
    return _one(session, site_id, cards.c.advocate_id.in_(mine))


def drop(session: Session, site_id: str, mine: Sequence[str]) -> None:
    """Delete this person's card."""
    session.execute(delete(cards).where(cards.c.site_id == site_id, cards.c.advocate_id.in_(mine)))


def _one(session: Session, site_id: str, wanted: object) -> PublicCard | None:
    columns = (cards.c.card_code, cards.c.advocate_id, cards.c.language, cards.c.document)
    statement = select(*columns).where(cards.c.site_id == site_id, wanted)  # type: ignore[arg-type]
    row = session.execute(statement.order_by(cards.c.at_ms, cards.c.card_code).limit(1)).one_or_none()
    if row is None:
        return None
    return PublicCard(row.card_code, row.advocate_id, row.language, msgspec.json.decode(row.document, type=Card))
