"""What can be found out about somebody who came alone: neither when, nor which browser, nor which order.

Anna sent her link to one friend. Whatever she may read is searched for the friend's visit; where six people came, the
day is there, so the search would have found it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cast import Person, a_person, an_id, anna, ben, cleo
from flow.office import SITE, Office
from passalong.core.attribution.allocate import DAY_MS
from passalong.flow.transparency.sealing import seal_all

CAME_MS = 1_768_867_507_123
"""2026-01-20, 00:05:07.123 UTC: some days after Anna shared, in a minute that stands nowhere else."""
PATHS = (
    "/me", "/me/links", "/me/credit", "/me/credit.csv", "/me/claims", "/me/use", "/me/privacy", "/me/keep",
    "/me/statement", "/me/statement.json", "/me/privacy/everything.json",
)  # fmt: skip


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An instance on which nothing happened yet."""
    made = Office(f"sqlite:///{tmp_path}/here.db", tmp_path)
    yield made
    made.close()


def came(office: Office, token: str, who: Person, at_ms: int) -> None:
    """Somebody comes by the link at that time, and buys a minute later."""
    office.clock.at_ms = at_ms
    assert office.note("flask", office.visit(f"of {who.name}", token, who)).status == 202
    office.clock.at_ms += 60_000
    order = {"id": f"order-of-{who.name}", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
    code = f"{token}.{an_id('visit', f'of {who.name}')}"
    assert office.api("POST", "/conversions", order | {"code": code}).status == 202
    office.fold()


def all_that_anna_reads(office: Office, browser: FlaskClient) -> dict[str, str]:
    """Her pages, files and addresses, and every why page of hers in both its forms."""
    office.clock.at_ms = CAME_MS + 10 * DAY_MS
    office.fold()
    seal_all(office.db, SITE, office.instance.services.signing, office.clock.at_ms)
    answers = {path: office.send("GET", path, client=browser) for path in PATHS}
    assert {answer.status for answer in answers.values()} == {200}
    found = {path: answer.text for path, answer in answers.items()}
    for line in sorted(set(re.findall(r"/me/why/[a-z0-9]+", found["/me/credit"]))):
        found[line] = office.send("GET", line, client=browser).text
        found[f"{line} as JSON"] = office.send("GET", f"{line}?as=json", client=browser).text
    return found


def told(found: dict[str, str], who: Person) -> set[tuple[str, str]]:
    """Where something stands of this person's browser, visit, order or time, and what."""
    secrets = {
        "the browser": who.visitor,
        "the visit": an_id("visit", f"of {who.name}"),
        "the order": f"order-of-{who.name}",
        "the time": str(CAME_MS // 100_000),
        "the day": "2026-01-20",
        "the day in words": "20 Jan",
    }
    return {(path, what) for path, page in found.items() for what, secret in secrets.items() if secret in page}


def test_nothing_tells_when_or_who_somebody_was_who_came_alone(office: Office) -> None:
    token = office.link("annas", anna)
    browser = office.signed_in(anna)
    came(office, token, ben, CAME_MS)
    assert told(all_that_anna_reads(office, browser), ben) == set()


def test_where_six_came_the_day_is_told_and_still_no_browser_and_no_order(office: Office) -> None:
    """The positive control."""
    token = office.link("annas", anna)
    for number in range(6):
        came(office, token, a_person("guest", number), CAME_MS)
    found = told(all_that_anna_reads(office, office.signed_in(anna)), a_person("guest", 3))
    assert {what for _, what in found} == {"the day", "the day in words", "the time"}
    assert ("/me/privacy/everything.json", "the time") in found


def test_the_address_of_older_lines_tells_no_time(office: Office) -> None:
    """The ledger's next page begins behind a line that is named, not timed; all lines come once."""
    for number in range(60):
        token = office.link(f"annas {number}", anna)
        office.clock.at_ms += 1
        assert office.note("flask", office.visit(f"{number}", token, a_person("one of many", number))).status == 202
    office.fold()
    browser, path, seen = office.signed_in(anna), "/me/credit", list[str]()
    while path:
        page = office.send("GET", path, client=browser).text
        seen += re.findall(r"/me/why/([a-z0-9]+)", page)
        older = re.search(r'href="(/me/credit\?before=[^"]+)"', page)
        path = older[1].replace("&amp;", "&") if older else ""
        assert "17678" not in path
    assert len(seen) == len(set(seen)) == 60


def test_somebody_who_passed_it_on_reads_no_id_of_whom_they_had_it_from(office: Office) -> None:
    token = office.link("annas", anna)
    came(office, token, ben, CAME_MS)
    further = office.link("bens", ben, parent=token, visitor=ben.visitor)
    came(office, further, cleo, CAME_MS + DAY_MS)
    text = office.send("GET", "/me/privacy/everything.json", client=office.signed_in(ben)).text
    assert anna.advocate_id(SITE) not in text
    assert cleo.visitor not in text
