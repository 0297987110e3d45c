"""The commands about money: ways, payouts in batches, pools."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from cast import anna, cleo
from commands import Run
from flow.world import SITE, World, a_tick, a_visit, an_order
from passalong.core.ledger.redemptions import Method
from passalong.core.money import MICROS
from passalong.flow import redemptions
from passalong.flow.ingest.collector import Collector
from passalong.store.books.redemptions import Destination

ANNA = anna.advocate_id(SITE)


@pytest.fixture(autouse=True)
def world(tmp_path: Path) -> Iterator[World]:
    """Otto's site, where Anna has 80.00 ready, and a cell of a spreadsheet for a name."""
    (tmp_path / "data").mkdir()
    made = World(f"sqlite:///{tmp_path}/data/passalong.sqlite3")
    share = made.link(anna)
    made.happens(a_visit("v", share, cleo, 1), an_order("o", 2, euros=1_000, share_id=share, visit="v"), a_tick(40))
    place = Destination("iban", "=cmd()", "DE02120300000000202051")
    redemptions.keep_destination(made.db, made.clock, SITE, redemptions.Person(ANNA, signed_in=True), place)
    yield made
    made.check()
    made.close()


def ask(world: World, euros: int, name: str) -> None:
    """Anna asks for a payout."""
    collector = Collector(world.db, world.clock)
    asked = redemptions.Asked(name, Method.PAYOUT, "EUR", euros * MICROS)
    redemptions.request_redemption(
        world.db, collector, world.site.site, redemptions.Person(ANNA, signed_in=True), asked
    )
    collector.close()
    world.fold()


def test_payouts_go_from_asked_for_to_paid(world: World, run: Run) -> None:
    assert run("payout", "prepare", SITE)[0] == 2  # nobody has asked
    run("method", "set", SITE, "payout", "--minimum", "10", "--fee", "0.50", "--days", "14")
    ask(world, 20, "first")
    assert run("payout", "list", SITE)[1] == f"first\t{ANNA}\t19.50 EUR\trequested\tin no batch\n"
    assert run("payout", "prepare", SITE, "--batch", "march") == (0, "march\t1 payouts\n", "")
    assert "approve it first" in run("payout", "mark-paid", SITE, "march")[2]
    assert run("payout", "approve", SITE, "march")[1] == "1 payouts are approved.\n"
    sheet = run("payout", "export", SITE, "march")[1]
    [row] = csv.DictReader(sheet.lstrip("\ufeff").splitlines())
    money = [row[name] for name in ("payout", "name", "kind", "account", "amount", "currency", "fee", "receipt")]
    assert money == ["first", "'=cmd()", "iban", "DE02120300000000202051", "19.50", "EUR", "0.50", "use:first"]
    assert "name the account" in run("payout", "export", SITE, "march", "--sepa")[2].replace("names", "name")
    run("payout", "account", SITE, "--name", "The Bees", "--iban", "DE89370400440532013000")
    sepa = run("payout", "export", SITE, "march", "--sepa")[1]
    assert sepa.count("<CdtTrfTxInf>") == 1
    assert run("payout", "mark-paid", SITE, "march", "--reference", "run 3")[1] == "1 payouts are paid.\n"
    assert run("payout", "list", SITE)[1] == ""
    place = Destination("iban", "Anna", "NL91ABNA0417164300")
    redemptions.keep_destination(world.db, world.clock, SITE, redemptions.Person(ANNA, signed_in=True), place)
    assert run("payout", "export", SITE, "march")[1] == sheet, "an export is the same at every download"
    assert run("payout", "export", SITE, "march", "--sepa")[1] == sepa
    assert world.waiting(anna, bucket="used") == ["20.00"]


def test_a_payout_is_rejected_with_a_reason(world: World, run: Run) -> None:
    ask(world, 20, "first")
    assert run("payout", "reject", SITE, "first")[0] == 2
    assert run("payout", "reject", SITE, "first", "--because", "The account is closed.") == (0, "", "")
    assert world.waiting(anna, bucket="ready") == ["80.00"]
    assert "ready" not in run("payout", "list", SITE)[1]


def test_methods_are_set_and_taken_away_also_by_the_old_name(run: Run) -> None:
    assert len(run("method", "list", SITE)[1].splitlines()) == 3
    run("way", "set", SITE, "cause", "--about", "To the bees.")
    assert "cause\tfrom 0.00 EUR\tfee 0.00 EUR\twithin 30 days\tTo the bees." in run("method", "list", SITE)[1]
    assert run("method", "off", SITE, "payout")[0] == run("method", "off", SITE, "give_back")[0] == 0
    code, _, err = run("method", "off", SITE, "cause")
    assert (code, err) == (2, "passalong: One method has to stay: credit that cannot be redeemed is none.\n")


def test_the_sentence_of_a_method_is_one_line(run: Run) -> None:
    for about in ("To the \u202ebees", "To the bees.\nAnd flies."):
        code, _, err = run("method", "set", SITE, "cause", "--about", about)
        assert (code, "in one line" in err) == (2, True)


@pytest.mark.parametrize("amount", ["ten", "-1", "1e99", "NaN", "0.001", "", "1,5"])
def test_an_invalid_amount_is_one_line(run: Run, amount: str) -> None:
    code, _, err = run("pool", "add", SITE, "--", "2026-11", amount)
    assert (code, len(err.splitlines())) == (2, 1)


def test_a_pool_is_filled_shown_and_closed(world: World, run: Run) -> None:
    assert run("pool", "add", SITE, "2026-01", "10")[0] == 0  # January was closed by the clock: it goes to this month
    assert run("pool", "add", SITE, "2026-13", "10")[0] == 2
    assert run("pool", "add", SITE, "2099-01", "7", "--unit", "points")[0] == 0
    shown = run("pool", "show", SITE)[1]
    assert "2026-01\t20.00 EUR\t0.00 EUR shared out to 0" in shown
    assert "2099-01\t7 points\topen" in shown
    code, out, _ = run("pool", "close", SITE)
    assert (code, out.splitlines()[:1]) == (0, ["2026-02 EUR"])
    assert run("pool", "close", SITE)[0] == 1
