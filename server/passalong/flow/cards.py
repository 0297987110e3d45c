"""A card of one month: drawn up for its person alone, made public when they press the button, taken back by another."""

from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from passalong.clock import Clock
from passalong.core.cards import MOST_TITLES, Card, title_on_card
from passalong.core.days import month_start_ms, period_of
from passalong.flow.transaction import writing
from passalong.store import access, cards
from passalong.store.cards import PublicCard
from passalong.store.engine import Database
from passalong.store.sites import Site
from passalong.tokens import new_secret


class NoCard(ValueError):
    """A card that cannot be: nothing was passed along this month, or more titles were chosen than have room."""


def draft(session: Session, site: Site, mine: Sequence[str], now_ms: int, chosen: Collection[str]) -> Card:
    """This month's card, with the titles of the pages that were chosen by their hashes. Raises NoCard."""
    since_ms = month_start_ms(now_ms, site.time_zone)
    count = cards.count_since(session, site.site_id, mine, since_ms)
    pages = cards.pages_since(session, site.site_id, mine, since_ms)
    titles = tuple(title_on_card(page.title, page.page_url) for page in pages if page.page_hash in chosen)
    if not count or len(titles) > MOST_TITLES:
        raise NoCard
    return Card(period_of(now_ms, site.time_zone), count, titles)


def publish(
    db: Database, clock: Clock, site: Site, advocate_id: str, chosen: Collection[str], language: str
) -> PublicCard:
    """Make this month's card public, at an address that nobody can guess; a person has one at most. Raises NoCard."""
    with writing(db) as session:
        mine = access.advocates_of(session, site.site_id, advocate_id)
        known = cards.of_person(session, site.site_id, mine)
        if known is not None:
            return known
        now_ms = clock.now_ms()
        made = PublicCard(new_secret(), advocate_id, language, draft(session, site, mine, now_ms, chosen))
        cards.add(session, site.site_id, now_ms, made)
    return made


def take_back(db: Database, site_id: str, advocate_id: str) -> None:
    """Nobody sees the card any more, from now on."""
    with writing(db) as session:
        cards.drop(session, site_id, access.advocates_of(session, site_id, advocate_id))
