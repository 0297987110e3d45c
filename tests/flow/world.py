"""A site with its facts, folded by hand: no server, no threads but those that a test starts."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, text

from cast import HOME, OttosSite, Person, a_site, an_id, anna
from flow import in_order
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.facts import (
    About,
    Action,
    AdvocateNamed,
    ClockTicked,
    ConversionRefunded,
    ConversionReported,
    CreditGiven,
    DecisionMade,
    Event,
    Fact,
    LinkShared,
    LinkVisited,
    input_hash,
)
from passalong.core.identity import customer_key, email_key
from passalong.core.identity_facts import (
    AccountJoined,
    AddressProved,
    CustomerBound,
    PersonErased,
    PersonIdentified,
    StatementWithdrawn,
)
from passalong.core.ledger.receipts import Receipt, decode_receipt
from passalong.core.money import MICROS
from passalong.core.reasons import Reason
from passalong.core.terms.model import Terms, default_terms
from passalong.flow.fold.fold import fold_site
from passalong.flow.signin import guests
from passalong.flow.transaction import writing
from passalong.lib.tokens import Keyring, share_id_of
from passalong.store import event_log
from passalong.store.engine import Database
from passalong.store.schema.journal import balances, journal
from passalong.store.schema.receipts import receipts
from tables import make_tables

START_MS = 1_767_873_600_000
KEYS = Keyring({1: "a secret of the tests that is long enough"})
SITE = "bees01"


STAYS = Terms(goals=default_terms("EUR").goals, pool_model="none")
"""The first terms of every site, but what is in a pool stays there: most tests are about something else."""


class HandClock:
    """A clock that stands where a test sets it."""

    def __init__(self, at_ms: int = START_MS) -> None:
        self.at_ms = at_ms

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        return self.at_ms


def day(number: float) -> int:
    """The time of a day of the story."""
    return START_MS + int(number * DAY_MS)


def an_event(source: str, event_id: str, at_ms: int, fact: Fact, site_id: str = SITE) -> Event:
    """A fact in its envelope; what was said is the fact itself."""
    return Event(site_id, source, event_id, at_ms, input_hash(fact=repr(fact)), fact)


def a_visit(
    name: str,
    share_id: str,
    who: Person,
    days: float,
    *,
    guest: bool = False,
    refused: Reason | None = None,
    site_id: str = SITE,
    page: str = f"{HOME}/bees",
) -> Event:
    """Somebody comes by a link; with `guest` their browser has the credential of an advocate."""
    advocate_id = who.advocate_id(site_id) if guest else None
    fact = LinkVisited(share_id, who.visitor, page, advocate_id, refused)
    return an_event("browser", visit_id(name), day(days), fact, site_id)


def visit_id(name: str) -> str:
    """The id of the visit that a test calls so."""
    return an_id("visit", name)


def a_share(name: str, share_id: str, days: float) -> Event:
    """Somebody uses the link that they were given."""
    return an_event("browser", an_id("share", name), day(days), LinkShared(share_id, "copy"))


def an_order(
    name: str,
    days: float,
    *,
    euros: int = 100,
    share_id: str | None = None,
    visit: str | None = None,
    goal: str = "purchase",
    refused: Reason | None = None,
    currency: str | None = "EUR",
    customer: str | None = None,
    email: str | None = None,
    signed_in: bool = False,
    coupon: str | None = None,
) -> Event:
    """The owner's server reports a purchase, with the code of a share and a visit, and what it says of its buyer."""
    fact = ConversionReported(
        goal,
        euros * MICROS,
        currency,
        share_id,
        visit_id(visit) if visit else None,
        refused,
        customer=customer_key(customer) if customer else None,
        email=email_key(email) if email else None,
        signed_in=signed_in,
        coupon_share_id=coupon,
    )
    return an_event("api", name, day(days), fact)


def a_refund(name: str, order: str, days: float, *, euros: int = 100) -> Event:
    """A part of an order's value is given back."""
    return an_event("refund", name, day(days), ConversionRefunded(order, euros * MICROS))


def one_person(name: str, days: float, *keys: str) -> Event:
    """The owner says that these identity keys are one person."""
    return an_event("identify", name, day(days), PersonIdentified(tuple(sorted(keys))))


def a_withdrawal(name: str, days: float, statement: str) -> Event:
    """The owner takes a statement back."""
    return an_event("identify", name, day(days), StatementWithdrawn(statement))


def one_account(name: str, days: float, *advocates: str) -> Event:
    """Somebody proves that these advocates are theirs."""
    return an_event("proved", name, day(days), AccountJoined(tuple(sorted(advocates)), "mail"))


def a_binding(name: str, days: float, advocate_id: str, customer: str, generation: int = 0) -> Event:
    """A customer is handed over for the first time, or for the first time after an erasure."""
    return an_event("proved", name, day(days), CustomerBound(advocate_id, customer_key(customer), generation))


def an_address(name: str, days: float, who: Person, email: str) -> Event:
    """Somebody opens a mail that was sent to their address."""
    return an_event("proved", name, day(days), AddressProved(who.advocate_id(SITE), email_key(email)))


def an_erasure(name: str, days: float, *advocates: str) -> Event:
    """Somebody erases their account."""
    return an_event("proved", name, day(days), PersonErased(tuple(sorted(advocates))))


def a_decision(name: str, days: float, decision: Action, about: About, subject_id: str) -> Event:
    """Otto decides."""
    fact = DecisionMade(decision, about, subject_id, "Otto", f"Because of {name}.")
    return an_event("verdict", name, day(days), fact)


def a_name(name: str, days: float, order: str, share_id: str) -> Event:
    """Otto names who led to an order: the link is theirs."""
    return an_event("by_hand", name, day(days), AdvocateNamed(order, share_id, "Otto", "She told me."))


def a_gift(name: str, days: float, who: Person, *, euros: int = 5) -> Event:
    """Otto gives credit."""
    fact = CreditGiven(who.advocate_id(SITE), "EUR", euros * MICROS, "Otto", "For her help.")
    return an_event("by_hand", name, day(days), fact)


def a_tick(days: float) -> Event:
    """Time has passed, on the record."""
    return an_event("clock", str(day(days)), day(days), ClockTicked())


class World:
    """One database with one of Otto's sites."""

    def __init__(self, database_url: str, terms: Terms | None = None, *, new: bool = True):
        self.db = Database(database_url)
        self.clock = HandClock()
        if new:
            make_tables(self.db)
            self.site: OttosSite = a_site(self.db, self.clock, terms=terms or STAYS)

    def link(
        self, who: Person = anna, *, parent: str | None = None, visitor: bool = False, page: str = f"{HOME}/bees"
    ) -> str:
        """The share id of a new link of this person's."""
        number = self.count("issued_links")
        asked = guests.LinkRequest(
            an_id("request", number), who.guest, page, "Bees", parent, who.visitor if visitor else None
        )
        issued = guests.issue_link(self.db, self.clock, KEYS, self.site.site, asked)
        return share_id_of(KEYS, SITE, issued.token)

    def take_in(self, *facts: Event) -> None:
        """Record facts at the times they name, and queue them; one that is there already is left out."""
        with writing(self.db) as session:
            known = event_log.hashes_of(session, [_key(event) for event in facts])
            new = [event for event in facts if _key(event) not in known]
            if new:
                event_log.append(session, new)

    def fold(self, site_id: str = SITE) -> int:
        """Fold all that waits."""
        folded = 0
        while done := fold_site(self.db, site_id):
            folded += done
        return folded

    def happens(self, *facts: Event) -> None:
        """Each fact is recorded and folded by itself, in this order."""
        for fact in facts:
            self.take_in(fact)
            self.fold()

    # --- what has come of it ------------------------------------------------------------------------------------------

    def rows(self, statement: Any) -> Sequence[Any]:
        """The rows of a query."""
        with self.db.reading() as session:
            return session.execute(statement).all()

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.rows(text(f"SELECT count(*) FROM {table}"))[0][0])

    def balances(self) -> dict[tuple[str, str], int]:
        """Every balance that is not zero, from the journal itself; the kept balances must say the same."""
        summed = select(journal.c.account, journal.c.unit, func.sum(journal.c.amount_micros)).group_by(
            journal.c.account, journal.c.unit
        )
        found = {(row[0], row[1]): int(row[2]) for row in self.rows(summed) if row[2]}
        kept = {(row.account, row.unit): row.amount_micros for row in self.rows(select(balances)) if row.amount_micros}
        assert kept == found
        return found

    def waiting(self, *people: Person, bucket: str = "waiting", unit: str = "EUR") -> list[str]:
        """What each person has in a bucket, in euros with two digits."""
        found = self.balances()
        return [_words(found.get((f"advocate:{who.advocate_id(SITE)}:{bucket}", unit), 0)) for who in people]

    def receipt(self, subject: str) -> Receipt:
        """The receipt as it stands."""
        return self.receipts()[subject]

    def receipts(self) -> dict[str, Receipt]:
        """Every receipt as it stands."""
        rows = self.rows(select(receipts.c.subject, receipts.c.body).order_by(receipts.c.version))
        return {subject: decode_receipt(body) for subject, body in rows}

    def check(self) -> None:
        """What must hold whatever happened, see `in_order`."""
        in_order.check(self)

    def close(self) -> None:
        """Let the database go."""
        self.db.close()


def status(receipt: Receipt) -> tuple[str, Reason | None]:
    """Whether it counted, and why not."""
    return receipt.status, receipt.reason


def _key(event: Event) -> tuple[str, str, str]:
    return (event.site_id, event.source, event.event_id)


def _words(amount_micros: int) -> str:
    return f"{amount_micros / MICROS:.2f}"
