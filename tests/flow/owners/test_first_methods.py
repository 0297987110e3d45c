"""The ways to use credit that a site begins with: a payout worth about ten euros in whatever currency it is."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete

from cast import a_site
from flow.office import BOTH, SITE, Office, an_office
from passalong.core.money import MICROS, POINTS, figures, step_micros
from passalong.core.redemptions.minimums import least_payout_micros
from passalong.core.terms.currencies import CURRENCIES
from passalong.flow import redemptions
from passalong.flow.owners.settings import SettingsDraft, change_settings
from passalong.store.schema.redemptions import ways
from passalong.store.sites import Site, find_site


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance of its own."""
    yield from an_office(request, tmp_path_factory)


def methods(office: Office, site_id: str) -> set[str]:
    """Return the ways that a site offers, as `payout EUR 10.00`."""
    with office.db.reading() as session:
        site = find_site(session, site_id)
    assert isinstance(site, Site)
    return {
        f"{one.method.value} {one.unit} {figures(one.minimum_micros, one.unit)}"
        for one in redemptions.methods(office.db, site)
    }


def set_currencies(office: Office, site_id: str, **values: str) -> None:
    """Otto changes what his site takes; what cuts begins 14 days later."""
    change_settings(office.db, office.clock, site_id, SettingsDraft(values, "Otto"))


@pytest.mark.parametrize(
    ("currency", "least"), [("EUR", "10.00"), ("JPY", "1000"), ("KWD", "3.000"), ("VND", "300000")]
)
def test_a_new_site_pays_out_from_a_round_amount_of_its_currency(office: Office, currency: str, least: str) -> None:
    a_site(office.db, office.clock, site_id="shop01", name="Shop", home_url="https://shop.example", currency=currency)
    zero = figures(0, currency)
    assert methods(office, "shop01") == {
        f"payout {currency} {least}", f"give_back {currency} {zero}", "give_back points 0"
    }  # fmt: skip


def test_a_currency_that_a_site_takes_later_has_its_own_minimum_and_keeps_its_ways_when_it_goes(office: Office) -> None:
    set_currencies(office, SITE, further_currencies="JPY")
    both = {"payout EUR 10.00", "give_back EUR 0.00", "payout JPY 1000", "give_back JPY 0", "give_back points 0"}
    assert methods(office, SITE) == both
    set_currencies(office, SITE, further_currencies="")
    with office.db.reading() as session:
        site = find_site(session, SITE)
    assert site is not None and site.currencies == ("EUR",)
    assert methods(office, SITE) == both, "there may be credit in it"


def test_a_new_currency_brings_back_no_way_that_the_owner_has_taken_away(office: Office) -> None:
    with office.db.writer.begin() as connection:
        connection.execute(delete(ways).where(ways.c.site_id == SITE, ways.c.unit == POINTS))
    set_currencies(office, SITE, further_currencies="JPY")
    assert {one for one in methods(office, SITE) if "points" in one} == set()
    assert "payout JPY 1000" in methods(office, SITE)


def test_a_site_that_begins_in_another_currency_pays_out_in_that_one(office: Office) -> None:
    set_currencies(office, SITE, currency="KWD")
    assert methods(office, SITE) == {"payout KWD 3.000", "give_back KWD 0.000", "give_back points 0"}


def test_a_site_from_before_keeps_what_it_had(office: Office) -> None:
    a_site(office.db, office.clock, site_id="shop01", name="Shop", home_url="https://shop.example", currency="JPY")
    with office.db.writer.begin() as connection:
        connection.execute(delete(ways).where(ways.c.site_id == "shop01"))
    old = {"payout JPY 10", "give_back JPY 0", "give_back points 0"}
    assert methods(office, "shop01") == old
    set_currencies(office, "shop01", further_currencies="KWD")
    assert methods(office, "shop01") == old | {"payout KWD 3.000", "give_back KWD 0.000"}


def test_every_currency_has_a_round_minimum() -> None:
    for currency in CURRENCIES:
        micros = least_payout_micros(currency)
        assert micros % max(MICROS, step_micros(currency)) == 0
        assert str(micros // MICROS).rstrip("0") in ("1", "2", "3", "5"), currency
