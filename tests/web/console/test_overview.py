"""The console's overview: one range of days for the whole page, brought beside went back, and empty states."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from html import unescape

import pytest

from cast import HOME, a_person, anna, cleo
from flow.office import BOTH, OTHER, SITE, Office, an_office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.dates import day_of
from passalong.store.queries.console_overview import bars as chart
from plumbing.statements import statements


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Six came to one page forty days ago; then two to another, of whom one bought, and an order without a link."""
    for made in an_office(request, tmp_path_factory):
        old = made.link("old", anna, page=f"{HOME}/bees", title="Bees")
        for number in range(6):
            made.note("flask", made.visit(f"old {number}", old, a_person("early", number), page=f"{HOME}/bees"))
        made.fold()
        made.clock.at_ms += 40 * DAY_MS
        new = made.link("new", anna, page=f"{HOME}/hives", title="Hives")
        for who in (cleo, a_person("late")):
            made.note("flask", made.visit(f"new {who.name}", new, who, page=f"{HOME}/hives"))
        note = made.visit("new cleo", new, cleo, page=f"{HOME}/hives")
        order = {"goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
        made.api("POST", "/conversions", order | {"id": "shared", "code": f"{new}.{note['id']}"})
        made.api("POST", "/conversions", order | {"id": "counter"})
        made.fold()
        yield made


def page(office: Office, query: str = "") -> str:
    """The overview, as Otto reads it."""
    answer = office.send("GET", f"/console/{SITE}{query}", client=office.owner())
    assert answer.status == 200
    return unescape(re.sub(r"\s+", " ", answer.text))


def section(shown: str, heading: str) -> str:
    """The part of a page below a heading."""
    return shown.partition(f"<h2>{heading}</h2>")[2].partition("</section>")[0]


@pytest.mark.parametrize("query", ["", "?range=7", "?range=30"])
def test_people_pages_and_days_are_of_the_same_range(office: Office, query: str) -> None:
    shown = page(office, query)
    assert "Sharing brought <mark>2 people</mark> and 1 result" in shown
    pages = section(shown, "Pages people pass along")
    assert ("Hives" in pages, "Bees" in pages) == (True, False)
    people = [int(number) for number in re.findall(r'data-h="People">([0-9]+)<', pages)]
    rows = re.findall(r'<tr><td>[^<]+</td><td class="n">([0-9]+)<', shown)
    assert (sum(people), sum(map(int, rows))) == (2, 2)


def test_a_longer_range_has_the_older_people_too(office: Office) -> None:
    shown = page(office, "?range=90")
    assert "Sharing brought <mark>8 people</mark> and 1 result" in shown
    assert "Bees" in section(shown, "Pages people pass along")
    assert "1 result worth €100.00. <mark>" in shown, "what went back stands beside what was brought"


def test_a_range_that_ended_does_not_say_how_many_people_were_credited(office: Office) -> None:
    first, last = (day_of(office.clock.at_ms - days * DAY_MS, "Europe/Berlin") for days in (50, 35))
    shown = page(office, f"?range=custom&from={first}&to={last}")
    assert "Sharing brought <mark>6 people</mark> and 0 results" in shown
    assert "went back to people who shared." in shown or "Nothing went back in this period." in shown


@contextmanager
def changed(office: Office, change: str, back: str) -> Iterator[str]:
    """The page of seven days while a row is another."""
    with office.db.writer.begin() as connection:
        connection.exec_driver_sql(change)
    yield page(office, "?range=7")
    with office.db.writer.begin() as connection:
        connection.exec_driver_sql(back)


def test_a_period_in_which_more_was_taken_back_than_added_says_so(office: Office) -> None:
    turned = "UPDATE day_money SET went_back_micros = -went_back_micros"
    with changed(office, turned, turned) as shown:
        assert "More credit was taken back, or expired, than was added in this period." in shown
        assert "Nothing went back" not in shown
        assert "Monthly pool, today" in section(shown, "Brought, and went back"), "no balance of the period"


def test_people_who_were_credited_are_counted_from_the_first_day_of_the_range(office: Office) -> None:
    """Not from this hour on the day before it, of which no amount is shown. It is noon."""
    moved = "UPDATE advocate_totals SET credited_at_ms = credited_at_ms {} 583200000"
    with changed(office, moved.format("-"), moved.format("+")) as shown:
        assert "went back to 0 people who shared" in shown


def test_days_without_anything_say_so_and_offer_one_thing_to_do(office: Office) -> None:
    shown = page(office, "?range=custom&from=2020-01-01&to=2020-01-31")
    assert "Nobody came through a shared link in this period." in shown
    assert "Show 90 days" in shown


def test_a_site_without_history_says_what_will_be_here(office: Office) -> None:
    answer = office.send("GET", f"/console/{OTHER}", client=office.owner(OTHER)).text
    assert "This page will show what sharing brings" in answer
    assert f'href="/console/{OTHER}/install">Put the button on your page' in answer


def test_garbage_in_the_range_is_explained(office: Office) -> None:
    assert "Choose two days" in page(office, "?range=custom&from=yesterday&to=x")
    assert "Sharing brought" in page(office, "?range=%00x".replace("%00", "~"))


@pytest.mark.parametrize(
    ("number", "bars", "step"), [(1, 1, 1), (7, 7, 1), (30, 10, 3), (90, 10, 9), (31, 11, 3), (400, 10, 40)]
)
def test_a_chart_has_a_dozen_bars_at_most_and_every_day_once(number: int, bars: int, step: int) -> None:
    last = date(2026, 11, 28)
    first = last - timedelta(days=number - 1)
    by_day = {(first + timedelta(days=at)).isoformat(): (1, 0) for at in range(number)}
    found = chart((first, last), by_day)
    assert (len(found), sum(bar.people for bar in found), found[-1].people) == (bars, number, step)
    assert (found[0].day, found[-1].last) == (first.isoformat(), last.isoformat())


def test_the_overview_asks_the_same_number_of_questions_however_much_happened(office: Office) -> None:
    few = statements_of(office)
    token = office.link("many", anna, page=f"{HOME}/hives", title="Hives")
    for number in range(40):
        who = a_person("crowd", number)
        office.note("flask", office.visit(f"crowd {number}", token, who, page=f"{HOME}/hives"))
    office.fold()
    assert statements_of(office) == few


def statements_of(office: Office) -> int:
    """The number of SQL statements of the overview, with the one that reads the site: it is kept for five seconds."""
    browser = office.owner()
    office.instance.services.sites.forget(SITE)
    with statements(office.db) as found:
        assert office.send("GET", f"/console/{SITE}", client=browser).status == 200
    return len([one for one in found if one.thread == threading.get_ident()])


def test_amounts_of_several_units_stand_on_one_line_each_and_units_without_any_are_left_out(office: Office) -> None:
    shown = section(page(office, "?range=7"), "Brought, and went back")
    assert [shown.count(words) for words in ("Sharing brought", "Went back to the people who shared")] == [1, 1]
    assert "0 points" not in shown
