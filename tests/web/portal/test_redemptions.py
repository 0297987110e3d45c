"""Using credit: every way states minimum, fee and time; one page to confirm; then a line, and sums that add up."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask.testing import FlaskClient

from cast import a_person, an_id, anna, mallory
from flow.office import BOTH, SITE, Answer, Office, an_office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.ledger.redemptions import Method, OfferedMethod
from passalong.flow.transaction import writing
from passalong.store.books import redemptions


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna has 40.00 ready and 10.00 from the month's pool; Otto offers four ways."""
    for made in an_office(request, tmp_path_factory):
        token = made.link("annas", anna)
        assert made.note("flask", made.visit("came", token, a_person("buyer"))).status == 202
        code = f"{token}.{an_id('visit', 'came')}"
        order = {"id": "o", "goal": "purchase", "amount_minor": 50_000, "currency": "EUR", "code": code}
        made.api("POST", "/conversions", order)
        made.fold()
        made.clock.at_ms += 31 * DAY_MS
        made.fold()
        offered = (
            OfferedMethod(Method.DISCOUNT_CODE, "EUR", minimum_micros=5_000_000, days=2),
            OfferedMethod(Method.PAYOUT, "EUR", minimum_micros=10_000_000, fee_micros=500_000, days=30),
            OfferedMethod(Method.CAUSE, "EUR", about="To the <b>bee shelter</b>."),
            OfferedMethod(Method.GIVE_BACK, "EUR"),
            OfferedMethod(Method.GIVE_BACK, "points"),
        )
        with writing(made.db) as session:
            redemptions.replace_methods(session, SITE, offered)
        yield made


def confirm(office: Office, browser: FlaskClient, method: str, amount: str, unit: str = "EUR") -> Answer:
    """The page that asks once more."""
    return office.send("GET", f"/me/use/confirm?way={method}&unit={unit}&amount={amount}", client=browser)


def redeem(office: Office, browser: FlaskClient, method: str, amount: str, **form: str) -> Answer:
    """Confirm, and press the button."""
    page = confirm(office, browser, method, amount).text
    request = re.search(r'name="request" value="([^"]+)"', page)
    said = {"request": request[1] if request else "x" * 22, "way": method, "unit": "EUR", "amount": amount} | form
    answer = office.send("POST", "/me/use/confirm", client=browser, form=said)
    office.fold()
    return answer


def test_every_way_says_what_it_asks_for_before_it_is_chosen(office: Office) -> None:
    page = unescape(office.send("GET", "/me/use", client=office.signed_in(anna)).text)
    for words in ("At least €5.00", "No fee", "Within 2 days", "At least €10.00", "Fee: €0.50", "Within 30 days"):
        assert words in page, words
    assert "To the <b>bee shelter</b>." in page
    assert "You can also leave it" in page
    assert "<h2>Leave it</h2>" not in page
    buttons = re.findall(r'class="(btn[^"]*)"', page.partition('class="ways"')[2].partition("</main>")[0])
    assert set(buttons) == {"btn alt"}


@pytest.mark.parametrize(("language", "typed"), [("en", "50.00"), ("de", "50,00"), ("ja", "50.00"), ("fr", "50,00")])
def test_an_amount_is_offered_as_its_reader_writes_it_and_taken_so(office: Office, language: str, typed: str) -> None:
    browser = office.signed_in(anna)
    page = office.send("GET", "/me/use", client=browser, headers={"Accept-Language": language}).text
    assert re.search(r'name="amount"[^>]* value="([^"]*)"', page.partition('value="give_back"')[2])[1] == typed  # type: ignore[index]
    assert office.send("GET", f"/me/use/confirm?way=give_back&unit=EUR&amount={typed}", client=browser).status == 200


def test_one_page_to_confirm_then_a_line_and_sums_that_add_up(office: Office) -> None:
    browser = office.signed_in(anna)
    page = confirm(office, browser, "give_back", "1.20").text
    assert "Nothing has happened yet." in page
    assert "€48.80" in page
    answer = redeem(office, browser, "give_back", "1.20")
    assert answer.status == 303
    one = office.send("GET", answer.headers["location"], client=browser)
    assert "You gave €1.20" in one.text
    assert "The Bee Almanac gets back" in one.text
    assert "You get" not in one.text
    assert "Done." in one.text
    ledger = office.send("GET", "/me/credit", client=browser).text
    assert "You gave credit back" in ledger
    assert "−€1.20" in ledger
    sums = re.findall(r"<dd>(?:<mark>)?([^<]+)", ledger)[:5]
    assert sums == ["€50.00", "€0.00", "€0.00", "−€1.20", "€48.80"]
    running = re.findall(r'class="n">(−?€[^<]+)</td><td role="cell" class="b">([^<]+)<', ledger)
    assert running[0][1] == "€48.80"
    assert {amount for amount, _ in running[:2]} == {"€10.00", "−€1.20"}
    assert running[-1][1] == "€40.00"


def test_pressing_twice_is_using_once(office: Office) -> None:
    browser = office.signed_in(anna)
    before = office.count("uses")
    page = confirm(office, browser, "cause", "1").text
    request = re.findall(r'name="request" value="([^"]+)"', page)[0]
    for _ in range(2):
        form = {"request": request, "way": "cause", "unit": "EUR", "amount": "1"}
        assert office.send("POST", "/me/use/confirm", client=browser, form=form).status == 303
    office.fold()
    assert office.count("uses") == before + 1


def test_a_guest_is_asked_to_keep_their_credit_before_money_is_sent(office: Office) -> None:
    browser = office.signed_in(anna)
    assert "To get a payout, first <a href" in unescape(office.send("GET", "/me/use", client=browser).text)
    answer = redeem(office, browser, "payout", "20", kind="iban", name="Mallory", account="DE00")
    assert answer.status == 403
    assert "needs a sign-in of its own" in answer.text


@pytest.mark.parametrize(
    "amount", ["", "0", "-1", "x", "1e3", "4.99", "99999", "0.001", "6.000", "1,2,3", "\uff19", "9" * 40]
)
def test_an_amount_that_cannot_be_says_why_and_uses_nothing(office: Office, amount: str) -> None:
    browser, before = office.signed_in(anna), office.count("uses")
    page = confirm(office, browser, "discount_code", amount)
    assert page.status == 200
    assert 'role="alert"' in page.text
    assert 'name="request"' not in page.text
    assert redeem(office, browser, "discount_code", amount).status == 400
    assert office.count("uses") == before


@pytest.mark.parametrize(
    ("unit", "language", "example"),
    [
        ("EUR", "en", "such as 8.30."),
        ("EUR", "de", "wie 8,30."),
        ("points", "en", "such as 8."),
        ("points", "ja", "8の"),
    ],
)
def test_the_example_of_an_amount_has_the_steps_of_its_unit(
    office: Office, unit: str, language: str, example: str
) -> None:
    path = f"/me/use/confirm?way=give_back&unit={unit}&amount=0.0005"
    page = office.send("GET", path, client=office.signed_in(anna), headers={"Accept-Language": language}).text
    assert example in page


def test_a_way_that_is_not_offered_is_none(office: Office) -> None:
    browser = office.signed_in(anna)
    for method, unit in (("store_credit", "EUR"), ("discount_code", "USD"), ("", ""), ("x", "x")):
        assert confirm(office, browser, method, "5", unit).status == 400


def test_nobody_sees_what_another_used(office: Office) -> None:
    where = redeem(office, office.signed_in(anna), "give_back", "0.10").headers["location"]
    office.link("mallorys", mallory)
    assert office.send("GET", where, client=office.signed_in(mallory)).status == 404
    assert office.send("GET", where).status == 401
