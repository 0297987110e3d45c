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
from passalong.store.few import merged
from passalong.store.queries import cards
from passalong.store.queries.cards import PublicCard
from passalong.store.sites import Site


class NoCardError(ValueError):
    """The card cannot be made: nothing was shared this month, or too many titles were chosen."""


class Choice(Struct, frozen=True):
    """The person's choice for a card: pages (by their hashes) whose titles are on it, and whether thanks are."""

    pages: Collection[str]
    thanks: bool = False


def draft(session: Session, site: Site, advocate_ids: Sequence[str], now_ms: int, chosen: Choice) -> Card:
    """Return this month's card as chosen. Raises NoCardError."""
    since_ms = month_start_ms(now_ms, site.time_zone)
    count = cards.count_since(session, site.site_id, advocate_ids, since_ms)
    pages = cards.pages_since(session, site.site_id, advocate_ids, since_ms)
    titles = tuple(title_on_card(page.title, page.page_url) for page in pages if page.page_hash in chosen.pages)
    thanks = thanks_since(session, site, advocate_ids, since_ms) if chosen.thanks else 0
    if not count or len(titles) + bool(thanks) > MOST_TITLES:
        raise NoCardError
    return Card(period_of(now_ms, site.time_zone), count, titles, thanks)


def thanks_since(session: Session, site: Site, advocate_ids: Sequence[str], since_ms: int) -> int:
    """Return how many people thanked since then for pages shared since then; 0 where they are fewer than five."""
    return merged(cards.thanks_since(session, site.site_id, advocate_ids, since_ms)).people


class CardRequest(Struct, frozen=True):
    """A request to publish this month's card: whose, with what on it, and in which language."""

    advocate_id: str
    chosen: Choice
    language: str


def publish(db: Database, clock: Clock, site: Site, request: CardRequest) -> PublicCard:
    """Publish this month's card at an address that nobody can guess; a person has one at most. Raises NoCardError."""
    with writing(db) as session:
        advocate_ids = identities.account(session, site.site_id, request.advocate_id)
        existing = cards.of_person(session, site.site_id, advocate_ids)
        if existing is not None:
            return existing
        now_ms = clock.now_ms()
        card = PublicCard(
            new_secret(),
            request.advocate_id,
            request.language,
            draft(session, site, advocate_ids, now_ms, request.chosen),
        )
        cards.add(session, site.site_id, now_ms, card)
    return card


def take_back(db: Database, site_id: str, advocate_id: str) -> None:
    """Take the card back: nobody else can see it any more."""
    with writing(db) as session:
        cards.drop(session, site_id, identities.account(session, site_id, advocate_id))
