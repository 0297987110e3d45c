"""What the pages are given: plain, frozen answers of the select functions, one per page.

Amounts are integer micros (10^-6) of `unit`, which is an ISO 4217 code or `points`; times are milliseconds since
1970 UTC, shown in the site's time zone. Where `few` is true the link had under five arrivals: such a line names
neither item nor day, because a small number could point at a person.
"""

from msgspec import Struct

from passalong.core.terms import Terms
from passalong.core.trees import Tree


class UnitSums(Struct, frozen=True):
    """One ledger unit of one advocate: ready = earned - waiting - taken_back - used."""

    unit: str
    earned_micros: int
    waiting_micros: int
    taken_back_micros: int
    used_micros: int
    ready_micros: int


class LinkLine(Struct, frozen=True):
    """One page that an advocate passed along."""

    title: str
    page_url: str
    people: int
    passed_on: int
    outcomes: int


class LinkView(Struct, frozen=True):
    """One link of an advocate's: who came by it, who passed it on, and to which kind of place it was sent.

    `beneath` counts who came by the links that go on from it; `outcomes` what came of all of them.
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
    """One link with the picture of its way."""

    link: LinkView
    tree: Tree


class PageLine(Struct, frozen=True):
    """One page that an advocate passed along, with the links that brought most people."""

    title: str
    page_url: str
    page_hash: str
    shares: int
    people: int
    passed_on: int
    outcomes: int
    links: tuple[LinkView, ...]


class LinksPage(Struct, frozen=True):
    """`/me/links`: pages, those that brought most people first; `older` is the cursor of the next or None."""

    pages: tuple[PageLine, ...]
    older: str | None


class LedgerRow(Struct, frozen=True):
    """One line of an advocate's ledger; `state` is waiting, held, ready, taken_back, expired, asked or used."""

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
    use_id: str | None = None


class NextRelease(Struct, frozen=True):
    """The next credit that becomes the advocate's own; where `few`, only its month is shown."""

    unit: str
    amount_micros: int
    at_ms: int
    few: bool


class AdvocateHome(Struct, frozen=True):
    """`/me`: whom the sharing reached, then what it earned."""

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
    way: OneLink | None = None


class AdvocateCredit(Struct, frozen=True):
    """`/me/credit`: the ledger, newest first; `older` is the cursor of the next page or None."""

    sums: tuple[UnitSums, ...]
    rows: tuple[LedgerRow, ...]
    older: str | None


class WhyStep(Struct, frozen=True):
    """One step of what happened; `kind` is shared, came, passed_on, outcome or told.

    `yours` marks the reader's own part; `name` is that of somebody who passed it on and chose to show it.
    """

    kind: str
    yours: bool
    at_ms: int | None
    title: str | None
    page_path: str | None
    days_later: int | None
    name: str | None = None


class WhyTerm(Struct, frozen=True):
    """One row of the arithmetic: words and an amount; `fraction` (like 4/5) where it is a part of the row above."""

    kind: str
    amount_micros: int
    fraction: str | None = None
    level: int | None = None
    of: int | None = None


class WhyEntry(Struct, frozen=True):
    """One entry of the line's history: `kind` is waiting, changed, ready or taken_back."""

    kind: str
    at_ms: int
    amount_micros: int


class WhyPage(Struct, frozen=True):
    """`/me/why/<id>`: the sentence, the steps, the arithmetic, the terms as they stood, the history.

    `arithmetic` is `value` and `reward` (the pot; `fraction` is the rate, like 10 %), or `fixed` (a fixed pot), then a
    `part` per way in which credit came (level 0: brought them, 1: one step earlier, 2: two steps; `of`: how many people
    brought them; `fraction`: the exact part of the pot), then `rounding` if it is not 0; of credit that expired `told`,
    then `expired`. Parts and rounding sum to
    `amount_micros`. Where `few`, times other than the reader's own are the first moment of their month.
    """

    line_id: str
    state: str
    amount_micros: int
    taken_back_micros: int
    unit: str
    goal: str
    at_ms: int
    until_ms: int | None
    few: bool
    level: int
    steps: tuple[WhyStep, ...]
    arithmetic: tuple[WhyTerm, ...]
    reason: str | None
    terms_version: int
    terms: Terms
    terms_since_ms: int
    history: tuple[WhyEntry, ...]


class InspectorRow(Struct, frozen=True):
    """One event as the console's inspector shows it.

    `kind`: visit, share, conversion, refund, note or hop. `status`: credited, counted, refused or pending.
    `reason` is a name of the closed list (core.reasons) when refused; `where` a page path, a goal or a detail.
    """

    at_ms: int
    kind: str
    status: str
    reason: str | None
    where: str
    unit: str | None
    amount_micros: int | None
    subject: str | None


class Brought(Struct, frozen=True):
    """What sharing brought and what went back, of one unit: never shown one without the other."""

    unit: str
    brought_micros: int
    went_back_micros: int
    pool_micros: int


class DayCount(Struct, frozen=True):
    """One bar of the overview's chart."""

    day: str
    people: int
    outcomes: int


class ConsoleOverview(Struct, frozen=True):
    """`/console/<site>`: one sentence, a chart, pages people pass along, and the inspector.

    `set_aside` are facts that could not be folded: (source and id, error), the oldest twenty.
    """

    days: int
    shares: int
    people: int
    outcomes: int
    advocates_credited: int
    money: tuple[Brought, ...]
    chart: tuple[DayCount, ...]
    pages: tuple[LinkLine, ...]
    inspector: tuple[InspectorRow, ...]
    refused: tuple[tuple[str, int], ...]
    set_aside: tuple[tuple[str, str], ...]
    older: str | None


class TermsLine(Struct, frozen=True):
    """One version of the terms in the open book."""

    version: int
    since_ms: int
    note: str
    terms: Terms


class OpenBook(Struct, frozen=True):
    """`/open/<site>`: public. The rule in force, every version, and the totals."""

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
