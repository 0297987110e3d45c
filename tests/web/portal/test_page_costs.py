"""Each page of the portal runs few SQL statements, and no more for somebody with a long history."""

import threading
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from cast import a_person, an_id, anna
from flow.office import BOTH, PAGE, Office
from plumbing.statements import statements
from web.shopped import a_shopped_office, line_of

PAGES = {
    "/me": 26,
    "/me/links": 10,
    "/me/credit": 12,
    "/me/why/{line}": 18,
    "/me/use": 12,
    "/me/use/confirm?way=give_back&unit=EUR&amount=1": 11,
    "/me/claims": 8,
    "/me/claims/new": 8,
    "/me/privacy": 11,
    "/me/privacy/erase": 9,
    "/me/keep": 10,
    "/me/mail": 9,
    "/me/word": 10,
    "/me/card": 13,
    "/me/statement": 11,
}
"""The most statements of each page, the session's own among them."""
MANY = 8
"""The links, visitors and orders that each history has more than the one before."""


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database, in which something has happened."""
    yield from a_shopped_office(request, tmp_path_factory)


def costs(office: Office, browser: FlaskClient) -> dict[str, int]:
    """The number of statements of each page once caches are warm: the lower of two counts, as one that refreshes a
    cache by its age counts what the page does not need."""
    line = line_of(office, anna)
    return {path: min([count(office, browser, path.format(line=line)) for _ in range(3)][1:]) for path in PAGES}


def count(office: Office, browser: FlaskClient, path: str) -> int:
    """The number of statements that one request ran in its own thread."""
    with statements(office.db) as ran:
        answer = office.send("GET", path, client=browser)
    assert answer.status == 200, (path, answer.status)
    return sum(one.thread == threading.get_ident() for one in ran)


def more(office: Office, first: int) -> None:
    """Many more of everything: pages, links, visitors and orders."""
    for number in range(first, first + MANY):
        token = office.link(f"more {number}", anna, page=f"{PAGE}/{number}")
        note = office.visit(f"more {number}", token, a_person("reader", number), page=f"{PAGE}/{number}")
        assert office.note("flask", note).status == 202
        code = f"{token}.{an_id('visit', f'more {number}')}"
        order = {"id": f"more-{number}", "goal": "purchase", "amount_minor": 1_000, "currency": "EUR", "code": code}
        assert office.api("POST", "/conversions", order).status == 202
    office.fold()


def test_a_page_runs_few_statements_whatever_has_happened(office: Office) -> None:
    browser = office.signed_in(anna)
    more(office, 0)
    before = costs(office, browser)
    more(office, MANY)
    after = costs(office, browser)
    assert {path: count for path, count in after.items() if count > PAGES[path]} == {}
    grown = {path: (before[path], count) for path, count in after.items() if count > before[path]}
    assert grown == {}
