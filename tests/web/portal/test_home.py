"""The advocate's pages: what they say adds up, whatever the history; the picture shows groups; files are safe."""

import csv
import io
import itertools
import re
from collections.abc import Iterator
from html import unescape

import pytest

from cast import HOME, Person, a_person, an_id, anna, ben, cleo, mallory
from flow.office import BOTH, SITE, Office, an_office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.terms.model import Terms
from passalong.flow.owners import terms
from passalong.web.http.csv_export import safe

EVIL = "=HYPERLINK(0)"


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna shared twice, Ben passed it on to six people; one order stands, one is ready, one was returned in part."""
    for made in an_office(request, tmp_path_factory):
        annas = made.link("annas", anna, title="Bees in winter")
        other = made.link("other", anna, page=f"{HOME}/seeds", title=EVIL)
        bens = made.link("bens", ben, parent=annas)
        arrive(made, annas, 7, "direct")
        arrive(made, bens, 6, "passed on")
        made.note("flask", {"site": SITE, "id": an_id("s"), "kind": "share", "token": other, "to": "copy"} | _by(anna))
        order(made, "early", annas, "direct 0", 10_000)
        made.fold()
        made.clock.at_ms += 31 * DAY_MS
        made.fold()
        arrive(made, bens, 1, "again")
        arrive(made, annas, 1, "return")
        order(made, "late", bens, "again 0", 4_200)
        order(made, "returned", annas, "return 0", 3_000)
        made.fold()
        refund = {"id": "back", "amount_minor": 1_000}
        assert made.api("POST", "/conversions/returned/refunds", refund).status == 202
        made.fold()
        yield made


@pytest.fixture
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance of its own."""
    yield from an_office(request, tmp_path_factory)


def _by(who: Person) -> dict[str, str]:
    return {"guest": who.guest}


def arrive(office: Office, token: str, count: int, name: str) -> None:
    """People come by a link."""
    for number in range(count):
        note = office.visit(f"{name} {number}", token, a_person(name, number))
        assert office.note("flask", note).status == 202


def order(office: Office, name: str, token: str, visit: str, minor: int) -> None:
    """Somebody who came buys."""
    code = f"{token}.{an_id('visit', visit)}"
    said = {"id": name, "goal": "purchase", "amount_minor": minor, "currency": "EUR", "code": code}
    assert office.api("POST", "/conversions", said).status == 202


def shown(office: Office, path: str, who: Person = anna, headers: dict[str, str] | None = None) -> str:
    """A page as this person sees it."""
    answer = office.send("GET", path, client=office.signed_in(who), headers=headers)
    assert answer.status == 200, answer
    return answer.text


def boxes(page: str) -> list[list[str]]:
    """The amounts of each sum box, as words."""
    found = re.findall(r'<div class="sum"><dl>(.*?)</dl>', page, re.DOTALL)
    return [
        [unescape(re.sub(r"<[^>]+>", "", amount)) for amount in re.findall(r"<dd>(.*?)</dd>", box)] for box in found
    ]


def micros(words: str) -> int:
    """`−€4.00` or `8 points` as micros."""
    digits = re.sub(r"[^0-9.]", "", words)
    whole, _, rest = digits.partition(".")
    value = int(whole) * 1_000_000 + int(rest.ljust(6, "0") or 0)
    return -value if words.startswith("−") else value


@pytest.mark.parametrize("who", [anna, ben], ids=lambda who: who.name)
def test_available_credit_is_earned_minus_pending_taken_back_and_used(office: Office, who: Person) -> None:
    """Read from the pages themselves, in every unit; and the ledger's lines add up to the same."""
    for path in ("/me", "/me/credit"):
        page = shown(office, path, who)
        found, said_once = boxes(page), "Parts of a cent or of a point are not shown"
        assert (len(found), page.count(said_once) <= 1) == (2, True), path
        for amounts in found:
            earned, waiting, taken, used, ready = map(micros, amounts)
            assert earned + waiting + taken + used == ready, (path, amounts)
    sheet = list(csv.DictReader(io.StringIO(shown(office, "/me/credit.csv", who))))
    for amounts in found:
        unit = "points" if "point" in amounts[0] else "EUR"
        lines = sum(micros(row["amount"].replace("-", "−")) for row in sheet if row["unit"] == unit)
        left_out = lines - (micros(amounts[0]) + micros(amounts[2]) + micros(amounts[3]))
        step = 1_000_000 if unit == "points" else 10_000
        assert 0 <= left_out < 4 * step, "what is not shown is less than a step in each of the four rows"
        assert not left_out or said_once in page


def test_there_is_something_in_every_state(office: Office) -> None:
    """The sums above are of amounts, not of zeros."""
    earned, waiting, taken, _used, ready = map(micros, boxes(shown(office, "/me"))[0])
    assert earned > 0 > waiting
    assert taken < 0 < ready


def test_the_running_sum_ends_at_what_the_first_line_earned(office: Office) -> None:
    page = shown(office, "/me/credit")
    rows = re.findall(r'class="n">([^<]+)</td><td role="cell" class="b">([^<]+)<', page)
    euros = [(micros(amount), micros(running)) for amount, running in rows if "€" in amount]
    assert len(euros) >= 3
    for (amount, running), (_, older) in itertools.pairwise(euros):
        assert running - amount == older
    assert euros[-1][0] == euros[-1][1]


def test_a_line_that_somebody_looks_at_says_so_and_names_no_day(office: Office) -> None:
    """Its day may pass while they look: "waiting until" would be a promise that nobody keeps."""
    said = {"id": "a look", "decision": "hold", "about": "conversion", "subject_id": "late", "author": "Otto"}
    assert office.api("POST", "/verdicts", said | {"note": "Looked at."}).status == 202
    office.fold()
    found = re.findall(r'st-held"><span>([^<]+)</span>.*?href="(/me/why/\w+)"', shown(office, "/me/credit"))
    assert [words for words, _ in found] == ["Under review"]
    why = shown(office, found[0][1])
    assert "A person at The Bee Almanac is looking at it." in why
    assert "Pending until" not in why
    assert "Next: <strong>€2.00 on" not in shown(office, "/me")
    assert (
        office.api("POST", "/verdicts", said | {"id": "b fine", "decision": "release", "note": "Fine."}).status == 202
    )
    office.fold()
    assert "st-held" not in shown(office, "/me/credit")


def test_home_says_people_first_and_what_it_earned_after(office: Office) -> None:
    page = shown(office, "/me")
    assert page.index("8 people") < page.index("You have earned")
    assert "and 1 of them passed it on again" in page
    assert "Counted since 8 January 2026" in page


def test_a_picture_shows_where_one_link_went(office: Office) -> None:
    page = shown(office, "/me")
    svg = re.search(r"<svg class=\"tree wide\".*?</svg>", page, re.DOTALL)
    assert svg is not None
    assert 'role="img"' in svg[0]
    words = [unescape(word) for word in re.findall(r"<text[^>]*>([^<]+)<", svg[0])]
    assert words == ["you", "8 came directly", "passed on", "7 came"]
    assert "How “Bees in winter” travelled" in svg[0]
    assert "<desc" in svg[0]
    link = re.search(r'href="(/me/links/[^"#]+)#table"', page)
    assert link is not None
    alone = shown(office, link[1])
    assert '<table id="table"' in alone
    assert "7 people" in alone


def test_links_say_where_they_were_sent_and_what_came_of_them(office: Office) -> None:
    page = unescape(shown(office, "/me/links"))
    assert "You shared 2 pages." in page
    assert page.index("Bees in winter") < page.index(EVIL)
    assert "copied link" in page


def test_nobody_sees_the_links_of_another(office: Office) -> None:
    paths = set(re.findall(r'href="(/me/links/[^"#]+)', shown(office, "/me/links")))
    paths |= {re.sub(r"/links/[^/]+$", "/links/page/" + "0" * 32, path) for path in paths}
    assert len(paths) >= 2
    for who in (ben, mallory):
        office.link(f"{who.name} too", who)
        for path in paths:
            assert office.send("GET", path, client=office.signed_in(who)).status == 404, (who.name, path)


def test_home_says_that_nobody_was_reached_yet(office: Office) -> None:
    office.link("mallorys", mallory)
    assert "Nothing yet. When someone comes through a link you shared" in shown(office, "/me", mallory)


def test_reaching_people_counts_where_it_pays_nothing(office: Office) -> None:
    """Nobody bought, and a rule that pays for nobody new: the page speaks of people all the same."""
    somebody = a_person("somebody")
    token = office.link("somebodys", somebody)
    note = office.visit("somebodys 0", token, a_person("direct", 0))
    assert office.note("flask", note).status == 202
    office.fold()
    page = shown(office, "/me", somebody)
    assert "1 person</mark> read it because of you." in page
    assert "That already helped; the rule here only pays for" in page


def test_the_reason_is_the_same_for_programs(office: Office) -> None:
    """Asked for by the address, or by what the program says it takes; a browser gets the page."""
    [path, *_] = re.findall(r"/me/why/[a-z0-9]+", shown(office, "/me/credit"))
    by_address = shown(office, f"{path}?as=json")
    assert shown(office, path, headers={"Accept": "application/json"}) == by_address
    assert shown(office, path, headers={"Accept": "text/html,*/*;q=0.8"}).startswith("<!doctype html>")
    assert '"arithmetic"' in by_address


def test_the_sheet_is_a_file_with_the_same_lines(office: Office) -> None:
    answer = office.send("GET", "/me/credit.csv", client=office.signed_in(anna))
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="credit-{SITE}.csv"'
    assert answer.body.startswith("\ufeffdate,".encode()), "a mark by which spreadsheets know UTF-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["state"] for row in rows} == {"waiting", "ready", "taken_back"}
    assert {row["unit"] for row in rows} == {"EUR", "points"}


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("Hive;=1+1", "Hive;'=1+1"),
        ("Hive; -1; @A1", "Hive; '-1; '@A1"),
        ("Hive\n+1", "Hive\n'+1"),
        (" =1", " '=1"),
        ("Hive; a-b=c", "Hive; a-b=c"),
        ("\uff1d1", "'\uff1d1"),
        ("Someone: =1", "Someone: =1"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(cell: str, kept: str) -> None:
    assert safe(cell) == kept


def test_a_goal_that_is_a_formula_is_none_in_the_sheet(office: Office) -> None:
    """What the owner's server calls an outcome stands behind words of ours, so that no cell begins with it."""
    assert not [line for line in shown(office, "/me/credit.csv").splitlines() if re.search(r'(^|,)"?[=@+]', line)]


def test_garbage_in_a_cursor_is_refused_in_words(office: Office) -> None:
    browser = office.signed_in(anna)
    for garbage in (
        "x",
        "9.a.EUR=x",
        "9.a.EUR=--1",
        "9.a.=,=,=",
        "9.a." + "EUR=1," * 500,
        "9.a.EUR=" + "9" * 30,
        "...",
    ):
        for path in ("/me/credit", "/me/links"):
            answer = office.send("GET", f"{path}?before={garbage}", client=browser)
            assert answer.status == 400, (path, garbage)
            assert "Open the page from the menu again." in unescape(answer.text)


def test_the_language_of_the_browser_is_the_language_of_the_page(office: Office) -> None:
    assert '<html lang="de"' in shown(office, "/me", headers={"Accept-Language": "de"})
    assert cleo.visitor not in shown(office, "/me")


@pytest.mark.parametrize("made", BOTH, indirect=True)
def test_a_rule_without_goals_pays_nothing_and_says_so(made: Office) -> None:
    terms.new_version(made.db, made.clock, SITE, terms.Draft(Terms(goals=()), "Thanks are enough."))
    made.note("flask", made.visit("came", made.link("annas", anna), ben))
    made.fold()
    home = made.send("GET", "/me", client=made.signed_in(anna)).text
    assert "That already helped; the rule here pays nothing." in home


@pytest.mark.parametrize("made", BOTH, indirect=True)
def test_every_sentence_about_a_picture_begins_like_one(made: Office) -> None:
    annas = made.link("annas", anna)
    made.note("flask", made.visit("ben", annas, ben))
    made.note("flask", made.visit("cleo", made.link("bens", ben, parent=annas), cleo))
    made.fold()
    home = made.send("GET", "/me", client=made.signed_in(anna)).text
    assert "One person passed it on. Fewer than 5 came." in home
