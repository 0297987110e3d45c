"""When sending does not go well: what is tried again, for how long, and what is given up."""

import smtplib
from typing import Any

import pytest
from sqlalchemy import select

from cast import a_person
from flow.office import SITE, Office
from mail.props import DAY_MS, Server, a_mail, keep, sell, settings
from passalong.flow import carrier
from passalong.flow.post import Refused, Smtp
from passalong.flow.transaction import writing
from passalong.store import addresses, mails
from passalong.store.mails import Mail
from passalong.store.people_tables import mails as outbox
from plumbing.ports import free_port


def waiting_mail(office: Office, kind: str = "monthly") -> str:
    """A mail that waits to be sent."""
    office.clock.at_ms += 1
    who = a_person("waiting", office.clock.at_ms)
    address_hash = keep(office, who)
    mail_id = f"{kind}:{address_hash}"
    with writing(office.db) as session:
        mails.put(session, Mail(SITE, mail_id, kind, address_hash, "en", '{"n": 3, "month_ms": 0}', office.clock.at_ms))
    return mail_id


def row(office: Office, mail_id: str) -> Any:
    """Its row in the outbox."""
    with office.db.reading() as session:
        return session.execute(select(outbox).where(outbox.c.mail_id == mail_id)).one()


def test_what_cannot_be_sent_is_tried_again_for_three_days_and_then_given_up(office: Office, inbox: Server) -> None:
    mail_id = waiting_mail(office)
    began_ms, inbox.says = office.clock.at_ms, "451 busy, come again"
    for _ in range(len(carrier.AGAIN_MS)):
        office.instance.carrier.carry()
        assert row(office, mail_id).next_at_ms > office.clock.at_ms
        office.clock.at_ms = row(office, mail_id).next_at_ms
    assert office.clock.at_ms - began_ms > 3 * DAY_MS
    office.instance.carrier.carry()
    found = row(office, mail_id)
    assert (found.next_at_ms, found.sent_at_ms) == (None, None)
    assert found.error.startswith("given up: ")
    assert found.document == "{}"


def test_a_mail_is_sent_when_the_server_is_back(office: Office, inbox: Server) -> None:
    mail_id = waiting_mail(office)
    inbox.says = "451 busy, come again"
    office.instance.carrier.carry()
    inbox.says = ""
    office.clock.at_ms += 60_000
    assert office.instance.carrier.carry() == 1
    assert row(office, mail_id).sent_at_ms == office.clock.at_ms
    assert len(inbox.taken) == 1
    assert office.instance.carrier.carry() == 0


def test_what_the_server_will_never_take_is_given_up_at_once(office: Office, inbox: Server) -> None:
    mail_id = waiting_mail(office)
    inbox.says = "550 no such person"
    office.instance.carrier.carry()
    assert row(office, mail_id).error.startswith("given up: 550")


def test_a_carrier_that_died_loses_nothing(office: Office, inbox: Server) -> None:
    """Another one takes the mail when the first one's time is over; its Message-ID is the same."""
    mail_id = waiting_mail(office)
    with writing(office.db) as session:
        claimed = mails.claim(session, SITE, mail_id, office.clock.at_ms, office.clock.at_ms + carrier.LEASE_MS)
    assert claimed is not None
    assert office.instance.carrier.carry() == 0
    office.clock.at_ms += carrier.LEASE_MS
    assert office.instance.carrier.carry() == 1
    assert mail_id.replace(":", ".") in inbox.taken[0]["Message-ID"]


def test_an_erased_address_is_written_to_no_more(office: Office, inbox: Server) -> None:
    who = a_person("erased")
    office.link("erased", who)
    keep(office, who)
    with writing(office.db) as session:
        addresses.forget(session, SITE, [who.advocate_id(SITE)])
    sell(office, who, "erased order")
    office.instance.carrier.carry()
    assert inbox.taken == []


def test_a_wrong_password_and_a_server_that_is_away_are_for_later(office: Office, server: tuple[Server, int]) -> None:
    letter = a_mail(office, "monthly")
    with pytest.raises(smtplib.SMTPAuthenticationError):
        Smtp(settings(server[1], "wrong")).send(letter, "anna@example.org", "x")
    with pytest.raises(OSError):
        Smtp(settings(free_port())).send(letter, "anna@example.org", "x")
    server[0].says = "554 spam"
    with pytest.raises(Refused):
        Smtp(settings(server[1])).send(letter, "anna@example.org", "x")
    server[0].says = ""


def test_a_link_that_is_too_old_is_not_sent(office: Office, inbox: Server) -> None:
    office.send("POST", "/me/in/mail", form={"site": SITE, "address": "slow@example.org"})
    office.clock.at_ms += 16 * 60_000
    assert office.instance.carrier.carry() == 0
    assert inbox.taken == []
