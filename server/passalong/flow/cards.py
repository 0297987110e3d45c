"""Cards of one month: drafted for the advocate alone, published on request, and taken back on request."""

from collections.abc import Collection, Sequence

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.cards import MOST_TITLES, Card, title_on_card
from passalong.core.dates import month_start_ms, period_of
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.tokens import new_secret
from passalong.store.books import identities
from passalong.store.engine import Database
from passalong.store.queries import cards
from passalong.store.queries.cards import PublicCard
from passalong.store.sites import Site


class NoCardError(ValueError):
    """The card cannot be made: nothing was shared this month, or too many titles were chosen."""


def draft(session: Session, site: Site, mine: Sequence[str], now_ms: int, chosen: Collection[str]) -> Card:
    """Return this month's card, with the titles of the pages chosen by their hashes. Raises NoCardError."""
    since_ms = month_start_ms(now_ms, site.time_zone)
    count = cards.count_since(session, site.site_id, mine, since_ms)
    pages = cards.pages_since(session, site.site_id, mine, since_ms)
    titles = tuple(title_on_card(page.title, page.page_url) for page in pages if page.page_hash in chosen)
    if not count or len(titles) > MOST_TITLES:
        raise NoCardError
    return Card(period_of(now_ms, site.time_zone), count, titles)


class CardRequest(Struct, frozen=True):
    """A request to publish this month's card: whose, with which pages (by their hashes), and in which language."""

    advocate_id: str
    chosen: Collection[str]
    language: str


def publish(db: Database, clock: Clock, site: Site, asked: CardRequest) -> PublicCard:
    """Publish this month's card at an address that nobody can guess; a person has one at most. Raises NoCardError."""
    with writing(db) as session:
        mine = identities.account(session, site.site_id, asked.advocate_id)
        known = cards.of_person(session, site.site_id, mine)
        if known is not None:
            return known
        now_ms = clock.now_ms()
        card = PublicCard(
            new_secret(), asked.advocate_id, asked.language, draft(session, site, mine, now_ms, asked.chosen)
        )
        cards.add(session, site.site_id, now_ms, card)
    return card


def take_back(db: Database, site_id: str, advocate_id: str) -> None:
    """Take the card back: nobody else can see it any more."""
    with writing(db) as session:
        cards.drop(session, site_id, identities.account(session, site_id, advocate_id))
