"""The credit that a plan must give, worked out a second time and independently: docs/attribution.md read literally.

Slow and plain on purpose: exact fractions, lists, no indexes beyond what makes 100,000 visits bearable. It shares no
code with `passalong.core.attribution.allocate`, `passalong.core.money` or the fold. Each part of the rule is a field
of `Rule`,
so that a test can ask for a wrong one and see whether anybody notices.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from cast import Person
from passalong.core.terms.model import Terms
from stories.happenings import DAY_MS, Bought, GivenBack, LinkIssued, LinkUsed, LinkVisited, Plan, SitePlan

Postings = dict[tuple[str, str, str, str], int]
"""Micros by (site, subject, account, unit), where the subject is what a receipt is about; no zeros."""
Balances = dict[tuple[str, str, str], int]
"""Micros by (site, account, unit); no zeros."""
Ticks = Mapping[str, Sequence[int]]
"""For each site, when time was put on record, oldest first: holds end by that and by nothing else."""

POOL = "pool"
ISSUED = "program:issued"
UNATTRIBUTED = "unattributed"


@dataclass(frozen=True)
class Rule:
    """The rule `fair` with the touch model `linear_unique`."""

    levels: tuple[Fraction, ...] = (Fraction(80, 100), Fraction(16, 100), Fraction(4, 100))
    burst_ms: int = 10_000
    window_longer_ms: int = 0
    most_people: int = 10
    terms_are_frozen: bool = True
    own_links_count: bool = False
    people_are_joined: bool = True
    joins_reach_back: bool = True
    the_last_share_counts: bool = True
    refunds_count: bool = True
    equal_remainders_by: str = "{conversion}|{name}"


@dataclass(frozen=True)
class Touch:
    """A visit that may count for a conversion; `at_ms` is the server's time."""

    at_ms: int
    event_id: str
    link: LinkIssued


@dataclass(frozen=True)
class Outcome:
    """Something that may be worth credit: a purchase, or the first counted visit of somebody new."""

    conversion_id: str
    subject: str
    site: SitePlan
    goal: str
    at_ms: int
    value_micros: int
    void: bool
    buyer: Person | None
    touches: Sequence[Touch]


def expected_postings(plan: Plan, ticks: Ticks, rule: Rule = Rule()) -> Postings:
    """What stands on every account because of each purchase and each first visit, after all of the plan."""
    return _Book(plan, ticks, rule).postings()


def summed(postings: Postings) -> Balances:
    """The balances that postings add up to."""
    sums: Balances = defaultdict(int)
    for (site_id, _, account, unit), micros in postings.items():
        sums[site_id, account, unit] += micros
    return {key: micros for key, micros in sums.items() if micros}


class _Book:
    """All the facts of a plan, arranged so that each outcome finds its own."""

    def __init__(self, plan: Plan, ticks: Ticks, rule: Rule):
        self.rule = rule
        self.sites = plan.sites
        self.ticks = ticks
        self.links = {link.link: link for link in plan.of(LinkIssued)}
        self.visits: dict[tuple[str, str], list[LinkVisited]] = defaultdict(list)
        self.visitor_of_note: dict[tuple[str, str], Person] = {}
        for visit in plan.of(LinkVisited):
            self.visits[visit.site_id, visit.person.visitor].append(visit)
            self.visitor_of_note[visit.site_id, visit.note_id] = visit.person
        self.given_back: dict[tuple[str, str], int] = defaultdict(int)
        for refund in plan.of(GivenBack):
            self.given_back[refund.site_id, refund.conversion_id] += refund.amount_minor
        self.purchases = plan.of(Bought)
        self.joined_at_ms = _joins(plan, self.links)

    def postings(self) -> Postings:
        """What every outcome gives, each balanced by what is issued for it."""
        found: Postings = defaultdict(int)
        for outcome in self._outcomes():
            for (account, unit), micros in self._postings(outcome).items():
                found[outcome.site.site_id, outcome.subject, account, unit] += micros
                found[outcome.site.site_id, outcome.subject, ISSUED, unit] -= micros
        return {key: micros for key, micros in found.items() if micros}

    # --- what there is to be thanked for ----------------------------------------------------------------------------

    def _outcomes(self) -> Iterable[Outcome]:
        for (site_id, visitor), visits in self.visits.items():
            yield from self._somebody_new(self.sites[site_id], visitor, visits)
        for bought in self.purchases:
            yield self._purchase(self.sites[bought.site_id], bought)

    def _somebody_new(self, site: SitePlan, visitor: str, visits: list[LinkVisited]) -> Iterable[Outcome]:
        """The first visit that is not through a link of one's own makes somebody new, once.

        Whose link it was may be told later, and then another visit is the first; what a hold ended upon stands.
        """
        for known_ms in (*self._may_matter(site, visits), None):
            others = [visit for visit in visits if self._is_from_others(visit, known_ms)]
            first = min(others, key=_when, default=None)
            if first is not None and (known_ms is None or self._hold_ended_ms(site, first.at_ms) == known_ms):
                yield Outcome(
                    conversion_id=f"new_visitor:{visitor}",
                    subject=f"visit:{first.note_id}",
                    site=site,
                    goal="new_visitor",
                    at_ms=first.at_ms,
                    value_micros=0,
                    void=False,
                    buyer=first.person,
                    touches=self._touches(visits),
                )
                return

    def _may_matter(self, site: SitePlan, visits: list[LinkVisited]) -> Sequence[int]:
        """When holds ended, for somebody who came through a link of their own; nobody else's first visit can change."""
        own = any(self.links[visit.link].person == visit.person for visit in visits)
        return self.ticks.get(site.site_id, ()) if own else ()

    def _is_from_others(self, visit: LinkVisited, known_ms: int | None) -> bool:
        if self.rule.own_links_count:
            return True
        return not self._same(visit.person, self.links[visit.link].person, visit.site_id, known_ms)

    def _purchase(self, site: SitePlan, bought: Bought) -> Outcome:
        micros = 10 ** (6 - site.minor_digits)
        paid, back = bought.amount_minor, self.given_back[bought.site_id, bought.conversion_id]
        value = max(0, paid - back) if self.rule.refunds_count else paid
        buyer = self.visitor_of_note.get((bought.site_id, bought.visit)) if bought.visit else None
        touches: list[Touch] = []
        if buyer is not None:
            touches = self._touches(self.visits[bought.site_id, buyer.visitor])
        elif bought.link is not None:  # a token without a known visit is one touch at the time of the purchase
            touches = [Touch(bought.at_ms, bought.conversion_id, self.links[bought.link])]
        return Outcome(
            conversion_id=bought.conversion_id,
            subject=f"conversion:{bought.conversion_id}",
            site=site,
            goal="purchase",
            at_ms=bought.at_ms,
            value_micros=value * micros,
            void=value == 0,
            buyer=buyer,
            touches=touches,
        )

    def _touches(self, visits: Iterable[LinkVisited]) -> list[Touch]:
        return [Touch(visit.at_ms, visit.note_id, self.links[visit.link]) for visit in visits]

    # --- who is who, and since when that is known -------------------------------------------------------------------

    def _same(self, visitor: Person, owner: Person, site_id: str, known_ms: int | None) -> bool:
        """A visitor and the owner of a link are one person if they are joined, by what was told by then or at all."""
        if visitor != owner or not self.rule.people_are_joined:
            return False
        told_ms = self.joined_at_ms.get((site_id, visitor.visitor))
        return told_ms is not None and (known_ms is None or told_ms <= known_ms)

    def _hold_ended_ms(self, site: SitePlan, at_ms: int) -> int | None:
        """When the end of the hold of an outcome was put on record, or None while it has not been."""
        hold_days = {terms.hold_days for _, terms in site.terms}
        assert len(hold_days) == 1, "one hold a site, so that nobody has to ask whose hold it is"
        due_ms = at_ms + hold_days.pop() * DAY_MS
        return next((tick for tick in self.ticks.get(site.site_id, ()) if tick >= due_ms), None)

    # --- section 1 --------------------------------------------------------------------------------------------------

    def _postings(self, outcome: Outcome) -> dict[tuple[str, str], int]:
        """What one outcome puts on accounts, program:issued aside."""
        ended_ms = self._hold_ended_ms(outcome.site, outcome.at_ms)
        known_ms = ended_ms
        if not self.rule.joins_reach_back:
            known_ms = min(ended_ms or outcome.at_ms, outcome.at_ms)
        kept = self._eligible(outcome, known_ms)
        unit, amounts = self._amounts(outcome, kept, known_ms)
        bucket = "waiting" if ended_ms is None else "ready"
        postings = {}
        for name, micros in amounts.items():
            if name == POOL:
                account = f"pool:{_month(outcome.at_ms, outcome.site.time_zone)}"
            elif name == UNATTRIBUTED:
                account = UNATTRIBUTED
            else:
                account = f"advocate:{name}:{bucket}"
            postings[account, unit] = micros
        return postings

    def _eligible(self, outcome: Outcome, known_ms: int | None) -> list[Touch]:
        """E: what is not one's own, within each touch's own window, and ten seconds after the last one kept."""
        inside = [
            touch
            for touch in outcome.touches
            if outcome.at_ms - self._window_ms(outcome, touch) <= touch.at_ms <= outcome.at_ms
            and (self.rule.own_links_count or not self._is_buyers(outcome, touch.link, known_ms))
        ]
        kept: list[Touch] = []
        for touch in sorted(inside, key=lambda touch: (touch.at_ms, touch.event_id.encode())):
            if not kept or touch.at_ms - kept[-1].at_ms >= self.rule.burst_ms:
                kept.append(touch)
        return kept

    def _window_ms(self, outcome: Outcome, touch: Touch) -> int:
        return self._terms_of(outcome.site, touch.link).window_days * DAY_MS + self.rule.window_longer_ms

    def _is_buyers(self, outcome: Outcome, link: LinkIssued, known_ms: int | None) -> bool:
        if outcome.buyer is None:
            return False
        return self._same(outcome.buyer, link.person, outcome.site.site_id, known_ms)

    def _amounts(self, outcome: Outcome, kept: list[Touch], known_ms: int | None) -> tuple[str, dict[str, int]]:
        """The integer amounts by name, which sum to B."""
        if not kept:
            unit, reward = _reward(_in_force(outcome.site, outcome.at_ms), outcome)
            return unit, {UNATTRIBUTED: reward}
        last_touch: dict[str, Touch] = {}
        for touch in kept:
            owner = touch.link.person.advocate_id(outcome.site.site_id)
            if self.rule.the_last_share_counts or owner not in last_touch:
                last_touch[owner] = touch
        credited = sorted(last_touch.values(), key=lambda touch: touch.at_ms, reverse=True)[: self.rule.most_people]
        share = Fraction(1, len(credited))
        exact: dict[str, Fraction] = defaultdict(Fraction)
        whole = Fraction(0)
        units = set()
        for touch in credited:
            unit, reward = _reward(self._terms_of(outcome.site, touch.link), outcome)
            units.add(unit)
            whole += share * reward
            for name, level in zip(self._chain(outcome, touch.link, known_ms), self.rule.levels, strict=False):
                exact[name] += share * reward * level
        (unit,) = units
        budget = whole.numerator // whole.denominator
        pool = budget - sum(exact.values(), Fraction(0))
        if pool >= 0:
            exact[POOL] = pool
        return unit, self._rounded(exact, budget, outcome.conversion_id)

    def _chain(self, outcome: Outcome, link: LinkIssued, known_ms: int | None) -> list[str]:
        """The owner of the share, then owners up the parents, none of them twice and never the buyer."""
        chain: list[str] = []
        above: LinkIssued | None = link
        while above is not None and len(chain) < len(self.rule.levels):
            name = above.person.advocate_id(outcome.site.site_id)
            if name not in chain and not self._is_buyers(outcome, above, known_ms):
                chain.append(name)
            above = self.links[above.parent] if above.parent is not None else None
        return chain

    def _rounded(self, exact: Mapping[str, Fraction], budget: int, conversion_id: str) -> dict[str, int]:
        """Largest remainder; equal ones by the ascending hash of the conversion and the name."""
        amounts = {name: part.numerator // part.denominator for name, part in exact.items()}

        def turn(name: str) -> tuple[Fraction, str]:
            text = self.rule.equal_remainders_by.format(conversion=conversion_id, name=name)
            return (amounts[name] - exact[name], hashlib.sha256(text.encode()).hexdigest())

        turns = sorted(exact, key=turn)
        missing = budget - sum(amounts.values())
        assert 0 <= missing <= len(turns), (conversion_id, missing, exact)
        for name in turns[:missing]:
            amounts[name] += 1
        return amounts

    def _terms_of(self, site: SitePlan, link: LinkIssued) -> Terms:
        """The terms under which the link was issued."""
        return _in_force(site, link.at_ms) if self.rule.terms_are_frozen else site.terms[-1][1]


def _joins(plan: Plan, links: Mapping[str, LinkIssued]) -> dict[tuple[str, str], int]:
    """When the server was first told that a visitor and a guest are one person, by (site, visitor).

    By a note of a visit with both; or by a link that was asked for with both, once it is used or visited.
    """
    told: dict[tuple[str, str], int] = {}

    def tell(site_id: str, person: Person, at_ms: int) -> None:
        key = (site_id, person.visitor)
        told[key] = min(at_ms, told.get(key, at_ms))

    for visit in plan.of(LinkVisited):
        if visit.with_guest:
            tell(visit.site_id, visit.person, visit.at_ms)
    uses: list[LinkVisited | LinkUsed] = [*plan.of(LinkVisited), *plan.of(LinkUsed)]
    for used in uses:
        link = links[used.link]
        if link.with_visitor:
            tell(link.site_id, link.person, used.at_ms)
    return told


def _when(visit: LinkVisited) -> tuple[int, bytes]:
    return (visit.at_ms, visit.note_id.encode())


def _in_force(site: SitePlan, at_ms: int) -> Terms:
    return [terms for since_ms, terms in site.terms if since_ms <= at_ms][-1]


def _reward(terms: Terms, outcome: Outcome) -> tuple[str, int]:
    """b_j: what the goal is worth under these terms, in micros of its unit."""
    goal = terms.goal(outcome.goal)
    assert goal is not None
    if goal.rate_bp is not None:
        return goal.unit, goal.rate_bp * outcome.value_micros // 10_000
    assert goal.fixed_micros is not None
    return goal.unit, 0 if outcome.void else goal.fixed_micros


def _month(at_ms: int, time_zone: str) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(ZoneInfo(time_zone)).strftime("%Y-%m")
