"""The margin of the console: four groups of pages, the current one marked, with the number of what waits."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from flow.office import BOTH, OTHER, PAGE, SITE, Office, an_office
from passalong.flow.transaction import writing
from passalong.store.queries import personal_codes
from passalong.store.queries.personal_codes import Wanted
from passalong.store.schema.advocates import advocates


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance with two sites."""
    yield from an_office(request, tmp_path_factory)


def margin(page: str) -> str:
    """The menu as a wide window shows it."""
    return page.partition('<div class="margin">')[2].partition("</nav>")[0]


def test_every_entry_of_the_menu_leads_to_a_page_that_marks_it(office: Office) -> None:
    browser = office.owner()
    links = re.findall(r'<a href="([^"]+)"', margin(office.send("GET", f"/console/{SITE}", client=browser).text))
    assert len(links) >= 8 and links[0] == f"/console/{SITE}"
    for link in links:
        answer = office.send("GET", link, client=browser)
        assert answer.status == 200, link
        if link.startswith("/console"):
            assert re.findall(r'<a href="([^"]+)" aria-current="page"', margin(answer.text)) == [link]


def test_the_menu_counts_what_waits_at_this_site_alone(office: Office) -> None:
    browser = office.owner()
    assert 'class="due"' not in office.send("GET", f"/console/{SITE}", client=browser).text
    ask(office, SITE, 2)
    ask(office, OTHER, 5)
    page = office.send("GET", f"/console/{SITE}", client=browser).text
    assert re.findall(r'class="due">([^<]+)<', margin(page)) == ["2"]


def test_a_number_beyond_ninety_nine_is_not_counted_out(office: Office) -> None:
    browser = office.owner()
    ask(office, SITE, 120)
    assert 'class="due">99+<' in margin(office.send("GET", f"/console/{SITE}", client=browser).text)


def ask(office: Office, site_id: str, number: int) -> None:
    """Ask for personal codes."""
    token = office.link(f"annas-{site_id}", site_id=site_id, page=PAGE if site_id == SITE else "https://wasps.example/")
    with writing(office.db) as session:
        advocate_id = session.execute(
            select(advocates.c.advocate_id).where(advocates.c.site_id == site_id)
        ).scalar_one()
        for at in range(number):
            personal_codes.keep_wanted(session, Wanted(site_id, f"bee{at}", advocate_id, at))
    assert token
