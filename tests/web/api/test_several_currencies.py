"""A site that takes several currencies: each is a ledger of its own, from the order to the payout."""

from collections import Counter
from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from cast import a_person, anna
from flow.office import BOTH, SITE, Answer, Office, an_office
from passalong.core.money import MICROS
from passalong.core.terms.model import AmountsIn, Goal, Terms
from passalong.core.terms.validation import BadTermsError
from passalong.flow.owners import settings as flow_settings
from passalong.flow.owners import terms as flow_terms
from passalong.flow.owners.settings import SettingsDraft
from passalong.store import sites
from passalong.store.schema.journal import journal

RATE = Goal("purchase", "EUR", rate_bp=1_000)
FIXED = Goal("signup", "EUR", fixed_micros=5 * MICROS, also_in=(AmountsIn("USD", fixed_micros=6 * MICROS),))


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Otto's site pays euros, dollars and yen."""
    for made in an_office(request, tmp_path_factory):
        take(made, "usd, JPY")
        terms = Terms(goals=(RATE, FIXED), generation_model="none", hold_days=0)
        flow_terms.new_version(made.db, made.clock, SITE, flow_terms.Draft(terms, "Dollars and yen, too."))
        yield made


def take(office: Office, codes: str) -> None:
    """Otto sets the further currencies of his site."""
    draft = SettingsDraft({"further_currencies": codes}, "Otto", "People pay in them.")
    flow_settings.change_settings(office.db, office.clock, SITE, draft)
    office.instance.services.sites.forget(SITE)


def buy(office: Office, name: str, currency: str, amount_minor: int, goal: str = "purchase") -> Answer:
    """Somebody comes by Anna's link and buys."""
    token = office.link(name, anna)
    note = office.visit(name, token, a_person("buyer of", name))
    office.note("flask", note)
    order = {"id": name, "goal": goal, "amount_minor": amount_minor, "currency": currency}
    answer = office.api("POST", "/conversions", order | {"code": f"{token}.{note['id']}"})
    office.fold()
    return answer


def sums(office: Office) -> dict[tuple[str, str], int]:
    """The sum of every account in every unit."""
    found: Counter[tuple[str, str]] = Counter()
    with office.db.reading() as session:
        for row in session.execute(select(journal).where(journal.c.site_id == SITE)):
            found[row.account, row.unit] += row.amount_micros
    return {key: micros for key, micros in found.items() if micros}


def test_a_rate_pays_in_the_orders_own_currency_and_no_two_mix(office: Office) -> None:
    for name, currency, amount_minor in (("e", "EUR", 10_000), ("u", "USD", 2_000), ("j", "JPY", 500)):
        assert buy(office, name, currency, amount_minor).status == 202
    issued = {unit: -micros for (account, unit), micros in sums(office).items() if account == "program:issued"}
    assert issued == {"EUR": 10 * MICROS, "USD": 2 * MICROS, "JPY": 50 * MICROS}
    for unit in issued:
        assert sum(micros for (_, of), micros in sums(office).items() if of == unit) == 0
    browser = office.signed_in(anna)
    for path in ("/me", "/me/credit"):
        page = office.send("GET", path, client=browser).text
        assert all(amount in page for amount in ("€10.00", "$2.00", "¥50")), path
    csv = office.send("GET", "/me/credit.csv", client=browser).text
    assert all(f",{amount},{unit}," in csv for amount, unit in (("10.00", "EUR"), ("2.00", "USD"), ("50", "JPY"))), csv
    book = office.send("GET", f"/open/{SITE}").text
    assert all(amount in book for amount in ("€10.00", "$2.00", "¥50"))
    receipt = office.api("GET", "/conversions/u").json
    assert (receipt["currency"], receipt["unit"]) == ("USD", "USD")


def test_a_fixed_reward_pays_what_it_names_for_the_orders_currency(office: Office) -> None:
    for name, currency in (("e", "EUR"), ("u", "USD"), ("j", "JPY")):
        assert buy(office, name, currency, 100, "signup").status == 202
    issued = {unit: -micros for (account, unit), micros in sums(office).items() if account == "program:issued"}
    assert issued == {"EUR": 5 * MICROS, "USD": 6 * MICROS}
    assert office.api("GET", "/conversions/j").json["reason"] == "unknown_currency"


def test_an_order_in_a_currency_that_is_not_taken_says_so(office: Office) -> None:
    answer = buy(office, "c", "CHF", 10_000)
    assert answer.status == 202
    assert answer.json["currencies"] == ["EUR", "USD", "JPY"]
    assert "an order in CHF is on record and pays no money" in answer.json["words"]
    assert office.api("GET", "/conversions/c").json["reason"] == "unknown_currency"
    assert sums(office) == {}
    take(office, "USD JPY CHF")
    assert "words" not in buy(office, "later", "CHF", 10_000).json
    assert sums(office)["program:issued", "CHF"] == -10 * MICROS, "from then on, and the first stays as it was"


def test_a_refund_takes_back_in_the_orders_own_currency(office: Office) -> None:
    buy(office, "e", "EUR", 10_000)
    buy(office, "u", "USD", 10_000)
    assert office.api("POST", "/conversions/u/refunds", {"id": "r", "amount_minor": 5_000}).status == 202
    office.fold()
    issued = {unit: -micros for (account, unit), micros in sums(office).items() if account == "program:issued"}
    assert issued == {"EUR": 10 * MICROS, "USD": 5 * MICROS}


def test_credit_is_used_in_one_currency_at_a_time(office: Office) -> None:
    """Dollars cannot be used up by a request in euros; each has a way of its own from the start."""
    buy(office, "e", "EUR", 20_000)
    buy(office, "u", "USD", 30_000)
    office.clock.at_ms += 60_000
    office.instance.worker.fold_all()
    office.save_access(anna)
    browser = office.signed_in(anna)
    page = office.send("GET", "/me/use", client=browser).text
    assert "€20.00" in page
    assert "$30.00" in page


def test_a_rule_names_only_currencies_that_the_site_takes(office: Office) -> None:
    terms = Terms(goals=(replace(FIXED, also_in=(AmountsIn("GBP", fixed_micros=MICROS),)),))
    with pytest.raises(BadTermsError, match="This site does not take GBP"):
        flow_terms.new_version(office.db, office.clock, SITE, flow_terms.Draft(terms, "Pounds."))


def test_a_currency_is_taken_away_with_notice_once_people_have_shared(office: Office) -> None:
    buy(office, "u", "USD", 10_000)
    take(office, "JPY")
    with office.db.reading() as session:
        site = sites.find_site(session, SITE)
    assert site is not None
    assert site.currencies == ("EUR", "USD", "JPY")
    assert buy(office, "u2", "USD", 10_000).status == 202
    assert sums(office)["program:issued", "USD"] == -20 * MICROS


def test_a_cap_for_a_day_counts_each_currency_by_itself(office: Office) -> None:
    dollars = AmountsIn("USD", fixed_micros=6 * MICROS, day_cap_micros=9 * MICROS)
    capped = replace(FIXED, name="booking", day_cap_micros=5 * MICROS, also_in=(dollars,))
    flow_terms.new_version(
        office.db,
        office.clock,
        SITE,
        flow_terms.Draft(Terms(goals=(RATE, FIXED, capped), generation_model="none", hold_days=0), "Caps."),
    )
    for name, currency in (("e1", "EUR"), ("u1", "USD"), ("e2", "EUR"), ("u2", "USD")):
        assert buy(office, name, currency, 100, "booking").status == 202
    hers: Counter[str] = Counter()
    for (account, unit), micros in sums(office).items():
        hers[unit] += micros if account.startswith(f"advocate:{anna.advocate_id(SITE)}:") else 0
    assert hers == {"EUR": 5 * MICROS, "USD": 9 * MICROS}
    assert office.api("GET", "/conversions/e2").json["reason"] == "cap_reached"
