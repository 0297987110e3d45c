"""A question about an order keeps its promise when the order's split becomes final before the owner has answered."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from cast import a_person, anna, ben, cleo, mallory
from flow.world import SITE, World, a_decision, a_refund, a_tick, a_visit, an_event, an_order, day
from passalong.core.claim_facts import ONLY_OWNER_MS, ClaimPromised
from passalong.core.facts import ClaimOpened, ClaimResolved, Event
from passalong.core.identity_facts import AccountJoined
from passalong.flow.replay import replay
from passalong.store.books import claims
from tables import make_tables

BENS = ben.advocate_id(SITE)


@pytest.fixture
def bought(world: World) -> Iterator[World]:
    """Anna brought Cleo, who bought on day 2; the split becomes final on day 32."""
    share = world.link(anna)
    world.happens(a_visit("a", share, cleo, 1), an_order("o", 2, share_id=share, visit="a"))
    yield world
    world.check()
    assert len(set(replay.compare(world.db, SITE, make_tables))) == 1


def asks(world: World, days: float, until_ms: int | None = None) -> Event:
    """Ben says that the order came by his link."""
    link = world.link(ben)
    promised_ms = day(days + 7) if until_ms is None else until_ms
    return an_event("portal", "q", day(days), ClaimOpened(BENS, promised_ms, None, "o", link))


def test_silence_pays_what_the_order_would_have_paid_and_takes_nothing_from_others(bought: World) -> None:
    bought.happens(asks(bought, 30), a_tick(32), a_tick(37), a_tick(38))
    assert bought.waiting(anna, ben, bucket="ready") == ["8.00", "4.00"]


def test_so_does_the_owner_who_grants_it_without_an_amount(bought: World) -> None:
    granted = an_event("console", "a", day(35), ClaimResolved("q", True, "Otto"))
    bought.happens(asks(bought, 30), a_tick(32), granted, a_tick(36))
    assert bought.waiting(anna, ben, bucket="ready") == ["8.00", "4.00"]


def test_all_who_ask_together_get_at_most_what_the_order_pays(bought: World) -> None:
    """Eight people would have had 1/2, 1/3, … 1/9 of 8.00, one after the other; with the pool's part it pays 10.00."""
    people = [a_person("asks", number) for number in range(8)]
    questions = [
        an_event("portal", f"q{number}", day(30), ClaimOpened(who.advocate_id(SITE), day(37), None, "o", link))
        for number, (who, link) in enumerate((who, bought.link(who)) for who in people)
    ]
    bought.happens(*questions, a_tick(32), a_tick(38), a_tick(39))
    given = [Decimal(amount) for amount in bought.waiting(*people, bucket="ready")]
    assert given[0] == 4
    assert sum(given) == 10
    with bought.db.reading() as session:
        outcomes = [str(claims.find_claim(session, SITE, f"q{number}").outcome) for number in range(8)]  # type: ignore[union-attr]
    assert (outcomes[0], outcomes[-1], set(outcomes)) == ("silence", "used_up", {"silence", "used_up"})


def test_two_browsers_of_one_account_get_one_part(bought: World) -> None:
    """Ben asked in two browsers, and joined them before anybody answered."""
    twin = a_person("bens other browser")
    second = ClaimOpened(twin.advocate_id(SITE), day(37), None, "o", bought.link(twin))
    joined = an_event("portal", "j", day(33), AccountJoined((BENS, twin.advocate_id(SITE)), "code"))
    bought.happens(
        asks(bought, 30), an_event("portal", "q2", day(30), second), a_tick(32), joined, a_tick(38), a_tick(39)
    )
    assert sum(map(Decimal, bought.waiting(ben, twin, bucket="ready"))) == 4


def test_a_refund_and_a_void_lower_what_silence_pays(bought: World) -> None:
    bought.happens(asks(bought, 30), a_tick(32), a_refund("half", "o", 33, euros=50), a_tick(38), a_tick(39))
    assert bought.waiting(anna, ben, bucket="ready") == ["4.00", "2.00"]


def test_a_void_order_pays_nothing_by_silence(bought: World) -> None:
    bought.happens(asks(bought, 30), a_tick(32), a_decision("fraud", 33, "void", "conversion", "o"), a_tick(38))
    assert bought.waiting(anna, ben, bucket="ready") == ["0.00", "0.00"]


def test_a_link_of_a_banned_person_pays_nothing_by_silence(bought: World) -> None:
    bought.happens(a_decision("spam", 1.5, "ban", "advocate", BENS), asks(bought, 30), a_tick(32), a_tick(38))
    assert bought.waiting(ben) == bought.waiting(ben, bucket="ready") == ["0.00"]


def test_who_has_a_part_already_gets_what_is_missing(bought: World) -> None:
    """Anna's other link is one more step of hers: she counts once, and has all of her part."""
    again = an_event("portal", "q", day(30), ClaimOpened(anna.advocate_id(SITE), day(37), None, "o", bought.link(anna)))
    bought.happens(again, a_tick(32), a_tick(38), a_tick(39))
    assert bought.waiting(anna, mallory, bucket="ready") == ["8.00", "0.00"]


def test_what_was_never_promised_is_not_given_by_silence_and_no_clock_starts(bought: World) -> None:
    started = an_event("claim_clock", "p", day(34), ClaimPromised("q", day(41)))
    bought.happens(a_tick(32), asks(bought, 33, ONLY_OWNER_MS), started, a_tick(60))
    assert bought.waiting(ben) == bought.waiting(ben, bucket="ready") == ["0.00"]
