"""What a person decides about themselves: a name, links that count no more, a download, and being gone."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from cast import a_person, an_id, anna, ben
from flow.office import BOTH, SITE, Office, an_office
from passalong.core.attribution.allocate import DAY_MS
from passalong.store.books import redemptions
from passalong.store.people import erasure
from passalong.store.schema.columns import metadata
from web.rendered import sells
from web.shopped import line_of

NAME = "Anna Apiaria of the Hills"
ACCOUNT = "DE02120300000000202051"
WORDS = "My neighbour told me that she bought two frames."


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna shared, Ben passed it on, somebody bought, and Anna left what names her everywhere she could."""
    for made in an_office(request, tmp_path_factory):
        annas = made.link("annas", anna)
        bens = made.link("bens", ben, parent=annas)
        note = made.visit("came", bens, a_person("buyer"))
        assert made.note("flask", note).status == 202
        code = f"{bens}.{an_id('visit', 'came')}"
        order = {"id": "o", "goal": "purchase", "amount_minor": 10_010, "currency": "EUR", "code": code}
        made.api("POST", "/conversions", order)
        made.fold()
        made.clock.at_ms += 31 * DAY_MS
        made.fold()
        leave_traces(made)
        yield made


def leave_traces(office: Office, order: str = "o") -> None:
    """A name, words in a question, and where money should go."""
    browser = office.signed_in(anna)
    form = {"name": NAME, "shown": "yes"}
    assert office.send("POST", "/me/privacy/name", client=browser, form=form).status == 303
    assert office.api("POST", f"/conversions/{order}/refunds", {"id": "ten cents", "amount_minor": 10}).status == 202
    office.fold()
    form = {"claim": "c" * 22, "words": WORDS}
    asked = office.send("POST", f"/me/why/{line_of(office, anna)}/ask", client=browser, form=form)
    assert asked.status == 303
    with office.db.writer.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO payout_destinations (site_id, advocate_id, kind, name, account, changed_at_ms) "
                "VALUES (:site, :who, :kind, :name, :account, 0)"
            ),
            {
                "site": SITE,
                "who": anna.advocate_id(SITE),
                "kind": "iban",
                "name": NAME,
                "account": ACCOUNT,
            },
        )
    office.fold()


def test_a_name_is_hidden_until_it_is_shown(office: Office) -> None:
    reader = office.signed_in(ben)
    page = office.send("GET", "/me/privacy", client=reader).text
    assert "Your name is hidden." in page
    assert 'value="no" checked' in page
    for form in ({"shown": "yes", "name": ""}, {"name": "x" * 81}, {"name": "a\u202eb", "shown": "yes"}):
        answer = office.send("POST", "/me/privacy/name", client=reader, form=form)
        assert answer.status == 400
        assert 'role="alert"' in answer.text
    assert (
        office.send("POST", "/me/privacy/name", client=reader, form={"name": " Ben  B ", "shown": "yes"}).status == 303
    )
    assert 'value="Ben B"' in office.send("GET", "/me/privacy", client=reader).text


def test_a_name_that_is_shown_is_read_by_those_on_the_same_path(office: Office) -> None:
    """Anna's line came through Ben: she reads his name once he shows it, and no more once he hides it again."""
    reader, other = office.signed_in(anna), office.signed_in(ben)
    lines = re.findall(r"/me/why/[a-z0-9]+", office.send("GET", "/me/credit", client=reader).text)
    for shown in ("yes", "no"):
        form = {"name": "Ben Beekeeper", "shown": shown}
        assert office.send("POST", "/me/privacy/name", client=other, form=form).status == 303
        pages = [office.send("GET", line, client=reader).text for line in lines]
        assert any("Ben Beekeeper passed it on" in page for page in pages) is (shown == "yes")


def test_everything_is_one_file_without_secrets(office: Office) -> None:
    answer = office.send("GET", "/me/privacy/everything.json", client=office.signed_in(anna))
    assert answer.headers["content-disposition"].startswith("attachment")
    found = json.loads(answer.body)
    assert {"advocates", "issued_links", "credits", "journal", "claims", "claim_words"} <= found["tables"].keys()
    assert NAME in answer.text
    assert ACCOUNT in answer.text
    assert WORDS in answer.text
    for secret in ("_hash", anna.guest, ben.advocate_id(SITE)):
        assert secret not in answer.text, secret


def test_an_advocate_who_stops_counting_gets_plain_links(office: Office) -> None:
    browser = office.signed_in(anna)
    assert office.send("POST", "/me/privacy/stop", client=browser, form={"stopped": "yes"}).status == 303
    said = {"site": SITE, "id": an_id("link", "after"), "guest": anna.guest, "page": "https://bees.example/bees"}
    assert office.send("POST", "/v1/links", said).status == 403
    assert office.send("POST", "/me/privacy/stop", client=browser, form={"stopped": "no"}).status == 303
    assert office.send("POST", "/v1/links", said).status == 201


def test_erasing_takes_more_than_a_click(office: Office) -> None:
    browser = office.signed_in(anna)
    page = office.send("GET", "/me/privacy/erase", client=browser).text
    assert "You have €1.60" in page
    assert "checked" not in page.partition("<main")[2].partition("</main>")[0]
    assert office.send("POST", "/me/privacy/erase", client=browser).status == 400
    assert office.send("GET", "/me", client=browser).status == 200


def test_an_erased_person_is_gone_and_the_sums_stay(office: Office) -> None:
    """Pages, sessions and words are gone for her; balances, journal and Ben's lines are as they were."""
    browser, other = office.signed_in(anna), office.signed_in(anna)
    before = office.counts("journal", "receipts", "credits", "balances")
    bens = office.send("GET", "/me/credit", client=office.signed_in(ben)).text
    assert office.send("POST", "/me/privacy/erase", client=browser, form={"read": "yes"}).status == 200
    assert office.counts("journal", "receipts", "credits", "balances") == before
    for closed in (browser, other):
        assert office.send("GET", "/me", client=closed).status == 401
    assert office.send("POST", "/v1/credit", {"site": SITE, "guest": anna.guest}).status == 404
    assert office.send("GET", "/me/credit", client=office.signed_in(ben)).text == bens
    inbox = office.send("GET", f"/console/{SITE}/claims", client=office.owner()).text
    assert "This text was erased." in inbox
    assert WORDS not in inbox
    with office.db.reading() as session:
        assert redemptions.destination_of(session, SITE, [anna.advocate_id(SITE)]) is None


def test_no_byte_of_what_was_erased_is_left_in_the_file(tmp_path: Path) -> None:
    """Neither in the database's file nor in its log; before, all of it is found there."""
    office = Office(f"sqlite:///{tmp_path}/here.db", tmp_path)
    office.link("annas", anna)
    sells(office, "anna sold", anna, 10_000, frozen=False)
    leave_traces(office, "anna-sold-order")
    secrets = [NAME.encode(), ACCOUNT.encode(), WORDS.encode()]
    assert [secret for secret in secrets if secret not in _bytes(tmp_path)] == []
    browser = office.signed_in(anna)
    assert office.send("POST", "/me/privacy/erase", client=browser, form={"read": "yes"}).status == 200
    assert [secret for secret in secrets if secret in _bytes(tmp_path)] == []
    office.close()
    assert [secret for secret in secrets if secret in _bytes(tmp_path)] == []


def _bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("here.db*"))


def test_every_table_about_an_advocate_is_erased_or_says_why_not() -> None:
    """A new table with a column `advocate_id` is erased unless it is named; a name that is none fails too."""
    named = {table.name for table in metadata.tables.values() if "advocate_id" in table.c}
    assert set(erasure.KEPT) <= named
    erased = named - set(erasure.KEPT)
    assert {"guests", "payout_destinations", "addresses", "passkeys", "recovery_words", "codes"} <= erased
