"""What one slice of folding works with: the numbers it has come to, and one book for each thing it reads and writes.

The books read what the slice's facts are about in a few statements, are changed in memory, and are written once at the
end, all in the slice's one transaction.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from passalong.core.expiry import Lot
from passalong.core.facts import (
    NEW_VISITOR,
    ConversionRefunded,
    ConversionReported,
    Event,
    LinkShared,
    LinkVisited,
)
from passalong.core.identity import advocate_key, visitor_key
from passalong.core.ledger import Line, carried
from passalong.core.terms import Terms
from passalong.flow import news
from passalong.store.claims import ClaimBook
from passalong.store.conversions import ConversionBook
from passalong.store.counters import Counters
from passalong.store.credits import CreditBook
from passalong.store.expiries import Expiry, ExpiryBook
from passalong.store.grants import GrantBook
from passalong.store.identities import PersonBook
from passalong.store.journal import BalanceBook, JournalBook
from passalong.store.links import LinkBook
from passalong.store.pools import PoolBook
from passalong.store.read_models import balances
from passalong.store.receipts import ReceiptBook
from passalong.store.sites import Site, in_force, terms_versions
from passalong.store.uses import Use, UseBook
from passalong.store.verdicts import VerdictBook
from passalong.store.visits import VisitBook


class Slice:
    """The state of one slice; `seq` numbers facts without gaps, the journal its transactions.

    `times` has when the facts of this slice happened, by number.
    `decisions` are facts of the fold's own, to be folded next; unless it `decides`, they come with the log.
    """

    def __init__(self, session: Session, site: Site, last_seq: int, last_tx: int, decides: bool = True):
        self.site_id = site.site_id
        self.time_zone = site.time_zone
        self.seq = last_seq
        self.links = LinkBook(session, site.site_id)
        self.persons = PersonBook(session, site.site_id)
        self.visits = VisitBook(session, site.site_id)
        self.conversions = ConversionBook(session, site.site_id)
        self.credits = CreditBook(session, site.site_id)
        self.receipts = ReceiptBook(session, site.site_id)
        self.journal = JournalBook(session, site.site_id, last_tx)
        self.balances = BalanceBook(session, site.site_id)
        self.uses = UseBook(session, site.site_id)
        self.pools = PoolBook(session, site.site_id)
        self.counters = Counters(session, site.site_id)
        self.verdicts = VerdictBook(session, site.site_id)
        self.grants = GrantBook(session, site.site_id)
        self.decides = decides
        self.decisions: list[Event] = []
        self.claims = ClaimBook(session, site.site_id)
        self.expiries = ExpiryBook(session, site.site_id)
        self.touched: set[str] = set()
        self.times: dict[int, int] = {}
        self.news: list[news.Change] = []
        self.settled: list[Use] = []
        self._session = session
        self._at_ms = 0
        self._versions = terms_versions(session, site.site_id)
        goals = [goal for version in self._versions for goal in version.terms.goals]
        self.has_limits = any(goal.day_cap_micros is not None or goal.month_budget_micros is not None for goal in goals)

    def terms(self, version: int) -> Terms:
        """The terms of that version, as they stand frozen."""
        return self._versions[version - 1].terms

    def terms_at(self, at_ms: int) -> Terms:
        """The terms in force at that time."""
        return in_force(self._versions, at_ms).terms

    def due_expiries(self, at_ms: int) -> list[Expiry]:
        """What expires by that time, the first first."""
        self.claims.flush()
        return self.expiries.due(at_ms)

    def lots_of(self, mine: Sequence[str]) -> list[Lot]:
        """What of this person's is ready, and since when."""
        self.conversions.flush()
        self.credits.flush()
        return self.expiries.lots(self._versions, mine, self.times)

    def post(self, subject: str, at_ms: int, lines: Sequence[Line]) -> None:
        """Append a transaction to the journal, if it has lines; negative balances are carried forward."""
        kept = carried(lines, self.balances.of)
        if kept:
            self.journal.post(self.seq, subject, at_ms, kept)
        self.balances.add(kept)
        for line in kept:
            self.counters.add(balances, line.account, line.unit, amount_micros=line.amount_micros)

    def prime(self, batch: Iterable[Event]) -> None:
        """Read what these events are about, in a few statements rather than a few for each."""
        events = list(batch)
        self._at_ms = max((event.at_ms for event in events), default=self._at_ms)
        facts = [(event.event_id, event.fact) for event in events]
        visited = {event_id: fact for event_id, fact in facts if isinstance(fact, LinkVisited)}
        reported = {event_id: fact for event_id, fact in facts if isinstance(fact, ConversionReported)}
        shared = [fact.share_id for _, fact in facts if isinstance(fact, LinkShared)]
        refunded = [fact.conversion_id for _, fact in facts if isinstance(fact, ConversionRefunded)]
        visitors = {fact.visitor_id for fact in visited.values()}
        shares = {*shared, *(fact.share_id for fact in visited.values())}
        self.links.prime({*shares, *(fact.share_id for fact in reported.values() if fact.share_id)})
        found = [link for share_id in shares if (link := self.links.find(share_id))]
        self.persons.prime(
            {visitor_key(visitor_id) for visitor_id in visitors}
            | {advocate_key(link.advocate_id) for share_id in shares for link in self.links.path(share_id)}
            | {visitor_key(link.visitor_id) for link in found if link.visitor_id}
        )
        self.counters.prime(shares, visitors)
        self.visits.prime(visitors)
        new_ids = {f"{NEW_VISITOR}:{visitor_id}" for visitor_id in visitors}
        self.conversions.prime({*refunded, *reported, *new_ids}, visitors, visited)
        self.credits.prime({*refunded, *reported, *new_ids})
        self.receipts.prime({f"visit:{visit_id}" for visit_id in visited})
        self.receipts.prime({f"conversion:{conversion_id}" for conversion_id in (*reported, *refunded)})

    def flush(self) -> None:
        """Write everything."""
        looked_up = (self.visits, self.conversions, self.credits, self.uses, self.pools)
        for book in (*looked_up, self.verdicts, self.grants, self.claims, self.expiries):
            book.flush()
        for kept in (self.receipts, self.journal, self.counters):
            kept.flush()
        news.tell(self._session, self.site_id, self.persons, self.news, self._at_ms, self.seq)
        news.tell_of_uses(self._session, self.site_id, self.persons, self.settled, self._at_ms)
