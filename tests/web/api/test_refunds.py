"""Refunds over the API: judged against what is recorded, folded or not, one after the other and all at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from msgspec.structs import replace

from cast import a_person, an_id
from flow.office import SITE, Office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.money import MICROS
from passalong.core.terms.model import Goal, Terms, default_terms
from passalong.flow.owners import terms as flow_terms
from passalong.lib.try_tokens import open_token
from passalong.store.queries import refund_requests


def an_order(office: Office, name: str, *, minor: int = 10_000, currency: str = "EUR") -> None:
    """Somebody comes by Anna's link and buys."""
    token, who = office.link("annas"), a_person(name)
    assert office.note("flask", office.visit(name, token, who)).status == 202
    code = f"{token}.{an_id('visit', name)}"
    said = {"id": name, "goal": "purchase", "amount_minor": minor, "currency": currency, "code": code}
    assert office.api("POST", "/conversions", said).status in (200, 202)


def a_refund(office: Office, order: str, name: str, **said: Any) -> tuple[int, dict[str, Any]]:
    """The shop reports a refund; status and answer."""
    answer = office.api("POST", f"/conversions/{order}/refunds", {"id": name, **said})
    return answer.status, dict(answer.json)


def the_receipt(office: Office, order: str) -> tuple[int, int]:
    """(refunded, left to the advocate) of an order, in cents."""
    office.fold()
    made = office.api("GET", f"/conversions/{order}").json
    return made["refunded_micros"] // 10_000, sum(line["amount_micros"] for line in made["lines"]) // 10_000


def test_refunds_one_after_the_other_are_judged_before_anything_is_folded(office: Office) -> None:
    an_order(office, "unfolded")
    assert a_refund(office, "unfolded", "u1", amount_minor=6_000)[0] == 202
    status, answer = a_refund(office, "unfolded", "u2", amount_minor=6_000)
    assert (status, "at most 40.00 EUR" in answer["error"]["message"]) == (400, True)
    assert "full: true" in answer["error"]["message"]
    assert a_refund(office, "unfolded", "u3", amount_minor=4_000)[0] == 202
    assert a_refund(office, "unfolded", "u4", amount_minor=1)[0] == 400
    assert the_receipt(office, "unfolded") == (10_000, 0)


def test_refunds_that_come_at_once_never_exceed_the_order(office: Office) -> None:
    an_order(office, "at-once")

    def refund(number: int) -> int:
        return a_refund(office, "at-once", f"at-once-{number}", amount_minor=3_000)[0]

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(refund, range(8)))
    assert statuses == [202, 202, 202, 400, 400, 400, 400, 400]
    assert the_receipt(office, "at-once") == (9_000, 80)


def test_a_refund_that_includes_shipping_takes_back_everything_and_says_so(office: Office) -> None:
    an_order(office, "shipped")
    status, answer = a_refund(office, "shipped", "s1", amount_minor=10_490)
    assert (status, answer["capped"], answer["amount_minor"]) == (202, True, 10_000)
    assert answer["words"].endswith(".")
    assert a_refund(office, "shipped", "s1", amount_minor=10_490) == (200, answer | {"status": "duplicate"})
    assert the_receipt(office, "shipped") == (10_000, 0)


def test_a_full_refund_needs_no_amount(office: Office) -> None:
    an_order(office, "full")
    assert a_refund(office, "full", "f1", amount_minor=2_500)[0] == 202
    assert [a_refund(office, "full", "f2", full=True)[0] for _ in range(2)] == [202, 200]
    assert a_refund(office, "full", "f2", amount_minor=1)[0] == 409
    assert a_refund(office, "full", "f3", amount_minor=1)[0] == 400
    assert the_receipt(office, "full") == (10_000, 0)


@pytest.mark.parametrize("said", [{}, {"full": False}, {"full": True, "amount_minor": 1}, {"full": "yes"}])
def test_a_refund_says_an_amount_or_that_it_is_full(office: Office, said: dict[str, Any]) -> None:
    assert a_refund(office, "any", "r", **said)[0] == 400


EARLY = [
    ("early", "EUR", {"amount_minor": 2_500}, (2_500, 600)),
    ("early-all", "EUR", {"full": True}, (10_000, 0)),
    ("early-more", "EUR", {"amount_minor": 10_490}, (10_000, 0)),
]


@pytest.mark.parametrize(("name", "currency", "said", "expected"), EARLY, ids=[one[0] for one in EARLY])
def test_a_refund_before_its_order_counts_when_the_order_comes(
    office: Office, name: str, currency: str, said: dict[str, Any], expected: tuple[int, int]
) -> None:
    status, answer = a_refund(office, name, f"{name}-r", **said)
    assert (status, answer["waits"]) == (202, True)
    office.fold()
    assert office.api("GET", f"/conversions/{name}").status == 404
    an_order(office, name, currency=currency)
    assert the_receipt(office, name) == expected
    left = a_refund(office, name, f"{name}-more", amount_minor=7_501)
    assert left[0] == 400, "what came early counts for what is left"


def test_an_early_refund_is_counted_in_the_orders_own_currency(office: Office) -> None:
    assert a_refund(office, "yen", "yen-r", amount_minor=40)[0] == 202
    an_order(office, "yen", minor=100, currency="JPY")
    office.fold()
    assert office.api("GET", "/conversions/yen").json["refunded_micros"] == 40_000_000


def test_a_refund_whose_order_does_not_come_is_named_after_a_day(office: Office) -> None:
    assert a_refund(office, "never", "lonely", amount_minor=100)[0] == 202
    page = f"/console/{SITE}"
    assert "lonely" not in office.send("GET", page, client=office.owner()).text
    office.clock.at_ms += DAY_MS + 1
    shown = office.send("GET", page, client=office.owner()).text
    assert "came without its order" in shown
    assert "lonely" in shown
    an_order(office, "never")
    assert the_receipt(office, "never") == (100, 792)
    assert "lonely" not in office.send("GET", page, client=office.owner()).text


def rewarding(goal: Goal) -> Terms:
    """The site's first terms and one more goal, which takes nothing away."""
    terms = default_terms("EUR")
    return replace(terms, goals=(*terms.goals, goal))


FREE = [
    ("free", {"amount_minor": 0, "currency": "EUR"}, {"full": True}),
    ("free-shipped", {"amount_minor": 0, "currency": "EUR"}, {"amount_minor": 490}),
    ("signed-up", {}, {"full": True}),
]


@pytest.mark.parametrize("early", [False, True], ids=["after", "before"])
@pytest.mark.parametrize(("name", "value", "said"), FREE, ids=[one[0] for one in FREE])
def test_a_full_refund_of_something_free_takes_back_its_fixed_reward(
    office: Office, name: str, value: dict[str, Any], said: dict[str, Any], early: bool
) -> None:
    goal = Goal("booking", "EUR", fixed_micros=5 * MICROS, welcome_micros=MICROS)
    flow_terms.new_version(office.db, office.clock, SITE, flow_terms.Draft(rewarding(goal), "Bookings."))
    office.instance.services.sites.forget(SITE)
    name = f"{name}-{early}"
    if early:
        assert a_refund(office, name, f"{name}-r", **said)[0] == 202
        office.fold()
    token = office.link(f"link of {name}")
    assert office.note("flask", office.visit(name, token, a_person(name))).status == 202
    code = f"{token}.{an_id('visit', name)}"
    assert office.api("POST", "/conversions", {"id": name, "goal": "booking", "code": code} | value).status == 202
    if not early:
        assert the_receipt(office, name) == (0, 400)
        assert a_refund(office, name, f"{name}-r", **said)[0] == 202
    assert the_receipt(office, name) == (0, 0)
    receipt = office.api("GET", f"/conversions/{name}").json
    assert (receipt["reason"], receipt["welcome"]["amount_micros"]) == ("refunded", 0)
    assert a_refund(office, name, f"{name}-more", amount_minor=1)[0] == 400


def test_a_refund_of_an_order_in_try_mode_is_not_named(office: Office) -> None:
    opened = open_token(office.instance.services.keys, SITE, office.clock.at_ms)
    order = {"id": "tried", "goal": "purchase", "amount_minor": 100, "currency": "EUR", "code": f"{opened}.{'v' * 22}"}
    assert office.api("POST", "/conversions", order).json["tried"]
    status, answer = a_refund(office, "tried", "of-a-trial", full=True)
    assert (status, answer.get("tried"), answer.get("waits")) == (202, True, None)
    assert answer["words"] == "The conversion is of try mode: nothing of it counts, and nothing is taken back."
    assert a_refund(office, "tried", "of-a-trial", full=True) == (200, answer | {"status": "duplicate"})
    assert not office.api("GET", "/refunds/of-a-trial").json["waits"]
    office.fold()
    with office.db.reading() as session:
        named = refund_requests.without_order(session, SITE, office.clock.at_ms + 1)
    assert "tried" not in [request.conversion_id for request in named]
