"""The console's page of access: sessions and keys, when they were last used, ending them; and links of another site."""

import re
from collections.abc import Iterator

import pytest

from flow.office import BOTH, OTHER, SITE, Office, an_office
from passalong.flow.owners import sites
from passalong.store.people import api_keys as stored

PAGE = f"/console/{SITE}/access"
KEYS = f"/console/{SITE}/keys"


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance with two sites."""
    yield from an_office(request, tmp_path_factory)


def test_an_owner_signs_out_here_there_and_everywhere_else(office: Office) -> None:
    here, there, third = office.owner(), office.owner(), office.owner()
    page = office.send("GET", PAGE, client=here).text
    assert (page.count("this browser"), page.count("Chrome · Windows"), page.count("Sign out there<")) == (1, 3, 2)
    other = re.search(r'name="handle" value="([0-9a-f]{16})"><button[^>]*>Sign out there', page)
    assert other
    assert office.send("POST", PAGE, client=here, form={"act": "end", "handle": other[1]}).status == 303
    still = [office.send("GET", PAGE, client=browser).status for browser in (here, there, third)]
    assert sorted(still) == [200, 200, 401] and still[0] == 200
    assert office.send("POST", PAGE, client=here, form={"act": "others"}).status == 303
    assert [office.send("GET", PAGE, client=browser).status for browser in (here, there, third)] == [200, 401, 401]
    assert office.send("POST", PAGE, client=here, form={"act": "out"}).headers["location"] == "/start"
    assert office.send("GET", PAGE, client=here).status == 401


def test_last_use_is_recorded_to_the_hour_and_not_by_the_request(office: Office) -> None:
    browser, known = office.owner(), office.instance.services
    office.api("GET", "/codes")
    assert "never used" in office.send("GET", KEYS, client=browser).text
    known.last_used.flush()
    assert "never used" not in office.send("GET", KEYS, client=browser).text
    with office.db.reading() as session:
        (key,) = stored.all_of(session, SITE)
    assert key.last_used_at_ms == office.clock.at_ms
    office.clock.at_ms += 3_599_999
    office.api("GET", "/codes")
    known.last_used.flush()
    with office.db.reading() as session:
        assert stored.all_of(session, SITE)[0].last_used_at_ms == key.last_used_at_ms
    office.clock.at_ms += 1
    office.api("GET", "/codes")
    known.last_used.flush()
    with office.db.reading() as session:
        assert stored.all_of(session, SITE)[0].last_used_at_ms == office.clock.at_ms


def test_a_session_of_the_console_that_is_not_used_for_a_week_ends(office: Office) -> None:
    browser = office.owner()
    office.clock.at_ms += 6 * 86_400_000
    assert office.send("GET", PAGE, client=browser).status == 200
    office.instance.services.last_used.flush()
    office.clock.at_ms += 6 * 86_400_000
    assert office.send("GET", PAGE, client=browser).status == 200, "it was used in between"
    office.clock.at_ms += 8 * 86_400_000
    assert office.send("GET", PAGE, client=browser).status == 401


def test_a_link_into_another_sites_console_says_which_is_open_and_asks(office: Office) -> None:
    browser = office.owner(SITE)
    code = f"{OTHER}.{sites.new_owner_code(office.db, office.clock, OTHER)}"
    page = office.send("GET", f"/start?k={code}", client=browser).text
    assert "The console of The Bee Almanac is open in this browser." in page
    unasked = office.send("POST", "/start", client=browser, form={"k": code})
    assert "/start?k=" in unasked.headers["location"]
    assert office.send("GET", PAGE, client=browser).status == 200, "nothing was used up"
    assert office.send("POST", "/start", client=browser, form={"k": code, "switch": "yes"}).status == 303
    assert office.send("GET", f"/console/{OTHER}", client=browser).status == 200
