"""Prime the books: read what a slice's facts need, in a few statements for all of them instead of a few for each.

From facts to conversions and links, from those to visits, from visits to visitors, from visitors to those who are one
person with them, and from these to everything they did. What is not primed is read when it is needed: this only saves
statements.
"""

from collections.abc import Iterable, Sequence

from passalong.core.facts import (
    GIVEN,
    NEW_VISITOR,
    AdvocateNamed,
    ConversionRefunded,
    ConversionReported,
    CreditGiven,
    DecisionMade,
    Event,
    LimitsDecided,
    LinkShared,
    LinkVisited,
)
from passalong.core.identity import advocate_key, visitor_key
from passalong.core.identity_facts import AccountJoined, PersonIdentified, StatementWithdrawn
from passalong.core.pools.facts import PoolShared
from passalong.core.thanks.facts import LinkThanked
from passalong.flow.fold import rollups
from passalong.flow.fold.pool import share_subject
from passalong.flow.fold.slice import Slice
from passalong.store.books.conversions import Conversion
from passalong.store.books.visits import Visit


def prime(work: Slice, batch: Iterable[Event]) -> None:
    """Prime the books for these events."""
    events = list(batch)
    shares = _shares(events)
    work.links.prime(shares)
    work.thanks.prime(event.event_id for event in events if isinstance(event.fact, LinkVisited))
    visitors = {event.fact.visitor_id for event in events if isinstance(event.fact, LinkVisited)}
    visitors |= _sharers(work, shares)
    work.conversions.prime(_conversion_ids(events, visitors), visitors, _visit_ids(events))
    conversions = work.conversions.loaded()
    visits = work.visits.prime_by_id(
        {*_visit_ids(events), *(conversion.visit_id for conversion in conversions if conversion.visit_id)}
    )
    visitors |= {visit.visitor_id for visit in visits} | {
        conversion.visitor_id for conversion in conversions if conversion.visitor_id
    }
    work.identities.prime(visitors, _guests(events) | _sharing(events))
    stated = [event for event in events if isinstance(event.fact, PersonIdentified)]
    work.identities.edges.prime_origins((event.source, event.event_id) for event in stated)
    _prime_persons(work, visitors, events)
    _prime_results(work, events, _conversion_ids(events, visitors))
    _prime_decisions(work)


def prime_holds(work: Slice, due: Sequence[Conversion]) -> None:
    """Read the credits and balances of conversions whose hold ends."""
    work.credits.prime(conversion.conversion_id for conversion in due)
    credits = [credit for conversion in due for credit in work.credits.of(conversion.conversion_id).values()]
    work.prime_balances({credit.recipient for credit in credits})


def _shares(events: Iterable[Event]) -> set[str]:
    """Return the links that facts name."""
    share_ids: set[str | None] = set()
    for event in events:
        match event.fact:
            case (
                LinkShared(share_id=share_id)
                | LinkVisited(share_id=share_id)
                | LinkThanked(share_id=share_id)
                | AdvocateNamed(share_id=share_id)
            ):
                share_ids.add(share_id)
            case ConversionReported(share_id=share_id, coupon_share_id=coupon, touches=touches):
                share_ids |= {share_id, coupon, *(touch.share_id for touch in touches)}
    return {share_id for share_id in share_ids if share_id}


def _sharers(work: Slice, shares: Iterable[str]) -> set[str]:
    """Return the visitors who share: a link may show who they are as visitors."""
    links = [link for share_id in shares if (link := work.links.find(share_id))]
    return {link.visitor_id for link in links if link.visitor_id}


def _conversion_ids(events: Iterable[Event], visitors: Iterable[str]) -> set[str]:
    """Return the conversions that facts name, and each visitor's first visit."""
    subjects = {f"{NEW_VISITOR}:{visitor_id}" for visitor_id in visitors}
    for event in events:
        match event.fact:
            case ConversionReported():
                subjects.add(event.event_id)
            case CreditGiven():
                subjects.add(f"{GIVEN}:{event.event_id}")
            case PoolShared(pool=pool, shares=shares):
                subjects |= {share_subject(pool, share.advocate_id) for share in shares}
            case ConversionRefunded() | AdvocateNamed() | LimitsDecided() as fact:
                subjects.add(fact.conversion_id)
            case DecisionMade(about="conversion") as fact:
                subjects.add(fact.subject_id)
    return subjects


def _visit_ids(events: Iterable[Event]) -> set[str]:
    """Return the visits that facts are or name."""
    visit_ids: set[str | None] = set()
    for event in events:
        match event.fact:
            case LinkVisited():
                visit_ids.add(event.event_id)
            case ConversionReported() | LinkThanked() as fact:
                visit_ids.add(fact.visit_id)
            case DecisionMade(about="visit") as fact:
                visit_ids.add(fact.subject_id)
    return {visit_id for visit_id in visit_ids if visit_id}


def _keys(events: Iterable[Event]) -> set[str]:
    """Return the identity keys that facts name."""
    all_keys: set[str] = set()
    for event in events:
        match event.fact:
            case PersonIdentified(keys=keys):
                all_keys |= set(keys)
            case AccountJoined(advocates=advocates):
                all_keys |= set(map(advocate_key, advocates))
            case ConversionReported(customer=customer, email=email):
                all_keys |= {key for key in (customer, email) if key}
            case LinkVisited(advocate_id=advocate_id) if advocate_id:
                all_keys.add(advocate_key(advocate_id))
            case DecisionMade(about="advocate", subject_id=advocate_id):
                all_keys.add(advocate_key(advocate_id))
    return all_keys


def _guests(events: Iterable[Event]) -> set[str]:
    """Return the advocates whose guest secret a visit's browser has."""
    browser_owners = {event.fact.advocate_id for event in events if isinstance(event.fact, LinkVisited)}
    return {advocate_id for advocate_id in browser_owners if advocate_id}


def _prime_persons(work: Slice, visitors: Iterable[str], events: Iterable[Event]) -> None:
    """Read all visits and conversions of the persons, and the owners of the links by which they came."""
    keys = {*map(visitor_key, visitors), *_keys(events)}
    members = work.identities.reach(keys)
    theirs = {member[2:] for member in members if member.startswith("v:")}
    work.visits.prime(theirs)
    work.conversions.prime([], theirs, [], {member for member in members if member[:2] in ("u:", "e:")})
    came: list[Visit] = [visit for visitor_id in sorted(theirs) for visit in work.visits.loaded(visitor_id)]
    named = set().union(*(conversion.named_shares for conversion in work.conversions.loaded()))
    shares = _shares(events) | {visit.share_id for visit in came} | named
    work.links.prime(shares)
    paths = [link for share_id in shares for link in work.links.path(share_id)]
    work.identities.prime((), {link.advocate_id for link in paths})
    work.rollups.prime(shares, theirs)
    work.rollups.prime_pages((link.advocate_id, link.page_url) for link in paths)
    work.rollups.prime_passed_on(key for link in paths for key in rollups.passed_on_keys(work, link))


def _sharing(events: Iterable[Event]) -> set[str]:
    """Return the advocates who share pools."""
    pools = [event.fact for event in events if isinstance(event.fact, PoolShared)]
    return {share.advocate_id for pool in pools for share in pool.shares}


def _joins(event: Event) -> bool:
    """Return True if a fact may make ids one person: then all their visits are examined again."""
    match event.fact:
        case PersonIdentified() | AccountJoined() | StatementWithdrawn():
            return True
        case LinkVisited(advocate_id=advocate_id):
            return advocate_id is not None
    return False


def _prime_results(work: Slice, events: Iterable[Event], named: set[str]) -> None:
    """Read the results of these conversions: credits, receipts, refunds, balances."""
    conversions = work.conversions.loaded()
    ids = named | {conversion.conversion_id for conversion in conversions}
    work.credits.prime(ids)
    work.conversions.prime(ids, [], [])
    visit_ids = _visit_ids(events) | (work.visits.ids() if any(map(_joins, events)) else set())
    subjects = {f"visit:{visit_id}" for visit_id in visit_ids} | {f"conversion:{each_id}" for each_id in named} | named
    work.receipts.prime(subjects | {conversion.subject for conversion in conversions})
    frozen = [conversion.conversion_id for conversion in conversions if conversion.frozen_seq is not None]
    credits = [credit for conversion_id in frozen for credit in work.credits.of(conversion_id).values()]
    shared = [share for event in events if isinstance(event.fact, PoolShared) for share in event.fact.shares]
    work.prime_balances({*(credit.recipient for credit in credits), *(share.advocate_id for share in shared)})


def _prime_decisions(work: Slice) -> None:
    """Read the decisions about what was read, and about the advocates who may be credited."""
    work.decisions.prime("conversion", [conversion.conversion_id for conversion in work.conversions.loaded()])
    work.decisions.prime("visit", work.visits.ids())
    if work.decisions.any_about("advocate"):
        owners = work.links.owners() | work.credits.recipients()
        work.identities.prime((), owners)
        work.decisions.prime("advocate", {member for owner in owners for member in work.identities.group(owner)})
