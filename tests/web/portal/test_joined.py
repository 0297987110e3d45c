"""Several browsers of one person, joined: every page and file is about all of them at once."""

import json
import random
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from cast import HOME, Person, a_person, an_id
from flow.office import BOTH, SITE, Office
from passalong.core.ledger.entries import ISSUED
from passalong.core.transparency.statement import check_statement, decode_statement
from passalong.flow.transparency import sealing
from passalong.lib.signing import fingerprint, is_signed
from web.rendered import (
    a_plain_office,
    browsers,
    get,
    goes_back,
    join,
    links,
    reached,
    ready,
    redeem,
    sells,
    sheet,
    sums,
)

MANY = 4
"""Histories, on each database."""
PAGES = ("bees", "seeds", "hives")


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance for all tests here; they keep apart by their people."""
    yield from a_plain_office(request, tmp_path_factory)


Shown = tuple[Counter[tuple[str, int]], Counter[tuple[str, ...]], Counter[str], set[str], Counter[int]]


def everything(office: Office, browser: FlaskClient) -> Shown:
    """What somebody's pages say: sums, lines, people by page, links, people and outcomes."""
    assert sums(office, browser, "/me") == sums(office, browser)
    people, theirs = links(office, browser)
    return (
        sums(office, browser),
        sheet(office, browser),
        people,
        theirs,
        Counter(dict(enumerate(reached(office, browser)))),
    )


def added(one: Shown, other: Shown) -> Shown:
    """What two browsers show, put together."""
    plain = [left + right for left, right in zip(one, other, strict=True) if isinstance(left, Counter)]  # type: ignore[operator]
    money = Counter(one[0])
    money.update(other[0])
    return money, plain[1], plain[2], one[3] | other[3], plain[3]


def a_history(office: Office, name: str, chance: random.Random) -> tuple[Person, Person]:
    """A desk and a phone share, people come and buy and return things, months pass: by chance."""
    both = browsers(name)
    for who in both:
        office.link(f"{name} {who.name} first", who, page=f"{HOME}/{chance.choice(PAGES)}")
    for number in range(chance.randrange(3, 8)):
        step, who = f"{name} {number}", chance.choice(both)
        sells(office, step, who, chance.randrange(1, 90) * 100, chance.choice(PAGES), frozen=chance.random() < 0.4)
        if chance.random() < 0.4:
            goes_back(office, step, 50)
        if chance.random() < 0.3 and ready(office, office.signed_in(who)) >= 100_000:
            assert redeem(office, office.signed_in(who), "give_back", "0.10").status == 303
    return both


@pytest.mark.parametrize("seed", range(MANY))
def test_joined_browsers_show_what_each_of_them_showed_alone(office: Office, seed: int) -> None:
    """For any history: sums, lines, files, pages passed along, links, people; to both browsers alike."""
    one, two = a_history(office, f"history {seed}", random.Random(seed))
    alone = [everything(office, office.signed_in(who)) for who in (one, two)]
    join(office, one, two)
    wanted = added(*alone)
    for who in (one, two):
        found = everything(office, office.signed_in(who))
        assert found[0] == wanted[0]
        assert found[1:] == wanted[1:]


def test_every_line_link_and_file_of_either_browser_opens_for_both(office: Office) -> None:
    one, two = browsers("opens")
    sells(office, "opens one", one, 10_000)
    sells(office, "opens two", two, 10_000, "seeds")
    before = {who: (own_paths(office, office.signed_in(who))) for who in (one, two)}
    join(office, one, two)
    assert not before[one] & before[two]
    for who in (one, two):
        browser = office.signed_in(who)
        assert own_paths(office, browser) == before[one] | before[two]
        for path in before[one] | before[two]:
            get(office, browser, path)
        told = json.loads(get(office, browser, "/me/privacy/everything.json"))
        assert set(told["advocate_ids"]) == {one.advocate_id(SITE), two.advocate_id(SITE)}
        assert len(told["tables"]["issued_links"]) == 2


def own_paths(office: Office, browser: FlaskClient) -> set[str]:
    """The addresses of everything of one's own."""
    pages = [get(office, browser, path) for path in ("/me/credit", "/me/links", "/me/use", "/me/statement")]
    return {path for page in pages for path in re.findall(r'href="(/me/(?:why|links|use)/[A-Za-z0-9_-]{5,})"', page)}


def test_a_page_that_went_out_from_both_is_one_page(office: Office) -> None:
    one, two = browsers("one page")
    sells(office, "page one", one, 1_000)
    sells(office, "page two", two, 1_000)
    join(office, one, two)
    page = get(office, office.signed_in(two), "/me/links")
    assert "You shared 1 page." in page
    assert page.count("<section><h2>") == 1
    path = re.search(r"/me/links/page/[0-9a-f]{32}", page)
    assert path is None, "both links stand there, so no page has more"


def test_the_statement_has_the_lines_of_both_and_holds(office: Office) -> None:
    one, two = browsers("statement")
    sells(office, "statement one", one, 10_000)
    sells(office, "statement two", two, 20_000)
    join(office, one, two)
    sealing.seal_site(office.db, SITE, office.instance.services.signing, office.clock.at_ms)
    browser = office.signed_in(one)
    made = decode_statement(office.send("GET", "/me/statement.json", client=browser).body)
    check_statement(made, is_signed, fingerprint)
    assert made.unsealed == 0
    stand = sum(int(one.amount_micros) for one in made.sums if one.unit == "EUR" and not one.account.startswith(ISSUED))
    assert stand == ready(office, browser)


# --- asking -----------------------------------------------------------------------------------------------------------


def test_a_question_about_a_line_of_either_browser_is_granted_to_that_line(office: Office) -> None:
    """What was taken back of the phone's line is given again, and the page of questions has both browsers' own."""
    one, two = sorted(browsers("asks"), key=lambda who: who.advocate_id(SITE))
    office.link("asks one", one)
    sells(office, "asks two", two, 10_000)
    assert (
        office.api("POST", "/conversions/asks-two-order/refunds", {"id": "asks", "amount_minor": 5_000}).status == 202
    )
    office.fold()
    join(office, one, two)
    browser = office.signed_in(two)
    before = ready(office, browser)
    (line,) = {path for path in own_paths(office, browser) if "€" in get(office, browser, path).partition("</h1>")[0]}
    form = {"claim": "asks-about-this-line-x", "words": "She kept half of it."}
    assert office.send("POST", f"{line}/ask", client=browser, form=form).status == 303
    office.fold()
    assert "She kept half of it." in get(office, office.signed_in(two), "/me/claims")
    assert "She kept half of it." in get(office, browser, line)
    said = {"act": "grant", "words": "You are right.", "amount": ""}
    path = f"/console/{SITE}/claims/{form['claim']}"
    assert office.send("POST", path, client=office.owner(), form=said).status == 303
    office.fold()
    assert ready(office, browser) == before + 4_000_000
    reply = f"/me/claims/{form['claim']}"
    stranger = a_person("asks", "stranger")
    office.link("asks stranger", stranger)
    thanks = {"words": "Thank you both."}
    assert office.send("POST", reply, client=office.signed_in(stranger), form=thanks).status == 404
    assert office.send("POST", reply, client=office.signed_in(one), form=thanks).status == 303
    assert "Thank you both." in get(office, browser, "/me/claims")


# --- choosing, and going ----------------------------------------------------------------------------------------------


def test_a_name_and_stopping_hold_for_all_browsers_of_a_person(office: Office) -> None:
    one, two = browsers("chooses")
    office.link("chooses one", one)
    office.link("chooses two", two)
    form = {"name": "Dora", "shown": "yes"}
    assert office.send("POST", "/me/privacy/name", client=office.signed_in(two), form=form).status == 303
    assert office.send("POST", "/me/privacy/stop", client=office.signed_in(one), form={"stopped": "yes"}).status == 303
    join(office, one, two)
    for who in (one, two):
        page = get(office, office.signed_in(who), "/me/privacy")
        assert "Your name is visible" in page
        assert 'value="Dora"' in page
        asked = {"site": SITE, "id": an_id("chooses after", who.name), "guest": who.guest, "page": f"{HOME}/bees"}
        assert office.send("POST", "/v1/links", asked).status == 403
    assert office.send("POST", "/me/privacy/stop", client=office.signed_in(two), form={"stopped": "no"}).status == 303
    for who in (one, two):
        office.link(f"chooses {who.name} again", who)


def test_erasing_erases_all_browsers_of_a_person(office: Office) -> None:
    one, two = browsers("erases")
    for who in (one, two):
        sells(office, f"erases {who.name}", who, 1_000)
    join(office, one, two)
    sessions = [office.signed_in(who) for who in (one, two)]
    page = get(office, sessions[0], "/me/privacy/erase")
    assert "€1.60" in page
    assert office.send("POST", "/me/privacy/erase", client=sessions[0], form={"read": "yes"}).status == 200
    for who, browser in zip((one, two), sessions, strict=True):
        assert office.send("GET", "/me", client=browser).status == 401
        assert office.send("POST", "/v1/credit", {"site": SITE, "guest": who.guest}).status == 404
