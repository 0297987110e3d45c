"""Links in e-mails against programs that open them: a thousand runs in `make fuzz`, and sixty-four hands on one button.

Mail scanners open links before their reader does, with GET and HEAD, with cookies, with scripts, several times, in any
order. Whatever they do short of pressing the button, the person gets in and they do not.
"""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from flow.office import GOOGLEBOT, SITE, URL, Office
from fuzzing import examples
from passalong.flow.signin import magic_links
from passalong.flow.signin.rate_limits import Caller
from passalong.lib.tokens import mail_code
from passalong.store.schema.people import mails, sessions

RUNS = examples(1_000)
"""On SQLite; a tenth on PostgreSQL, where every statement is a journey."""
SESSION = "__Host-along-advocate"


def a_link(office: Office, name: str) -> str:
    """The path of a fresh link, as its mail has it; the clock moves on, so that nobody is asked for too often."""
    services = office.instance.services
    office.clock.at_ms += 60_000
    asked = magic_links.MailRequest(f"{name}@example.org", Caller(name, "Firefox", "en"))
    magic_links.ask_for_link(services.db, services.clock, services.keys, SITE, asked)
    with office.db.reading() as session:
        newest = select(mails.c.mail_id).order_by(mails.c.at_ms.desc()).limit(1)
        mail_id = session.scalar(newest)
    assert mail_id
    return f"/me/door/{SITE}.{mail_code(services.keys, services.keys.newest, SITE, mail_id)}"


def opens(office: Office, link: str, jar: FlaskClient) -> None:
    """GET, and no more."""
    office.send("GET", link, client=jar)


def peeks(office: Office, link: str, jar: FlaskClient) -> None:
    """HEAD."""
    office.send("HEAD", link, client=jar)


def follows(office: Office, link: str, jar: FlaskClient) -> None:
    """GET, with the cookie to the page behind, and everything that the page loads."""
    office.send("GET", link, client=jar)
    page = office.send("GET", "/me/door", client=jar)
    assert 'method="post"' in page.text


def follows_as_a_robot(office: Office, link: str, jar: FlaskClient) -> None:
    """The same by a program that says so, ahead of time."""
    headers = {"User-Agent": GOOGLEBOT, "Sec-Purpose": "prefetch;prerender"}
    office.send("GET", link, headers, client=jar)
    office.send("GET", "/me/door", headers=headers, client=jar)


def posts_to_the_address(office: Office, link: str, jar: FlaskClient) -> None:
    """POST to what the mail says."""
    assert office.send("POST", link, client=jar, form={"join": "yes"}).status == 405


def posts_without_the_cookie(office: Office, link: str, jar: FlaskClient) -> None:
    """POST to the page behind it, as somebody who has the code but is no browser."""
    office.send("POST", "/me/door", client=office.client(), form={"code": link.rpartition("/")[2]})


def posts_from_another_site(office: Office, link: str, jar: FlaskClient) -> None:
    """The scanner's own frame posts it."""
    office.send("GET", link, client=jar)
    office.send("POST", "/me/door", headers={"Origin": "https://scanner.example"}, client=jar, form={"join": "yes"})


def asks_for_options(office: Office, link: str, jar: FlaskClient) -> None:
    """OPTIONS, and a method that nobody has."""
    office.send("OPTIONS", link, client=jar)
    office.send("PROPFIND", link, client=jar)


Scanner = Callable[[Office, str, FlaskClient], None]
SCANNERS: tuple[Scanner, ...] = (
    opens, peeks, follows, follows_as_a_robot, posts_to_the_address, posts_without_the_cookie, posts_from_another_site,
    asks_for_options,
)  # fmt: skip


def presses_the_button(office: Office, link: str, jar: FlaskClient) -> None:
    """What no scanner may do: the positive control."""
    office.send("GET", link, client=jar)
    office.send("POST", "/me/door", headers={"Origin": URL, "Sec-Fetch-Site": "same-origin"}, client=jar)


def came_in(browser: FlaskClient) -> bool:
    """True for a browser with a session."""
    return browser.get_cookie(SESSION, "along.example") is not None


def one_run(office: Office, name: str, scanners: list[Scanner]) -> tuple[bool, bool]:
    """(the person is in, a scanner is in): the scanners come first, then the person opens the link and presses."""
    link = a_link(office, name)
    jars = [office.client() for _ in scanners]
    for scanner, jar in zip(scanners, jars, strict=True):
        scanner(office, link, jar)
    person = office.client()
    presses_the_button(office, link, person)
    return came_in(person), any(came_in(jar) for jar in jars)


@pytest.mark.fuzz
@pytest.mark.slow
def test_scanners_neither_burn_a_link_nor_get_in(office: Office) -> None:
    runs = RUNS if office.db.is_sqlite else RUNS // 10
    tried = [[random.choice(SCANNERS) for _ in range(random.randint(1, 5))] for _ in range(runs)]
    outcomes = [one_run(office, f"person{run}", scanners) for run, scanners in enumerate(tried)]
    wrong = [scanners for scanners, outcome in zip(tried, outcomes, strict=True) if outcome != (True, False)]
    assert wrong == []


def test_a_scanner_that_pressed_the_button_would_be_noticed(office: Office) -> None:
    assert one_run(office, "control", [follows, presses_the_button]) == (False, True)


def test_of_sixty_four_who_press_at_once_one_comes_in(office: Office) -> None:
    link = a_link(office, "crowd")
    crowd = [office.client() for _ in range(64)]
    for browser in crowd:
        office.send("GET", link, client=browser)
    with ThreadPoolExecutor(16) as hands:
        answers = list(hands.map(lambda browser: office.send("POST", "/me/door", client=browser).status, crowd))
    assert sorted(set(answers)) == [303, 400]
    assert answers.count(303) == 1
    assert sum(came_in(browser) for browser in crowd) == 1
    with office.db.reading() as session:
        opened = select(func.count()).select_from(sessions).where(sessions.c.began_at_ms == office.clock.at_ms)
        assert session.scalar(opened) == 1
