"""Credit that was taken back after it was used is owed: what is still missing until it can be used includes it."""

from collections.abc import Iterator

import pytest

from cast import a_person, an_id, anna
from flow.office import BOTH, SITE, Office, an_office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.ledger.redemptions import Method, OfferedMethod, still_missing
from passalong.core.money import MICROS
from passalong.flow.transaction import writing
from passalong.store.books import redemptions
from web.portal.test_redemptions import redeem

CAUSE = OfferedMethod(Method.CAUSE, "EUR", minimum_micros=10 * MICROS, fee_micros=MICROS // 2)


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna has 8.00 ready, and Otto offers a cause from 10.00."""
    for made in an_office(request, tmp_path_factory):
        token = made.link("annas", anna)
        made.note("flask", made.visit("came", token, a_person("buyer")))
        code = f"{token}.{an_id('visit', 'came')}"
        order = {"id": "o", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR", "code": code}
        assert made.api("POST", "/conversions", order).status == 202
        made.fold()
        made.clock.at_ms += 31 * DAY_MS
        made.fold()
        with writing(made.db) as session:
            redemptions.replace_methods(session, SITE, (CAUSE, OfferedMethod(Method.GIVE_BACK, "EUR")))
        yield made


def test_what_is_owed_comes_before_the_next_use(office: Office) -> None:
    browser = office.signed_in(anna)
    assert redeem(office, browser, "give_back", "7.50").status == 303
    assert office.api("POST", "/conversions/o/refunds", {"id": "back", "full": True}).status == 202
    office.fold()
    rows = office.api("GET", f"/balances?advocate={anna.advocate_id(SITE)}").json["data"]
    [ready] = [row["ready"]["amount_minor"] for row in rows if row["unit"] == "EUR"]
    assert ready < 0
    page = office.send("GET", "/me/use", client=browser).text
    assert f"€{(1_000 - ready) / 100:.2f} more until you can give it to the cause." in page


@pytest.mark.parametrize(
    ("ready_micros", "missing_micros"),
    [(0, 10_000_000), (8_304_000, 1_700_000), (-1_500_000, 11_500_000), (-1_504_000, 11_510_000)],
)
def test_parts_of_a_cent_are_no_cent_and_what_is_owed_is_a_whole_one(ready_micros: int, missing_micros: int) -> None:
    assert still_missing(CAUSE, ready_micros) == missing_micros
