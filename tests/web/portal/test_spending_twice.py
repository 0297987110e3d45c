"""Credit is used once, however many forms are sent for it, from how many browsers, and at how many doors at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from cast import a_person, an_id, anna
from flow.office import BOTH, Office, an_office
from passalong.core.attribution.allocate import DAY_MS

FORMS = 32
READY_MICROS = 8_000_000


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna has 8.00 ready, which she earned with her first browser; a second one is hers, too."""
    for made in an_office(request, tmp_path_factory):
        token = made.link("annas", anna)
        assert made.note("flask", made.visit("came", token, a_person("buyer"))).status == 202
        order = {"id": "o", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
        made.api("POST", "/conversions", order | {"code": f"{token}.{an_id('visit', 'came')}"})
        other = a_person("anna", "elsewhere")
        made.link("annas other", other)
        made.join(anna, other)
        made.clock.at_ms += 31 * DAY_MS
        made.fold()
        yield made


def used_micros(office: Office) -> int:
    """What all uses that were not refused come to."""
    with office.db.reading() as session:
        statement = "SELECT coalesce(sum(amount_micros), 0) FROM uses WHERE state NOT IN ('refused', 'rejected')"
        return int(session.scalar(text(statement)) or 0)


def press(office: Office, browser: FlaskClient, number: int, **changes: str) -> int:
    """One form of its own for all of it."""
    form = {"request": an_id("form", number), "way": "give_back", "unit": "EUR", "amount": "8.00"} | changes
    return office.send("POST", "/me/use/confirm", client=browser, form=form).status


def test_of_many_forms_for_all_of_it_one_is_filled(office: Office) -> None:
    browsers = [office.signed_in(who) for who in (anna, a_person("anna", "elsewhere")) for _ in range(FORMS // 2)]
    with ThreadPoolExecutor(16) as hands:
        statuses = list(hands.map(lambda number: press(office, browsers[number], number), range(FORMS)))
    office.fold()
    assert set(statuses) <= {303, 400}
    assert statuses.count(303) >= 1
    assert used_micros(office) == READY_MICROS
    with office.db.reading() as session:
        low = session.scalar(text("SELECT min(amount_micros) FROM balances WHERE account LIKE 'advocate:%'"))
    assert int(low or 0) >= 0, "nobody's account is below zero"


def test_a_form_of_before_is_no_second_use_with_another_amount(office: Office) -> None:
    """An old form, sent again with more in it, and after what it asked for was refused."""
    browser = office.signed_in(anna)
    assert press(office, browser, 1, amount="5.00") == 303
    office.fold()
    assert press(office, browser, 1, amount="3.00") in (303, 400)
    assert press(office, browser, 2, amount="8.00") == 400
    office.fold()
    assert used_micros(office) == 5_000_000
