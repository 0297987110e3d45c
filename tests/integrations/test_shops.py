"""Deliveries of shop systems: forged, repeated, reordered and mixed ones lead to the same ledger."""

import random
import re

import pytest
from flask.testing import FlaskClient

from cast import anna
from flow.office import Office
from integrations.deliveries import STORIES, Sent, body_of
from integrations.shop import Shop
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.shops.systems import SYSTEMS as HELP
from passalong.core.terms.model import default_terms
from passalong.flow.shops.log import delete_old_deliveries
from passalong.flow.transaction import writing
from passalong.i18n.catalogue import ENGLISH, say
from passalong.integrations.systems import SYSTEMS
from passalong.store import sites
from passalong.web.api.own import OwnCall, explain_own_credit, read_own_account

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


def test_what_waits_in_vain_is_forgotten_with_the_log(office: Office) -> None:
    shop = Shop(office, "paddle", later_goal="purchase")
    first, later, *_ = shop.story()
    assert shop.deliver(later).json["outcomes"][0]["outcome"] == "waits"
    delete_old_deliveries(office.db, office.clock.now_ms() + 91 * 86_400_000)
    assert shop.outcomes() == []
    shop.deliver(first)
    assert shop.receipt("paddle:txn_2") is None


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


WITH_SHIPPING, TOTAL = (say(ENGLISH, f"rule.basis.{basis}") for basis in ("with_shipping", "total"))


def _lines(office: Office, browser: FlaskClient) -> list[str]:
    """The paths of the Why pages of orders."""
    office.fold()
    paths = re.findall(r"/me/why/[a-z0-9]+", office.send("GET", "/me/credit", client=browser).text)
    kinds = {path: office.send("GET", f"{path}?as=json", client=browser).json["kind"] for path in paths}
    return [path for path, kind in kinds.items() if kind == "result"]


def test_a_why_page_says_which_part_of_the_price_counted_for_that_order(office: Office) -> None:
    shop = Shop(office, "paddle", "with_shipping")
    site_id = shop.site.site_id
    for sent in shop.story():
        shop.deliver(sent)
    browser = office.signed_in(anna, site_id)
    why, *others = _lines(office, browser)
    shop.end()
    Shop(office, "stripe", "total", site=shop.site)
    for path in (why, f"{why}?as=json"):
        text = office.send("GET", path, client=browser).text
        assert (WITH_SHIPPING in text, TOTAL in text) == (True, False), path
    order = {"id": "own", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR", "code": shop.code}
    assert office.api("POST", "/conversions", order, key=shop.site.api_key).status == 202
    (reported,) = set(_lines(office, browser)) - {why, *others}
    text = office.send("GET", reported, client=browser).text
    assert (WITH_SHIPPING in text, TOTAL in text) == (False, False), "no shop connection reported it"


def test_every_page_with_the_rule_says_what_a_part_of_the_price_is(office: Office) -> None:
    shop = Shop(office, "paddle", "with_shipping")
    site_id = shop.site.site_id
    pages = {f"/open/{site_id}": None, f"/v1/book/{site_id}": None, f"/console/{site_id}/rule": office.owner(site_id)}
    for path, client in pages.items():
        assert WITH_SHIPPING in office.send("GET", path, client=client).text, path
    stripe = Shop(office, "stripe", "total", site=shop.site)
    text = office.send("GET", f"/open/{site_id}").text
    assert f"{WITH_SHIPPING} (Paddle Billing)" in text
    assert f"{TOTAL} (Stripe)" in text
    shop.end()
    stripe.end()
    assert WITH_SHIPPING not in office.send("GET", f"/open/{site_id}").text


def test_an_assistant_and_the_announced_rule_say_the_part_of_the_price_and_earlier_rules_do_not(office: Office) -> None:
    shop = Shop(office, "paddle", "with_shipping")
    for sent in shop.story():
        shop.deliver(sent)
    site_id, services = shop.site.site_id, office.instance.services
    line_id = _lines(office, office.signed_in(anna, site_id))[0].rpartition("/")[2]
    shop.end()
    Shop(office, "stripe", "total", site=shop.site)
    call = OwnCall(services, shop.site.site, (anna.advocate_id(site_id),))
    assert TOTAL in read_own_account(call).rule
    reason = explain_own_credit(call, line_id).rule or ""
    assert (WITH_SHIPPING in reason, TOTAL in reason) == (True, False)
    now_ms = office.clock.at_ms
    with writing(office.db) as session:
        for since_ms in (now_ms, now_ms + 40 * DAY_MS):
            sites.add_terms(session, site_id, default_terms("EUR"), since_ms, "We found it fairer.")
    text = office.send("GET", f"/open/{site_id}").text
    assert "Version 1" in text and text.count(TOTAL) == 4, "today's and the next rule, and both in the list of three"
