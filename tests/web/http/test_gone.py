"""After “delete everything”: no byte of it in any file, no way back to it, and every proof stands."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from cast import Person, a_person, an_id, anna, ben
from flow.office import BOTH, SITE, Office, an_office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.transparency.merkle import proves_consistency
from passalong.core.transparency.statement import check_statement, decode_statement
from passalong.flow.replay import compare
from passalong.flow.transparency import ledger_check
from passalong.flow.transparency.sealing import seal_all
from passalong.lib.signing import fingerprint, is_signed
from passalong.store.schema.api import api_requests
from tables import make_tables

ADDRESS = "anna.apiaria@hives.example"
OTHER_ADDRESS = "annas.work@hives.example"
TITLE = "Bees in winter"


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna shared, somebody came and bought, the ledger is sealed, and Anna keeps her credit with an address."""
    for made in an_office(request, tmp_path_factory):
        token = made.link("annas", anna, title=TITLE)
        assert made.note("flask", made.visit("came", token, ben)).status == 202
        order = {"id": "o", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
        code = f"{token}.{an_id('visit', 'came')}"
        assert made.api("POST", "/conversions", order | {"code": code, "customer": "somebody"}).status == 202
        made.fold()
        yield made


def keep(office: Office, who: Person, address: str, *, press: bool = True) -> FlaskClient:
    """A browser whose credit is kept with that address, or which only asked for the link."""
    return keep_in(office, office.signed_in(who), address, press=press)


def keep_in(office: Office, browser: FlaskClient, address: str, *, press: bool = True) -> FlaskClient:
    """The same in a browser that is signed in: what the address keeps already and what is here are joined."""
    assert office.send("POST", "/me/keep/mail", client=browser, form={"address": address}).status == 303
    office.instance.mail_sender.send_due()
    newest = max((office.folder / "outbox" / SITE).glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    body = message_from_bytes(newest.read_bytes(), policy=policy.default).get_body(("plain",))
    assert body is not None
    link = re.search(r"https://along\.example(/me/door/\S+)", body.get_content())
    assert link
    if press:
        office.send("GET", link[1], client=browser)
        assert office.send("POST", "/me/door", client=browser, form={"join": "yes"}).status == 303
        office.fold()
    return browser


def erase(office: Office, browser: FlaskClient) -> None:
    """Delete everything."""
    assert office.send("POST", "/me/privacy/erase", client=browser, form={"read": "yes"}).status == 200


def with_a_byte_of(folder: Path, *secrets: str) -> set[str]:
    """Which of these stand in any file of the instance: database, its log, outbox, heads."""
    text = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    return {secret for secret in secrets if secret.encode() in text}


def test_no_file_of_the_instance_has_an_address_of_theirs(tmp_path: Path) -> None:
    """Mails in the outbox's folder are deleted, also those for a link that nobody pressed; others' stay."""
    office = Office(f"sqlite:///{tmp_path}/here.db", tmp_path)
    office.link("annas", anna)
    office.link("bens", ben)
    keep(office, ben, "ben@hives.example", press=False)
    keep(office, anna, OTHER_ADDRESS, press=False)
    office.clock.at_ms += 60_000
    browser = office.signed_in(anna)
    assert with_a_byte_of(tmp_path, OTHER_ADDRESS) == {OTHER_ADDRESS}
    erase(office, browser)
    assert with_a_byte_of(tmp_path, OTHER_ADDRESS, "ben@hives.example") == {"ben@hives.example"}
    other = keep(office, ben, ADDRESS)
    assert with_a_byte_of(tmp_path, ADDRESS) == {ADDRESS}
    erase(office, other)
    assert with_a_byte_of(tmp_path, ADDRESS) == set()
    office.clock.at_ms += 2 * DAY_MS
    office.instance.mail_sender.enqueue_due()
    office.db.tidy()
    assert with_a_byte_of(tmp_path, "ben@hives.example") == set(), "what nobody confirmed is forgotten after a day"
    office.close()


def test_no_answer_that_is_kept_for_a_repeated_call_has_what_they_wrote(office: Office) -> None:
    """An answer to a question has all of its messages, and is kept for a week."""
    words = "I sent it to my sister"
    browser = keep(office, anna, ADDRESS)
    form = {"claim": "c" * 22, "order": "order-17", "words": words}
    assert office.send("POST", "/me/claims/new", client=browser, form=form).status == 303
    office.fold()
    path, repeatable = f"/api/v1/claims/{'c' * 22}/decision", {"Idempotency-Key": "first"}
    repeatable["Authorization"] = f"Bearer {office.bees.api_key}"
    body = {"decision": "answer", "words": "We ask the shop."}
    assert words in office.send("POST", path, body, repeatable).text
    erase(office, browser)
    again = office.send("POST", path, body, repeatable)
    assert (again.status, again.json, again.headers["idempotency-replayed"]) == (200, {}, "true")
    with office.db.reading() as session:
        assert "sister" not in str(session.execute(select(api_requests)).all())


def test_others_write_while_the_answers_that_name_somebody_are_looked_for(office: Office) -> None:
    """There may be a million of them, and SQLite has one writer."""
    if not office.db.is_sqlite:
        pytest.skip("PostgreSQL locks rows, not the database")
    browser = keep(office, anna, ADDRESS)
    wrote: list[int] = []

    def write_meanwhile(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        if "answer LIKE" in text and not wrote:
            with closing(sqlite3.connect(str(office.db.url.database), timeout=0)) as other, other:
                wrote.append(other.execute("UPDATE sites SET name = name").rowcount)

    for engine in (office.db.reader, office.db.writer):
        event.listen(engine, "before_cursor_execute", write_meanwhile)
    erase(office, browser)
    assert wrote and wrote[0] > 0


def comes_back_by_the_shop(office: Office) -> FlaskClient:
    """The shop hands its customer over."""
    browser = office.client()
    url = office.api("POST", "/hand-over", {"customer": ADDRESS}).json["url"]
    office.fold()
    assert office.send("POST", "/me/in", client=browser, form={"code": url.partition("#")[2]}).status == 303
    return browser


def keep_with_the_shop(office: Office) -> FlaskClient:
    """Anna keeps her credit with her address, and joins with it what the shop opens for her."""
    keep(office, anna, ADDRESS)
    office.clock.at_ms += 60_000
    return keep_in(office, comes_back_by_the_shop(office), ADDRESS)


def test_an_erased_person_begins_anew_by_every_sign_in_method(office: Office) -> None:
    """The shop knows their address, and so does a new browser of theirs: neither brings back what is gone."""
    erase(office, keep_with_the_shop(office))
    office.clock.at_ms += DAY_MS
    back = comes_back_by_the_shop(office)
    office.link("annas again", a_person("anna", "again"))
    again = keep(office, a_person("anna", "again"), ADDRESS)
    for browser in (back, again, comes_back_by_the_shop(office)):
        for path in ("/me", "/me/credit", "/me/links"):
            page = office.send("GET", path, client=browser)
            assert page.status == 200
            assert "8.00" not in page.text
            assert TITLE not in page.text


def test_before_that_the_shop_and_a_new_browser_lead_to_the_same_page(office: Office) -> None:
    """The positive control."""
    keep_with_the_shop(office)
    assert "8.00" in office.send("GET", "/me/credit", client=comes_back_by_the_shop(office)).text
    office.link("annas again", a_person("anna", "again"))
    assert TITLE in office.send("GET", "/me/links", client=keep(office, a_person("anna", "again"), ADDRESS)).text


def test_statements_heads_and_the_whole_ledger_stand(office: Office) -> None:
    signing = office.instance.services.signing
    browser = keep(office, anna, ADDRESS)
    (before,) = seal_all(office.db, SITE, signing, office.clock.at_ms)[-1:]
    mine = decode_statement(office.send("GET", "/me/statement.json", client=browser).body)
    assert mine.lines
    erase(office, browser)
    check_statement(mine, is_signed, fingerprint)
    office.clock.at_ms += 31 * DAY_MS
    office.fold()
    (after,) = seal_all(office.db, SITE, signing, office.clock.at_ms)[-1:]
    path = f"/open/{SITE}/proof/consistency?first={before.size}&second={after.size}"
    proof = [bytes.fromhex(piece) for piece in office.send("GET", path).json["proof"]]
    assert proves_consistency(before.size, after.size, bytes.fromhex(before.root), bytes.fromhex(after.root), proof)
    with office.db.reading() as session:
        assert ledger_check.check_ledger(session, SITE, signing.public).lines == office.count("journal")
        compare.check_replay(session, SITE, make_tables)
