"""When sending does not go well: what is tried again, for how long, and what is given up."""

import re
import smtplib
import time
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from cast import a_person
from flow.mail.props import DAY_MS, Server, a_mail, keep, sell, settings
from flow.office import SITE, Office
from passalong.flow.mail import sender, transports
from passalong.flow.mail.messages import MailOrigin
from passalong.flow.mail.transports import MailRefusedError, Smtp
from passalong.flow.transaction import writing
from passalong.settings import MailSettings
from passalong.store import outbox as store_outbox
from passalong.store.outbox import Draft
from passalong.store.people import addresses
from passalong.store.people.addresses import NewAddress
from passalong.store.schema.people import mails as outbox
from plumbing.dripping import a_server, drips
from plumbing.ports import HOST, free_port


def waiting_mail(office: Office, kind: str = "monthly") -> str:
    """A mail that waits to be sent."""
    office.clock.at_ms += 1
    who = a_person("waiting", office.clock.at_ms)
    address_hash = keep(office, who)
    mail_id = f"{kind}:{address_hash}"
    with writing(office.db) as session:
        to = NewAddress(address_hash, "", "en", 0)
        store_outbox.enqueue(session, SITE, to, Draft(kind, mail_id, {"n": 3, "month_ms": 0}), office.clock.at_ms)
    return mail_id


def row(office: Office, mail_id: str) -> Any:
    """Its row in the outbox."""
    with office.db.reading() as session:
        return session.execute(select(outbox).where(outbox.c.mail_id == mail_id)).one()


def mails_given_up(office: Office) -> float:
    """The number that monitoring reads."""
    metrics = office.client().get("/metrics", base_url="http://127.0.0.1:8080").text
    found = re.search(r"^passalong_mails_given_up_total (\S+)$", metrics, re.MULTILINE)
    assert found
    return float(found[1])


def test_an_unsent_mail_is_retried_for_three_days_and_then_given_up(office: Office, inbox: Server) -> None:
    mail_id = waiting_mail(office)
    began_ms, inbox.says = office.clock.at_ms, "451 busy, come again"
    for _ in range(len(sender.AGAIN_MS)):
        office.instance.mail_sender.send_due()
        assert row(office, mail_id).next_at_ms > office.clock.at_ms
        office.clock.at_ms = row(office, mail_id).next_at_ms
    assert office.clock.at_ms - began_ms > 3 * DAY_MS
    office.instance.mail_sender.send_due()
    found = row(office, mail_id)
    assert (found.next_at_ms, found.sent_at_ms) == (None, None)
    assert found.error.startswith("given up: ")
    assert found.document == "{}"


@pytest.mark.parametrize("tls", ["none", "tls"])
def test_a_mail_server_that_drips_is_left_at_the_deadline(monkeypatch: pytest.MonkeyPatch, tls: str) -> None:
    """Each read ends in time, the greeting or the handshake never does: other mails must not wait for it."""
    monkeypatch.setattr(transports, "SENDING_S", 0.5)
    head = b"220-" if tls == "none" else b"\x16\x03\x03\x40\x00"
    began = time.monotonic()
    with a_server(drips(head)) as port, pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
        slow = MailSettings("credit@along.example", Path("/nowhere"), HOST, port, tls)
        Smtp(slow).send(EmailMessage(), "anna@example.org", "one")
    assert time.monotonic() - began < 10


def test_a_mail_is_sent_when_the_server_is_back(office: Office, inbox: Server) -> None:
    mail_id = waiting_mail(office)
    inbox.says = "451 busy, come again"
    office.instance.mail_sender.send_due()
    inbox.says = ""
    office.clock.at_ms += 60_000
    assert office.instance.mail_sender.send_due() == 1
    assert row(office, mail_id).sent_at_ms == office.clock.at_ms
    assert len(inbox.taken) == 1
    assert office.instance.mail_sender.send_due() == 0


def test_a_start_tries_at_once_what_waits_for_hours_and_leaves_a_mail_under_way_alone(
    office: Office, inbox: Server
) -> None:
    """A start often follows a change of the mail server's settings."""
    mail_id, inbox.says = waiting_mail(office), "451 busy, come again"
    for _ in range(3):
        office.instance.mail_sender.send_due()
        office.clock.at_ms = row(office, mail_id).next_at_ms
    office.instance.mail_sender.send_due()
    other_id, inbox.says = waiting_mail(office), ""
    with writing(office.db) as session:
        now_ms = office.clock.at_ms
        assert store_outbox.claim(session, SITE, other_id, now_ms, now_ms + sender.LEASE_MS)
        store_outbox.hurry(session, now_ms, now_ms + sender.LEASE_MS)
    assert office.instance.mail_sender.send_due() == 1
    assert row(office, mail_id).sent_at_ms == now_ms
    assert row(office, other_id).sent_at_ms is None
    office.clock.at_ms += sender.LEASE_MS
    assert office.instance.mail_sender.send_due() == 1


def test_many_starts_while_the_server_is_busy_do_not_use_up_the_tries(office: Office, inbox: Server) -> None:
    mail_id, inbox.says = waiting_mail(office), "451 busy, come again"
    for _ in range(3 * len(sender.AGAIN_MS)):
        office.instance.mail_sender.send_due()
        office.clock.at_ms += 60_000
        with writing(office.db) as session:
            store_outbox.hurry(session, office.clock.at_ms, office.clock.at_ms + sender.LEASE_MS)
    inbox.says = ""
    assert office.instance.mail_sender.send_due() == 1
    assert row(office, mail_id).sent_at_ms == office.clock.at_ms


def test_a_start_does_not_wait_for_whoever_writes(office: Office, inbox: Server) -> None:
    mail_id, inbox.says = waiting_mail(office), "451 busy, come again"
    office.instance.mail_sender.send_due()
    with writing(office.db) as session:
        later_ms = office.clock.at_ms + DAY_MS
        session.execute(update(outbox).where(outbox.c.mail_id == mail_id).values(next_at_ms=later_ms))
    inbox.says, instance = "", office.instance
    origin = MailOrigin("credit@along.example", "https://along.example", instance.services.keys)
    starting = sender.MailSender(
        office.db, office.clock, origin, instance.mail_sender.transport, instance.worker.collector
    )
    with writing(office.db) as session:
        session.execute(update(outbox).where(outbox.c.mail_id == mail_id).values(language="en"))
        starting.start()
    until_s = time.monotonic() + 20
    while row(office, mail_id).sent_at_ms is None and time.monotonic() < until_s:
        time.sleep(0.05)
    assert row(office, mail_id).sent_at_ms == office.clock.at_ms
    starting.stop()


def test_a_mail_that_could_not_be_sent_is_logged_with_the_reason_and_no_address(office: Office, inbox: Server) -> None:
    waiting_mail(office)
    inbox.says = "451 waiting@example.org: come again"
    with capture_logs() as logs:
        office.instance.mail_sender.send_due()
    (said,) = (line for line in logs if line["event"] == "a mail could not be sent")
    assert said["because"] == "the server answered 451"
    assert "example.org" not in str(said)
    inbox.says, office.clock.at_ms = "", office.clock.at_ms + 60_000
    office.instance.mail_sender.send_due()


def test_a_mail_that_the_server_refuses_for_good_is_given_up_at_once(office: Office, inbox: Server) -> None:
    mail_id, before = waiting_mail(office), mails_given_up(office)
    inbox.says = "550 no such person"
    with capture_logs() as logs:
        office.instance.mail_sender.send_due()
    assert [line["because"] for line in logs if line["event"] == "a mail was refused"] == ["the server answered 550"]
    assert row(office, mail_id).error.startswith("given up: 550")
    assert mails_given_up(office) == before + 1, "an alert looks at it"


def test_a_carrier_that_died_loses_nothing(office: Office, inbox: Server) -> None:
    """Another one takes the mail when the first one's time is over; its Message-ID is the same."""
    mail_id = waiting_mail(office)
    with writing(office.db) as session:
        claimed = store_outbox.claim(session, SITE, mail_id, office.clock.at_ms, office.clock.at_ms + sender.LEASE_MS)
    assert claimed is not None
    assert office.instance.mail_sender.send_due() == 0
    office.clock.at_ms += sender.LEASE_MS
    assert office.instance.mail_sender.send_due() == 1
    assert mail_id.replace(":", ".") in inbox.taken[0]["Message-ID"]


def test_an_erased_address_is_written_to_no_more(office: Office, inbox: Server) -> None:
    who = a_person("erased")
    office.link("erased", who)
    keep(office, who)
    with writing(office.db) as session:
        addresses.forget(session, SITE, [who.advocate_id(SITE)])
    sell(office, who, "erased order")
    office.instance.mail_sender.send_due()
    assert inbox.taken == []


def test_a_wrong_password_and_a_server_that_is_away_are_for_later(office: Office, server: tuple[Server, int]) -> None:
    message = a_mail(office, "monthly")
    with pytest.raises(smtplib.SMTPAuthenticationError):
        Smtp(settings(server[1], "wrong")).send(message, "anna@example.org", "x")
    with pytest.raises(OSError):
        Smtp(settings(free_port())).send(message, "anna@example.org", "x")
    server[0].says = "554 spam"
    with pytest.raises(MailRefusedError):
        Smtp(settings(server[1])).send(message, "anna@example.org", "x")
    server[0].says = ""


def test_a_link_that_is_too_old_is_not_sent(office: Office, inbox: Server) -> None:
    office.send("POST", "/me/in/mail", form={"site": SITE, "address": "slow@example.org"})
    office.clock.at_ms += 16 * 60_000
    assert office.instance.mail_sender.send_due() == 0
    assert inbox.taken == []
