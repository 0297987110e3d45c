"""A real mail server, people who gave their address, and one letter of every kind."""

import json
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from cast import Person, a_person
from flow.office import SITE, Office
from passalong.flow.mail import messages
from passalong.flow.transaction import writing
from passalong.lib.tokens import email_hash
from passalong.settings import MailSettings
from passalong.store.outbox import Mail
from passalong.store.people import addresses

DAY_MS = 86_400_000
SECRET = "a secret"


SAID: dict[str, dict[str, object]] = {
    "sign_in": {"key_id": 1, "until_ms": 10**14},
    "first_credit": {"amounts": [("EUR", 8_000_000), ("points", 12_000_000)], "line_id": "abc"},
    "monthly": {"n": 31, "month_ms": 1_793_012_400_000},
    "ready": {"amounts": [("EUR", 12_000_000)]},
    "taken_back": {"amounts": [("EUR", 4_000_000)], "line_id": "abc"},
    "rules": {"day_ms": 1_796_083_200_000, "note": "We found it fairer."},
    "expiring": {"n": 1, "amounts": [("EUR", 8_300_000)], "day_ms": 1_804_000_000_000},
    "owner_confirm": {"key_id": 1, "until_ms": 10**14},
    "payout": {"amounts": [("EUR", 8_300_000)]},
    "health": {
        "problems": {
            "set_aside": {"n": 3},
            "behind": {"since_ms": 1_804_000_000_000},
            "webhook_failing": {"n": 1},
            "webhook_paused": {"n": 2},
        }
    },
    "lights": {"green": ["script", "share"], "missing": ["arrival", "outcome"]},
    "question": {"day_ms": 1_796_083_200_000},
    "joined": {"day_ms": 1_796_083_200_000},
    "moved": {"day_ms": 1_796_083_200_000},
    "digest": {"people": 31, "amounts": [("EUR", 4_000_000)]},
}


@dataclass
class Server:
    """A real mail server: what it took, and what it says instead of taking it."""

    taken: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    says: str = ""

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Take a mail, or say why not."""
        if self.says:
            return self.says
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken.append(message_from_bytes(content, policy=policy.default))
        self.to += envelope.rcpt_tos
        return "250 taken"


def right_password(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, given: Any) -> AuthResult:
    """The one user that it lets in."""
    good = isinstance(given, LoginPassword) and (given.login, given.password) == (b"otto", b"a secret")
    return AuthResult(success=good, handled=False)


def settings(port: int, password: str = SECRET) -> MailSettings:
    """How to reach it."""
    return MailSettings("credit@along.example", Path("/nowhere"), "127.0.0.1", port, "none", "otto", password)


def keep(office: Office, who: Person, language: str = "en") -> str:
    """This person keeps their credit with an address; returns its hash."""
    address = f"{who.name.replace(' ', '-')}@example.org"
    address_hash = email_hash(office.instance.services.keys, SITE, address)
    with writing(office.db) as session:
        new = addresses.NewAddress(address_hash, address, language, office.clock.at_ms)
        addresses.ask(session, SITE, new)
        addresses.confirm(session, SITE, address_hash, who.advocate_id(SITE), office.clock.at_ms)
    return address_hash


def sell(office: Office, who: Person, name: str) -> None:
    """Somebody comes by this person's link and buys for 100."""
    token = office.link(name, who)
    note = office.visit(name, token, a_person("buyer of", name))
    office.note("flask", note)
    order = {"id": name, "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
    assert office.api("POST", "/conversions", order | {"code": f"{token}.{note['id']}"}).status == 202
    office.fold()


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    """The words of a mail."""
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def a_mail(office: Office, kind: str, language: str = "en") -> EmailMessage:
    """A mail of a kind, as it goes out."""
    services = office.instance.services
    site = services.sites.find(SITE)
    assert site
    mail = Mail(SITE, f"{kind}:x", kind, "0" * 40, language, json.dumps(SAID[kind]), office.clock.at_ms)
    origin = messages.MailOrigin("credit@along.example", services.url, services.keys)
    return messages.message(mail, site, "anna@example.org", origin)
