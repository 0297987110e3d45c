"""What an advocate's pages say, read from what is rendered; and what people do to make them say it."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from html import unescape

import pytest
from flask.testing import FlaskClient

from cast import HOME, Person, a_person
from flow.office import SITE, Answer, Office, an_office
from flow.world import STAYS
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.ledger.redemptions import Method, OfferedMethod
from passalong.flow.transaction import writing
from passalong.store import sites
from passalong.store.books import journal, redemptions


def a_plain_office(request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance whose pools stay where they are; its site offers a payout from 10.00, and to give credit back."""
    for made in an_office(request, folders):
        methods = (
            OfferedMethod(Method.PAYOUT, "EUR", minimum_micros=10_000_000, days=30),
            OfferedMethod(Method.GIVE_BACK, "EUR"),
        )
        with writing(made.db) as session:
            redemptions.replace_methods(session, SITE, methods)
            sites.add_terms(session, SITE, STAYS, made.clock.at_ms, "The pool stays where it is.")
        made.clock.at_ms += 40 * DAY_MS  # into a month that begins under these terms
        yield made
        with made.db.reading() as session:
            assert (
                sum(amount for (_, unit), amount in journal.all_balances(session, SITE).items() if unit == "EUR") == 0
            )


def browsers(name: str) -> tuple[Person, Person]:
    """One person's desk and phone."""
    return a_person(name, "desk"), a_person(name, "phone")


def join(office: Office, *these: Person) -> None:
    """Somebody proves that these browsers are theirs."""
    office.join(*these)


def sells(office: Office, name: str, who: Person, minor: int, page: str = "bees", *, frozen: bool = True) -> None:
    """Somebody comes by a new link of this browser's and buys; with `frozen` the hold ends."""
    token = office.link(f"{name} link", who, page=f"{HOME}/{page}", title=f"About {page}")
    note = office.visit(f"{name} visit", token, a_person(name, "buyer"), page=f"{HOME}/{page}")
    assert office.note("flask", note).status == 202
    code = f"{token}.{note['id']}"
    said = {"id": f"{name} order".replace(" ", "-"), "goal": "purchase", "amount_minor": minor, "currency": "EUR"}
    assert office.api("POST", "/conversions", said | {"code": code}).status == 202
    office.fold()
    if frozen:
        office.clock.at_ms += 31 * DAY_MS
        office.fold()


def goes_back(office: Office, name: str, minor: int) -> None:
    """A part of that order's value is given back."""
    path = f"/conversions/{name} order/refunds".replace(" ", "-")
    assert office.api("POST", path, {"id": f"{name} back", "amount_minor": minor}).status == 202
    office.fold()


def get(office: Office, browser: FlaskClient, path: str) -> str:
    """A page as this browser is shown it."""
    answer = office.send("GET", path, client=browser)
    assert answer.status == 200, (path, answer.text[:400])
    return unescape(answer.text)


def micros(words: str) -> int:
    """`−€4.00` or `8 points` as micros."""
    whole, _, rest = re.sub(r"[^0-9.]", "", words).partition(".")
    value = int(whole) * 1_000_000 + int(rest.ljust(6, "0") or 0)
    return -value if words.startswith("−") else value


def sums(office: Office, browser: FlaskClient, path: str = "/me/credit") -> Counter[tuple[str, int]]:
    """Of each unit's box what its five lines say; each must reconcile."""
    found: Counter[tuple[str, int]] = Counter()
    for box in re.findall(r'<div class="sum"><dl>(.*?)</dl>', get(office, browser, path), re.DOTALL):
        words = [re.sub(r"<[^>]+>", "", word) for word in re.findall(r"<dd>(.*?)</dd>", box)]
        earned, waiting, taken, used, ready = map(micros, words)
        assert ready == earned + waiting + taken + used, words
        unit = "points" if "point" in words[0] else "EUR"
        for number, amount in enumerate((earned, waiting, taken, used, ready)):
            found[unit, number] += amount
    return found


def ready(office: Office, browser: FlaskClient) -> int:
    """Euros that are ready, in micros, as the ledger's page says it."""
    return sums(office, browser)["EUR", 4]


def sheet(office: Office, browser: FlaskClient) -> Counter[tuple[str, ...]]:
    """The lines of the downloaded ledger; what still waits is booked anew under the person's id, with a line of it."""
    rows = list(csv.DictReader(io.StringIO(get(office, browser, "/me/credit.csv"))))
    assert [row["date"] for row in rows if len(row["date"]) == 10] == sorted(
        (row["date"] for row in rows if len(row["date"]) == 10), reverse=True
    )
    return Counter((row["line"] if row["state"] in ("ready", "used") else "", *list(row.values())[:-1]) for row in rows)


def links(office: Office, browser: FlaskClient) -> tuple[Counter[str], set[str]]:
    """How many people came by each page, and the addresses of all links, from `/me/links` and its pages."""
    page = get(office, browser, "/me/links")
    people: Counter[str] = Counter()
    for section in re.findall(r"<section><h2>.*?</section>", page, re.DOTALL):
        title = re.sub(r"<[^>]+>", "", section.partition("</h2>")[0])
        said = re.search(r"([0-9]+) (?:person|people)", section.partition("</h2>")[2])
        people[title] += int(said[1]) if said else 0
    return people, set(re.findall(r'href="(/me/links/[^"#/]+)"', page))


def reached(office: Office, browser: FlaskClient) -> tuple[int, int]:
    """People and outcomes, as home says them."""
    said = re.search(r'<p class="say">(.*?)</p>', get(office, browser, "/me"), re.DOTALL)
    words = re.sub(r"<[^>]+>", "", said[1] if said else "")
    people, outcomes = (re.search(rf"([0-9]+) (?:{one})", words) for one in ("person|people", "outcome|outcomes"))
    return int(people[1]) if people else 0, int(outcomes[1]) if outcomes else 0


def redeem(office: Office, browser: FlaskClient, method: str, amount: str, **form: str) -> Answer:
    """Confirm, and press the button."""
    path = f"/me/use/confirm?way={method}&unit={form.get('unit', 'EUR')}&amount={amount}"
    page = office.send("GET", path, client=browser).text
    request = re.search(r'name="request" value="([^"]+)"', page)
    said = {"request": request[1] if request else "x" * 22, "way": method, "unit": "EUR", "amount": amount} | form
    answer = office.send("POST", "/me/use/confirm", client=browser, form=said)
    office.fold()
    return answer


def kept(office: Office, who: Person) -> FlaskClient:
    """A browser in which this person came in with printed words."""
    words = re.findall(
        r"<li><code>([a-z]+)</code></li>", office.send("POST", "/me/keep/words", client=office.signed_in(who)).text
    )
    browser = office.client()
    form = {"site": SITE, "words": " ".join(words)}
    assert office.send("POST", "/me/in/words", client=browser, form=form).status == 303
    return browser
