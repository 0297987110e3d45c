"""Claims: the messages are stored beside the facts, and the fact itself goes through the collector."""

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.attribution.allocate import DAY_MS
from passalong.core.claim_facts import NO_CLOCK_MS, ClaimPromised
from passalong.core.facts import ClaimAnswered, ClaimOpened, ClaimResolved, input_hash
from passalong.flow.ingest.collector import Collector
from passalong.flow.ingest.recorder import Kept
from passalong.flow.signin import rate_limits
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.store import sites
from passalong.store.books import claims, identities
from passalong.store.books.claims import OPEN, NewWords
from passalong.store.engine import Database
from passalong.store.people import addresses, sign_in_methods
from passalong.store.queries import links
from passalong.store.sites import Site

PORTAL, CONSOLE, CLOCK = "portal", "console", "claim_clock"
MOST_WORDS = 2_000
MOST_OPEN = 20
MOST_ORDERS = 5
"""The most open claims of one person about orders that should have counted."""
MOST_ORDERS_OF_SITE = 50
"""The most open claims of all people together: it bounds what an absent owner can lose to claims nobody reads."""


class ClaimError(ValueError):
    """A claim that cannot be made; says what to do."""


class ClaimExistsError(ClaimError):
    """The person has already made a claim about this, whatever came of it."""


class TooManyClaimsError(ClaimError):
    """Too many claims are open."""


class NoSavedAccountError(ClaimError):
    """A claim about an order or a link by somebody without a saved account whose links brought nobody."""


class ClaimsOffError(ClaimError):
    """The site takes no questions in the portal."""


class ClaimConflictError(ClaimError):
    """The same form was sent before, about something else."""


class AlreadyDecidedError(ValueError):
    """The claim was decided before."""


class NewClaim(Struct, frozen=True, kw_only=True):
    """A claim as its form sends it: about a line, or about an order or a link that should have counted."""

    claim_id: str
    advocate_id: str
    words: str
    line_id: str | None = None
    conversion_id: str | None = None
    share_id: str | None = None


class Answer(Struct, frozen=True):
    """An answer of the owner to a claim; one with the id of a call, `once`, is given once."""

    claim_id: str
    words: str
    once: str = ""


class ClaimDecision(Struct, frozen=True, kw_only=True):
    """The owner's decision on a claim, with its reason; a granted one may have an amount."""

    claim_id: str
    words: str
    granted: bool
    unit: str | None = None
    amount_micros: int = 0


def ask(db: Database, clock: Clock, collector: Collector, site: Site, asked: NewClaim) -> int:
    """Open a claim; idempotent by id. Returns its deadline. Raises ClaimError."""
    if not site.questions:
        raise ClaimsOffError("This site takes no questions here.")
    now_ms = clock.now_ms()
    with writing(db) as session:
        promised_at_ms = _promised_ms(session, site, now_ms)
        fact = ClaimOpened(asked.advocate_id, promised_at_ms, asked.line_id, asked.conversion_id, asked.share_id)
        if not claims.words_of(session, site.site_id, [asked.claim_id]):
            _admit(session, site.site_id, fact, now_ms)
            claims.add_words(session, site.site_id, NewWords(asked.claim_id, "advocate", asked.words), now_ms)
    about = {"line": asked.line_id, "conversion": asked.conversion_id, "share": asked.share_id}
    said = input_hash(advocate=asked.advocate_id, **about)
    if collector.record(site.site_id, PORTAL, asked.claim_id, fact, said) is Kept.CONFLICT:
        raise ClaimConflictError("This form was sent before, for something else. Open it again.")
    return promised_at_ms


def _admit(session: Session, site_id: str, asked: ClaimOpened, now_ms: int) -> None:
    """Raise ClaimError for repeated claims, for strangers, and if too many are open.

    Silence grants a claim, so the same line twice would be given twice. Folded claims are read and claims not folded
    yet are counted: many forms sent at once are no way around.
    """
    mine = identities.account(session, site_id, asked.advocate_id)
    if asked.line_id is None and not (
        sign_in_methods.is_kept(session, site_id, mine) or links.has_arrival(session, site_id, mine)
    ):
        raise NoSavedAccountError("Save access to your account first: anybody can make up an order's number.")
    open_, orders = claims.count_open(session, site_id, mine)
    if claims.is_asked(session, site_id, mine, asked):
        raise ClaimExistsError("You have asked about this before. Say more in that question.")
    about = asked.line_id or input_hash(who=asked.advocate_id, order=asked.conversion_id, link=asked.share_id)[:32]
    if not rate_limits.within(session, site_id, rate_limits.QUESTION_ABOUT, about, now_ms):
        raise ClaimExistsError("You have asked about this before. Say more in that question.")
    if open_ >= MOST_OPEN or not rate_limits.within(session, site_id, rate_limits.QUESTIONS_OF_PERSON, mine[0], now_ms):
        raise TooManyClaimsError("You have many questions open already. Please wait for an answer to one of them.")
    if asked.line_id is None and (
        orders >= MOST_ORDERS
        or claims.count_orders(session, site_id) >= MOST_ORDERS_OF_SITE
        or not rate_limits.within(session, site_id, rate_limits.ORDERS_OF_SITE, "site", now_ms)
        or not rate_limits.within(session, site_id, rate_limits.ORDERS_OF_PERSON, mine[0], now_ms)
    ):
        raise TooManyClaimsError("Many questions wait for an answer. Please ask again when some have one.")


def say(db: Database, clock: Clock, site_id: str, new: NewWords) -> int:
    """Add a message to a claim; returns its number."""
    with writing(db) as session:
        return claims.add_words(session, site_id, new, clock.now_ms())


def answer(db: Database, clock: Clock, collector: Collector, site: Site, given: Answer) -> None:
    """Answer a claim without a decision; the deadline starts again."""
    new = NewWords(given.claim_id, "owner", given.words)
    number = given.once or say(db, clock, site.site_id, new)
    with db.reading() as session:
        promised_at_ms = _promised_ms(session, site, clock.now_ms())
    fact = ClaimAnswered(given.claim_id, promised_at_ms)
    said = input_hash(claim=given.claim_id, number=number)
    result = collector.record(site.site_id, CONSOLE, f"{given.claim_id}.{number}", fact, said)
    if given.once and (result is Kept.NEW or not _is_said(db, site.site_id, new)):
        say(db, clock, site.site_id, new)


def _is_said(db: Database, site_id: str, new: NewWords) -> bool:
    """Return True if the claim has such a message: a call that was cut off after its fact has not."""
    with db.reading() as session:
        messages = claims.words_of(session, site_id, [new.claim_id]).get(new.claim_id, ())
    return any((message.author, message.words) == (new.author, new.words) for message in messages)


def decide(db: Database, clock: Clock, collector: Collector, site: Site, made: ClaimDecision) -> None:
    """Grant or decline a claim, with a reason. Raises AlreadyDecidedError."""
    with db.reading() as session:
        claim = claims.find_claim(session, site.site_id, made.claim_id)
    if claim is None or claim.outcome != OPEN:
        raise AlreadyDecidedError
    fact = ClaimResolved(made.claim_id, made.granted, "owner", made.unit, made.amount_micros)
    said = input_hash(claim=made.claim_id, granted=made.granted, unit=made.unit, amount=made.amount_micros)
    if collector.record(site.site_id, CONSOLE, f"{made.claim_id}.decided", fact, said) is not Kept.NEW:
        raise AlreadyDecidedError
    say(db, clock, site.site_id, NewWords(made.claim_id, "owner", made.words))


def _promised_ms(session: Session, site: Site, now_ms: int) -> int:
    """Return the deadline of a claim that is opened or answered now: none while no owner can be written to."""
    reached = addresses.reaches_owner(session, site.site_id)
    return now_ms + site.answer_days * DAY_MS if reached else NO_CLOCK_MS


def keep_clocks(db: Database, clock: Clock, collector: Collector, site: Site) -> int:
    """Start the clocks of a site's open claims with a full period if the owner can be written to, or stop them.

    Returns the number of clocks that changed.
    """
    now_ms = clock.now_ms()
    with db.reading() as session:
        promised_at_ms = _promised_ms(session, site, now_ms)
        running = promised_at_ms == NO_CLOCK_MS
        found = claims.open_with_clock(session, site.site_id, running=running)
    for claim in found:
        fact = ClaimPromised(claim.claim_id, promised_at_ms)
        said = input_hash(claim=claim.claim_id, promised=promised_at_ms)
        collector.record(site.site_id, CLOCK, f"{claim.claim_id}.{now_ms}", fact, said)
    return len(found)


def keep_all_clocks(db: Database, clock: Clock, collector: Collector) -> int:
    """Do the same for every site with open claims; returns the number of clocks that changed."""
    with db.reading() as session:
        found = [sites.find_site(session, site_id) for site_id in claims.sites_with_open(session)]
    return sum(keep_clocks(db, clock, collector, site) for site in found if site is not None)
