"""Using the credit of several browsers of one person: what each has adds up, and nothing is used twice."""

from collections.abc import Iterator

import pytest

from cast import an_id
from flow.office import BOTH, SITE, Office
from passalong.core.ledger.redemptions import Method
from passalong.core.redemptions.facts import RedemptionApproved, RedemptionRejected, RedemptionSettled
from passalong.flow import redemptions
from passalong.flow.redemptions import Asked, Person, RedeemError
from passalong.store.books import journal
from web.rendered import a_plain_office, browsers, get, join, kept, ready, redeem, sells


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance for all tests here; they keep apart by their people."""
    yield from a_plain_office(request, tmp_path_factory)


def test_the_minimum_is_judged_on_the_whole_and_a_payout_takes_from_both(office: Office) -> None:
    """Each browser alone has 8.00, too little for a payout from 10.00; together 16.00 are enough, and paid once."""
    one, two = browsers("payout")
    sells(office, "payout one", one, 10_000)
    sells(office, "payout two", two, 10_000)
    for who in (one, two):
        page = get(office, office.signed_in(who), "/me/use")
        assert 'name="way" value="payout"' not in page
    join(office, one, two)
    browser = kept(office, two)
    assert ready(office, browser) == 16_000_000
    where = {"kind": "iban", "name": "Dora", "account": "DE02120300000000202051"}
    answer = redeem(office, browser, "payout", "15.50", **where)
    assert answer.status == 303, answer.text
    assert ready(office, browser) == 500_000
    assert "You asked to use €15.50" in get(office, office.signed_in(one), answer.headers["location"])
    assert redeem(office, browser, "give_back", "0.51").status == 400
    redemption_id = answer.headers["location"].rpartition("/")[2]
    redemptions.reject(
        office.db,
        office.instance.services.collector,
        SITE,
        RedemptionRejected(redemption_id, "otto", "The account is closed."),
    )
    office.fold()
    assert ready(office, browser) == 16_000_000
    with office.db.reading() as session:
        balances = journal.all_balances(session, SITE)
    for who in (one, two):
        assert balances[f"advocate:{who.advocate_id(SITE)}:ready", "EUR"] == 8_000_000
        assert (f"advocate:{who.advocate_id(SITE)}:used", "EUR") not in balances


def test_a_payout_of_both_is_paid_from_both(office: Office) -> None:
    one, two = browsers("paid")
    sells(office, "paid one", one, 10_000)
    sells(office, "paid two", two, 10_000)
    join(office, one, two)
    browser = kept(office, one)
    where = {"kind": "iban", "name": "Dora", "account": "DE02120300000000202051"}
    redemption_id = redeem(office, browser, "payout", "16", **where).headers["location"].rpartition("/")[2]
    till = (office.db, office.instance.services.collector, SITE)
    redemptions.approve(*till, RedemptionApproved(redemption_id, "otto"))
    office.fold()
    redemptions.settle_redemption(*till, RedemptionSettled(redemption_id, "otto", "transfer 9"))
    office.fold()
    assert "transfer 9" in get(office, browser, f"/me/use/{redemption_id}")
    with office.db.reading() as session:
        balances = journal.all_balances(session, SITE)
    assert [balances[f"advocate:{who.advocate_id(SITE)}:used", "EUR"] for who in (one, two)] == [8_000_000] * 2
    assert ("payout", "EUR") not in balances


def test_credit_used_before_a_join_is_not_used_again(office: Office) -> None:
    """Asked for at the same time from two browsers, before anything is folded: one of them is refused by the sums."""
    one, two = browsers("twice")
    sells(office, "twice one", one, 10_000)
    sells(office, "twice two", two, 10_000)
    join(office, one, two)
    parts = office.instance.services
    for number, who in enumerate((one, two)):
        asked = Asked(an_id("twice", number), Method.GIVE_BACK, "EUR", 12_000_000)
        site = office.bees.site
        redemptions.request_redemption(
            office.db, parts.collector, site, Person(who.advocate_id(SITE), signed_in=False), asked
        )
    office.fold()
    browser = office.signed_in(one)
    assert ready(office, browser) == 4_000_000
    assert get(office, browser, "/me/use").count("€12.00") == 2
    assert get(office, browser, "/me/credit").count("You gave credit back") == 1
    with pytest.raises(RedeemError):
        asked = Asked(an_id("twice", 3), Method.GIVE_BACK, "EUR", 4_010_000)
        redemptions.request_redemption(
            office.db, parts.collector, office.bees.site, Person(two.advocate_id(SITE), signed_in=False), asked
        )


def test_pressing_again_after_browsers_were_joined_is_using_once(office: Office) -> None:
    one, two = browsers("again")
    sells(office, "again one", one, 10_000)
    sells(office, "again two", two, 10_000)
    parts, site = office.instance.services, office.bees.site
    asked = Asked(an_id("again"), Method.GIVE_BACK, "EUR", 2_000_000)
    for who in (one, two):
        redemptions.request_redemption(
            office.db, parts.collector, site, Person(who.advocate_id(SITE), signed_in=False), asked
        )
        if who is one:
            join(office, one, two)
    office.fold()
    assert ready(office, office.signed_in(two)) == 14_000_000


def test_a_debt_of_one_browser_lowers_what_the_account_can_use(office: Office) -> None:
    """All of the phone's 8.00 were used, then the order went back: of the desk's 8.00 nothing is left to use."""
    one, two = browsers("owes")
    sells(office, "owes one", one, 10_000)
    sells(office, "owes two", two, 10_000)
    assert redeem(office, office.signed_in(two), "give_back", "8").status == 303
    assert (
        office.api("POST", "/conversions/owes-two-order/refunds", {"id": "owes", "amount_minor": 7_500}).status == 202
    )
    office.fold()
    join(office, one, two)
    browser = office.signed_in(one)
    assert ready(office, browser) == 2_000_000
    assert redeem(office, browser, "give_back", "2.01").status == 400
    assert redeem(office, browser, "give_back", "2").status == 303
    assert ready(office, browser) == 0
