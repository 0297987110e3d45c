"""Deliveries of shop systems: forged, repeated, reordered and mixed ones lead to the same ledger."""

import random

import pytest

from cast import anna
from flow.office import Office
from integrations.deliveries import STORIES, Sent, body_of
from integrations.shop import Shop
from passalong.core.shops.systems import SYSTEMS as HELP
from passalong.integrations.systems import SYSTEMS

SYSTEM = pytest.mark.parametrize("system", STORIES)
SHUFFLES = 4
"""Orders of arrival for each system and database."""


def test_every_system_has_a_mapping_help_and_a_story() -> None:
    assert set(SYSTEMS) == set(HELP) == set(STORIES)


@SYSTEM
def test_orders_and_refunds_are_recorded_as_they_happened(office: Office, system: str) -> None:
    shop = Shop(office, system)
    for sent in shop.story():
        answer = shop.deliver(sent)
        assert answer.status == 200, (sent, answer)
        assert {one["outcome"] for one in answer.json["outcomes"]} <= {"recorded", "repeated", "ignored"}, answer.json
    assert shop.ledger() == STORIES[system].ledger


@SYSTEM
def test_any_order_repeated_and_mixed_with_forged_ones_gives_the_same_ledger(office: Office, system: str) -> None:
    for seed in range(SHUFFLES):
        shop, chance = Shop(office, system), random.Random(seed)
        arriving = [*shop.story(), *shop.story()]
        chance.shuffle(arriving)
        for sent in arriving:
            if chance.random() < 0.5:
                forged = shop.deliver(sent, secret="mallorys own secret")
                assert forged.status == 401, forged
            assert shop.deliver(sent).status == 200
        assert shop.ledger() == STORIES[system].ledger, (system, seed)


@SYSTEM
def test_anna_is_credited_for_what_cleo_buys(office: Office, system: str) -> None:
    shop = Shop(office, system)
    for sent in shop.story():
        shop.deliver(sent)
    made = shop.receipt(next(iter(STORIES[system].ledger)))
    assert made is not None
    assert [line.recipient for line in made.lines] == [anna.advocate_id(shop.site.site_id)]


@pytest.mark.parametrize(
    ("system", "later"),
    [("stripe", "stripe:in_2"), ("paddle", "paddle:txn_2"), ("lemonsqueezy", "lemonsqueezy:invoice:2")],
)
def test_a_later_payment_has_the_code_of_the_first_in_whatever_order_they_come(
    office: Office, system: str, later: str
) -> None:
    shop = Shop(office, system, later_goal="purchase")
    paid = [sent for sent in shop.story() if "refund" not in str(sent.payload)]
    for sent in reversed(paid):
        shop.deliver(sent)
    made = shop.receipt(later)
    assert made is not None
    assert [line.recipient for line in made.lines] == [anna.advocate_id(shop.site.site_id)]


@SYSTEM
def test_a_changed_body_is_refused_and_changes_nothing(office: Office, system: str) -> None:
    shop = Shop(office, system)
    sent = shop.story()[0]
    answer = shop.deliver(sent, body=body_of(sent).replace(b"EUR", b"USD").replace(b"eur", b"usd") + b" ")
    assert (answer.status, "secret" in answer.message) == (401, True)
    assert shop.ledger() == {}
    assert shop.outcomes() == ["refused"]


@pytest.mark.parametrize("system", ["stripe", "paddle"])
def test_a_delivery_that_was_signed_long_ago_is_refused(office: Office, system: str) -> None:
    shop = Shop(office, system)
    assert shop.deliver(shop.story()[0], late_ms=301_000).status == 401
    assert shop.deliver(shop.story()[0], late_ms=299_000).status == 200


def test_both_secrets_work_while_one_is_replaced(office: Office) -> None:
    shop = Shop(office, "shopify")
    shop.rotate("the second secret")
    statuses = [
        shop.deliver(shop.story()[0], secret=name).status for name in ("the second secret", "whsec_anna_and_ben")
    ]
    assert statuses == [200, 200]
    shop.rotate("the third secret")
    assert shop.deliver(shop.story()[0]).status == 401


def test_an_ended_connection_accepts_nothing(office: Office) -> None:
    shop = Shop(office, "paddle")
    shop.end()
    answer = shop.deliver(shop.story()[0])
    assert (answer.status, "console" in answer.message) == (404, True)


def test_a_connection_of_another_site_opens_nothing(office: Office) -> None:
    annas, bens = Shop(office, "shopify"), Shop(office, "shopify")
    path = f"/shops/{bens.site.site_id}/{annas.connection.connection_id}"
    assert office.send("POST", path, b"{}").status == 404


@pytest.mark.parametrize(("basis", "worth"), [("net", 10_000), ("with_shipping", 10_500), ("total", 12_400)])
def test_the_owner_chooses_what_the_reward_is_taken_of(office: Office, basis: str, worth: int) -> None:
    shop = Shop(office, "stripe", basis)
    shop.deliver(shop.story()[0])
    assert shop.ledger()["stripe:pi_1"][0] == worth


@pytest.mark.parametrize(("unit", "given", "worth"), [("jpy", 500, 500), ("kwd", 12_340, 12_340), ("isk", 50_000, 500)])
def test_amounts_without_and_with_three_decimals_keep_their_size(
    office: Office, unit: str, given: int, worth: int
) -> None:
    shop = Shop(office, "stripe")
    event = shop.story()[0].payload
    about = event["data"]["object"] | {"currency": unit, "amount_total": given, "total_details": {}}
    shop.deliver(Sent(event | {"data": {"object": about}}))
    made = shop.receipt("stripe:pi_1")
    assert made is not None
    digits = {"jpy": 0, "kwd": 3, "isk": 0}[unit]
    assert made.gross_micros == worth * 10 ** (6 - digits)


@SYSTEM
def test_garbage_with_a_good_signature_never_breaks(office: Office, system: str) -> None:
    shop, chance = Shop(office, system), random.Random(system)
    for sent in shop.story():
        for _ in range(12):
            answer = shop.deliver(Sent(_spoiled(sent.payload, chance), sent.headers))
            assert answer.status == 200, answer
    for body in (b"", b"[]", b"null", b"\xff\xfe", b'"x"', b"{" * 4_000):
        signature = STORIES[system].sign("whsec_anna_and_ben", body, office.clock.now_ms())
        assert office.send("POST", shop.path, body, dict(signature)).status == 200


def _spoiled(payload: object, chance: random.Random) -> dict[str, object]:
    """A copy with a few values replaced by garbage."""

    def walk(value: object) -> object:
        if chance.random() < 0.12:
            return chance.choice(
                [None, True, -1, 1.5, "", "x" * 300, "-5", [], {}, [[]], {"a": None}, 10**30, "\u0000"]
            )
        if isinstance(value, dict):
            return {key: walk(one) for key, one in value.items()}
        return [walk(one) for one in value] if isinstance(value, list) else value

    found = walk(payload)
    return found if isinstance(found, dict) else {"was": found}


def test_the_open_book_says_what_a_part_of_the_price_is(office: Office) -> None:
    shop = Shop(office, "paddle", "with_shipping")
    path = f"/open/{shop.site.site_id}"
    assert "without taxes, with shipping" in office.send("GET", path).text
    shop.end()
    assert "without taxes, with shipping" not in office.send("GET", path).text
