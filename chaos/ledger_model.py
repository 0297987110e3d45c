"""The ledger's model: docs/attribution.md and docs/ledger.md read literally, without code of the product.

Five people share, three come and buy. One goal: a third (33.33 %) of the price, at most 5.00, waits for two days. Ben
passed on Anna's link, Carl his; Dora and Emil stand alone. Everything is kept as it happened, and every balance is
worked out anew from that.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction

DAY_MS = 86_400_000
RATE_BP, CAP_MICROS, HOLD_DAYS, WINDOW_DAYS = 3_333, 5_000_000, 2, 3
LEVELS = (Fraction(80, 100), Fraction(16, 100), Fraction(4, 100))
ABOVE: Mapping[str, str | None] = {"anna": None, "ben": "anna", "carl": "ben", "dora": None, "emil": None}
UNIT = "EUR"


@dataclass
class Sale:
    """A purchase, or a first visit, which pays nothing here but has a hold as well."""

    sale_id: str
    at_ms: int
    price: int
    touches: list[tuple[int, str]]
    given_back: int = 0
    is_frozen: bool = False
    in_pools: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def release(self) -> tuple[int, bytes]:
        """Return the end of its hold, and its rank among those that end together."""
        return self.at_ms + HOLD_DAYS * DAY_MS, self.sale_id.encode()


@dataclass
class Spent:
    """A redemption."""

    who: str
    amount: int
    is_payout: bool
    state: str


def month(at_ms: int) -> str:
    """The calendar month, UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m")


def hamilton(exact: Mapping[str, Fraction], total: int, key: str) -> dict[str, int]:
    """Round to whole micros by largest remainder; ties go to the least SHA-256 of `key|name`."""
    floors = {name: int(amount // 1) for name, amount in exact.items()}
    by_rest = sorted(
        exact, key=lambda name: (floors[name] - exact[name], hashlib.sha256(f"{key}|{name}".encode()).hexdigest())
    )
    for name in by_rest[: total - sum(floors.values())]:
        floors[name] += 1
    return floors


class Model:
    """All events and their result."""

    def __init__(self, names: Mapping[str, str]):
        self.names = names
        """The id of each person in the product: ties are decided by it."""
        self.visits: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self.sales: dict[str, Sale] = {}
        self.spent: dict[str, Spent] = {}
        self.pools: dict[str, int] = {}
        self.shares: dict[str, int] = defaultdict(int)
        self.closed: set[str] = set()
        self.set_aside = 0
        self.rounded: dict[tuple[str, int], dict[str, int]] = {}

    # --- what happens -------------------------------------------------------------------------------------------------

    def visit(self, at_ms: int, visitor_id: str, who: str) -> None:
        """Record a visit through a link."""
        if not self.visits[visitor_id]:
            sale_id = f"new_visitor:{visitor_id}"
            self.sales[sale_id] = Sale(sale_id, at_ms, 0, [])
        self.visits[visitor_id].append((at_ms, who))

    def buy(self, at_ms: int, sale_id: str, visitor_id: str | None, price: int) -> None:
        """Record a purchase with the last visit or without one."""
        since_ms = at_ms - WINDOW_DAYS * DAY_MS
        touches = [touch for touch in self.visits[visitor_id] if touch[0] >= since_ms] if visitor_id else []
        self.sales[sale_id] = Sale(sale_id, at_ms, price, touches)
        self._fill_pool(self.sales[sale_id], at_ms)

    def refund(self, at_ms: int, sale_id: str, amount: int) -> None:
        """Refund a part of the price, all of it or more."""
        self.sales[sale_id].given_back += amount
        self._fill_pool(self.sales[sale_id], at_ms)

    def tick(self, at_ms: int, most: int | None) -> None:
        """End holds and share out pools."""
        due = [sale for sale in self.sales.values() if not sale.is_frozen and sale.release[0] <= at_ms]
        for sale in sorted(due, key=lambda sale: sale.release)[:most]:
            sale.is_frozen = True
        if most is not None and len(due) >= most:
            return
        for period in sorted(self.pools):
            following = f"{int(period[:4]) + int(period[5:]) // 12}-{int(period[5:]) % 12 + 1:02d}"
            if period in self.closed or following > month(at_ms):
                continue
            if any(not sale.is_frozen and month(sale.at_ms) <= period for sale in self.sales.values()):
                return
            self._close(period, month(at_ms))

    def redeem(self, redemption_id: str, who: str, method: str, amount: int) -> None:
        """Redeem credit if there is enough."""
        state = "refused" if amount > max(0, self.net(who)) else "done" if method == "give_back" else "asked"
        self.spent[redemption_id] = Spent(who, amount, method == "payout", state)

    def add(self, at_ms: int, period: str, amount: int) -> None:
        """Add money of the owner to the pool."""
        self.set_aside += amount
        name = month(at_ms) if period in self.closed else period
        self.pools[name] = self.pools.get(name, 0) + amount

    def step(self, redemption_id: str, state: str) -> None:
        """Settle or reject a redemption; a finished one stays as it is."""
        if self.spent[redemption_id].state == "asked":
            self.spent[redemption_id].state = state

    # --- what it comes to ---------------------------------------------------------------------------------------------

    def parts(self, sale: Sale) -> Iterator[tuple[str, int, Fraction]]:
        """Return (who, level, exact micros) for everything that a sale pays to people."""
        people = list({who: None for _, who in sale.touches})
        for who in people:
            above: str | None = who
            for level, share in enumerate(LEVELS):
                if above is None:
                    break
                yield above, level, share * self.pot(sale) / len(people)
                above = ABOVE[above]

    def pot(self, sale: Sale) -> int:
        """Return the reward of a sale: a third of the rest of its price, at most 5.00."""
        return min(CAP_MICROS, RATE_BP * max(0, sale.price - sale.given_back) // 10_000)

    def amounts(self, sale: Sale) -> dict[str, int]:
        """Return whole micros for each person, the pool and nobody; they depend on the pot alone."""
        pot = self.pot(sale)
        if (sale.sale_id, pot) not in self.rounded:
            self.rounded[sale.sale_id, pot] = self._amounts(sale, pot)
        return self.rounded[sale.sale_id, pot]

    def _amounts(self, sale: Sale, pot: int) -> dict[str, int]:
        if not sale.touches:
            return {"unattributed": pot}
        exact: dict[str, Fraction] = defaultdict(Fraction)
        for who, _, amount in self.parts(sale):
            exact[self.names[who]] += amount
        exact["pool"] = pot - sum(exact.values(), Fraction(0))
        rounded = hamilton({name: amount for name, amount in exact.items() if amount}, pot, sale.sale_id)
        back = {given: name for name, given in self.names.items()}
        return {back.get(name, name): amount for name, amount in rounded.items()}

    def _fill_pool(self, sale: Sale, at_ms: int) -> None:
        own = month(sale.at_ms)
        period = month(at_ms) if own in self.closed else own
        change = self.amounts(sale).get("pool", 0) - sum(sale.in_pools.values())
        if change:
            sale.in_pools[period] += change
            self.pools[period] = self.pools.get(period, 0) + change

    def _close(self, period: str, following: str) -> None:
        self.closed.add(period)
        amount, self.pools[period] = self.pools[period], 0
        earned: dict[str, int] = defaultdict(int)
        for sale in self.sales.values():
            if month(sale.at_ms) == period:
                for who, paid in self.amounts(sale).items():
                    direct = sum(
                        (part for name, level, part in self.parts(sale) if (name, level) == (who, 0)), Fraction(0)
                    )
                    earned[who] += min(paid, int(direct // 1)) if who in ABOVE else 0
        total = sum(earned.values())
        if amount <= 0 or not total:
            if amount:
                self.pools[following] = self.pools.get(following, 0) + amount
            return
        exact = {self.names[who]: Fraction(amount * part, total) for who, part in earned.items() if part}
        rounded = hamilton(exact, amount, f"pool:{period}:{UNIT}")
        for who in ABOVE:
            self.shares[who] += rounded.get(self.names[who], 0)

    def used(self, who: str, *, on_the_way: bool) -> int:
        """Return the credit of a person that is redeemed or requested."""
        return sum(
            one.amount
            for one in self.spent.values()
            if one.who == who
            and one.state in ("asked", "done")
            and (one.is_payout and one.state == "asked") == on_the_way
        )

    def paid(self, who: str, *, frozen: bool) -> int:
        """Return the credit of a person from sales whose hold has ended, or from those whose hold has not."""
        return sum(self.amounts(sale).get(who, 0) for sale in self.sales.values() if sale.is_frozen == frozen)

    def net(self, who: str) -> int:
        """Return the unredeemed credit of a person; below zero, their debt."""
        used = self.used(who, on_the_way=False) + self.used(who, on_the_way=True)
        return self.paid(who, frozen=True) + self.shares[who] - used

    def balances(self) -> dict[str, int]:
        """Return every account that is not zero."""
        found: dict[str, int] = {}
        for who, name in self.names.items():
            net = self.net(who)
            found[f"advocate:{name}:waiting"] = self.paid(who, frozen=False)
            found[f"advocate:{name}:ready"] = max(0, net)
            found[f"clawback:{name}"] = min(0, net)
            found[f"advocate:{name}:used"] = self.used(who, on_the_way=False)
        found["payout"] = sum(self.used(who, on_the_way=True) for who in self.names)
        found["unattributed"] = sum(self.amounts(sale).get("unattributed", 0) for sale in self.sales.values())
        found |= {f"pool:{period}": amount for period, amount in self.pools.items()}
        found["program:issued"] = -self.set_aside - sum(self.pot(sale) for sale in self.sales.values())
        return {name: amount for name, amount in found.items() if amount}
