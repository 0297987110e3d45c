"""Limits over many conversions: so much for one advocate in a day, so much for all in a month.

They are decided once, when a conversion is first folded, and the decision is a fact of its own, numbered right after
its cause: a replay reads it and decides nothing. What was granted stays taken: a refund makes no room for anybody.
"""

from msgspec.structs import replace

from passalong.core.attribution import POOL, UNATTRIBUTED, Allocation, Journey, Limit, allocate
from passalong.core.days import day_of
from passalong.core.facts import Event, Grant, LimitsDecided, input_hash
from passalong.core.identity import advocate_key, person_id
from passalong.core.reasons import Reason
from passalong.core.rewards import limited
from passalong.core.terms import Goal
from passalong.flow.slice import Slice
from passalong.store.conversions import Conversion
from passalong.store.grants import EVERYBODY

FOLD = "fold"
"""The source of facts that the fold itself puts on record."""


def decided(work: Slice, event: Event, fact: LimitsDecided) -> None:
    """What a conversion may pay was decided: it is settled by it."""
    work.grants.add(event.event_id, fact)
    work.touched.add(fact.conversion_id)


def awaits_decision(work: Slice, event: Event, conversion: Conversion, journey: Journey) -> bool:
    """True when limits have to be decided first: the decision is folded next, and settles the conversion.

    A replay decides nothing: the decision is the next event of its log.
    """
    if conversion.frozen_seq is not None or conversion.given_to:
        return False
    pays = allocate(replace(journey, refunded_micros=0, limits=()))
    goal = work.terms(pays.terms_version).goal(conversion.goal)
    if goal is None or pays.unit is None:
        return False
    grants = _missing(work, conversion, goal, pays)
    if grants and work.decides:
        day = day_of(conversion.at_ms, work.time_zone)
        fact = LimitsDecided(conversion.conversion_id, conversion.goal, pays.unit, day, grants)
        name = f"{work.seq}.{len(work.decisions)}"
        work.decisions.append(Event(work.site_id, FOLD, name, event.at_ms, input_hash(decision=repr(fact)), fact))
    return bool(grants)


def _missing(work: Slice, conversion: Conversion, goal: Goal, pays: Allocation) -> tuple[Grant, ...]:
    """What of the gross amounts nothing was decided about yet, and how much of it there is room for."""
    grants = []
    day = day_of(conversion.at_ms, work.time_zone)
    if goal.day_cap_micros is not None:
        for recipient, amount in sorted(pays.amounts.items()):
            if recipient not in (POOL, UNATTRIBUTED):
                ids = _ids(work, recipient)
                wanted, _ = work.grants.of(conversion.conversion_id, ids)
                room = goal.day_cap_micros - _taken(work, conversion.goal, pays.unit or "", ids, day)
                grants += _grant(recipient, amount - wanted, room)
    if goal.month_budget_micros is not None:
        total = _total_after(work, conversion, goal, pays, grants)
        wanted, _ = work.grants.of(conversion.conversion_id, [EVERYBODY])
        room = goal.month_budget_micros - _taken(work, conversion.goal, pays.unit or "", [EVERYBODY], day[:7])
        grants += _grant(EVERYBODY, total - wanted, room)
    return tuple(grants)


def _taken(work: Slice, goal: str, unit: str, ids: list[str], span: str) -> int:
    """What is taken of a limit, decisions of this very fact included: it may lead to several conversions' credit."""
    made = [event.fact for event in work.decisions if isinstance(event.fact, LimitsDecided)]
    pending = [
        grant.granted_micros
        for fact in made
        if (fact.goal, fact.unit) == (goal, unit) and fact.day.startswith(span)
        for grant in fact.grants
        if grant.recipient in ids
    ]
    return work.grants.spent(goal, unit, ids, span) + sum(pending)


def _grant(recipient: str, more_micros: int, room_micros: int) -> list[Grant]:
    if more_micros <= 0:
        return []
    return [Grant(recipient, more_micros, max(0, min(more_micros, room_micros)))]


def _total_after(work: Slice, conversion: Conversion, goal: Goal, pays: Allocation, new: list[Grant]) -> int:
    """What is paid in all once each advocate's limit is kept."""
    just_now = {grant.recipient: grant.granted_micros for grant in new}
    amounts = pays.amounts
    if goal.day_cap_micros is not None:
        kept = [
            Limit(limit.recipient, limit.most_micros + just_now.get(limit.recipient or "", 0), limit.reason)
            for limit in _of_persons(work, conversion, pays)
        ]
        amounts, _ = limited(amounts, kept, conversion.conversion_id)
    return sum(amount for recipient, amount in amounts.items() if recipient != UNATTRIBUTED)


def limits_of(work: Slice, conversion: Conversion, journey: Journey) -> tuple[Limit, ...]:
    """The limits that were decided for a conversion; once its hold has ended, what it had earned by then."""
    if conversion.frozen_seq is not None:
        made = work.receipts.latest(conversion.subject)
        reasons = {kept.recipient: kept.reason for kept in made.limited} if made else {}
        return tuple(
            Limit(credit.recipient, credit.earned_micros, reasons.get(credit.recipient, Reason.CAP_REACHED))
            for _, credit in sorted(work.credits.of(conversion.conversion_id).items())
            if credit.recipient != UNATTRIBUTED
        )
    pays = allocate(journey)
    goal = work.terms(pays.terms_version).goal(conversion.goal)
    limits = _of_persons(work, conversion, pays) if goal is not None and goal.day_cap_micros is not None else []
    if goal is not None and goal.month_budget_micros is not None:
        _, granted = work.grants.of(conversion.conversion_id, [EVERYBODY])
        limits.append(Limit(None, granted, Reason.BUDGET_SPENT))
    return tuple(limits)


def _of_persons(work: Slice, conversion: Conversion, pays: Allocation) -> list[Limit]:
    return [
        Limit(
            recipient,
            work.grants.of(conversion.conversion_id, _ids(work, recipient))[1],
            Reason.CAP_REACHED,
        )
        for recipient in sorted(pays.amounts)
        if recipient not in (POOL, UNATTRIBUTED)
    ]


def _ids(work: Slice, recipient: str) -> list[str]:
    """All ids under which a person may have been granted something."""
    members = work.persons.members(advocate_key(recipient))
    return sorted({person_id(member) for member in members if member.startswith("a:")} | {recipient})
