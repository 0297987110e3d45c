"""Fold facts about who is one person: what they join, and which conversions that changes."""

from collections.abc import Iterable

from passalong.core.attribution.allocate import KEPT
from passalong.core.facts import Event
from passalong.core.identity import Strength, advocate_key, advocates_in, visitors_in
from passalong.core.identity_facts import (
    AccountJoined,
    AddressProved,
    CustomerBound,
    PersonErased,
    PersonIdentified,
    StatementWithdrawn,
)
from passalong.flow.fold.first_visits import find_first_visits
from passalong.flow.fold.slice import Slice
from passalong.store.books.bindings import ADDRESS, CUSTOMER, Binding

STATEMENT = "identify"
"""The source of what owners state."""
PROOF_0_2 = "joined"
"""The source under which 0.2.0 recorded a proof by mail and a hand-over, as statements."""
HAND_OVER_0_2 = "customer-"


def identified(work: Slice, event: Event, fact: PersonIdentified) -> None:
    """Fold a statement that these are one person; a statement that was withdrawn before it arrived has no effect."""
    if event.source == PROOF_0_2:
        _proved_in_0_2(work, event, fact.keys)
    elif work.identities.edges.is_withdrawn(_origin(event)):
        return
    elif work.identities.join(fact.keys, Strength.STATED, _origin(event), work.seq):
        rejoined(work, event, fact.keys)


def withdrawn(work: Slice, event: Event, fact: StatementWithdrawn) -> None:
    """Fold a withdrawn statement: what is not frozen is settled as if it had never been made."""
    origin = (STATEMENT, fact.statement_id)
    before = work.identities.reach(work.identities.edges.keys_of(origin))
    if keys := work.identities.withdraw(origin, work.seq):
        rejoined(work, event, before | keys)


def account_joined(work: Slice, event: Event, fact: AccountJoined) -> None:
    """Fold that a person proved these advocates to be theirs: one account, and one group."""
    _prove(work, event, [advocate_key(advocate) for advocate in fact.advocates])
    _join_accounts(work, fact.advocates)


def address_proved(work: Slice, event: Event, fact: AddressProved) -> None:
    """Fold that a person reads mail sent to this address."""
    _bind(work, event, Binding(ADDRESS, fact.email, fact.advocate_id))


def customer_bound(work: Slice, event: Event, fact: CustomerBound) -> None:
    """Fold that the hand-over of this customer opens this advocate's account."""
    _bind(work, event, Binding(CUSTOMER, fact.customer, fact.advocate_id), fact.generation)


def erased(work: Slice, event: Event, fact: PersonErased) -> None:
    """Fold an erasure: the bindings of these advocates end; credit and bans stay.

    The metadata of their orders is deleted here too, because orders that were still queued when the person pressed the
    button had no buyer yet.
    """
    bought = work.conversions.of_person(work.identities.keys_of(fact.advocates))
    work.forget_metadata([conversion.conversion_id for conversion in bought])
    work.identities.bindings.end(fact.advocates, work.seq)


def _proved_in_0_2(work: Slice, event: Event, keys: Iterable[str]) -> None:
    """Fold a proof of 0.2.0: a hand-over bound a customer; a mail made its advocates one account."""
    advocates = sorted(advocates_in(keys))
    named = [key for key in keys if key.startswith("u:")]
    if event.event_id.startswith(HAND_OVER_0_2):
        for key in named:
            _bind(work, event, Binding(CUSTOMER, key, advocates[0]))
        return
    _prove(work, event, keys)
    _join_accounts(work, advocates)


def _join_accounts(work: Slice, advocates: Iterable[str]) -> None:
    """Make these advocates one account, which counts as one person from now on."""
    work.identities.flush()
    work.rollups.write_first_times()
    before = {frozenset(work.identities.account(advocate)) for advocate in advocates}
    work.identities.join_accounts(advocates)
    work.rollups.join_accounts(before)


def _bind(work: Slice, event: Event, binding: Binding, generation: int | None = None) -> None:
    bindings = work.identities.bindings
    number = bindings.next_generation(binding) if generation is None else generation
    bindings.bind(binding, number, work.seq)
    _prove(work, event, (advocate_key(binding.advocate_id), binding.key))


def _prove(work: Slice, event: Event, keys: Iterable[str]) -> None:
    joined = sorted(set(keys))
    if work.identities.join(joined, Strength.PROVED, _origin(event), work.seq):
        rejoined(work, event, joined)


def _origin(event: Event) -> tuple[str, str]:
    return event.source, event.event_id


def _keeps(work: Slice, conversion_id: str) -> bool:
    """Return True if a referee reward is kept for a person who may be known now."""
    return any(recipient == KEPT for recipient, _ in work.credits.of(conversion_id))


def rejoined(work: Slice, event: Event, keys: Iterable[str]) -> None:
    """Mark every conversion for settlement whose answers may change because an edge at these keys came or went."""
    reached = work.identities.reach(keys)
    for conversion in work.conversions.of_person(reached):
        if conversion.frozen_seq is None or _keeps(work, conversion.conversion_id):
            work.touched.add(conversion.conversion_id)
    if advocates := advocates_in(reached):
        work.touched |= work.credits.conversions_crediting(advocates)
    find_first_visits(work, event, sorted(visitors_in(reached)))
