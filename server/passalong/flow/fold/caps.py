"""Caps and budgets: limits per advocate and day, and for everybody per month.

They are decided once, when a conversion is first folded, and the decision is a fact of its own, numbered right after
its cause: a replay reads it and decides nothing. Granted amounts stay spent: a refund makes no room for anybody. Each
version of the terms has limits of its own, for what its own links pay; what was spent of a goal counts for all of them.
The referee reward counts like any other amount.
"""

import hashlib
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from passalong.core.attribution.allocate import KEPT, POOL, UNATTRIBUTED, Allocation, Journey, Limit, Pot, allocate
from passalong.core.attribution.limits import limited
from passalong.core.facts import EVERYBODY, Event, Grant, LimitsDecided, input_hash
from passalong.core.identity import visitor_key
from passalong.core.reasons import Reason
from passalong.core.terms.model import Goal
from passalong.core.terms.per_currency import in_currency
from passalong.flow.fold.arrivals import buyer_of
from passalong.flow.fold.slice import Slice
from passalong.store.books.conversions import Conversion

FOLD = "fold"
"""The source of facts that the fold itself records."""


class Capped(Struct, frozen=True):
    """The amounts that one version of the terms pays of a conversion in one unit, and the goal whose limits hold for
    it."""

    pot: Pot
    version: int
    goal: Goal

    @property
    def amounts(self) -> dict[str, int]:
        """Micros by recipient, without the unattributed part."""
        return {
            who: micros
            for (who, version), micros in sorted(self.pot.cells.items())
            if version == self.version and who != UNATTRIBUTED
        }

    @property
    def persons(self) -> dict[str, int]:
        """Micros by recipient, without the pool."""
        return {who: micros for who, micros in self.amounts.items() if who != POOL}


def decided(work: Slice, event: Event, fact: LimitsDecided) -> None:
    """Fold a limit decision: settle the conversion by it."""
    work.grants.add(event.event_id, fact)
    work.touched.add(fact.conversion_id)


def awaits_decision(work: Slice, event: Event, conversion: Conversion, journey: Journey) -> bool:
    """Return True if limits must be decided first: the decision is folded next, and settles the conversion.

    A replay decides nothing: the decision is the next event of its log.
    """
    if conversion.frozen_seq is not None or conversion.given_to:
        return False
    pays = _at_gross(journey)
    grants: list[Grant] = []
    for capped in _capped(work, conversion, pays):
        grants += _missing(work, conversion, capped, grants)
    if grants and work.decides:
        day = work.day(conversion.at_ms)
        fact = LimitsDecided(conversion.conversion_id, conversion.goal, pays.unit or "", day, tuple(grants))
        name = f"{work.seq}.{len(work.limit_decisions)}"
        work.limit_decisions.append(Event(work.site_id, FOLD, name, event.at_ms, input_hash(decision=repr(fact)), fact))
    return bool(grants)


def limits_of(work: Slice, conversion: Conversion, journey: Journey) -> tuple[Limit, ...]:
    """Return the limits that were decided for a conversion; once its hold has ended, what it had earned by then."""
    if conversion.frozen_seq is not None:
        return _as_frozen(work, conversion)
    limits = []
    for capped in _capped(work, conversion, _at_gross(journey)):
        scope = (capped.pot.unit, capped.version)
        if capped.goal.day_cap_micros is not None:
            limits += _of_persons(work, conversion, capped)
        if capped.goal.month_budget_micros is not None:
            _, granted = work.grants.of(conversion.conversion_id, [EVERYBODY], *scope)
            limits.append(Limit(None, granted, Reason.BUDGET_SPENT, *scope))
    return tuple(limits)


def _at_gross(journey: Journey) -> Allocation:
    return allocate(replace(journey.at_gross, limits=(), set_aside=frozenset()))


def _capped(work: Slice, conversion: Conversion, pays: Allocation) -> Iterator[Capped]:
    """Return every part of an allocation for which a limit holds, older versions first: their promises are older."""
    for pot in pays.pots:
        for version in sorted({version for _, version in pot.cells}):
            goal = work.terms(version).goal(conversion.goal)
            goal = goal and in_currency(goal, conversion.currency, is_accepted=conversion.currency_taken)
            if goal is not None and goal.has_limits:
                yield Capped(pot, version, goal)


def _missing(work: Slice, conversion: Conversion, capped: Capped, just_now: list[Grant]) -> list[Grant]:
    """Return what of the gross amounts is still undecided, and how much of it there is room for."""
    grants: list[Grant] = []
    goal, day = capped.goal, work.day(conversion.at_ms)

    def grant(name: str, ids: list[str], amount: int, most: int, span: str) -> None:
        wanted, _ = work.grants.of(conversion.conversion_id, ids, capped.pot.unit, capped.version)
        room = most - _taken(work, capped, ids, span, [*just_now, *grants])
        grants.extend(_grant(Grant(name, amount - wanted, room, capped.pot.unit, capped.version)))

    if goal.day_cap_micros is not None:
        for ids, recipients in _people(work, conversion, capped):
            amount = sum(capped.persons[recipient] for recipient in recipients)
            grant(_name(conversion, recipients[0]), ids, amount, goal.day_cap_micros, day)
    if goal.month_budget_micros is not None:
        total = _total_after(work, conversion, capped, grants)
        grant(EVERYBODY, [EVERYBODY], total, goal.month_budget_micros, day[:7])
    return grants


def _grant(wanted: Grant) -> list[Grant]:
    """Grant as much as there is room for; nothing if nothing more is wanted."""
    if wanted.wanted_micros <= 0:
        return []
    return [replace(wanted, granted_micros=max(0, min(wanted.wanted_micros, wanted.granted_micros)))]


def _taken(work: Slice, capped: Capped, ids: list[str], span: str, just_now: list[Grant]) -> int:
    """Return what is spent of a limit, decisions of this very fact included: it may settle several conversions."""
    unit, goal = capped.pot.unit, capped.goal.name
    decided = [event.fact for event in work.limit_decisions if isinstance(event.fact, LimitsDecided)]
    pending = [grant for fact in decided if fact.goal == goal and fact.day.startswith(span) for grant in fact.grants]
    own_grants = (grant for grant in [*pending, *just_now] if grant.unit == unit and grant.recipient in ids)
    return work.grants.spent(goal, unit, ids, span) + sum(grant.granted_micros for grant in own_grants)


def _total_after(work: Slice, conversion: Conversion, capped: Capped, new: list[Grant]) -> int:
    """Return what is paid in total once each advocate's limit is applied."""
    cells = {cell: micros for cell, micros in capped.pot.cells.items() if cell[1] == capped.version}
    pot = replace(capped.pot, cells=cells)
    if capped.goal.day_cap_micros is not None:
        pot = limited(pot, _of_persons(work, conversion, capped, new), conversion.conversion_id)
    return sum(replace(capped, pot=pot).amounts.values())


def _of_persons(work: Slice, conversion: Conversion, capped: Capped, new: Iterable[Grant] = ()) -> list[Limit]:
    """Return what was granted to each person, spread over their ids in order."""
    scope = (capped.pot.unit, capped.version)
    limits = []
    for ids, recipients in _people(work, conversion, capped):
        _, left = work.grants.of(conversion.conversion_id, ids, *scope)
        left += sum(grant.granted_micros for grant in new if grant.recipient in ids)
        for recipient in recipients:
            limits.append(Limit(recipient, left, Reason.CAP_REACHED, *scope))
            left = max(0, left - capped.persons[recipient])
    return limits


def _as_frozen(work: Slice, conversion: Conversion) -> tuple[Limit, ...]:
    """Limit everybody to what they had earned when the split froze; the referee reward is limited by itself."""
    receipt = work.receipts.latest(conversion.subject)
    reasons = {(limit.recipient, limit.unit): limit.reason for limit in receipt.limited} if receipt else {}
    referees = {pot.unit: pot.referee_reward for pot in receipt.pots if pot.referee_reward} if receipt else {}
    limits = [
        Limit(KEPT, reward.earned_micros, reasons.get((KEPT, unit), Reason.CAP_REACHED), unit)
        for unit, reward in sorted(referees.items())
    ]
    for (recipient, unit), credit in sorted(work.credits.of(conversion.conversion_id).items()):
        reward = referees.get(unit)
        own = reward.earned_micros if reward and reward.recipient == recipient else 0
        if recipient not in (UNATTRIBUTED, KEPT):
            reason = reasons.get((recipient, unit), Reason.CAP_REACHED)
            limits.append(Limit(recipient, credit.earned_micros - own, reason, unit))
    return tuple(limits)


def _people(work: Slice, conversion: Conversion, capped: Capped) -> list[tuple[list[str], list[str]]]:
    """Return recipients by person: all ids under which each may have a grant, their own included."""
    groups: list[tuple[list[str], list[str]]] = []
    for recipient in sorted(capped.persons):
        ids = _referees(work, conversion) if recipient == KEPT else sorted(work.identities.group(recipient))
        same = next((group for group in groups if set(group[0]) & set(ids)), None)
        if same is None:
            groups.append((ids, [recipient]))
        else:
            same[0].extend(each_id for each_id in ids if each_id not in same[0])
            same[1].append(recipient)
    return groups


def _referees(work: Slice, conversion: Conversion) -> list[str]:
    """Return all ids under which the person who came may have a granted referee reward."""
    visitors = work.identities.same_visitor(conversion.visitor_id) if conversion.visitor_id else set()
    guests = set().union(*(work.identities.guests_of(visitor) for visitor in visitors))
    group_names = set().union(*(work.identities.group(guest) for guest in guests))
    return sorted(group_names | {_digest(visitor_key(visitor)) for visitor in visitors} | {_name(conversion, KEPT)})


def _name(conversion: Conversion, recipient: str) -> str:
    """Return the id of a grant: the advocate's, or a digest of the person who came."""
    if recipient != KEPT:
        return recipient
    if conversion.visitor_id:
        return _digest(visitor_key(conversion.visitor_id))
    return _digest(buyer_of(conversion).customer or f"c:{conversion.conversion_id}")


def _digest(key: str) -> str:
    """Digest an identity key for a grant, since a fact names no customer and no visitor."""
    return f"{KEPT}:{hashlib.sha256(f'referee|{key}'.encode()).hexdigest()[:32]}"
