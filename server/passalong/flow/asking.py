"""Asking and answering: what is written is kept beside the facts, and the fact itself goes through the one door."""

from sqlalchemy.orm import Session

from passalong.clock import Clock
from passalong.core.attribution import DAY_MS
from passalong.core.facts import ClaimAnswered, ClaimOpened, ClaimResolved, Event, Fact, input_hash
from passalong.flow import limits
from passalong.flow.collect import Collector
from passalong.flow.record import Kept
from passalong.flow.transaction import writing
from passalong.store import access, claims, sites
from passalong.store.claims import OPEN
from passalong.store.engine import Database
from passalong.store.sites import Site

PORTAL, CONSOLE = "portal", "console"
MOST_WORDS = 2_000
MOST_OPEN = 20
MOST_ORDERS = 5
"""So many of one person's open questions may be about orders that should have counted."""
MOST_ORDERS_OF_SITE = 50
"""And so many of all people's together: what an owner who is away can lose to questions that nobody reads."""
MOST_DAYS = 60
WAIT_S = 30


class CannotAsk(ValueError):
    """A claim that cannot be taken; says what to do."""


class AskedBefore(CannotAsk):
    """There is a question of theirs about this already, whatever became of it."""


class TooManyAsked(CannotAsk):
    """Too much waits for an answer."""


class AskedOtherwise(CannotAsk):
    """The same form was sent before, about something else."""


class AlreadyDecided(ValueError):
    """The claim was decided before."""


def ask(
    db: Database,
    clock: Clock,
    collector: Collector,
    site: Site,
    claim_id: str,
    advocate_id: str,
    words: str,
    *,
    line_id: str | None = None,
    conversion_id: str | None = None,
    share_id: str | None = None,
) -> int:
    """Open a claim; the same id again is the same claim. Returns when it is decided at the latest. Raises CannotAsk."""
    now_ms = clock.now_ms()
    promised_at_ms = now_ms + site.answer_days * DAY_MS
    fact = ClaimOpened(advocate_id, promised_at_ms, line_id, conversion_id, share_id)
    with writing(db) as session:
        if not claims.words_of(session, site.site_id, [claim_id]):
            _admit(session, site.site_id, fact, now_ms)
            claims.add_words(session, site.site_id, claim_id, now_ms, "advocate", words)
    said = input_hash(advocate=advocate_id, line=line_id, conversion=conversion_id, share=share_id)
    if _offer(collector, site, PORTAL, claim_id, fact, said) is Kept.CONFLICT:
        raise AskedOtherwise("This form was sent before, for something else. Open it again.")
    return promised_at_ms


def _admit(session: Session, site_id: str, asked: ClaimOpened, now_ms: int) -> None:
    """Raise CannotAsk for what was asked before, and where too much waits for an answer.

    Silence decides for who asked, so the same line twice would be given twice. What is folded is read, and what is
    not folded yet is counted: many forms sent at once are no way around.
    """
    mine = access.advocates_of(session, site_id, asked.advocate_id)
    open_, orders = claims.count_open(session, site_id, mine)
    if claims.is_asked(session, site_id, mine, asked.line_id, asked.conversion_id, asked.share_id):
        raise AskedBefore("You have asked about this before. Say more in that question.")
    about = asked.line_id or input_hash(who=asked.advocate_id, order=asked.conversion_id, link=asked.share_id)[:32]
    if not limits.within(session, site_id, limits.QUESTION_ABOUT, about, now_ms):
        raise AskedBefore("You have asked about this before. Say more in that question.")
    if open_ >= MOST_OPEN or not limits.within(session, site_id, limits.QUESTIONS_OF_PERSON, mine[0], now_ms):
        raise TooManyAsked("You have many questions open already. Please wait for an answer to one of them.")
    if asked.line_id is None and (
        orders >= MOST_ORDERS
        or claims.count_orders(session, site_id) >= MOST_ORDERS_OF_SITE
        or not limits.within(session, site_id, limits.ORDERS_OF_SITE, "site", now_ms)
        or not limits.within(session, site_id, limits.ORDERS_OF_PERSON, mine[0], now_ms)
    ):
        raise TooManyAsked("Many questions wait for an answer. Please ask again when some have one.")


def say(db: Database, clock: Clock, site_id: str, claim_id: str, author: str, words: str) -> int:
    """Add words to a conversation; returns their number."""
    with writing(db) as session:
        return claims.add_words(session, site_id, claim_id, clock.now_ms(), author, words)


def answer(db: Database, clock: Clock, collector: Collector, site: Site, claim_id: str, words: str) -> None:
    """The owner answers without deciding yet: the promise is made anew."""
    number = say(db, clock, site.site_id, claim_id, "owner", words)
    promised_at_ms = clock.now_ms() + site.answer_days * DAY_MS
    fact = ClaimAnswered(claim_id, promised_at_ms)
    _offer(collector, site, CONSOLE, f"{claim_id}.{number}", fact, input_hash(claim=claim_id, number=number))


def decide(
    db: Database,
    clock: Clock,
    collector: Collector,
    site: Site,
    claim_id: str,
    words: str,
    *,
    granted: bool,
    unit: str | None = None,
    amount_micros: int = 0,
) -> None:
    """The owner grants or declines, with a reason. Raises AlreadyDecided."""
    with db.reading() as session:
        found = claims.find_claim(session, site.site_id, claim_id)
    if found is None or found.outcome != OPEN:
        raise AlreadyDecided
    fact = ClaimResolved(claim_id, granted, "owner", unit, amount_micros)
    said = input_hash(claim=claim_id, granted=granted, unit=unit, amount=amount_micros)
    if _offer(collector, site, CONSOLE, f"{claim_id}.decided", fact, said) is not Kept.NEW:
        raise AlreadyDecided
    say(db, clock, site.site_id, claim_id, "owner", words)


def promise(db: Database, site_id: str, days: int) -> None:
    """Within how many days the owner answers, from now on. Raises CannotAsk."""
    if not 1 <= days <= MOST_DAYS:
        raise CannotAsk(f"Choose from 1 to {MOST_DAYS} days.")
    with writing(db) as session:
        sites.set_answer_days(session, site_id, days)


def _offer(collector: Collector, site: Site, source: str, event_id: str, fact: Fact, said: str) -> Kept:
    return collector.offer(Event(site.site_id, source, event_id, 0, said, fact)).result(timeout=WAIT_S)
