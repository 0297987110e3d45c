"""Folding: what facts come to, in whatever order they come in, however many fold them, in whatever slices."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from cast import HOME, Person, a_person, anna, ben, cleo, mallory, otto
from flow.world import (
    SITE,
    START_MS,
    World,
    a_refund,
    a_share,
    a_tick,
    a_visit,
    an_order,
    visit_id,
)
from passalong.core.facts import Event, Fact, LinkVisited
from passalong.core.money import MICROS, POINTS
from passalong.core.reasons import Reason
from passalong.core.receipts import Receipt
from passalong.core.terms import Goal, Terms
from passalong.flow.fold import fold_site
from passalong.flow.handlers import HANDLERS
from passalong.flow.transaction import writing
from passalong.store import event_log
from passalong.store.engine import Database
from passalong.store.sites import add_terms
from passalong.store.tables import events, numbered
from plumbing.postgres import Postgres, database_name

PERIOD = "pool:2026-01"


def status(receipt: Receipt) -> tuple[str, Reason | None]:
    """Whether it counted, and why not."""
    return receipt.status, receipt.reason


# --- the story of the docs --------------------------------------------------------------------------------------------


def test_a_purchase_pays_who_led_to_it(world: World) -> None:
    share = world.link(anna)
    world.happens(a_share("s", share, 0), a_visit("v", share, cleo, 2))
    world.happens(an_order("order-1", 9, euros=40, share_id=share, visit="v"))
    assert world.waiting(anna, cleo) == ["3.20", "0.00"]
    assert world.balances()[PERIOD, "EUR"] == 800_000
    assert world.balances()["program:issued", "EUR"] == -4 * MICROS
    world.happens(a_refund("refund-1", "order-1", 12, euros=40))
    assert world.waiting(anna) == ["0.00"]
    assert status(world.receipt("conversion:order-1")) == ("refused", Reason.REFUNDED)


def test_a_first_visit_pays_points(world: World) -> None:
    share = world.link(anna)
    world.happens(a_visit("v", share, cleo, 1))
    assert world.waiting(anna, unit=POINTS) == ["8.00"]
    assert world.receipt(f"visit:{visit_id('v')}").goal == "new_visitor"


def test_a_chain_pays_three_generations(world: World) -> None:
    dora, emil = a_person("dora"), a_person("emil")
    first = world.link(anna)
    second = world.link(ben, parent=first)
    third = world.link(dora, parent=second)
    fourth = world.link(emil, parent=third)
    world.happens(a_visit("v", fourth, cleo, 1), an_order("order-1", 2, share_id=fourth, visit="v"))
    assert world.waiting(emil, dora, ben, anna) == ["8.00", "1.60", "0.40", "0.00"]


# --- visits that do not count -----------------------------------------------------------------------------------------


def test_who_comes_again_is_a_returning_visitor(world: World) -> None:
    share = world.link(anna)
    world.happens(a_visit("first", share, cleo, 1), a_visit("again", share, cleo, 2))
    assert status(world.receipt(f"visit:{visit_id('first')}")) == ("credited", None)
    assert status(world.receipt(f"visit:{visit_id('again')}")) == ("refused", Reason.RETURNING_VISITOR)
    assert world.waiting(anna, unit=POINTS) == ["8.00"]


def test_an_earlier_visit_that_comes_in_late_is_the_first(world: World) -> None:
    annas, bens = world.link(anna), world.link(ben)
    world.happens(a_visit("later", bens, cleo, 2), a_visit("earlier", annas, cleo, 1))
    assert status(world.receipt(f"visit:{visit_id('earlier')}")) == ("credited", None)
    assert status(world.receipt(f"visit:{visit_id('later')}")) == ("refused", Reason.RETURNING_VISITOR)
    assert world.waiting(anna, ben, unit=POINTS) == ["8.00", "0.00"]


@pytest.mark.parametrize("reason", [Reason.BOT, Reason.NOT_VISIBLE, Reason.FOREIGN_ORIGIN, Reason.PREFETCH])
def test_what_was_refused_at_the_door_pays_nothing_and_has_a_receipt(tmp_path: Path, reason: Reason) -> None:
    world = World(f"sqlite:///{tmp_path}/here.db")
    share = world.link(anna)
    world.happens(a_visit("bot", share, cleo, 1, refused=reason))
    assert status(world.receipt(f"visit:{visit_id('bot')}")) == ("refused", reason)
    assert world.balances() == {}
    world.happens(a_visit("real", share, cleo, 2))
    assert world.waiting(anna, unit=POINTS) == ["8.00"]
    world.check()
    world.close()


def test_a_link_that_is_not_there_is_an_unknown_share(world: World) -> None:
    world.happens(a_visit("v", "A" * 15, cleo, 1), an_order("order-1", 2, share_id="A" * 15))
    assert status(world.receipt(f"visit:{visit_id('v')}")) == ("refused", Reason.UNKNOWN_SHARE)
    assert world.receipt("conversion:order-1").status == "refused"


def test_ones_own_link_pays_nothing(world: World) -> None:
    share = world.link(mallory, visitor=True)
    world.happens(a_visit("own", share, mallory, 1), an_order("order-1", 2, share_id=share, visit="own"))
    assert status(world.receipt(f"visit:{visit_id('own')}")) == ("refused", Reason.OWN_LINK)
    assert status(world.receipt("conversion:order-1")) == ("refused", Reason.OWN_LINK)
    assert world.waiting(mallory) == ["0.00"]


# --- who is who, later ------------------------------------------------------------------------------------------------


def test_a_credential_that_shows_up_later_makes_earlier_visits_ones_own(world: World) -> None:
    """Mallory clicks her own link in a clean browser and buys; then the same browser shows her credential."""
    share = world.link(mallory)
    world.happens(a_visit("clean", share, mallory, 1), an_order("order-1", 2, share_id=share, visit="clean"))
    assert world.waiting(mallory) == ["8.00"]
    world.happens(a_visit("seen", share, mallory, 3, guest=True))
    assert world.waiting(mallory) == ["0.00"]
    assert world.waiting(mallory, unit=POINTS) == ["0.00"]
    assert status(world.receipt(f"visit:{visit_id('clean')}")) == ("refused", Reason.OWN_LINK)
    assert status(world.receipt("conversion:order-1")) == ("refused", Reason.OWN_LINK)


def test_two_browsers_of_one_person_are_one_visitor(world: World) -> None:
    """Cleo's phone and desk hold the same credential: the later visit is no longer somebody new."""
    phone, share, cleos = a_person("cleo's phone"), world.link(anna), world.link(cleo, visitor=True)
    world.happens(a_visit("desk", share, cleo, 1), a_visit("phone", share, phone, 2))
    assert world.waiting(anna, unit=POINTS) == ["16.00"]
    joined = a_visit("both", share, cleo, 3, guest=True)
    world.happens(a_share("s", cleos, 3), joined)
    assert world.waiting(anna, unit=POINTS) == ["16.00"]
    world.happens(_with_guest_of(cleo, a_visit("phone again", share, phone, 4)))
    assert world.waiting(anna, unit=POINTS) == ["8.00"]
    assert status(world.receipt(f"visit:{visit_id('phone')}")) == ("refused", Reason.RETURNING_VISITOR)


def _with_guest_of(who: Person, visit: Event) -> Event:
    """The same visit from a browser that has somebody's credential."""
    assert isinstance(visit.fact, LinkVisited)
    return replace(visit, fact=replace(visit.fact, advocate_id=who.advocate_id(SITE)))


def test_two_advocates_who_turn_out_to_be_one_share_once(world: World) -> None:
    other = a_person("anna's phone")
    one, two = world.link(anna), world.link(other)
    world.happens(a_visit("a", one, cleo, 1), a_visit("b", two, cleo, 2), a_visit("c", world.link(ben), cleo, 3))
    world.happens(an_order("order-1", 4, share_id=one, visit="a"))
    assert world.waiting(anna, other, ben) == ["2.67", "2.67", "2.67"]
    world.happens(a_visit("x", world.link(ben), anna, 5, guest=True), _with_guest_of(other, a_visit("y", two, anna, 6)))
    both = world.waiting(anna, other)
    assert sorted(both) == ["0.00", "4.00"]
    assert world.waiting(ben) == ["4.00"]


# --- late and out of order --------------------------------------------------------------------------------------------


def test_a_visit_that_comes_in_after_its_conversion_is_credited(world: World) -> None:
    annas, bens = world.link(anna), world.link(ben)
    world.happens(a_visit("b", bens, cleo, 3), an_order("order-1", 5, share_id=bens, visit="b"))
    assert world.waiting(anna, ben) == ["0.00", "8.00"]
    world.happens(a_visit("a", annas, cleo, 1))
    assert world.waiting(anna, ben) == ["4.00", "4.00"]


def test_a_conversion_may_name_a_visit_that_is_still_to_come_in(world: World) -> None:
    annas, bens = world.link(anna), world.link(ben)
    world.happens(a_visit("a", annas, cleo, 1), an_order("order-1", 5, share_id=bens, visit="b"))
    assert world.waiting(anna, ben) == ["0.00", "8.00"]
    world.happens(a_visit("b", bens, cleo, 3))
    assert world.waiting(anna, ben) == ["4.00", "4.00"]


def test_a_code_whose_visit_belongs_to_another_link_names_no_visitor(world: World) -> None:
    """Somebody glued their token to a visit of another's: the token alone counts."""
    annas, mallorys = world.link(anna), world.link(mallory)
    world.happens(a_visit("a", annas, cleo, 1), an_order("order-1", 5, share_id=mallorys, visit="a"))
    assert world.waiting(anna, mallory) == ["0.00", "8.00"]


def test_a_visit_after_a_conversion_changes_nothing(world: World) -> None:
    annas, bens = world.link(anna), world.link(ben)
    world.happens(a_visit("a", annas, cleo, 1), an_order("order-1", 5, share_id=annas, visit="a"))
    before = world.balances()
    world.happens(a_visit("b", bens, cleo, 6))
    assert world.waiting(anna, ben) == ["8.00", "0.00"]
    assert {key: amount for key, amount in world.balances().items() if key[1] == "EUR"} == {
        key: amount for key, amount in before.items() if key[1] == "EUR"
    }


def test_a_refund_may_come_before_its_conversion(world: World) -> None:
    share = world.link(anna)
    world.happens(a_visit("v", share, cleo, 1), a_refund("refund-1", "order-1", 3, euros=50))
    assert world.waiting(anna) == ["0.00"]
    world.happens(an_order("order-1", 2, share_id=share, visit="v"))
    assert world.waiting(anna) == ["4.00"]


@pytest.mark.parametrize(
    ("refunds", "left", "reason"),
    [
        ([1], "7.92", None),
        ([50, 49], "0.08", None),
        ([50, 50], "0.00", Reason.REFUNDED),
        ([100], "0.00", Reason.REFUNDED),
        ([70, 70], "0.00", Reason.REFUNDED),
    ],
)
def test_refunds_add_up(tmp_path: Path, refunds: list[int], left: str, reason: Reason | None) -> None:
    world = World(f"sqlite:///{tmp_path}/here.db")
    share = world.link(anna)
    world.happens(a_visit("v", share, cleo, 1), an_order("order-1", 2, share_id=share, visit="v"))
    for number, euros in enumerate(refunds):
        world.happens(a_refund(f"refund-{number}", "order-1", 3 + number, euros=euros))
    assert world.waiting(anna) == [left]
    assert world.receipt("conversion:order-1").reason is reason
    world.check()
    world.close()


def test_without_a_code_nobody_is_paid_and_the_receipt_says_so(world: World) -> None:
    world.happens(an_order("order-1", 1), an_order("order-2", 1, refused=Reason.BAD_SIGNATURE))
    assert status(world.receipt("conversion:order-1")) == ("refused", Reason.NO_TOKEN)
    assert status(world.receipt("conversion:order-2")) == ("refused", Reason.BAD_SIGNATURE)
    assert world.balances() == {("program:issued", "EUR"): -20 * MICROS, ("unattributed", "EUR"): 20 * MICROS}


# --- holds ------------------------------------------------------------------------------------------------------------


def test_credit_is_waiting_until_its_hold_ends(world: World) -> None:
    share = world.link(anna)
    world.happens(a_visit("v", share, cleo, 0), an_order("order-1", 0, share_id=share, visit="v"))
    world.happens(a_tick(29.99))
    assert (world.waiting(anna), world.waiting(anna, bucket="ready")) == (["8.00"], ["0.00"])
    world.happens(a_tick(30))
    assert (world.waiting(anna), world.waiting(anna, bucket="ready")) == (["0.00"], ["8.00"])
    assert world.waiting(anna, bucket="ready", unit=POINTS) == ["8.00"]
    before = world.count("journal")
    world.happens(a_tick(31))
    assert world.count("journal") == before


def test_after_the_hold_only_refunds_change_the_split(world: World) -> None:
    annas, bens = world.link(anna), world.link(ben)
    world.happens(a_visit("b", bens, cleo, 3), an_order("order-1", 5, share_id=bens, visit="b"), a_tick(40))
    assert world.waiting(ben, bucket="ready") == ["8.00"]
    world.happens(a_visit("a", annas, cleo, 1))
    assert world.waiting(anna, ben, bucket="ready") == ["0.00", "8.00"]
    world.happens(a_refund("refund-1", "order-1", 41, euros=25))
    assert world.waiting(ben, bucket="ready") == ["6.00"]
    world.happens(a_refund("refund-2", "order-1", 42, euros=75))
    assert world.waiting(ben, bucket="ready") == ["0.00"]
    assert world.waiting(ben) == ["0.00"]
    assert status(world.receipt("conversion:order-1")) == ("refused", Reason.REFUNDED)


def test_after_the_hold_a_chain_stays_as_it_was(world: World) -> None:
    first = world.link(anna)
    second = world.link(ben, parent=first)
    world.happens(a_visit("v", second, cleo, 1), a_visit("w", world.link(otto), cleo, 2))
    world.happens(an_order("order-1", 3, share_id=second, visit="v"), a_tick(40))
    assert world.waiting(anna, ben, otto, bucket="ready") == ["0.80", "4.00", "4.00"]
    world.happens(a_refund("refund-1", "order-1", 41, euros=50))
    assert world.waiting(anna, ben, otto, bucket="ready") == ["0.40", "2.00", "2.00"]
    assert world.balances()["pool:2026-02", "EUR"] == 600_000  # where January's went on


def test_a_refund_after_the_hold_keeps_the_reason_of_a_refused_conversion(world: World) -> None:
    share = world.link(mallory, visitor=True)
    world.happens(a_visit("own", share, mallory, 1), an_order("order-1", 2, share_id=share, visit="own"), a_tick(40))
    world.happens(a_refund("refund-1", "order-1", 41, euros=50))
    assert status(world.receipt("conversion:order-1")) == ("refused", Reason.OWN_LINK)


def test_every_visit_has_a_receipt_even_after_the_hold(world: World) -> None:
    """A person is known since long; their credential shows up for the first time with a later visit."""
    share = world.link(anna)
    world.happens(a_visit("first", share, cleo, 1), a_tick(40))
    world.happens(a_visit("with credential", share, cleo, 41, guest=True), a_visit("plain", share, cleo, 42))
    assert status(world.receipt(f"visit:{visit_id('with credential')}")) == ("refused", Reason.RETURNING_VISITOR)
    assert status(world.receipt(f"visit:{visit_id('plain')}")) == ("refused", Reason.RETURNING_VISITOR)
    assert world.waiting(anna, unit=POINTS, bucket="ready") == ["8.00"]


def test_who_only_ever_came_by_their_own_link_has_a_receipt_after_the_hold_too(world: World) -> None:
    own, bens = world.link(mallory), world.link(ben)
    world.happens(a_visit("clean", own, mallory, 1), a_visit("seen", own, mallory, 2, guest=True), a_tick(40))
    world.happens(a_visit("bens", bens, mallory, 41))
    assert f"visit:{visit_id('bens')}" in world.receipts()


# --- terms ------------------------------------------------------------------------------------------------------------


def test_a_link_keeps_the_terms_under_which_it_was_made(world: World) -> None:
    old = world.link(anna)
    half = Terms(goals=(Goal("purchase", "EUR", rate_bp=5_000),), hold_days=3)
    with writing(world.db) as session:
        add_terms(session, SITE, half, START_MS + 1, "Half of everything.")
    world.clock.at_ms += 10
    new = world.link(ben)
    world.happens(a_visit("a", old, cleo, 1), an_order("order-1", 2, share_id=old, visit="a"))
    world.happens(a_visit("b", new, otto, 1), an_order("order-2", 2, share_id=new, visit="b"))
    assert world.waiting(anna, ben) == ["8.00", "40.00"]
    made = world.receipts()
    assert (made["conversion:order-1"].terms_version, made["conversion:order-1"].hold_days) == (1, 30)
    assert (made["conversion:order-2"].terms_version, made["conversion:order-2"].hold_days) == (2, 3)
    assert made[f"visit:{visit_id('b')}"].reason is Reason.NO_MATCHING_GOAL


# --- order and slices do not matter -----------------------------------------------------------------------------------


def a_history(world: World) -> list[Event]:
    """Everything that can happen before a hold ends, with people who turn out to be one."""
    annas = world.link(anna)
    bens = world.link(ben, parent=annas, visitor=True)
    cleos = world.link(cleo, parent=bens, page=f"{HOME}/wasps")
    mallorys = world.link(mallory)
    return [
        a_visit("ben", annas, ben, 0.5),
        a_share("ben", bens, 1),
        a_visit("cleo 1", annas, cleo, 2),
        a_visit("cleo 2", bens, cleo, 3),
        a_visit("cleo bot", mallorys, cleo, 3.5, refused=Reason.BOT),
        a_visit("mallory", mallorys, mallory, 4),
        a_visit("otto", cleos, otto, 4.5),
        a_visit("otto burst", mallorys, otto, 4.5 + 5 / 86_400),
        an_order("order-1", 5, euros=77, share_id=bens, visit="cleo 2"),
        an_order("order-2", 6, euros=31, share_id=mallorys, visit="mallory"),
        an_order("order-3", 6.5, euros=13, share_id=cleos),
        an_order("order-4", 6.6, euros=11, share_id=mallorys, visit="cleo bot"),
        a_visit("mallory seen", annas, mallory, 7, guest=True),
        a_visit("cleo seen", annas, cleo, 7.5, guest=True),
        an_order("order-5", 8, euros=200, share_id=cleos, visit="otto"),
        a_refund("refund-1", "order-1", 9, euros=20),
        a_refund("refund-2", "order-5", 10, euros=200),
        an_order("order-6", 11, refused=Reason.BAD_SIGNATURE),
    ]


class Outcome:
    """What is compared: balances, and every receipt as it stands."""

    def __init__(self, world: World):
        self.balances = world.balances()
        self.receipts = world.receipts()


def _copy(database_url: str, path: Path) -> World:
    path.write_bytes(Path(database_url.removeprefix("sqlite:///")).read_bytes())
    return World(f"sqlite:///{path}", new=False)


def _tell(world: World, facts: list[Event], chance: random.Random) -> Outcome:
    """Take facts in, in groups of any size with duplicates among them, and fold in slices of any size."""
    left = list(facts)
    while left:
        size = chance.choice([1, 1, 2, 5])
        group, left = left[:size], left[size:]
        world.take_in(*group)
        world.take_in(*chance.sample(group, 1))
        while fold_site(world.db, SITE, chance.choice([1, 2, 200])):
            pass
    world.check()
    return Outcome(world)


def test_the_order_of_the_facts_does_not_matter_before_holds_end(tmp_path: Path) -> None:
    original = World(f"sqlite:///{tmp_path}/original.db")
    facts = a_history(original)
    original.close()
    expected: Outcome | None = None
    for number in range(16):
        chance = random.Random(number)
        mixed = facts if number == 0 else chance.sample(facts, len(facts))
        world = _copy(f"sqlite:///{tmp_path}/original.db", tmp_path / f"copy-{number}.db")
        found = _tell(world, mixed, chance)
        world.close()
        if expected is None:
            expected = found
            assert any(amount > 0 for (account, _), amount in found.balances.items() if ":waiting" in account)
        assert found.balances == expected.balances, f"seed {number}"
        assert found.receipts == expected.receipts, f"seed {number}"


@pytest.mark.postgresql
def test_postgresql_comes_to_the_same_in_any_order(postgres: Postgres) -> None:
    with postgres.fresh_database() as url:
        original = World(url)
        facts = a_history(original)
        original.close()
        found = []
        for number in range(3):
            with postgres.fresh_database(template=database_name(url)) as copy:
                chance = random.Random(number)
                world = World(copy, new=False)
                found.append(_tell(world, facts if number == 0 else chance.sample(facts, len(facts)), chance))
                world.close()
    assert [one.balances for one in found] == [found[0].balances] * 3
    assert [one.receipts for one in found] == [found[0].receipts] * 3


def test_slices_of_any_size_write_the_same_journal(tmp_path: Path) -> None:
    """Posting is per fact, never per slice: line by line the same, holds, releases and late refunds included."""
    original = World(f"sqlite:///{tmp_path}/original.db")
    facts = [*a_history(original), a_tick(40), a_refund("refund-3", "order-1", 41), a_visit("z", "A" * 15, otto, 42)]
    facts += [a_visit("late", original.link(ben), otto, 43, guest=True)]
    original.take_in(*facts)
    original.close()
    made = []
    for size in (1, 3, 200):
        world = _copy(f"sqlite:///{tmp_path}/original.db", tmp_path / f"copy-{size}.db")
        while fold_site(world.db, SITE, size):
            pass
        world.check()
        made.append({name: _counted(world, name) for name in SAME})
        world.close()
    assert len(made[0]["journal"]) > 50
    for other in made[1:]:
        assert other == made[0]


SAME = ["journal", "numbered", "receipts", "conversions", "inspected", "credits", "balances"]
SAME += [
    "unit_totals",
    "page_totals",
    "advocate_totals",
    "day_totals",
    "day_money",
    "link_totals",
    "link_trees",
    "link_sent",
    "site_counts",
    "site_units",
]


def _counted(world: World, name: str) -> list[str]:
    """A table's rows, without those whose counters came back to zero: small slices write them, large ones do not."""
    rows = world.rows(text(f"SELECT * FROM {name}"))
    counters = name.endswith(("_totals", "_money", "_trees", "_units")) or name == "balances"
    return sorted(str(row) for row in rows if not counters or any(isinstance(value, int) and value for value in row))


# --- many at once -----------------------------------------------------------------------------------------------------


def test_four_workers_on_one_site_never_post_twice(world: World, world_url: str) -> None:
    """Two of them under one name, so that no claim keeps them apart and only the lock does."""
    share = world.link(anna)
    people = [a_person("visitor", number) for number in range(40)]
    world.take_in(*(a_visit(f"v{number}", share, who, 1) for number, who in enumerate(people)))
    world.take_in(*(an_order(f"o{number}", 2, share_id=share, visit=f"v{number}") for number in range(40)))
    together = threading.Barrier(4)

    def work(number: int) -> int:
        db = Database(world_url)
        together.wait()
        folded = 0
        while done := fold_site(db, SITE, 7, f"worker-{number % 3}"):
            folded += done
        db.close()
        return folded

    with ThreadPoolExecutor(4) as threads:
        folded = list(threads.map(work, range(4)))
    assert sum(folded) + world.fold() == 80
    assert world.waiting(anna) == ["320.00"]
    assert world.waiting(anna, unit=POINTS) == ["320.00"]


def test_facts_that_come_in_while_others_are_folded_are_all_counted(world: World, world_url: str) -> None:
    share = world.link(anna)
    done = threading.Event()

    def work() -> int:
        db = Database(world_url)
        folded = 0
        while not done.is_set() or fold_site(db, SITE):
            folded += fold_site(db, SITE, 5)
        db.close()
        return folded

    with ThreadPoolExecutor(1) as threads:
        working = threads.submit(work)
        for number in range(30):
            world.take_in(a_visit(f"v{number}", share, a_person("visitor", number), 1))
        done.set()
        working.result(60)
    world.fold()
    assert world.waiting(anna, unit=POINTS) == ["240.00"]


def test_a_fact_that_cannot_be_folded_is_set_aside_and_costs_nobody_else(database_url: str) -> None:
    world = World(database_url)
    share = world.link(anna)
    poison = visit_id("poison")
    if world.db.is_sqlite:
        refuse = "BEGIN SELECT RAISE(ABORT, 'planted'); END"
        planted = "CREATE TRIGGER planted BEFORE INSERT ON visits WHEN NEW.visit_id = '{}' " + refuse
        mended = "DROP TRIGGER planted"
    else:
        planted = "ALTER TABLE visits ADD CONSTRAINT planted CHECK (visit_id <> '{}')"
        mended = "ALTER TABLE visits DROP CONSTRAINT planted"
    with world.db.writer.begin() as connection:
        connection.execute(text(planted.format(poison)))
    world.take_in(a_visit("before", share, cleo, 1), a_visit("poison", share, otto, 2), a_visit("after", share, ben, 3))
    assert world.fold() == 3
    assert [world.count(name) for name in ("visits", "numbered", "queue", "set_aside")] == [2, 2, 0, 1]
    assert f"visit:{poison}" not in world.receipts()
    assert world.waiting(anna, unit=POINTS) == ["16.00"]
    world.check()
    with world.db.writer.begin() as connection:
        connection.execute(text(mended))
    with writing(world.db) as session:
        assert event_log.put_back(session, SITE) == 1
    assert world.fold() == 1
    assert world.count("set_aside") == 0
    assert world.waiting(anna, unit=POINTS) == ["24.00"]
    world.check()
    world.close()


def test_when_the_database_fails_nothing_has_happened(database_url: str) -> None:
    """A fault that is the database's own sets nothing aside: all is as it was, and is folded later."""
    world = World(database_url)
    world.take_in(a_visit("v", world.link(anna), cleo, 1))
    with world.db.writer.begin() as connection:
        connection.execute(text("ALTER TABLE numbered RENAME TO gone"))
    with pytest.raises((OperationalError, ProgrammingError)):
        world.fold()
    assert [world.count(name) for name in ("journal", "receipts", "visits", "queue", "set_aside")] == [0, 0, 0, 1, 0]
    with world.db.writer.begin() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO numbered"))
    assert world.fold() == 1
    assert world.waiting(anna, unit=POINTS) == ["8.00"]
    world.check()
    world.close()


def test_facts_are_numbered_without_gaps_in_the_order_in_which_they_are_folded(world: World) -> None:
    share = world.link(anna)
    world.happens(a_visit("late", share, cleo, 5), a_visit("early", share, otto, 1))
    rows = world.rows(select(numbered.c.seq, numbered.c.event_id).order_by(numbered.c.seq))
    assert [(row.seq, row.event_id) for row in rows] == [(1, visit_id("late")), (2, visit_id("early"))]
    assert len(world.rows(select(events))) == 2


def test_a_visit_whose_note_comes_after_the_order_that_names_it_still_counts(world: World) -> None:
    share = world.link(anna)
    world.happens(an_order("order", 1, share_id=share, visit="late"))
    assert world.waiting(anna) == ["8.00"]
    world.happens(a_visit("late", share, cleo, 2))
    assert world.waiting(anna) == ["8.00"]


def test_every_kind_of_fact_has_a_handler_that_folds_it() -> None:
    assert set(get_args(Fact)) == set(HANDLERS)
