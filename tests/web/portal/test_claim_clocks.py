"""The clock of a question: it runs only while the owner can be written to, and then for a full period."""

import json
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from cast import a_person, an_id, anna
from flow.office import BOTH, SITE, Office, an_office
from passalong.core.attribution.allocate import DAY_MS
from passalong.flow import claims as flow_claims
from passalong.flow.mail.transports import MailRefusedError
from passalong.store import outbox
from passalong.store.books import claims


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna has shared and saved her access; nobody has confirmed an owner's address."""
    for made in an_office(request, tmp_path_factory):
        annas = made.link("annas", anna)
        assert made.note("flask", made.visit("read", annas, a_person("reader"))).status == 202
        made.save_access(anna)
        made.fold()
        yield made


def signed_in(office: Office) -> FlaskClient:
    """Anna's browser."""
    browser = office.signed_in(anna)
    office.prove(browser)
    return browser


def ask(office: Office, order: str = "order-7") -> str:
    """Anna asks about an order; the id of her question."""
    form = {"claim": an_id("claim", order), "words": "It came by my link.", "order": order}
    assert office.send("POST", "/me/claims/new", client=signed_in(office), form=form).status == 303
    office.fold()
    return form["claim"]


def outcome(office: Office, claim_id: str) -> str:
    """How the question stands."""
    office.fold()
    with office.db.reading() as session:
        found = claims.find_claim(session, SITE, claim_id)
    assert found is not None
    return found.outcome


def test_without_an_owners_address_no_clock_runs_and_both_sides_read_why(office: Office) -> None:
    form = office.send("GET", "/me/claims/new", client=signed_in(office)).text
    assert "The time to answer hasn’t started" in form
    claim_id = ask(office)
    page = office.send("GET", "/me/claims", client=signed_in(office)).text
    assert "The time to answer hasn’t started" in page and "9999" not in page
    console = office.send("GET", f"/console/{SITE}/claims", client=office.owner()).text
    assert "The time to answer hasn’t started: nobody can write to you yet." in console and "9999" not in console
    office.clock.at_ms += 400 * DAY_MS
    assert outcome(office, claim_id) == claims.OPEN


def test_a_full_period_starts_when_an_address_is_confirmed(office: Office) -> None:
    claim_id = ask(office)
    office.clock.at_ms += 30 * DAY_MS
    office.reach_owner()
    office.instance.mail_sender.enqueue_due()
    office.clock.at_ms += 7 * DAY_MS - 1
    assert outcome(office, claim_id) == claims.OPEN
    office.clock.at_ms += 1
    assert outcome(office, claim_id) == claims.SILENCE


def test_the_mail_about_a_question_that_waited_for_the_address_names_its_deadline(office: Office) -> None:
    ask(office)
    office.clock.at_ms += 30 * DAY_MS
    office.reach_owner()
    deadline_ms = office.clock.at_ms + 7 * DAY_MS
    for _ in range(2):
        office.instance.mail_sender.enqueue_due()
        office.fold()
    with office.db.reading() as session:
        about = [json.loads(mail.document) for mail in outbox.newest(session, SITE, 100) if mail.kind == "question"]
    assert about == [{"day_ms": deadline_ms}], "once, and not with the end of the year 9999"


def test_a_clock_stops_while_mail_to_the_owner_bounces(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail server says that the address will never take a mail; later it takes one again."""
    office.reach_owner()
    claim_id = ask(office)
    mail_sender = office.instance.mail_sender

    def refuse(*_: object) -> None:
        raise MailRefusedError("550 no such mailbox")

    with monkeypatch.context() as broken:
        broken.setattr(mail_sender._transport, "send", refuse)
        mail_sender.enqueue_due()
        mail_sender.send_due()
    office.clock.at_ms += 30 * DAY_MS
    assert outcome(office, claim_id) == claims.OPEN, "nobody read the question"
    office.reach_owner()  # the same address is confirmed again
    mail_sender.enqueue_due()
    office.clock.at_ms += 7 * DAY_MS
    assert outcome(office, claim_id) == claims.SILENCE


def test_a_question_is_mailed_to_an_address_that_bounced_and_one_that_arrives_starts_the_clocks(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mail server was out of order; nobody confirms the address again."""
    office.reach_owner()
    ask(office)
    mail_sender = office.instance.mail_sender

    def refuse(*_: object) -> None:
        raise MailRefusedError("550 no such mailbox")

    with monkeypatch.context() as broken:
        broken.setattr(mail_sender._transport, "send", refuse)
        mail_sender.enqueue_due()
        mail_sender.send_due()
    office.clock.at_ms += 30 * DAY_MS
    later = ask(office, "order-8")
    mail_sender.enqueue_due()
    with office.db.reading() as session:
        about = [json.loads(mail.document) for mail in outbox.newest(session, SITE, 100) if mail.kind == "question"]
    assert about == [{"day_ms": office.clock.at_ms + 7 * DAY_MS}, {}], "what was written before is not kept"
    mail_sender.send_due()
    office.clock.at_ms += 7 * DAY_MS
    assert outcome(office, later) == claims.SILENCE


def test_a_clock_stands_still_again_when_the_address_is_forgotten(office: Office) -> None:
    office.reach_owner()
    claim_id = ask(office)
    form = {"act": "forget"}
    assert office.send("POST", f"/console/{SITE}/mail", client=office.owner(), form=form).status == 303
    office.clock.at_ms += 30 * DAY_MS
    assert outcome(office, claim_id) == claims.OPEN
    services = office.instance.services
    assert flow_claims.keep_all_clocks(services.db, services.clock, services.collector) == 0, (
        "they stand as they should"
    )


def test_a_question_about_an_order_needs_a_saved_account_or_somebody_who_came(office: Office) -> None:
    guest = a_person("mallory")
    token = office.link("mallorys", guest)
    browser = office.signed_in(guest)
    form = {"claim": an_id("claim", "mallory"), "words": "Mine.", "order": "1000"}
    answer = office.send("POST", "/me/claims/new", client=browser, form=form)
    assert (answer.status, "need a saved account" in answer.text) == (400, True)
    assert office.note("flask", office.visit("came", token, a_person("came"))).status == 202
    office.fold()
    assert office.send("POST", "/me/claims/new", client=browser, form=form).status == 303


# --- what Mallory tries -----------------------------------------------------------------------------------------------


def test_a_form_that_was_cut_off_and_sent_again_promises_what_the_first_would_have(office: Office) -> None:
    """Its words are there, its fact is not: no clock may start about an order whose split is final."""
    office.reach_owner()
    office.api("POST", "/conversions", {"id": "order-7", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"})
    office.fold()
    office.clock.at_ms += 31 * DAY_MS
    office.fold()
    for order, needs_owner in (("order-7", True), ("order-8", False)):
        new = claims.NewWords(an_id("claim", order), "advocate", "It came by my link.")
        flow_claims.say(office.db, office.clock, SITE, new)
        claim_id = ask(office, order)
        with office.db.reading() as session:
            found = claims.find_claim(session, SITE, claim_id)
        assert found is not None
        assert (found.needs_owner, found.has_clock) == (needs_owner, not needs_owner)


def test_two_forms_at_once_about_one_order_by_two_links_are_one_question(office: Office) -> None:
    """Each would be paid by silence once the split is final."""
    office.reach_owner()
    browser = signed_in(office)
    other = office.link("annas other", anna)
    assert office.note("flask", office.visit("other", other, a_person("another"))).status == 202
    office.fold()
    answers = [
        office.send(
            "POST",
            "/me/claims/new",
            client=browser,
            form={"claim": an_id("claim", link), "words": "Mine.", "order": "order-7", "link": f"/h/{link}"},
        ).status
        for link in (office.link("annas"), other)
    ]
    assert answers == [303, 400]
