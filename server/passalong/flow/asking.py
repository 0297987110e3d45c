"""Asking and answering: what is written is kept beside the facts, and the fact itself goes through the one door."""

from passalong.clock import Clock
from passalong.core.attribution import DAY_MS
from passalong.core.facts import ClaimAnswered, ClaimOpened, ClaimResolved, Event, Fact, input_hash
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
MOST_DAYS = 60
WAIT_S = 30


class CannotAsk(ValueError):
    """A claim that cannot be taken; says what to do."""


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
    with writing(db) as session:
        before = claims.words_of(session, site.site_id, [claim_id])
        if not before:
            mine = access.advocates_of(session, site.site_id, advocate_id)
            if claims.count_open(session, site.site_id, mine) >= MOST_OPEN:
                raise CannotAsk("You have many questions open already. Please wait for an answer to one of them.")
            claims.add_words(session, site.site_id, claim_id, now_ms, "advocate", words)
    fact = ClaimOpened(advocate_id, promised_at_ms, line_id, conversion_id, share_id)
    said = input_hash(advocate=advocate_id, line=line_id, conversion=conversion_id, share=share_id)
    if _offer(collector, site, PORTAL, claim_id, fact, said) is Kept.CONFLICT:
        raise CannotAsk("This form was sent before, for something else. Open it again.")
    return promised_at_ms


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
