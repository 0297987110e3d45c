"""E-mails as a mail server gets them: on which occasions they are written, and how often."""

import re

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from cast import a_person
from flow.office import SITE, Office
from mail.props import DAY_MS, Server, keep, sell, text_of
from passalong.core.expiry import Lot, ends_ms, expires_in
from passalong.core.terms import default_terms
from passalong.flow import asking, owners, rounds
from passalong.flow.transaction import writing
from passalong.store import expiries, mails, reports, sites
from passalong.store.people_tables import mails as outbox


def test_a_first_credit_is_told_once(office: Office, inbox: Server) -> None:
    who = a_person("first credit")
    keep(office, who)
    sell(office, who, "first order")
    sell(office, who, "second order")
    office.instance.carrier.carry()
    (letter,) = inbox.taken
    assert inbox.to == ["first-credit@example.org"]
    assert letter["Subject"] == "Something you passed along helped someone"
    assert letter["From"] == "The Bee Almanac <credit@along.example>"
    assert "€8.00" in text_of(letter) or "points" in text_of(letter)
    why = re.search(r"https://along\.example(/me/why/\S+)", text_of(letter))
    assert why
    assert office.send("GET", why[1], client=office.signed_in(who)).status == 200


def test_what_is_taken_back_is_told_with_its_reason(office: Office, inbox: Server) -> None:
    who = a_person("taken back")
    keep(office, who)
    sell(office, who, "returned order")
    office.api("POST", "/conversions/returned order/refunds", {"id": "back", "amount_minor": 5_000})
    office.fold()
    office.instance.carrier.carry()
    letter = inbox.taken[-1]
    assert letter["Subject"] == "€4.00 was taken back, and why"


def test_whoever_gave_no_address_is_not_written_to(office: Office, inbox: Server) -> None:
    sell(office, a_person("nameless"), "nameless order")
    assert office.instance.carrier.carry() == 0


def test_a_mail_exists_if_and_only_if_its_cause_was_committed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    who = a_person("all or nothing")
    address_hash = keep(office, who)

    def breaks(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(mails, "put", breaks)
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
        rounds.go(office.db, office.clock.at_ms)
    office.instance.carrier.carry()
    told = [letter["Subject"] for letter in inbox.taken if letter["To"] == "ready@example.org"]
    assert len([subject for subject in told if "yours to use" in subject]) == 1
    office.clock.at_ms += 4 * DAY_MS
    rounds.go(office.db, office.clock.at_ms)
    rounds.go(office.db, office.clock.at_ms)
    office.instance.carrier.carry()
    told = [letter["Subject"] for letter in inbox.taken if letter["To"] == "ready@example.org"]
    assert len([subject for subject in told if "yours to use" in subject]) == 2


def test_a_month_is_summed_up_if_anybody_came(office: Office, inbox: Server) -> None:
    who, idle = a_person("monthly"), a_person("idle")
    office.link("idle", idle)
    keep(office, who)
    keep(office, idle)
    rounds.go(office.db, office.clock.at_ms)
    sell(office, who, "monthly order")
    office.clock.at_ms += 31 * DAY_MS
    rounds.go(office.db, office.clock.at_ms)
    rounds.go(office.db, office.clock.at_ms)
    office.instance.carrier.carry()
    told = [letter for letter in inbox.taken if "came because of you" in letter["Subject"]]
    assert [letter["To"] for letter in told if "monthly@" in letter["To"]] == ["monthly@example.org"]
    assert [letter["To"] for letter in told if "idle@" in letter["To"]] == []


def test_new_terms_are_told_14_days_ahead(office: Office, inbox: Server) -> None:
    who = a_person("rules")
    office.link("rules", who)
    keep(office, who)
    since_ms = office.clock.at_ms + 20 * DAY_MS
    with writing(office.db) as session:
        sites.add_terms(session, SITE, default_terms("EUR"), since_ms, "We found it fairer.")
    rounds.go(office.db, since_ms - 14 * DAY_MS - 1)
    assert not any("What changes" in letter["Subject"] for letter in inbox.taken)
    rounds.go(office.db, since_ms - 14 * DAY_MS)
    rounds.go(office.db, since_ms - 13 * DAY_MS)
    now_ms, office.clock.at_ms = office.clock.at_ms, since_ms - 13 * DAY_MS
    office.instance.carrier.carry()
    office.clock.at_ms = now_ms
    told = [
        letter for letter in inbox.taken if letter["To"] == "rules@example.org" and "What changes" in letter["Subject"]
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
        rounds.go(office.db, office.clock.at_ms)
        office.instance.carrier.carry()
        office.fold()
        told = [letter for letter in inbox.taken if letter["To"] == "expiring@example.org"]
        assert len([letter for letter in told if "for you until" in letter["Subject"]]) == sent, days
        with office.db.reading() as session:
            known = [one for one in expiries.told(session, SITE, [person]) if one.unit == "EUR"]
        assert sum(1 + (one.second_at_ms is not None) for one in known) == noticed, days
    letter = [letter for letter in inbox.taken if "for you until" in letter["Subject"]][-1]
    assert re.fullmatch("€10.00 and 10 points wait for you until [0-9]+ [A-Z][a-z]+", letter["Subject"])
    assert "/me/use" in text_of(letter) and "goes to the pool" in text_of(letter)
    office.clock.at_ms = ends
    office.fold()
    with office.db.reading() as session:
        assert [one.ready_micros for one in reports.unit_sums(session, SITE, [person]) if one.unit == "EUR"] == [0]


def test_an_owner_is_asked_first_and_then_written_to(office: Office, inbox: Server) -> None:
    known = office.instance.parts
    owners.ask(office.db, office.clock, known.keys, SITE, "Otto@Example.ORG", "de")
    office.instance.carrier.carry()
    (asked,) = inbox.taken
    assert inbox.to == ["Otto@example.org"]
    assert asked["Subject"] == "Bestätige diese Adresse für The Bee Almanac"
    link = re.search(r"https://along\.example(/me/owner/\S+)", text_of(asked))
    assert link and office.send("POST", link[1]).status == 200
    doors = (office.db, office.clock, known.collector, office.bees.site)
    asking.ask(*doors, "a-question", a_person("asks").advocate_id(SITE), "Why not?", conversion_id="some order")
    office.fold()
    rounds.go(office.db, office.clock.at_ms)
    office.instance.carrier.carry()
    letter = next(one for one in inbox.taken if "Frage" in one["Subject"])
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Antworte bis zum" in text_of(letter).splitlines()[0]
    owners.forget(office.db, SITE)
