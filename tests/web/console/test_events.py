"""The console's events, people, pages and review: found, read, decided and undone, each with a reason."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from cast import an_id, anna, ben, cleo, mallory
from flow.office import PAGE, SITE, Answer, Office
from passalong.flow.transaction import writing
from passalong.store import event_log
from passalong.store.event_log import Key
from passalong.store.people import changes
from passalong.store.schema.event_log import events
from plumbing.statements import plan_of, statements

ROOT = f"/console/{SITE}"
ANNAS, MALLORYS = anna.advocate_id(SITE), mallory.advocate_id(SITE)


@pytest.fixture(scope="module")
def otto(office: Office) -> FlaskClient:
    """Otto's browser, after Anna's and Mallory's links brought some buyers."""
    for name, who, buyer in (("annas", anna, cleo), ("mallorys", mallory, ben)):
        token = office.link(name, who)
        share = {"site": SITE, "id": an_id("share", name), "kind": "share", "token": token}
        share |= {"guest": who.guest, "to": "copy"}
        assert office.send("POST", "/v1/notes", share).status == 202
        office.send("POST", "/v1/notes", office.visit(name, token, buyer))
        for number in range(2):
            code = f"{token}.{office.visit(name, token, buyer)['id']}"
            order = {"id": f"{name}-{number}", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
            office.api("POST", "/conversions", order | {"code": code})
    office.api("POST", "/conversions", {"id": "counter", "goal": "purchase", "amount_minor": 100, "currency": "EUR"})
    office.fold()
    return office.owner()


def read(office: Office, otto: FlaskClient, path: str, status: int = 200) -> str:
    """A page as text."""
    answer = office.send("GET", ROOT + path, client=otto)
    assert answer.status == status, answer
    return unescape(answer.text)


def sent(office: Office, otto: FlaskClient, path: str, **form: str) -> Answer:
    """A form with an id of its own, folded afterwards."""
    once = re.search(r'name="once" value="([\w-]+)"', read(office, otto, path))
    assert once
    office.clock.at_ms += 1_000
    answer = office.send("POST", ROOT + path.partition("?")[0], client=otto, form={"once": once[1]} | form)
    office.fold()
    return answer


def actions(office: Office) -> list[tuple[str, str]]:
    """The newest entries of the audit log: what was done, by whom."""
    with office.db.reading() as session:
        return [(one.change.action, one.change.actor) for one in changes.newest(session, SITE, 20)]


def test_events_are_listed_by_day_and_those_without_a_link_are_apart(office: Office, otto: FlaskClient) -> None:
    page = read(office, otto, "/events")
    assert "annas-0" in page and "counter" not in page
    assert "not come from a shared link are not listed" in page
    assert "counter" in read(office, otto, "/events?show=all")
    assert "annas-0" not in read(office, otto, "/events?show=unshared")
    assert "No event matches" in read(office, otto, "/events?kind=refund")
    assert "annas-0" in read(office, otto, "/events?kind=conversion&result=credited")


@pytest.mark.parametrize("asked", ["q=annas-1", f"q=guest+{ANNAS[:4]}", "q=/bees", f"who={ANNAS}", "range=7&q=annas-1"])
def test_a_search_finds_the_order(office: Office, otto: FlaskClient, asked: str) -> None:
    assert "annas-1" in read(office, otto, f"/events?{asked}")


def test_people_are_searched_by_an_index_whatever_the_database_sorts_by(office: Office, otto: FlaskClient) -> None:
    with statements(office.db) as ran:
        read(office, otto, "/events?q=guest+nylk")
    (search,) = [one for one in ran if "SELECT advocates.advocate_id" in one.text]
    narrowed = [line for line in plan_of(office.db, search).splitlines() if "advocate_id>" in line.replace(" ", "")]
    assert any("Index Cond" in line or line.startswith("SEARCH") for line in narrowed), narrowed


@pytest.mark.parametrize(
    "asked",
    ["q=%00", "q=%27%3B", "older=x", "older=9.9.9", "newer=-1..", "kind=x&result=y&show=z", "page=%F0%9F", "who=%25"],
)
def test_garbage_in_an_address_is_no_error(office: Office, otto: FlaskClient, asked: str) -> None:
    answer = office.send("GET", f"{ROOT}/events?{asked}", client=otto)
    assert answer.status in (200, 400)


def test_new_events_are_announced(office: Office, otto: FlaskClient) -> None:
    live = re.search(r'data-live="([^"]+)"', read(office, otto, "/events"))
    assert live
    assert office.send("GET", live[1], client=otto).json == {"count": 0, "words": ""}
    office.send("POST", "/v1/notes", office.visit("late", office.link("annas", anna), mallory))
    office.fold()
    assert office.send("GET", live[1], client=otto).json["words"] == "1 new event. Show it"


def test_the_page_of_an_event_says_what_was_received_matched_and_credited(office: Office, otto: FlaskClient) -> None:
    page = read(office, otto, "/why/conversion:annas-0")
    for words in ("What was received", "What it was matched to", "What came of it", "€100.00", f"guest {ANNAS[:4]}"):
        assert words in page
    assert cleo.visitor not in read(office, otto, f"/why/visit:{office.visit('annas', '', cleo)['id']}"), "masked"
    read(office, otto, "/why/conversion:nothing", 404)


def test_the_rows_of_who_was_credited_add_up_to_their_total(office: Office, otto: FlaskClient) -> None:
    page = read(office, otto, "/why/conversion:annas-0")
    table = page[page.index("<caption>Who was credited") :].partition("</table>")[0]
    *rows, total = [float(found) for found in re.findall(r'class="n">€([0-9.]+)<', table)]
    assert (len(rows), sum(rows)) == (2, total), "Anna and the monthly pool"


def test_an_order_is_held_released_and_voided_with_a_reason_that_is_kept(office: Office, otto: FlaskClient) -> None:
    path = "/why/conversion:annas-1"
    form = {"about": "conversion", "subject_id": "annas-1", "back": "conversion:annas-1"}
    once = re.search(r'name="once" value="([\w-]+)"', read(office, otto, path))
    assert once
    missing = office.send("POST", f"{ROOT}/review", client=otto, form=form | {"once": once[1], "act": "void"})
    assert missing.status == 422 and "Give a reason" in missing.text
    for _ in range(2):  # a double click
        done = office.send(
            "POST", f"{ROOT}/review", client=otto, form=form | {"once": once[1], "act": "hold", "note": "Looks odd."}
        )
        assert done.status == 303
    office.fold()
    assert actions(office).count(("conversion.hold", "owner:link")) == 1
    page = read(office, otto, "/review")
    assert "1 result is held." in page and "annas-1" in page and "Looks odd." in page
    assert "Looks odd." in read(office, otto, path)
    assert sent(office, otto, "/review", pattern=f"decided:{ANNAS}", act="release", note="All good.").status == 303
    assert "Nothing is held." in read(office, otto, "/review")


def test_a_decision_is_undone_by_a_new_one(office: Office, otto: FlaskClient) -> None:
    sent(office, otto, "/review", about="conversion", subject_id="annas-0", act="void", note="A test order.")
    page = read(office, otto, "/review")
    batch = re.search(r'name="batch" value="([^"]+)"', page)
    assert batch
    before = office.count("events")
    assert sent(office, otto, "/review", batch=batch[1], act="undo", note="It was real.").status == 303
    assert office.count("events") == before + 1
    assert "annas-0" in read(office, otto, "/review"), "back in the queue"
    sent(office, otto, "/review", about="conversion", subject_id="annas-0", act="release", note="Real.")


def test_people_are_listed_by_when_they_were_active_and_have_no_rank(office: Office, otto: FlaskClient) -> None:
    page = read(office, otto, "/people")
    assert f"Guest {ANNAS[:4]}" in page and f"Guest {MALLORYS[:4]}" in page
    assert "copy" not in page.lower().replace("copyright", "")
    one = read(office, otto, f"/people/{ANNAS}")
    assert "1 person came through their links" in one or "2 people came through their links" in one
    assert "copied link" not in one.lower(), "channels are never shown per person"
    read(office, otto, "/people/nobody", 404)


def test_credit_is_given_once_with_its_reason(office: Office, otto: FlaskClient) -> None:
    path = f"/people/{ANNAS}"
    wrong = sent(office, otto, path, act="give", amount="a lot", unit="EUR", note="For the fair.")
    assert wrong.status == 422 and "Write an amount in EUR such as 5.00" in wrong.text and "For the fair." in wrong.text
    once = re.search(r'name="once" value="([\w-]+)"', read(office, otto, path))
    assert once
    form = {"once": once[1], "act": "give", "amount": "5,00", "unit": "EUR", "note": "For the fair."}
    for _ in range(2):
        assert office.send("POST", ROOT + path, client=otto, form=form).status == 303
    office.fold()
    with office.db.reading() as session:
        assert session.execute(select(events).where(events.c.event_id == once[1])).one().kind == "given"
    assert ("credit.give", "owner:link") in actions(office)
    why = read(office, otto, f"/why/given:{once[1]}").partition("<pre")[0]
    assert why.count("Credit was given: decided by The Bee Almanac") == 1 and "decided: give" not in why
    theirs = office.send("GET", "/me/credit", client=office.signed_in(anna)).text
    assert "The Bee Almanac" in theirs and "owner:link" not in theirs


def test_an_excluded_person_reads_why_and_is_paid_for_nothing_new(office: Office, otto: FlaskClient) -> None:
    path = f"/people/{MALLORYS}"
    office.clock.at_ms += 60_000  # what happens from now on counts for nobody
    assert sent(office, otto, path, act="ban", note="She buys through her own links.").status == 303
    assert "excluded" in read(office, otto, path)
    held = read(office, otto, "/review")
    assert "3 results credit an excluded person" in held
    home = unescape(office.send("GET", "/me", client=office.signed_in(mallory)).text)
    assert "She buys through her own links." in home
    line = re.search(r'href="(/me/why/[^"]+)"', home)
    assert line
    why = unescape(office.send("GET", line[1], client=office.signed_in(mallory)).text)
    assert "She buys through her own links." in why, "the page of a held line says why it is held"
    assert "She buys" not in office.send("GET", "/me", client=office.signed_in(anna)).text
    assert sent(office, otto, "/review", pattern=f"banned:{MALLORYS}", act="void", note="Her own orders.").status == 303
    assert "Nothing is held." in read(office, otto, "/review")
    office.clock.at_ms += 60_000
    assert sent(office, otto, path, act="lift", note="A mistake.").status == 303
    assert "She buys" not in office.send("GET", "/me", client=office.signed_in(mallory)).text


def test_pages_and_channels_are_sums(office: Office, otto: FlaskClient) -> None:
    page = read(office, otto, "/pages")
    assert "2 links were shared." in page and "Others, fewer than 5 each" in page
    name = re.search(rf'href="{ROOT}(/pages/[0-9a-f]{{32}})"', page)
    assert name
    one = read(office, otto, name[1])
    assert PAGE in one and "fewer than 5 people" in one
    read(office, otto, "/pages/nothing", 404)


def test_an_event_that_could_not_be_processed_is_shown_and_retried(office: Office, otto: FlaskClient) -> None:
    with writing(office.db) as session:
        row = session.execute(select(events).where(events.c.kind == "visit")).first()
        assert row is not None
        session.execute(text("DELETE FROM numbered WHERE event_id = :one AND 1 = 0"), {"one": row.event_id})
        event_log.put_aside(session, Key(SITE, row.at_ms, row.source, row.event_id), "KeyError: bees", 1)
    page = read(office, otto, "/events")
    assert "1 event could not be processed" in page and "KeyError: bees" in page
    once = re.search(r'name="once" value="([\w-]+)"', page)
    assert once
    answer = office.send("POST", f"{ROOT}/events/retry", client=otto, form={"once": once[1]})
    assert answer.status == 303
    assert "could not be processed" not in read(office, otto, "/events")
    assert ("events.retry", "owner:link") in actions(office)
    with writing(office.db) as session:  # it was folded before: take it off the queue again
        session.execute(text("DELETE FROM queue"))


@pytest.mark.parametrize("path", ["/events", "/events/new", "/people", f"/people/{ANNAS}", "/pages", "/review"])
def test_they_are_for_the_owner_alone(office: Office, path: str) -> None:
    assert office.send("GET", ROOT + path).status == 401
    assert office.send("GET", ROOT + path, client=office.owner("wasps1")).status == 401
