"""E-mails as a mail server gets them: on which occasions they are written, and how often."""

import re
from email.message import EmailMessage

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from cast import a_person
from flow.mail.props import DAY_MS, Server, keep, sell, text_of
from flow.office import SITE, Office
from passalong.core.ledger.expiry import Lot, ends_ms, expires_in
from passalong.core.terms.model import default_terms
from passalong.flow import claims
from passalong.flow.claims import NewClaim
from passalong.flow.fold import notifications
from passalong.flow.mail import digests, preferences
from passalong.flow.owners import addresses
from passalong.flow.owners.changes import By
from passalong.flow.owners.settings import SettingsDraft, change_settings, withdraw_settings
from passalong.flow.transaction import writing
from passalong.i18n.catalogue import END, ISOLATE
from passalong.lib.tokens import unverified_share_id
from passalong.store import sites
from passalong.store.books import expiry
from passalong.store.queries import advocates
from passalong.store.schema.people import mails as outbox


def test_a_first_credit_is_told_once(office: Office, inbox: Server) -> None:
    who = a_person("first credit")
    keep(office, who)
    sell(office, who, "first order")
    sell(office, who, "second order")
    office.instance.mail_sender.send_due()
    (message,) = inbox.taken
    assert inbox.to == ["first-credit@example.org"]
    assert message["Subject"] == "Something you shared helped someone"
    assert message["From"] == "The Bee Almanac <credit@along.example>"
    assert "€8.00" in text_of(message) or "points" in text_of(message)
    why = re.search(r"https://along\.example(/me/why/\S+)", text_of(message))
    assert why
    assert office.send("GET", why[1], client=office.signed_in(who)).status == 200


def say_thanks(office: Office, note: str) -> None:
    """Otto writes his note of thanks."""
    change_settings(office.db, office.clock, SITE, SettingsDraft({"thanks_note": note}, "Otto"))


def test_the_owners_note_of_thanks_goes_with_the_first_credit_as_plain_text(office: Office, inbox: Server) -> None:
    say_thanks(office, "You keep our bees alive: https://bees.example <b>")
    who = a_person("thanked by mail")
    keep(office, who)
    sell(office, who, "order with thanks")
    office.instance.mail_sender.send_due()
    (message,) = inbox.taken
    assert "The Bee Almanac says thank you: “You keep our bees alive: https://bees.example <b>”" in _unfolded(message)
    assert 'href="https://bees.example' not in text_of(message, "html")
    assert "&lt;b&gt;" in text_of(message, "html")


def test_a_person_who_is_excluded_before_the_mail_goes_out_is_not_thanked(office: Office, inbox: Server) -> None:
    say_thanks(office, "You keep our bees alive.")
    who = a_person("excluded before the mail")
    keep(office, who)
    sell(office, who, "order before the ban")
    ban = {"id": "ban-mail", "decision": "ban", "about": "advocate", "author": "Otto", "note": "x"}
    office.api("POST", "/verdicts", ban | {"subject_id": who.advocate_id(SITE)})
    office.fold()
    office.instance.mail_sender.send_due()
    assert "says thank you" not in "".join(_unfolded(message) for message in inbox.taken)
    say_thanks(office, "")


def _unfolded(message: EmailMessage) -> str:
    """Return the text without the marks that isolate names from the direction of the sentence."""
    return text_of(message).replace(ISOLATE, "").replace(END, "")


def test_a_mail_says_that_credit_was_taken_back_and_why(office: Office, inbox: Server) -> None:
    who = a_person("taken back")
    keep(office, who)
    sell(office, who, "returned order")
    office.api("POST", "/conversions/returned order/refunds", {"id": "back", "amount_minor": 5_000})
    office.fold()
    office.instance.mail_sender.send_due()
    message = inbox.taken[-1]
    assert message["Subject"] == "€4.00 was taken back, and why"


def test_an_advocate_without_an_address_gets_no_mail(office: Office, inbox: Server) -> None:
    sell(office, a_person("nameless"), "nameless order")
    assert office.instance.mail_sender.send_due() == 0


def test_a_mail_exists_if_and_only_if_its_cause_was_committed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    who = a_person("all or nothing")
    address_hash = keep(office, who)

    def breaks(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(notifications, "enqueue", breaks)
    token = office.link("all or nothing", who)
    note = office.visit("all or nothing", token, a_person("buyer of all"))
    office.note("flask", note)
    order = {
        "id": "all",
        "goal": "purchase",
        "amount_minor": 10_000,
        "currency": "EUR",
        "code": f"{token}.{note['id']}",
    }
    office.api("POST", "/conversions", order)
    office.fold()
    receipt = office.api("GET", "/conversions/all").json
    assert receipt["status"] == "pending"  # set aside whole: no credit without its mail
    monkeypatch.undo()
    with office.db.reading() as session:
        assert session.execute(select(outbox).where(outbox.c.address_hash == address_hash)).first() is None


def test_credit_that_became_ready_is_told_at_most_once_a_week(office: Office, inbox: Server) -> None:
    who = a_person("ready")
    keep(office, who)
    sell(office, who, "ready one")
    office.clock.at_ms += 3 * DAY_MS
    sell(office, who, "ready two")
    for days in (28, 3, 3):  # the first is ready; three days later the second; then nothing new, but a week is not over
        office.clock.at_ms += days * DAY_MS
        office.fold()
        digests.DigestSchedule().enqueue_due(office.db, office.clock.at_ms)
    office.instance.mail_sender.send_due()
    told = [message["Subject"] for message in inbox.taken if message["To"] == "ready@example.org"]
    assert len([subject for subject in told if "ready to use" in subject]) == 1
    office.clock.at_ms += 4 * DAY_MS
    digests.DigestSchedule().enqueue_due(office.db, office.clock.at_ms)
    digests.DigestSchedule().enqueue_due(office.db, office.clock.at_ms)
    office.instance.mail_sender.send_due()
    told = [message["Subject"] for message in inbox.taken if message["To"] == "ready@example.org"]
    assert len([subject for subject in told if "ready to use" in subject]) == 2


def test_a_month_is_summed_up_if_anybody_came(office: Office, inbox: Server) -> None:
    who, idle = a_person("monthly"), a_person("idle")
    office.link("idle", idle)
    keep(office, who)
    keep(office, idle)
    digests.DigestSchedule().enqueue_due(office.db, office.clock.at_ms)
    sell(office, who, "monthly order")
    office.clock.at_ms += 31 * DAY_MS
    digests.DigestSchedule().enqueue_due(office.db, office.clock.at_ms)
    digests.DigestSchedule().enqueue_due(office.db, office.clock.at_ms)
    office.instance.mail_sender.send_due()
    told = [message for message in inbox.taken if "came because of you" in message["Subject"]]
    assert [message["To"] for message in told if "monthly@" in message["To"]] == ["monthly@example.org"]
    assert [message["To"] for message in told if "idle@" in message["To"]] == []


def test_new_terms_are_told_14_days_ahead(office: Office, inbox: Server) -> None:
    who = a_person("rules")
    office.link("rules", who)
    keep(office, who)
    since_ms = office.clock.at_ms + 20 * DAY_MS
    with writing(office.db) as session:
        sites.add_terms(session, SITE, default_terms("EUR"), since_ms, "We found it fairer.")
    digests.DigestSchedule().enqueue_due(office.db, since_ms - 14 * DAY_MS - 1)
    assert not any("The rule changes" in message["Subject"] for message in inbox.taken)
    digests.DigestSchedule().enqueue_due(office.db, since_ms - 14 * DAY_MS)
    digests.DigestSchedule().enqueue_due(office.db, since_ms - 13 * DAY_MS)
    now_ms, office.clock.at_ms = office.clock.at_ms, since_ms - 13 * DAY_MS
    office.instance.mail_sender.send_due()
    office.clock.at_ms = now_ms
    told = [
        message
        for message in inbox.taken
        if message["To"] == "rules@example.org" and "rule changes" in message["Subject"]
    ]
    assert len(told) == 1
    assert "We found it fairer." in text_of(told[0])


def test_credit_that_expires_is_told_60_and_14_days_before_and_only_what_was_sent_counts(
    office: Office, inbox: Server
) -> None:
    with writing(office.db) as session:
        terms = replace(default_terms("EUR"), expiry_months=12)
        sites.add_terms(session, SITE, terms, office.clock.at_ms, "Credit does not wait for ever.")
    who = a_person("expiring")
    keep(office, who)
    sell(office, who, "expiring order")
    office.clock.at_ms += 31 * DAY_MS
    office.fold()
    person = who.advocate_id(SITE)
    found = Lot("EUR", 1, office.clock.at_ms, 12)
    ends = ends_ms(str(expires_in(found, "UTC")), "UTC")
    for days, sent, noticed in ((61, 0, 0), (60, 0, 0), (59, 1, 1), (15, 1, 1), (14, 2, 2), (13, 2, 2)):
        office.clock.at_ms = ends - days * DAY_MS
        inbox.says = "451 not now" if days == 60 else ""  # written, and not taken: nobody was told yet
        digests.DigestSchedule().enqueue_due(office.db, office.clock.at_ms)
        office.instance.mail_sender.send_due()
        office.fold()
        told = [message for message in inbox.taken if message["To"] == "expiring@example.org"]
        assert len([message for message in told if message["Subject"].startswith("Use ")]) == sent, days
        with office.db.reading() as session:
            known = [one for one in expiry.told(session, SITE, [person]) if one.unit == "EUR"]
        assert sum(1 + (one.second_at_ms is not None) for one in known) == noticed, days
    message = [message for message in told if message["Subject"].startswith("Use ")][-1]
    assert re.fullmatch("Use €10.00 and 10 points by [0-9]+ [A-Z][a-z]+", message["Subject"])
    assert "/me/use" in text_of(message) and "goes into the monthly pool" in text_of(message)
    office.clock.at_ms = ends
    office.fold()
    with office.db.reading() as session:
        assert [one.ready_micros for one in advocates.unit_sums(session, SITE, [person]) if one.unit == "EUR"] == [0]


def test_an_owner_is_asked_first_and_then_written_to(office: Office, inbox: Server) -> None:
    services = office.instance.services
    addresses.ask(office.db, office.clock, services.keys, SITE, addresses.Typed("Otto@Example.ORG", "de"))
    office.instance.mail_sender.send_due()
    (asked,) = inbox.taken
    assert inbox.to == ["Otto@example.org"]
    assert asked["Subject"] == "Bestätige diese Adresse für The Bee Almanac"
    link = re.search(r"https://along\.example(/me/owner/\S+)", text_of(asked))
    assert link and office.send("POST", link[1], client=office.owner()).status == 200
    doors = (office.db, office.clock, services.collector, office.bees.site)
    share_id = unverified_share_id(office.link("asks", a_person("asks")))
    office.save_access(a_person("asks"))
    who = a_person("asks").advocate_id(SITE)
    about = {"conversion_id": "some order", "share_id": share_id}
    claims.ask(*doors, NewClaim(claim_id="a-question", advocate_id=who, words="Why not?", **about))
    office.fold()
    digests.DigestSchedule().enqueue_due(office.db, office.clock.at_ms)
    office.instance.mail_sender.send_due()
    message = next(one for one in inbox.taken if "Frage" in one["Subject"])
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Antworte bis " in text_of(message).splitlines()[0]
    addresses.forget(office.db, office.clock, SITE, By())


def test_a_setting_that_will_take_something_away_is_told_ahead_once_to_those_who_want_to_know(
    office: Office, inbox: Server
) -> None:
    who, deaf = a_person("settings"), a_person("deaf")
    for one in (who, deaf):
        office.link(f"{one.name} shares", one)
        keep(office, one)
    preferences.choose(office.db, SITE, deaf.advocate_id(SITE), {"monthly"})
    office.fold()
    draft = SettingsDraft({"questions": "off", "sender_name": "Bees"}, "Otto", "We are too few.")
    now, later = change_settings(office.db, office.clock, SITE, draft)
    assert now.since_ms < later.since_ms
    for _ in range(2):
        digests.DigestSchedule().enqueue_due(office.db, office.clock.at_ms)
        office.instance.mail_sender.send_due()
    told = {message["To"]: message for message in inbox.taken if "that affects you" in message["Subject"]}
    readers = [message["To"] for message in inbox.taken if "that affects you" in message["Subject"]]
    assert readers.count("settings@example.org") == 1 and "deaf@example.org" not in readers
    text = _unfolded(told["settings@example.org"])
    assert "You will no longer be able to ask about your credit there." in text
    assert "We are too few." in text and "side by side" not in text
    withdraw_settings(office.db, office.clock, SITE, later.version)
