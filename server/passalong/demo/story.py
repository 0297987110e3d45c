"""A made-up story of ninety days: who shares what, who comes, who passes it on, who buys and who returns it.

A pure function of a seed. Most links bring one or two people and a few bring many; about one in nine of those who come
passes it on, up to five steps deep. Times are milliseconds since the story began; people, links, visits and orders are
numbers. The results are not decided here, but by the real flow.
"""

from itertools import cycle
from random import Random

from msgspec import Struct

from passalong.core.reasons import Reason
from passalong.demo.almanac import ARTICLES, PRODUCTS

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
DEEPEST = 5
PASSES_ON = 0.11
COMES_AGAIN = 0.08
BUYS = 0.06
BUYS_WITHOUT_CODE = 0.025
TARGETS = ("copy", "email", "whatsapp", "mastodon", "bluesky", "qr", "native")


class Shared(Struct, frozen=True):
    """A person passes an article on; `parent` is the link by which they came."""

    at_ms: int
    person: int
    link: int
    article: int
    parent: int | None
    to: str


class Visited(Struct, frozen=True):
    """A visit by a link, of a person or a program."""

    at_ms: int
    person: int
    link: int
    article: int
    visit: int
    refused: Reason | None = None


class Bought(Struct, frozen=True):
    """An order; `visit` is the one whose code came with it, `whole_code` whether the code names that visit."""

    at_ms: int
    order: int
    amount_minor: int
    visit: Visited | None
    whole_code: bool = True
    refused: Reason | None = None


class Returned(Struct, frozen=True):
    """A part or all of an order is returned."""

    at_ms: int
    order: int
    amount_minor: int


class TurnedAway(Struct, frozen=True):
    """A note that is counted as refused and is no fact."""

    at_ms: int
    reason: Reason
    detail: str


Step = Shared | Visited | Bought | Returned | TurnedAway


def tell(people: int, days: int, seed: int = 1) -> list[Step]:
    """Return the steps of a story with that many visitors, in order."""
    story = _Story(Random(seed), people, days * DAY_MS)  # noqa: S311 (a story, not a secret)
    story.anna()
    while story.came < people:
        story.begin()
    return sorted(story.steps, key=lambda step: step.at_ms)


class _Story:
    def __init__(self, chance: Random, people: int, end_ms: int):
        self.steps: list[Step] = []
        self.came = 0
        self._chance = chance
        self._people = people
        self._end_ms = end_ms
        self._most = max(12, people // 8)
        self._persons = self._links = self._visits = self._orders = 0
        self._known: list[int] = []
        self._regulars: list[int] = []
        self._codes = cycle((None, None, Reason.BAD_SIGNATURE, None))
        self._others = cycle((Reason.BOT, Reason.BAD_SIGNATURE, Reason.PREFETCH, Reason.BOT, Reason.OPTED_OUT))

    def anna(self) -> None:
        """Play one person with credit in every state: her second link's order is returned, her third is young."""
        self._persons += 1
        anna = self._persons
        self._regulars.append(anna)
        self.came += 3
        for article, day in enumerate((10, 45, self._end_ms // DAY_MS - 6)):
            link = self._links + 1
            self._share(day * DAY_MS, anna, article, None, 1)
            visit = self._meet((day + 1) * DAY_MS, link, article)
            self._order(visit.at_ms + HOUR_MS, visit, comes_back=article == 1)

    def begin(self) -> None:
        """Let a person whom nobody sent share, and play what follows from it; some share again and again."""
        if self._regulars and self._chance.random() < 0.3:
            person = self._chance.choice(self._regulars)
        else:
            self._persons += 1
            person = self._persons
        self._regulars.append(person)
        days = self._end_ms // DAY_MS
        at_ms = int(days * self._chance.random() ** 0.8) * DAY_MS
        at_ms += int(self._chance.triangular(6, 23, 19) * HOUR_MS)
        article = self._chance.choices(range(len(ARTICLES)), (5, 3, 2))[0]
        self._share(at_ms, person, article, None, 1)

    def _share(self, at_ms: int, person: int, article: int, parent: int | None, depth: int) -> None:
        if at_ms >= self._end_ms:
            return
        self._links += 1
        link = self._links
        self.steps.append(Shared(at_ms, person, link, article, parent, self._chance.choice(TARGETS)))
        if self._chance.random() < 0.12:
            self._visit(self._later(at_ms, 1), person, link, article)
        for _ in range(min(self._most, int(self._chance.paretovariate(1.25)))):
            self._come(self._later(at_ms, 36), link, article, depth)
        if self._chance.random() < 0.2:
            self._pass_by(self._later(at_ms, 12), link, article)

    def _come(self, at_ms: int, link: int, article: int, depth: int) -> None:
        """Play a visit by a link: of a new person or, now and then, of somebody who had come before."""
        if at_ms >= self._end_ms or self.came >= self._people:
            return
        if self._known and self._chance.random() < COMES_AGAIN:
            self._visit(at_ms, self._chance.choice(self._known), link, article)
            return
        self.came += 1
        visit = self._meet(at_ms, link, article)
        if self._chance.random() < BUYS:
            self._buy(visit)
        if self._chance.random() < BUYS_WITHOUT_CODE:
            self._buy_without_code(at_ms)
        if depth < DEEPEST and self._chance.random() < PASSES_ON:
            self._share(self._later(at_ms, 8), visit.person, article, link, depth + 1)

    def _meet(self, at_ms: int, link: int, article: int) -> Visited:
        """Create a new person."""
        self._persons += 1
        self._known.append(self._persons)
        return self._visit(at_ms, self._persons, link, article)

    def _visit(self, at_ms: int, person: int, link: int, article: int, refused: Reason | None = None) -> Visited:
        self._visits += 1
        visit = Visited(at_ms, person, link, article, self._visits, refused)
        self._add(visit)
        return visit

    def _buy(self, visit: Visited) -> None:
        """Play a purchase: most within the hour, some after days, a few after the window."""
        patience = self._chance.random()
        hours = 0.5 if patience < 0.6 else 24 * 6 if patience < 0.96 else 0
        at_ms = self._later(visit.at_ms, hours) if hours else visit.at_ms + 35 * DAY_MS
        self._order(at_ms, visit, whole_code=self._chance.random() < 0.92)
        if self._chance.random() < 0.2:
            self._order(self._later(at_ms, 24 * 9), visit)

    def _buy_without_code(self, at_ms: int) -> None:
        self._order(self._later(at_ms, 30), None, refused=next(self._codes))

    def _order(
        self,
        at_ms: int,
        visit: Visited | None,
        *,
        whole_code: bool = True,
        refused: Reason | None = None,
        comes_back: bool | None = None,
    ) -> None:
        """Play an order of one to three things; one in ten is returned, unless it is said."""
        self._orders += 1
        basket = self._chance.choices(PRODUCTS, (3, 5, 4), k=self._chance.choices((1, 2, 3), (7, 2, 1))[0])
        amount_minor = sum(product.price_minor for product in basket)
        self._add(Bought(at_ms, self._orders, amount_minor, visit, whole_code, refused))
        if self._orders % 10 == 3 if comes_back is None else comes_back:
            self._return(at_ms, amount_minor)

    def _return(self, bought_ms: int, amount_minor: int) -> None:
        """Play a return: every other one after the hold has ended, every third only in part."""
        number = self._orders // 10
        days = self._chance.uniform(15, 25) if number % 2 else self._chance.uniform(1, 12)
        part = amount_minor // 2 if number % 3 == 2 else amount_minor
        if bought_ms < self._end_ms:
            self._add(Returned(bought_ms + int(days * DAY_MS), self._orders, part))

    def _pass_by(self, at_ms: int, link: int, article: int) -> None:
        """Play visits that must not count: no person, not our link, or a person who asked not to be counted."""
        self._persons += 1
        path = f"/{ARTICLES[article].slug}"
        match next(self._others):
            case Reason.PREFETCH as reason:
                self._visit(at_ms, self._persons, link, article, reason)
            case Reason.BOT as reason:
                if self._chance.random() < 0.5:  # the others only fetch the short link, which leaves no trace
                    self._visit(at_ms, self._persons, link, article, reason)
            case reason:
                self._add(TurnedAway(at_ms, reason, "" if reason is Reason.OPTED_OUT else path))

    def _later(self, at_ms: int, mean_hours: float) -> int:
        """Return a time some time later, at least a minute: mostly sooner than the mean, now and then much later."""
        return at_ms + 60_000 + int(self._chance.expovariate(1 / mean_hours) * HOUR_MS)

    def _add(self, step: Step) -> None:
        if step.at_ms < self._end_ms:
            self.steps.append(step)
