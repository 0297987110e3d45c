"""Random histories that are told to the product and to the model: their events, and the invariants."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import asdict, replace
from sqlalchemy import select
from sqlalchemy.orm import Session

from cast import HOME, a_person, an_id
from chaos.ledger_model import ABOVE, CAP_MICROS, HOLD_DAYS, RATE_BP, UNIT, WINDOW_DAYS, Model, month
from passalong.core.facts import (
    ClockTicked,
    ConversionRefunded,
    ConversionReported,
    Event,
    Fact,
    LinkVisited,
    input_hash,
    stored_values,
)
from passalong.core.ledger.entries import Line
from passalong.core.pools.facts import PoolAdded
from passalong.core.redemptions.facts import (
    RedemptionApproved,
    RedemptionRejected,
    RedemptionRequested,
    RedemptionSettled,
)
from passalong.core.terms.model import Goal, Terms
from passalong.core.transparency import leaves
from passalong.flow.fold.fold import fold
from passalong.flow.fold.slice import Slice
from passalong.flow.owners import sites
from passalong.flow.owners.sites import NewSite
from passalong.flow.signin import guests
from passalong.lib.tokens import Keyring, share_id_of
from passalong.store import event_log
from passalong.store.books import journal
from passalong.store.engine import Database
from passalong.store.schema.credits import unit_totals
from passalong.store.schema.journal import journal as journal_table
from passalong.store.sites import Site
from tables import make_tables

SITE = "bees01"
START_MS = 1_767_873_600_000
VISITORS = [a_person("visitor", number).visitor for number in range(3)]
SECRET = b"a secret of thirty-two bytes or so"
TERMS = Terms(
    goals=(Goal("purchase", UNIT, rate_bp=RATE_BP, cap_micros=CAP_MICROS),),
    window_days=WINDOW_DAYS,
    hold_days=HOLD_DAYS,
)
PRICES = st.integers(1, 30_000_000) | st.sampled_from([1, 2, 3, 300_000, 3_000_000, 15_001_500, 15_001_501, 10_000_000])
PEOPLE = st.sampled_from(sorted(ABOVE))
WHOSE = st.lists(PEOPLE, min_size=1, max_size=4)
METHODS = st.sampled_from(["payout", "give_back", "discount_code"])
steps_taken = Counter[str]()


class _Clock:
    def now_ms(self) -> int:
        """Return the start of the history."""
        return START_MS


class Place:
    """One database with a site and five links, opened once; every history is rolled back."""

    def __init__(self, folder: Path):
        self.db = Database(f"sqlite:///{folder / 'ledger.db'}")
        make_tables(self.db)
        clock, keys = _Clock(), Keyring({1: "a secret of the experiments that is long enough"})
        self.site: Site = sites.new_site(self.db, clock, NewSite(name="Bees", home_url=HOME, site_id=SITE, terms=TERMS))
        self.names: dict[str, str] = {}
        self.links: dict[str, str] = {}
        for who, above in ABOVE.items():
            person = a_person(who)
            asked = guests.LinkRequest(
                an_id(who), person.guest, f"{HOME}/{who}", who, self.links.get(above or ""), None
            )
            issued = guests.issue_link(self.db, clock, keys, self.site, asked)
            self.links[who] = share_id_of(keys, SITE, issued.token)
            self.names[who] = person.advocate_id(SITE)


class Machine(RuleBasedStateMachine):
    """One history. Every rule tells product and model the same event, later than all before."""

    place: Place

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(self.place.db.writer, autoflush=False)
        self.model = Model(self.place.names)
        self.posted = Counter[str]()
        self.at_ms = START_MS
        self.told: list[Event] = []
        self.last_visit: dict[str, tuple[str, str]] = {}
        self._open(0, 0)

    def _open(self, seq: int, tx: int) -> None:
        self.work = Slice(self.session, self.place.site, seq, tx)
        write = self.work.journal.post

        def post(seq: int, subject: str, at_ms: int, lines: Sequence[Line]) -> None:
            assert sum(line.amount_micros for line in lines) == 0
            for line in lines:
                self.posted[line.account] += line.amount_micros
            write(seq, subject, at_ms, lines)

        self.work.journal.post = post  # type: ignore[method-assign]

    def _tell(self, source: str, fact: Fact, event_id: str = "") -> Event:
        """Record a fact now."""
        event_id = event_id or f"{source}-{len(self.told):03d}"
        event = Event(SITE, source, event_id, self.at_ms, input_hash(**stored_values(fact)), fact)
        self.told.append(event)
        self._deliver(event)
        return event

    def _deliver(self, event: Event) -> None:
        """Deliver a fact as the collector and the fold do: duplicates are dropped."""
        key = (event.site_id, event.source, event.event_id)
        if event_log.hashes_of(self.session, [key]):
            return
        event_log.append(self.session, [event])
        self.work.seq += 1
        fold(self.work, event)

    def _later(self, ms: int) -> None:
        self.at_ms += ms
        steps_taken["steps"] += 1

    @initialize(hours=st.integers(0, 24 * 30))
    def begin_somewhere(self, hours: int) -> None:
        """Start the history, perhaps just before the end of a month."""
        self.at_ms += hours * 3_600_000

    @rule(visitor=st.sampled_from(VISITORS), whose=WHOSE)
    def comes(self, visitor: str, whose: list[str]) -> None:
        """Visit through one link, or through several in turn."""
        for who in whose:
            self._later(15_000)
            share_id = self.place.links[who]
            visit = self._tell("browser", LinkVisited(share_id, visitor, f"{HOME}/{who}"))
            self.model.visit(self.at_ms, visitor, who)
            self.last_visit[visitor] = (share_id, visit.event_id)

    @rule(price=PRICES, visitor=st.sampled_from([*VISITORS, None]))
    def buys(self, price: int, visitor: str | None) -> None:
        """Buy with the code of the last visit or without one."""
        self._buy(price, visitor)

    def _buy(self, price: int, visitor: str | None) -> str:
        self._later(60_000)
        share_id, visit_id = self.last_visit.get(visitor or "", (None, None))
        sale = self._tell("api", ConversionReported("purchase", price, UNIT, share_id, visit_id))
        self.model.buy(self.at_ms, sale.event_id, visitor if share_id else None, price)
        return sale.event_id

    @rule(visitor=st.sampled_from(VISITORS), whose=WHOSE, price=PRICES, back=PRICES, method=METHODS)
    def goes_all_the_way(self, visitor: str, whose: list[str], price: int, back: int, method: str) -> None:
        """Visit and buy, end the hold, redeem the credit, then refund a part of the price."""
        self.comes(visitor, whose)
        sale_id = self._buy(price, visitor)
        self.time_passes(50, None)
        self._redeem(whose[-1], method, max(1, self.model.net(whose[-1])))
        self._give_back(sale_id, back)

    @precondition(lambda self: self._sales())
    @rule(data=st.data(), amount=PRICES, all_of_it=st.booleans())
    def gives_back(self, data: Any, amount: int, all_of_it: bool) -> None:
        """Refund a part of a price, all of it or more, before or after the end of its hold."""
        self._later(60_000)
        sale_id = data.draw(st.sampled_from(self._sales()))
        self._give_back(sale_id, self.model.sales[sale_id].price if all_of_it else amount)

    def _give_back(self, sale_id: str, amount: int) -> None:
        self._tell("refund", ConversionRefunded(sale_id, amount))
        self.model.refund(self.at_ms, sale_id, amount)

    def _sales(self) -> list[str]:
        return [name for name, sale in self.model.sales.items() if sale.price]

    @rule(hours=st.sampled_from([1, 1, 20, 50, 50, 24 * 10, 24 * 31]), most=st.sampled_from([None, None, 1, 3]))
    def time_passes(self, hours: int, most: int | None) -> None:
        """Advance the clock: some or all holds end, and pools are shared out."""
        self._later(hours * 3_600_000)
        self._tell("clock", ClockTicked(most))
        self.model.tick(self.at_ms, most)

    @rule(data=st.data(), method=METHODS, part=st.integers(1, 5))
    def redeems(self, data: Any, method: str, part: int) -> None:
        """Redeem a part of the available credit, all of it or more, mostly for an advocate with some."""
        self._later(1_000)
        who = data.draw(st.sampled_from([name for name in ABOVE if self.model.net(name) > 0] or sorted(ABOVE)))
        self._redeem(who, method, max(1, max(0, self.model.net(who)) * part // 4))

    def _redeem(self, who: str, method: str, amount: int) -> None:
        event = self._tell("use", RedemptionRequested(self.place.names[who], method, UNIT, amount))
        self.model.redeem(event.event_id, who, method, amount)

    @precondition(lambda self: self.model.spent)
    @rule(data=st.data(), step=st.sampled_from(["done", "rejected", "approved"]))
    def owner_decides(self, data: Any, step: str) -> None:
        """Approve, settle or reject a redemption as Otto, perhaps twice."""
        self._later(1_000)
        redemption_id = data.draw(st.sampled_from(sorted(self.model.spent)))
        facts: dict[str, Fact] = {
            "approved": RedemptionApproved(redemption_id, "otto"),
            "done": RedemptionSettled(redemption_id, "otto"),
            "rejected": RedemptionRejected(redemption_id, "otto"),
        }
        self._tell("owner", facts[step])
        if step != "approved":
            self.model.step(redemption_id, step)

    @rule(amount=st.integers(1, 10**7))
    def sets_aside(self, amount: int) -> None:
        """Add to the pool of the first month as Otto, open or closed."""
        self._later(1_000)
        period = month(self.told[0].at_ms) if self.told else month(self.at_ms)
        self._tell("owner", PoolAdded(period, UNIT, amount, "otto"))
        self.model.add(self.at_ms, period, amount)

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def hears_it_again(self, data: Any) -> None:
        """Deliver a fact once more."""
        self._later(1_000)
        self._deliver(data.draw(st.sampled_from(self.told)))

    @rule()
    def slice_ends(self) -> None:
        """Write everything and read it again in the next slice."""
        self._later(0)
        self.work.flush()
        self._open(self.work.seq, self.work.journal.last_tx)

    @invariant()
    def every_balance_is_the_models(self) -> None:
        """Check that the journal's lines add up to the model's balances."""
        assert {name: amount for name, amount in self.posted.items() if amount} == self.model.balances()

    def teardown(self) -> None:
        """Check the written rows, then roll everything back."""
        try:
            self.work.flush()
            self._check_written()
            steps_taken["histories"] += 1
        finally:
            self.session.rollback()
            self.session.close()

    def _check_written(self) -> None:
        """Check stored balances, the sums of pages with their invariant, and leaves that depend on every field."""
        kept = {name: amount for (name, _), amount in journal.all_balances(self.session, SITE).items()}
        assert kept == self.model.balances()
        for row in self.session.execute(select(unit_totals).where(unit_totals.c.unit == UNIT)):
            who = next(name for name, given in self.place.names.items() if given == row.recipient)
            assert row.ready_micros == row.earned_micros - row.waiting_micros - row.taken_back_micros - row.used_micros
            assert (row.ready_micros, row.waiting_micros) == (self.model.net(who), self.model.paid(who, frozen=False))
        last = self.session.execute(select(journal_table).order_by(journal_table.c.tx.desc()).limit(1)).one_or_none()
        if last is not None:
            line = leaves.JournalLine(**last._mapping)
            for name, value in asdict(line).items():
                other = replace(line, **{name: value + 1 if isinstance(value, int) else f"{value}x"})
                assert leaves.leaf_of(other, SECRET) != leaves.leaf_of(line, SECRET), f"the leaf says nothing of {name}"
