"""Views: plain, frozen results of the queries, one per page.

Amounts are integer micros (10^-6) of `unit`, which is an ISO 4217 code or `points`; times are milliseconds since 1970
UTC, shown in the site's time zone. Where `few` is true the link had under five arrivals: such a line names neither item
nor day, because a small number could identify a person.
"""

from msgspec import Struct

from passalong.core.ledger.line_kinds import LineKind
from passalong.core.money import whole_micros
from passalong.core.share_tree import Tree
from passalong.core.terms.model import Terms
from passalong.store.few import Thanks


class UnitSums(Struct, frozen=True):
    """One ledger unit of one advocate: ready = earned - waiting - taken_back - used."""

    unit: str
    earned_micros: int
    waiting_micros: int
    taken_back_micros: int
    used_micros: int
    ready_micros: int

    @property
    def net_micros(self) -> int:
        """The earned amount without what was taken back, in whole cents or points: the headline of pages."""
        whole = self.whole
        return whole.earned_micros - whole.taken_back_micros

    @property
    def whole(self) -> "UnitSums":
        """The sums in whole cents or points, rounded down: earned is the sum of the others, so that they add up."""
        parts = (self.waiting_micros, self.taken_back_micros, self.used_micros, self.ready_micros)
        amounts = [whole_micros(micros, self.unit) for micros in parts]
        return UnitSums(self.unit, sum(amounts), *amounts)

    @property
    def carried_micros(self) -> int:
        """The fractions that whole sums leave out: parts of a cent or of a point, which stay until they make a whole
        one."""
        return self.earned_micros - self.whole.earned_micros


class LinkLine(Struct, frozen=True):
    """One page that an advocate shared."""

    title: str
    page_url: str
    people: int
    passed_on: int
    outcomes: int


class LinkView(Struct, frozen=True):
    """One link of an advocate: who came through it, who passed it on, and where it was sent.

    `beneath` counts who came through links further down; `outcomes` the results of all of them.
    """

    share_id: str
    title: str
    page_url: str
    at_ms: int
    people: int
    passed_on: int
    beneath: int
    outcomes: int
    sent: tuple[tuple[str, int], ...]


class OneLink(Struct, frozen=True):
    """One link with its share tree."""

    link: LinkView
    tree: Tree


class PageLine(Struct, frozen=True):
    """One page that an advocate shared, with the links that brought most people."""

    title: str
    page_url: str
    page_hash: str
    shares: int
    people: int
    passed_on: int
    outcomes: int
    links: tuple[LinkView, ...]
    thanks: Thanks = Thanks()


class LinksPage(Struct, frozen=True):
    """`/me/links`: pages, those that brought most people first; `older` is the cursor of the next or None."""

    pages: tuple[PageLine, ...]
    older: str | None


class LedgerRow(Struct, frozen=True):
    """One line of an advocate's ledger; `state` is waiting, held, ready, taken_back, expired, asked or used.

    `note` and `author` are those of credit that was given by hand; `period` is the month (2026-10) of a pool.
    """

    line_id: str
    at_ms: int
    goal: str
    level: int
    state: str
    until_ms: int | None
    amount_micros: int
    unit: str
    few: bool
    running_micros: int | None = None
    redemption_id: str | None = None
    kind: LineKind = LineKind.RESULT
    note: str = ""
    author: str = ""
    period: str = ""


class NextRelease(Struct, frozen=True):
    """The next credit that becomes available; where `few`, only its month is shown."""

    unit: str
    amount_micros: int
    at_ms: int
    few: bool


class Missing(Struct, frozen=True):
    """How much more of a unit is needed until the nearest redemption method."""

    method: str
    unit: str
    amount_micros: int


class AdvocateHome(Struct, frozen=True):
    """`/me`: people reached first, then what it earned.

    `goals` are all that any version of the terms pays for, `usable` is what can be used now, (unit, micros), and
    `missing` says how much is missing if nothing can be.
    """

    pages: int
    people: int
    passed_on: int
    outcomes: int
    sums: tuple[UnitSums, ...]
    waiting_next: NextRelease | None
    links: tuple[LinkLine, ...]
    links_in_all: int
    rows: tuple[LedgerRow, ...]
    pays_for: tuple[str, ...]
    since_ms: int | None = None
    hold_days: int = 0
    best_link: OneLink | None = None
    goals: tuple[str, ...] = ()
    usable: tuple[tuple[str, int], ...] = ()
    missing: Missing | None = None
    thanks: Thanks = Thanks()


class AdvocateCredit(Struct, frozen=True):
    """`/me/credit`: the ledger, newest first; `older` is the cursor of the next page or None."""

    sums: tuple[UnitSums, ...]
    rows: tuple[LedgerRow, ...]
    older: str | None


class Brought(Struct, frozen=True):
    """The amounts that sharing brought and that went back, of one unit: never shown separately.

    `pool_micros` is in the monthly pool today, `kept_micros` are referee rewards that wait for people not known yet.
    """

    unit: str
    brought_micros: int
    went_back_micros: int
    pool_micros: int
    kept_micros: int = 0


class DayCount(Struct, frozen=True):
    """One bar of the overview's chart: the days from `day` to `last`."""

    day: str
    people: int
    outcomes: int
    last: str


class ConsoleOverview(Struct, frozen=True):
    """`/console/<site>`: what sharing brought and what went back in a range of days, with a bar for each few of them.

    `advocates_credited` is None for a range that ended before today, `MOST_COUNTED` stands for more. `refused` counts
    notes refused at the door by reason; `set_aside` are quarantined facts (source and id, error), the oldest twenty;
    `lone_refunds` are refunds (id, order) whose order was not reported within a day.
    """

    shares: int
    people: int
    outcomes: int
    advocates_credited: int | None
    money: tuple[Brought, ...]
    chart: tuple[DayCount, ...]
    refused: tuple[tuple[str, int], ...]
    set_aside: tuple[tuple[str, str], ...]
    lone_refunds: tuple[tuple[str, str], ...]
    has_history: bool


class TermsLine(Struct, frozen=True):
    """One version of the terms in the open book."""

    version: int
    since_ms: int
    note: str
    terms: Terms
    withdrawn_at_ms: int | None = None


class OpenBook(Struct, frozen=True):
    """`/open/<site>`: public. The rule in force, the versions to come, every version (newest first), and the totals."""

    rule: TermsLine
    coming: tuple[TermsLine, ...]
    terms: tuple[TermsLine, ...]
    people: int
    outcomes: int
    advocates_credited: int
    money: tuple[Brought, ...]
    waiting: tuple[tuple[str, int], ...]
    taken_back: tuple[tuple[str, int], ...]
    expired: tuple[tuple[str, int], ...]
    window_days: int
    hold_days: int
    remember: str
