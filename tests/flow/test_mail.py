"""E-mails as a mail server gets them: what they say, when they are written, how they are stopped, what can go wrong."""

import re
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from msgspec.structs import replace
from sqlalchemy import select

from cast import Person, a_person
from flow.office import BOTH, SITE, Office, an_office
from passalong.core.expiry import Lot, ends_ms, expires_in
from passalong.core.terms import default_terms
from passalong.flow import asking, carrier, letters, owners, rounds, wishes
from passalong.flow.post import Refused, Smtp
from passalong.flow.transaction import writing
from passalong.languages import LANGUAGES
from passalong.settings import MailSettings
from passalong.store import addresses, expiries, mails, reports, sites
from passalong.store.mails import Mail
from passalong.store.people_tables import mails as outbox
from passalong.tokens import customer_hash
from plumbing.ports import free_port

DAY_MS = 86_400_000
SECRET = "a secret"


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


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Server, int]]:
    """A mail server on loopback that wants a user and a password."""
    taking = Server()
    controller = Controller(
        taking, hostname="127.0.0.1", port=free_port(), authenticator=right_password, auth_require_tls=False
    )
    controller.start()
    yield taking, controller.port
    controller.stop()


def settings(port: int, password: str = SECRET) -> MailSettings:
    """How to reach it."""
    return MailSettings("credit@along.example", Path("/nowhere"), "127.0.0.1", port, "none", "otto", password)


@pytest.fixture(scope="module", params=BOTH)
def office(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, server: tuple[Server, int]
) -> Iterator[Office]:
    """One instance whose e-mails go out over SMTP."""
    for made in an_office(request, tmp_path_factory):
        made.instance.carrier._post = Smtp(settings(server[1]))
        yield made


@pytest.fixture
def inbox(office: Office, server: tuple[Server, int]) -> Iterator[Server]:
    """The mail server, empty, with nothing left to send."""
    office.instance.carrier.carry()
    server[0].taken.clear()
    server[0].to.clear()
    server[0].says = ""
    yield server[0]
    server[0].says = ""


def keep(office: Office, who: Person, language: str = "en") -> str:
    """This person keeps their credit with an address; returns its hash."""
    address = f"{who.name.replace(' ', '-')}@example.org"
    address_hash = customer_hash(office.instance.parts.keys, SITE, address)
    with writing(office.db) as session:
        addresses.ask(session, SITE, address_hash, address, language, office.clock.at_ms)
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


def text_of(letter: EmailMessage, kind: str = "plain") -> str:
    """The words of a mail."""
    body = letter.get_body((kind,))
    assert body is not None
    return str(body.get_content())


# --- what is written, and when ----------------------------------------------------------------------------------------


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


# --- how it looks to whoever reads it ---------------------------------------------------------------------------------


class Loaded(HTMLParser):
    """Whatever an HTML mail would load or lead to."""

    def __init__(self, shown: str):
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(shown)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called for each."""
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "background")]


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
    "health": {"problems": {"set_aside": {"n": 3}, "behind": {"since_ms": 1_804_000_000_000}}},
    "lights": {"green": ["script", "share"], "missing": ["arrival", "outcome"]},
    "question": {"day_ms": 1_796_083_200_000},
    "digest": {"people": 31, "amounts": [("EUR", 4_000_000)]},
}


def a_mail(office: Office, kind: str, language: str = "en") -> EmailMessage:
    """A mail of a kind, as it goes out."""
    import json

    known = office.instance.parts
    site = known.sites.find(SITE)
    assert site
    mail = Mail(SITE, f"{kind}:x", kind, "0" * 40, language, json.dumps(SAID[kind]), office.clock.at_ms)
    return letters.message(mail, site, "anna@example.org", "credit@along.example", known.url, known.keys)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", SAID)
def test_every_kind_says_the_same_in_text_and_html_and_loads_nothing(office: Office, kind: str, language: str) -> None:
    letter = message_from_bytes(a_mail(office, kind, language).as_bytes(), policy=policy.default)
    text, loaded = text_of(letter), Loaded(text_of(letter, "html"))
    assert letter["Subject"] and "{" not in letter["Subject"] + text
    assert set(loaded.tags) <= {"html", "meta", "title", "p", "a", "hr", "small", "br"}
    assert loaded.links and all(link.startswith("https://along.example/") for link in loaded.links)
    assert all(link in text for link in loaded.links)
    assert letter["Content-Language"] == language
    assert ('dir="rtl"' in text_of(letter, "html")) is (language == "ar")


@pytest.mark.parametrize("kind", SAID)
def test_every_kind_but_a_link_that_was_asked_for_can_be_stopped_by_one_click(office: Office, kind: str) -> None:
    letter = a_mail(office, kind)
    if kind in letters.DOORS:
        assert letter["List-Unsubscribe"] is None
        return
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = re.fullmatch(r"<https://along\.example(/me/stop/\S+)>", letter["List-Unsubscribe"])
    assert path
    assert office.send("GET", path[1]).status == 200


def test_a_hostile_site_name_stays_in_its_header(office: Office) -> None:
    site = office.instance.parts.sites.find(SITE)
    assert site
    evil = replace(site, name='"Otto"\r\nBcc: victim@example.org\n<script>')
    mail = Mail(SITE, "monthly:x", "monthly", "0" * 40, "en", '{"n": 3, "month_ms": 0}', 0)
    made = letters.message(
        mail, evil, "anna@example.org", "credit@along.example", "https://a.example", office.instance.parts.keys
    )
    letter = message_from_bytes(made.as_bytes(), policy=policy.default)
    assert letter["Bcc"] is None
    assert "<script>" not in text_of(letter, "html")


# --- stopping it ------------------------------------------------------------------------------------------------------


def test_one_click_stops_one_kind_and_no_other(office: Office, inbox: Server) -> None:
    who = a_person("one click")
    address_hash = keep(office, who)
    keys = office.instance.parts.keys
    url = letters.stop_address(keys, "", SITE, address_hash, "first_credit")
    assert office.send("GET", url).status == 200
    with office.db.reading() as session:
        assert addresses.choices(session, SITE, address_hash) == {}  # opening it stops nothing
    assert office.send("POST", url, form={"List-Unsubscribe": "One-Click"}).status == 200
    sell(office, who, "stopped order")
    office.api("POST", "/conversions/stopped order/refunds", {"id": "stopped back", "amount_minor": 5_000})
    office.fold()
    office.instance.carrier.carry()
    subjects = [letter["Subject"] for letter in inbox.taken if letter["To"] == "one-click@example.org"]
    assert subjects and all("taken back" in subject for subject in subjects)


BAD_STOPS = ["", "x", "a.b.c.d.e", f"{SITE}.{'0' * 40}.monthly.1.x", f"{SITE}.{'0' * 40}.sign_in.1.x", "." * 300]


@pytest.mark.parametrize("text", BAD_STOPS)
def test_an_address_that_is_not_ours_stops_nothing(office: Office, text: str) -> None:
    with pytest.raises(wishes.BadStop):
        wishes.read_stop(office.instance.parts.keys, text)
    assert office.send("POST", f"/me/stop/{text or 'x'}").status == 404


def test_everybody_chooses_kind_by_kind(office: Office) -> None:
    who = a_person("chooser")
    office.link("chooser", who)
    address_hash = keep(office, who)
    browser = office.signed_in(who)
    assert office.send("GET", "/me/mail", client=browser).text.count("checked") == len(letters.KINDS)
    assert office.send("POST", "/me/mail", client=browser, form={"kind": "ready"}).status == 303
    with office.db.reading() as session:
        chosen = addresses.choices(session, SITE, address_hash)
    assert [kind for kind in letters.KINDS if letters.is_wanted(kind, chosen)] == ["ready"]


# --- when it does not go well -----------------------------------------------------------------------------------------


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
