"""The state of one slice: the numbers it has reached, and one book for each table it reads and writes.

The books read what the slice's facts need in a few statements, are changed in memory, and are written once at the end,
all in the slice's one transaction.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from passalong.core.dates import day_of, site_period_of
from passalong.core.facts import Event
from passalong.core.ledger.entries import Line, account, carried, demand_room, owed_account
from passalong.core.ledger.expiry import Lot
from passalong.core.terms.model import Terms
from passalong.flow.fold import notifications
from passalong.store.attached import attached_metadata
from passalong.store.books.claims import ClaimBook
from passalong.store.books.conversions import ConversionBook
from passalong.store.books.credits import CreditBook
from passalong.store.books.decisions import DecisionBook
from passalong.store.books.event_lines import EventLineBook
from passalong.store.books.expiry import Expiry, ExpiryBook
from passalong.store.books.identities import IdentityBook
from passalong.store.books.journal import BalanceBook, JournalBook
from passalong.store.books.limits import GrantBook
from passalong.store.books.links import LinkBook
from passalong.store.books.pools import PoolBook
from passalong.store.books.receipts import ReceiptBook
from passalong.store.books.redemptions import Redemption, RedemptionBook
from passalong.store.books.rollups import RollupBook
from passalong.store.books.thanks import ThanksBook
from passalong.store.books.tries import TryBook
from passalong.store.books.visits import VisitBook
from passalong.store.sites import Site, in_force, terms_versions
from passalong.store.webhooks.feed import EventBook


class Slice:
    """The state of one slice; `seq` numbers facts without gaps, the journal its transactions.

    `times` has when the facts of this slice happened, by number. `limit_decisions` are facts of its own, to be folded
    next; unless it `decides`, they come with the log.
    """

    def __init__(self, session: Session, site: Site, last_seq: int, last_tx: int, decides: bool = True):
        self.site_id = site.site_id
        self.site = site
        self.time_zone = site.time_zone
        """The time zone that held when the fact happened that is being folded."""
        self.seq = last_seq
        self.links = LinkBook(session, site.site_id)
        self.identities = IdentityBook(session, site.site_id)
        self.visits = VisitBook(session, site.site_id)
        self.conversions = ConversionBook(session, site.site_id)
        self.credits = CreditBook(session, site.site_id)
        self.receipts = ReceiptBook(session, site.site_id)
        self.event_lines = EventLineBook(session, site.site_id)
        self.journal = JournalBook(session, site.site_id, last_tx)
        self.balances = BalanceBook(session, site.site_id)
        self.redemptions = RedemptionBook(session, site.site_id)
        self.pools = PoolBook(session, site.site_id)
        self.rollups = RollupBook(session, site.site_id)
        self.decisions = DecisionBook(session, site.site_id)
        self.grants = GrantBook(session, site.site_id)
        self.decides = decides
        self.limit_decisions: list[Event] = []
        self.claims = ClaimBook(session, site.site_id)
        self.expiries = ExpiryBook(session, site.site_id)
        self.tries = TryBook(session, site.site_id)
        self.thanks = ThanksBook(session, site.site_id)
        self.outgoing = EventBook(session, site.site_id, silent=not decides)
        self.touched: set[str] = set()
        self.times: dict[int, int] = {}
        self.news: list[notifications.Change] = []
        self.settled: list[Redemption] = []
        self._session = session
        self.at_ms = 0
        """The time of the slice's last fact."""
        self._versions = terms_versions(session, site.site_id)
        goals = [goal for version in self._versions for goal in version.terms.goals]
        self.has_limits = any(goal.has_limits for goal in goals)

    def terms(self, version: int) -> Terms:
        """Return a version of the terms."""
        return self._versions[version - 1].terms

    def terms_at(self, at_ms: int) -> Terms:
        """Return the terms in force at that time."""
        return in_force(self._versions, at_ms).terms

    def day(self, at_ms: int) -> str:
        """Return the day of a time, in the time zone that held then."""
        return day_of(at_ms, self.site.zone_at(at_ms))

    def period(self, at_ms: int) -> str:
        """Return the month of a time, in the time zones that held."""
        return site_period_of(at_ms, self.site.zones)

    def due_expiries(self, at_ms: int) -> list[Expiry]:
        """Return what expires by that time, the earliest first."""
        self.claims.flush()
        self.identities.flush()
        return self.expiries.due(at_ms)

    def lots_of(self, advocate_ids: Sequence[str]) -> list[Lot]:
        """Return this person's available credit with its times."""
        self.conversions.flush()
        self.credits.flush()
        return self.expiries.lots(self._versions, advocate_ids, self.times)

    def pool_parts(self, period: str, unit: str) -> dict[str, int]:
        """Return what went into a period's pool, by source."""
        self.journal.flush()
        return self.pools.parts_of(period, unit)

    def post(self, subject: str, at_ms: int, lines: Sequence[Line]) -> None:
        """Append a transaction to the journal, if it has lines; negative balances are carried forward."""
        carried_lines = carried(lines, self.balances.of)
        demand_room(carried_lines, self.balances.of)
        if carried_lines:
            self.journal.post(self.seq, subject, at_ms, carried_lines)
            self.balances.add(carried_lines)

    def forget_metadata(self, conversion_ids: Iterable[str]) -> None:
        """Delete what the owner attached to these conversions."""
        abouts = [f"{attached_metadata.CONVERSION}:{conversion_id}" for conversion_id in conversion_ids]
        attached_metadata.forget(self._session, self.site_id, abouts)

    def prime_balances(self, advocate_ids: Iterable[str]) -> None:
        """Read at once what these advocates have available and what they owe."""
        self.balances.prime(
            name
            for advocate_id in advocate_ids
            for name in (account(advocate_id, "ready", ""), owed_account(advocate_id))
        )

    def flush(self) -> None:
        """Write all books."""
        looked_up = (self.visits, self.conversions, self.credits, self.redemptions, self.pools)
        self.identities.flush()
        for book in (*looked_up, self.decisions, self.grants, self.claims, self.expiries, self.tries, self.thanks):
            book.flush()
        for log in (self.receipts, self.event_lines, self.journal, self.balances, self.rollups):
            log.flush()
        notifier = notifications.Notifier(self._session, self.site_id, self.identities)
        notifier.tell(self.news, self.at_ms, self.seq)
        notifier.tell_of_redemptions(self.settled, self.at_ms)
        self.outgoing.flush(self.at_ms)
