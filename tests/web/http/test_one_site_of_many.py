"""Addresses that name no site find it by its host, whatever the number of sites; rounds look where there is news."""

import pytest
from sqlalchemy import update

from cast import anna, cleo
from flow.office import CHROME, SITE, Office
from passalong.flow.mail import digests
from passalong.flow.owners import site_settings
from passalong.flow.transaction import writing
from passalong.store import sites
from passalong.store.schema.people import addresses
from plumbing.statements import plan_of, statements, whole_tables


@pytest.mark.parametrize("path", ["/h/word", "/me/in", "/me/word"])
def test_no_request_reads_every_site(office: Office, path: str) -> None:
    office.link("one of many")
    browser = office.signed_in(anna)
    with statements(office.db) as found:
        office.send("GET", path, client=browser, headers={"User-Agent": CHROME})
    asked = [statement for statement in found if "FROM site" in statement.text and "LIMIT" not in statement.text]
    assert [whole_tables(plan_of(office.db, statement)) for statement in asked] == [[]] * len(asked)
    assert found


def test_a_site_is_found_by_each_of_its_hosts_and_by_none_that_it_gave_up(office: Office) -> None:
    site_settings.add_origin(office.db, office.clock, SITE, "https://shop.bees.example")
    with office.db.reading() as session:
        for host in ("bees.example", "www.bees.example", "shop.bees.example"):
            found = sites.site_of_host(session, host)
            assert found is not None
            assert found.site_id == SITE
    site_settings.remove_origin(office.db, office.clock, SITE, "https://shop.bees.example")
    with office.db.reading() as session:
        assert sites.site_of_host(session, "shop.bees.example") is None
        assert sites.site_of_host(session, "evil.example") is None


def test_a_round_looks_only_where_something_happened_or_an_hour_has_passed(office: Office) -> None:
    with writing(office.db) as session:
        session.execute(
            addresses.insert().values(
                site_id=SITE, address_hash="a" * 40, address="otto@example.org", language="en", role="owner",
                advocate_id=None, asked_at_ms=1, confirmed_at_ms=1,
            )
        )  # fmt: skip
    schedule, at_ms = digests.DigestSchedule(), office.clock.at_ms
    counted = []
    for later_ms in (0, 900_000, 1_800_000, 3_600_000):
        with statements(office.db) as found:
            schedule.enqueue_due(office.db, at_ms + later_ms)
        counted.append(len(found))
    assert counted[1] == counted[2] < counted[0]
    assert counted[3] > counted[1]
    office.note("flask", office.visit("a round", office.link("a round"), cleo))
    office.fold()
    with statements(office.db) as found:
        schedule.enqueue_due(office.db, at_ms + 3_600_001)
    assert len(found) > counted[1]
    with writing(office.db) as session:
        session.execute(update(addresses).values(confirmed_at_ms=None))
