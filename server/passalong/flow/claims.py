"""Claims: the messages are stored beside the facts, and the fact itself goes through the collector."""

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from passalong.core.claim_facts import NO_CLOCK_MS, ClaimPromised, Nothing
from passalong.core.facts import ClaimAnswered, ClaimOpened, ClaimResolved, input_hash
from passalong.flow import claim_promises
from passalong.flow.ingest.collector import Collector
from passalong.flow.ingest.recorder import Kept
from passalong.flow.signin import rate_limits
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.store import sites
from passalong.store.books import claims, identities
from passalong.store.books.claims import OPEN, NewWords
from passalong.store.engine import Database
from passalong.store.people import sign_in_methods
from passalong.store.queries import links
from passalong.store.sites import Site

PORTAL, CONSOLE, CLOCK = "portal", "console", "claim_clock"
MOST_WORDS = 2_000
MOST_OPEN = 20
MOST_ORDERS = 5
"""The most open claims of one person about orders that should have counted."""
MOST_ORDERS_OF_SITE = 50
"""The most open claims of all people together: it bounds what an absent owner can lose to claims nobody reads."""


NOTHING_WORDS = {
    Nothing.REFUNDED: "Granting this gives nothing: the order was refunded in full.",
    Nothing.VOID: "Granting this gives nothing: you decided that the order does not count.",
    Nothing.BANNED: "Granting this gives nothing: the person was excluded when the order came.",
    Nothing.HAS_IT: "Granting this gives nothing: the person has this credit already.",
    Nothing.USED_UP: "Granting this gives nothing: all that the order pays was given to others who asked about it.",
    Nothing.UNPAID: "Granting this gives nothing: the rule pays nothing for it.",
}
"""The sentence for an owner who grants a claim that gives nothing by itself."""


class ClaimError(ValueError):
    """A claim that cannot be made; says what to do."""


class ClaimExistsError(ClaimError):
    """The person has already made a claim about this, whatever came of it."""


class TooManyClaimsError(ClaimError):
    """The person has too many open claims."""


class SiteFullError(ClaimError):
    """Too many claims of all people, or of one network, wait for an answer."""


class NoSavedAccountError(ClaimError):
    """A claim about an order or a link by somebody without a saved account whose links brought nobody."""


class ClaimsOffError(ClaimError):
    """The site takes no questions in the portal."""


class ClaimConflictError(ClaimError):
    """The same form was sent before, about something else."""


class AlreadyDecidedError(ValueError):
    """The claim was decided before."""


class FinalSplitError(ValueError):
    """Granting gives nothing by itself, so that only an amount can be granted; says why."""


class NewClaim(Struct, frozen=True, kw_only=True):
    """A claim as its form sends it: about a line, or about an order or a link that should have counted.

    `caller` is the hash of the sender's network, for rate limits.
    """

    claim_id: str
    advocate_id: str
    words: str
    line_id: str | None = None
    conversion_id: str | None = None
    share_id: str | None = None
    caller: str = ""


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


def ask(db: Database, clock: Clock, collector: Collector, site: Site, claim: NewClaim) -> int:
    """Open a claim; idempotent by id. Returns its deadline. Raises ClaimError or NothingToDecideError."""
    if not site.questions:
        raise ClaimsOffError("This site takes no questions here.")
    now_ms = clock.now_ms()
    with writing(db) as session:
        earlier = claims.find_claim(session, site.site_id, claim.claim_id)
        fact = ClaimOpened(claim.advocate_id, NO_CLOCK_MS, claim.line_id, claim.conversion_id, claim.share_id)
        promised_at_ms = earlier.promised_at_ms if earlier else claim_promises.promised_to(session, site, fact, now_ms)
        fact = replace(fact, promised_at_ms=promised_at_ms)
        if not claims.words_of(session, site.site_id, [claim.claim_id]):
            _admit(session, site.site_id, fact, now_ms)
            if claim.line_id is None:
                _admit_order(session, site.site_id, fact, claim.caller, now_ms)
            claims.add_words(session, site.site_id, NewWords(claim.claim_id, "advocate", claim.words), now_ms)
    about = {"line": claim.line_id, "conversion": claim.conversion_id, "share": claim.share_id}
    sender_hash = input_hash(advocate=claim.advocate_id, **about)
    if collector.record(site.site_id, PORTAL, claim.claim_id, fact, sender_hash) is Kept.CONFLICT:
        raise ClaimConflictError("This form was sent before, for something else. Open it again.")
    return promised_at_ms


def _admit(session: Session, site_id: str, claim: ClaimOpened, now_ms: int) -> None:
    """Raise ClaimError for repeated claims, for strangers, and if too many are open.

    Silence grants a claim, so the same line twice would be given twice. Folded claims are read and claims not folded
    yet are counted: many forms sent at once are no way around.
    """
    advocate_ids = identities.account(session, site_id, claim.advocate_id)
    if claim.line_id is None and not (
        sign_in_methods.is_kept(session, site_id, advocate_ids) or links.has_arrival(session, site_id, advocate_ids)
    ):
        raise NoSavedAccountError("Save access to your account first: anybody could make up an order number.")
    open_, _ = claims.count_open(session, site_id, advocate_ids)
    if claims.is_asked(session, site_id, advocate_ids, claim):
        raise ClaimExistsError("You have asked about this before. Say more in that question.")
    link = None if claim.conversion_id else claim.share_id
    about = claim.line_id or input_hash(who=advocate_ids[0], order=claim.conversion_id, link=link)[:32]
    if not rate_limits.within(session, site_id, rate_limits.QUESTION_ABOUT, about, now_ms):
        raise ClaimExistsError("You have asked about this before. Say more in that question.")
    if open_ >= MOST_OPEN or not rate_limits.within(
        session, site_id, rate_limits.QUESTIONS_OF_PERSON, advocate_ids[0], now_ms
    ):
        raise TooManyClaimsError("You have many questions open already. Please wait for an answer to one of them.")


def _admit_order(session: Session, site_id: str, claim: ClaimOpened, caller: str, now_ms: int) -> None:
    """Raise ClaimError if too many claims about orders wait: of this person, of their network, of all people."""
    advocate_ids = identities.account(session, site_id, claim.advocate_id)
    _, orders = claims.count_open(session, site_id, advocate_ids)
    if orders >= MOST_ORDERS or not rate_limits.within(
        session, site_id, rate_limits.ORDERS_OF_PERSON, advocate_ids[0], now_ms
    ):
        raise TooManyClaimsError("You have many questions open already. Please wait for an answer to one of them.")
    if (
        claims.count_orders(session, site_id) >= MOST_ORDERS_OF_SITE
        or not rate_limits.within(session, site_id, rate_limits.ORDERS_OF_CALLER, caller, now_ms)
        or not rate_limits.within(session, site_id, rate_limits.ORDERS_OF_SITE, "site", now_ms)
    ):
        raise SiteFullError("Many questions have no answer yet. Please ask again when some have been answered.")


def say(db: Database, clock: Clock, site_id: str, new: NewWords) -> int:
    """Add a message to a claim; returns its number."""
    with writing(db) as session:
        return claims.add_words(session, site_id, new, clock.now_ms())


def answer(db: Database, clock: Clock, collector: Collector, site: Site, reply: Answer) -> None:
    """Answer a claim without a decision; the deadline starts again."""
    new = NewWords(reply.claim_id, "owner", reply.words)
    number = f"once.{reply.once}" if reply.once else say(db, clock, site.site_id, new)
    with db.reading() as session:
        claim = claims.find_claim(session, site.site_id, reply.claim_id)
        promised_at_ms = claim_promises.promised_ms(session, site, clock.now_ms())
    if claim is not None and claim.needs_owner:
        promised_at_ms = claim.promised_at_ms
    fact = ClaimAnswered(reply.claim_id, promised_at_ms)
    sender_hash = input_hash(claim=reply.claim_id, number=number)
    result = collector.record(site.site_id, CONSOLE, f"{reply.claim_id}.{number}", fact, sender_hash)
    if reply.once and (result is Kept.NEW or not _is_said(db, site.site_id, new)):
        say(db, clock, site.site_id, new)


def _is_said(db: Database, site_id: str, new: NewWords) -> bool:
    """Return True if the claim has such a message: a call that was cut off after its fact has not."""
    with db.reading() as session:
        messages = claims.words_of(session, site_id, [new.claim_id]).get(new.claim_id, ())
    return any((message.author, message.words) == (new.author, new.words) for message in messages)


def decide(db: Database, clock: Clock, collector: Collector, site: Site, decision: ClaimDecision) -> None:
    """Grant or decline a claim, with a reason. Raises AlreadyDecidedError or FinalSplitError."""
    with db.reading() as session:
        claim = claims.find_claim(session, site.site_id, decision.claim_id)
        if claim is None or claim.outcome != OPEN:
            raise AlreadyDecidedError
        by_itself = decision.granted and not decision.amount_micros
        if by_itself and not claim_promises.can_be_granted(session, site, claim):
            raise FinalSplitError("Granting this gives nothing by itself. Write the amount to give.")
        nothing = claim_promises.why_nothing(session, site, claim, "owner") if by_itself else None
        if nothing is not None and nothing is not Nothing.UNPAID:
            raise FinalSplitError(f"{NOTHING_WORDS[nothing]} Write the amount to give all the same, or decline.")
    fact = ClaimResolved(decision.claim_id, decision.granted, "owner", decision.unit, decision.amount_micros)
    sender_hash = input_hash(
        claim=decision.claim_id, granted=decision.granted, unit=decision.unit, amount=decision.amount_micros
    )
    if collector.record(site.site_id, CONSOLE, f"{decision.claim_id}.decided", fact, sender_hash) is not Kept.NEW:
        raise AlreadyDecidedError
    say(db, clock, site.site_id, NewWords(decision.claim_id, "owner", decision.words))


def keep_clocks(db: Database, clock: Clock, collector: Collector, site: Site) -> int:
    """Start the clocks of a site's open claims with a full period if the owner can be written to, or stop them.

    Returns the number of clocks that changed.
    """
    now_ms = clock.now_ms()
    with db.reading() as session:
        promised_at_ms = claim_promises.promised_ms(session, site, now_ms)
        running = promised_at_ms == NO_CLOCK_MS
        open_claims = claims.open_with_clock(session, site.site_id, running=running)
    for claim in open_claims:
        fact = ClaimPromised(claim.claim_id, promised_at_ms)
        sender_hash = input_hash(claim=claim.claim_id, promised=promised_at_ms)
        collector.record(site.site_id, CLOCK, f"{claim.claim_id}.{now_ms}", fact, sender_hash)
    return len(open_claims)


def keep_all_clocks(db: Database, clock: Clock, collector: Collector) -> int:
    """Do the same for every site with open claims; returns the number of clocks that changed."""
    with db.reading() as session:
        all_sites = [sites.find_site(session, site_id) for site_id in claims.sites_with_open(session)]
    return sum(keep_clocks(db, clock, collector, site) for site in all_sites if site is not None)
