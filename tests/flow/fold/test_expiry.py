"""Credit that nobody uses: two notices, then the pool; never more than was told, never what is used or asked about.

Anna's order is ready on 17 February 2026. Under terms of twelve months it expires with the end of February 2027, which
is noon of day 416 of these stories; the first notice is due on day 356.5, the second on day 402.5.
"""

from collections.abc import Iterator, Sequence

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from cast import a_person, anna, ben, cleo
from flow.world import (
    SITE,
    STAYS,
    HandClock,
    World,
    a_refund,
    a_tick,
    a_visit,
    an_event,
    an_order,
    day,
    one_account,
    one_person,
)
from passalong.core.facts import ClaimOpened, ClaimResolved, Event
from passalong.core.identity import advocate_key, line_id
from passalong.core.ledger.expiry import Lot, expires_in, next_period, over_by
from passalong.core.money import MICROS
from passalong.core.redemptions.facts import RedemptionRejected, RedemptionRequested
from passalong.flow import explain
from passalong.flow.fold.worker import Worker
from passalong.flow.ingest.collector import Collector
from passalong.flow.mail import expiry_notices
from passalong.flow.mail.expiry_notices import Coming
from passalong.flow.replay import compare, replay
from passalong.store.queries import advocates, why
from passalong.store.schema.expiries import expiries
from passalong.store.schema.rollups import site_units
from passalong.store.sites import TermsVersion, terms_versions
from tables import make_tables

ANNA = anna.advocate_id(SITE)
YEAR = replace(STAYS, expiry_months=12)
END = 416.5
LINE = f"expiry:2027-02:EUR:{ANNA}"


@pytest.fixture
def world(world_url: str) -> Iterator[World]:
    """A site whose credit expires after twelve months, where Anna has 8.00 ready since day 40."""
    made = World(world_url, YEAR)
    earns(made, "order-1", 2)
    made.happens(a_tick(40))
    yield made
    try:
        made.check()
        with made.db.reading() as session:
            assert compare.check_replay(session, SITE, make_tables) > 0
    finally:
        made.close()


def earns(world: World, order: str, days: float) -> None:
    """Somebody comes by Anna's link and buys for 100."""
    share = world.link(anna)
    world.happens(
        a_visit(f"v-{order}", share, cleo, days - 1), an_order(order, days, share_id=share, visit=f"v-{order}")
    )


def seen(world: World, collector: Collector, mine: Sequence[str], days: float) -> list[Coming]:
    """Somebody's page shows them what is coming, and reports that they saw all of it; what it shows."""
    with world.db.reading() as session:
        found = expiry_notices.coming_of(session, world.site.site, mine, day(days))
    expiry_notices.record_seen(collector, SITE, found, [one.name for one in found])
    return found


def looks(world: World, days: float) -> list[Coming]:
    """Anna opens her page on that day and reads it; what it shows."""
    world.clock.at_ms = day(days)
    collector = Collector(world.db, world.clock)
    found = seen(world, collector, (ANNA,), days)
    collector.close()
    world.fold()
    return [replace(one, amounts=euros(one.amounts)) for one in found if euros(one.amounts)]


def euros(amounts: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """The amounts in money: first visits earned points, too."""
    return tuple(one for one in amounts if one[0] == "EUR")


def told_twice(world: World) -> None:
    """Anna opens her page early enough for both notices."""
    looks(world, 350)
    looks(world, 403)


def in_pools(world: World) -> int:
    """What is in the pools; 2.00 of it are the levels for which nobody stood."""
    return sum(
        micros for (name, unit), micros in world.balances().items() if name.startswith("pool:") and unit == "EUR"
    )


def redeem(name: str, days: float, amount: float) -> Event:
    """Anna asks for a payout."""
    return an_event("use", name, day(days), RedemptionRequested(ANNA, "payout", "EUR", int(amount * MICROS)))


def test_credit_with_two_notices_expires_into_the_pool_of_the_month(world: World) -> None:
    told_twice(world)
    world.happens(a_tick(END - 0.01))
    assert world.waiting(anna, bucket="ready") == ["8.00"]
    world.happens(a_tick(END))
    assert world.waiting(anna, bucket="ready") == ["0.00"]
    assert world.balances()["pool:2027-03", "EUR"] == in_pools(world) == 10 * MICROS
    (euro,) = [row for row in world.rows(select(site_units)) if row.unit == "EUR"]
    assert (euro.expired_micros, euro.taken_back_micros) == (8 * MICROS, 8 * MICROS)
    world.happens(a_tick(END + 40))
    assert in_pools(world) == 10 * MICROS


def test_the_page_shows_until_when_and_what_is_shown_counts_once(world: World) -> None:
    assert looks(world, 300) == []
    (first,) = looks(world, 350)
    assert (first.period, first.number, first.amounts) == ("2027-02", 1, (("EUR", 8 * MICROS),))
    assert first.expires_at_ms == day(END)
    assert [one.number for one in looks(world, 351)] == [0]
    assert [one.number for one in looks(world, 403)] == [2]
    assert [one.number for one in looks(world, 404)] == [0]
    assert world.count("expiries") == 2  # money and points


def test_a_notice_that_nobody_saw_is_none(world: World) -> None:
    with world.db.reading() as session:
        found = expiry_notices.coming_of(session, world.site.site, (ANNA,), day(350))
    (shown,) = (one for one in found if euros(one.amounts))
    assert shown.number == 1
    collector = Collector(world.db, world.clock)
    assert expiry_notices.record_seen(collector, SITE, [shown], ["2027-02.2", "2026-02.1", ""]) == 0
    collector.close()
    assert [one.number for one in looks(world, 351)] == [1]


@pytest.mark.parametrize("days", [(), (350,), (403,), (365, 403), (350, 408)], ids=str)
def test_without_two_notices_in_time_nothing_expires(world: World, days: tuple[float, ...]) -> None:
    for at in days:
        looks(world, at)
    world.happens(a_tick(END), a_tick(END + 100))
    assert world.waiting(anna, bucket="ready") == ["8.00"]


def test_a_late_notice_starts_again_for_a_later_month(world: World) -> None:
    looks(world, 350)
    (later,) = looks(world, 412)
    assert (later.period, later.number, later.amounts) == ("2027-04", 1, (("EUR", 8 * MICROS),))
    looks(world, 460)
    world.happens(a_tick(END + 61))
    assert world.waiting(anna, bucket="ready") == ["0.00"]


def test_redemptions_use_credit_that_expires_first(world: World) -> None:
    earns(world, "order-2", 100)
    world.happens(a_tick(140), redeem("u", 150, 3))
    assert looks(world, 350)[0].amounts == (("EUR", 5 * MICROS),)
    looks(world, 403)
    world.happens(redeem("u2", 404, 4), a_tick(END))
    assert world.waiting(anna, bucket="ready") == ["8.00"]
    assert in_pools(world) == (4 + 1) * MICROS


def test_credit_returned_after_the_notice_does_not_expire_with_it(world: World) -> None:
    world.happens(redeem("u", 340, 8))
    assert looks(world, 350) == []
    rejected = an_event("owner", "r", day(404), RedemptionRejected("u", "Otto", "Not now."))
    world.happens(rejected, a_tick(END))
    assert world.waiting(anna, bucket="ready") == ["8.00"]
    assert [one.period for one in looks(world, 420)] == ["2027-04"]


def test_credit_taken_back_before_expiry_does_not_expire(world: World) -> None:
    told_twice(world)
    world.happens(a_refund("r", "order-1", 405, euros=50), a_tick(END))
    assert world.waiting(anna, bucket="ready") == ["0.00"]
    assert in_pools(world) == (1 + 4) * MICROS


def test_nothing_expires_while_a_question_is_open(world: World) -> None:
    told_twice(world)
    asked = an_event("portal", "c", day(410), ClaimOpened(ANNA, day(430), line_id("conversion:order-1", ANNA)))
    world.happens(asked, a_tick(END))
    assert world.waiting(anna, bucket="ready") == ["8.00"]
    answered = an_event("console", "c.decided", day(420), ClaimResolved("c", False, "Otto"))
    world.happens(answered, a_tick(421))
    assert world.waiting(anna, bucket="ready") == ["0.00"]


def test_an_open_question_of_somebody_else_stops_nobody_elses_expiry(world: World) -> None:
    share = world.link(ben)
    world.happens(
        a_visit("bens", share, a_person("dora"), 1), an_order("bens", 2, share_id=share, visit="bens"), a_tick(41)
    )
    bens = ben.advocate_id(SITE)
    told_twice(world)
    collector = Collector(world.db, world.clock)
    for days in (350, 403):
        world.clock.at_ms = day(days)
        seen(world, collector, (bens,), days)
    collector.close()
    world.fold()
    asked = an_event("portal", "c", day(410), ClaimOpened(bens, day(430), line_id("conversion:bens", bens)))
    world.happens(asked, a_tick(END))
    assert world.waiting(anna, bucket="ready") == ["0.00"]
    assert world.waiting(ben, bucket="ready") == ["8.00"]


def test_a_question_of_the_same_person_under_another_id_counts_too(world: World) -> None:
    told_twice(world)
    who = ben.advocate_id(SITE)
    world.happens(one_account("same", 404, ANNA, who))
    world.happens(an_event("portal", "c", day(410), ClaimOpened(who, day(430), None, "order-1")), a_tick(END))
    assert world.waiting(anna, bucket="ready") == ["8.00"]


def test_browsers_that_were_joined_have_one_purse_and_only_what_was_told_of_expires(world: World) -> None:
    share = world.link(ben)
    world.happens(
        a_visit("bens", share, a_person("dora"), 1), an_order("bens", 2, share_id=share, visit="bens"), a_tick(41)
    )
    bens = ben.advocate_id(SITE)
    looks(world, 350)
    world.happens(one_person("same", 380, advocate_key(ANNA), advocate_key(bens)))
    mine = sorted([ANNA, bens])
    world.clock.at_ms = day(381)
    with world.db.reading() as session:
        (known,) = expiry_notices.coming(session, world.site.site, terms_versions(session, SITE), mine, day(381))[:1]
    assert euros(known.amounts) == (("EUR", 8 * MICROS),)
    collector = Collector(world.db, world.clock)
    world.clock.at_ms = day(403)
    seen(world, collector, mine, 403)
    collector.close()
    world.fold()
    world.happens(an_event("use", "u", day(404), RedemptionRequested(bens, "payout", "EUR", 5 * MICROS)), a_tick(END))
    assert sorted(world.waiting(anna, ben, bucket="ready")) == ["0.00", "3.00"]  # which Anna was told of alone
    assert in_pools(world) == (2 + 2 + 8) * MICROS


def test_an_expiry_that_is_asked_about_is_given_back_by_silence(world: World) -> None:
    told_twice(world)
    world.happens(a_tick(END))
    asked = ClaimOpened(ANNA, day(430), line_id(LINE, ANNA), LINE)
    world.happens(an_event("portal", "c", day(420), asked), a_tick(431), a_tick(432))
    assert world.waiting(anna, bucket="ready") == ["8.00"]


def test_the_worker_lets_it_expire_and_then_rests(world: World) -> None:
    told_twice(world)
    world.clock.at_ms = day(END)
    working = Worker(world.db, world.clock)
    assert working.fold_all() > 0
    assert working.fold_all() == 0
    working.stop()
    assert world.waiting(anna, bucket="ready") == ["0.00"]


def test_a_link_keeps_the_terms_under_which_credit_stays(world_url: str) -> None:
    made = World(world_url)
    versions = [TermsVersion(STAYS, 0, ""), TermsVersion(replace(YEAR, version=2), 1, "It expires now.")]
    earns(made, "order-1", 2)
    made.happens(a_tick(40))
    with made.db.reading() as session:
        assert expiry_notices.coming(session, made.site.site, versions, (ANNA,), day(350)) == []
        assert expiry_notices.coming(session, made.site.site, terms_versions(session, SITE), (ANNA,), day(350)) == []
    made.close()


def test_the_line_says_why_and_everything_adds_up(world: World) -> None:
    told_twice(world)
    world.happens(a_tick(END))
    with world.db.reading() as session:
        ledger = advocates.advocate_credit(session, SITE, [ANNA], None)
        lost = next(row for row in ledger.rows if row.state == "expired" and row.unit == "EUR")
        page = why.why_page(session, world.site.site, [ANNA], lost.line_id)
        spoken = explain.explain(session, world.site.site, lost.line_id)
    assert (lost.amount_micros, lost.running_micros) == (-8 * MICROS, 0)
    assert page is not None and spoken is not None
    assert [step.at_ms for step in page.steps] == [day(350), day(403)]
    assert [(term.kind, term.amount_micros) for term in page.arithmetic] == [
        ("told", 8 * MICROS),
        ("expired", -8 * MICROS),
    ]
    assert "The pool gets 8.00 EUR." in spoken.words


def test_a_replay_lets_the_same_expire(world: World) -> None:
    earns(world, "order-2", 30)
    world.happens(a_tick(62))
    told_twice(world)
    looks(world, 375)
    looks(world, 440)
    world.happens(a_tick(END), a_refund("r", "order-2", END + 1, euros=20), a_tick(END + 40))
    assert world.count("expiries") == 3
    stands, made = replay.compare(world.db, SITE, make_tables)
    assert stands == made


def test_in_whatever_slices_facts_are_folded_the_same_expires(world: World) -> None:
    """A tick that ends a hold and one that lets credit expire may stand in one slice."""
    told_twice(world)
    earns(world, "order-2", 370)
    world.take_in(a_tick(401), a_tick(END))
    world.fold()
    assert world.waiting(anna, bucket="ready") == ["8.00"]
    assert [row.taken_micros for row in world.rows(select(expiries).where(expiries.c.unit == "EUR"))] == [8 * MICROS]


# --- the arithmetic ---------------------------------------------------------------------------------------------------


def test_a_month_is_added_to_a_month_and_the_whole_month_is_given() -> None:
    first = HandClock().at_ms
    assert expires_in(Lot("EUR", 1, first, 12), "UTC") == "2027-01"
    assert expires_in(Lot("EUR", 1, first, 24), "UTC") == "2028-01"
    assert expires_in(Lot("EUR", 1, day(350), 13), "UTC") == "2028-01"
    assert expires_in(Lot("EUR", 1, first, None), "UTC") is None


@pytest.mark.parametrize(
    ("ready", "over"), [(18, 8), (12, 2), (10, 0), (0, 0), (-5, 0)], ids=["all", "a part", "used", "none", "owing"]
)
def test_credit_that_never_expires_is_used_last(ready: int, over: int) -> None:
    lots = [Lot("EUR", 8, day(0), 12), Lot("EUR", 7, day(40), 12), Lot("EUR", 3, day(0), None)]
    assert over_by(lots, "2027-01", ready, "UTC") == over


def test_the_next_month_is_one_that_can_still_be_told_of() -> None:
    assert next_period(day(0), "UTC") == "2026-03"
    assert next_period(day(60), "UTC") == "2026-05"
