"""Sign-in of people who run sites: nothing tells a known address from another, and nobody may try for ever."""

from collections.abc import Iterator

import pytest

from flow.office import BOTH, SITE, Office, an_office
from passalong.core.privileges import Role
from plumbing.statements import statements

INA, MALLORY = "ina@bees.example", "mallory@example.org"


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance of its own, because tries are counted."""
    yield from an_office(request, tmp_path_factory)


def writes(office: Office, address: str) -> list[str]:
    """Ask for a link; returns what is written before the answer, without the mail itself."""
    with statements(office.db) as found:
        assert office.send("POST", "/console/in", form={"address": address}).status == 303
    return [one.text.split()[2] for one in found if one.text.startswith("INSERT")]


def test_a_known_address_and_a_stranger_wait_for_the_same_commit(office: Office) -> None:
    office.teammate(Role.VIEWER, address=INA)
    known, stranger = writes(office, INA), writes(office, MALLORY)
    assert stranger == ["attempts", "attempts"] == known[:2]
    for _ in range(2):
        writes(office, INA)
    assert writes(office, INA) == stranger, "nor does one that was asked for too often"


def test_one_caller_cannot_try_addresses_for_ever(office: Office) -> None:
    office.teammate(Role.VIEWER, address=INA)
    for number in range(60):
        writes(office, f"mallory{number}@example.org")
    answers = [office.send("POST", "/console/in", form={"address": one}) for one in (INA, MALLORY)]
    assert [answer.status for answer in answers] == [429, 429]
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    office.clock.at_ms += 3_600_000
    assert office.send("POST", "/console/in", form={"address": INA}).status == 303


def test_links_to_the_portal_keep_nobody_out_of_the_console(office: Office) -> None:
    office.teammate(Role.VIEWER, address=INA)
    asked = [
        office.send("POST", "/me/in/mail", form={"site": SITE, "address": f"mallory{number}@example.org"}).status
        for number in range(61)
    ]
    assert asked[-1] == 429
    assert office.send("POST", "/console/in", form={"address": INA}).status == 303
