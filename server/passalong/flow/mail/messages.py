"""Messages: plain text first, the same words in simple HTML, in the reader's language.

The sentences are in i18n/<language>/mail.json, the layout is in flow/mail/templates/.

What happened (one sentence, with its number) · why (a link) · what you can do (one link) · how to unsubscribe. No
tracking picture, and no link but the page's own address.
"""

import json
from collections.abc import Mapping, Sequence
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from passalong.core.sites.languages import offered_language
from passalong.flow.mail.header_folding import POLICY
from passalong.i18n import formatting
from passalong.i18n.catalogue import END, ISOLATE, direction, say
from passalong.lib.templates import Templates
from passalong.lib.tokens import Keyring, mail_code, stop_code
from passalong.store.outbox import Mail
from passalong.store.sites import Site

SIGN_IN, OWNER_CONFIRM, JOINED, MOVED = "sign_in", "owner_confirm", "joined", "moved"
TEAM_INVITE, TEAM_SIGN_IN = "team_invite", "team_sign_in"
KINDS = ("first_credit", "monthly", "ready", "taken_back", "use_done", "use_declined", "rules", "expiring")
"""Kinds that an advocate can unsubscribe from; all are on by default."""
ADVOCATES_KINDS = (*KINDS, SIGN_IN, JOINED, MOVED)
OWNERS_KINDS = {"question": True, "payout": True, "proposal": True, "health": True, "lights": True, "digest": False}
"""Kinds that an owner gets, and whether by default."""
WHY = {"first_credit": "/me/why/{line_id}", "taken_back": "/me/why/{line_id}"}
WHY |= {"rules": "/open/{site_id}", "expiring": "/open/{site_id}", "monthly": "/me/links", "ready": "/me/credit"}
CUTS = ("remember", "further_currencies", "questions", "answer_days")
"""Settings whose change can take something away from people; each has a sentence in `mail.cut.`."""
DO = {"rules": "/me", "monthly": "/me", "ready": "/me/use", "expiring": "/me/use"}
DO |= {"question": "/console/{site_id}/claims", "lights": "/console/{site_id}/install"}
DO |= dict.fromkeys(("health", "digest"), "/console/{site_id}")
DO |= {"payout": "/console/{site_id}/payouts", "proposal": "/console/{site_id}/proposals"}
DO |= {JOINED: "/me/keep", MOVED: "/me/keep"} | dict.fromkeys(("use_done", "use_declined"), "/me/use/{use_id}")
THANKED = ("first_credit",)
"""Mails about a result, with which the owner's note of thanks is sent."""
DOORS = {SIGN_IN: "/me/door/", OWNER_CONFIRM: "/me/owner/"}
DOORS |= {TEAM_INVITE: "/console/in/", TEAM_SIGN_IN: "/console/in/"}
"""Mails whose link has a code that works once."""
TEMPLATES = Templates(Path(__file__).parent / "templates")
HELPFUL_HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


class MessageText(Struct, frozen=True):
    """The content of a mail: its subject, its sentences, its links (words and address), and its unsubscribe link."""

    subject: str
    sentences: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    ending: tuple[str, ...]
    stop_url: str


def is_optional(kind: str) -> bool:
    """Return True for kinds with an unsubscribe link: not sign-in links, nor what concerns the account."""
    return kind not in (*DOORS, JOINED, MOVED)


def is_wanted(kind: str, choices: Mapping[str, bool]) -> bool:
    """Return True if a mail of this kind may be sent, given the reader's choice."""
    return choices.get(kind, OWNERS_KINDS.get(kind, True))


def message_text(mail: Mail, site: Site, url: str, keys: Keyring) -> MessageText:
    """Return the content of this mail."""
    fields = json.loads(mail.document)
    values = _values(mail, fields, site)
    name = "settings" if fields.get("cuts") else "question_open" if fields.get("is_open_ended") else mail.kind
    subject = say(mail.language, f"mail.{name}.subject", **values)
    sentences = tuple(
        say(mail.language, f"mail.{name}.{part}", **values)
        for part in ("happened", "more")
        if _has(mail, part) and fields.get(part, True)
    )
    if mail.kind in THANKED and site.thanks_note:
        sentences += (say(mail.language, "mail.site_thanks", site=site.name, note=site.thanks_note),)
    places = {"site_id": site.site_id, "line_id": fields.get("line_id", ""), "use_id": fields.get("use_id", "")}
    ways = {"why": None if fields.get("cuts") else WHY.get(mail.kind), "do": DO.get(mail.kind, "/me/credit")}
    links = [
        (say(mail.language, f"mail.{mail.kind}.{part}", **values), url + way.format(**places))
        for part, way in ways.items()
        if way and _has(mail, part)
    ]
    if mail.kind in DOORS:
        code = mail_code(keys, fields["key_id"], site.site_id, mail.mail_id)
        place = f"?to={fields['to']}" if fields.get("to") else ""
        links = [(say(mail.language, f"mail.{mail.kind}.do"), f"{url}{DOORS[mail.kind]}{site.site_id}.{code}{place}")]
    stop_url = stop_address(keys, url, site.site_id, mail.address_hash, mail.kind) if is_optional(mail.kind) else ""
    ending = [say(mail.language, f"mail.because.{_reader(mail.kind)}", site=site.name)]
    return MessageText(_one_line(subject), sentences, tuple(links), tuple(ending), stop_url)


def _has(mail: Mail, part: str) -> bool:
    try:
        say("en", f"mail.{mail.kind}.{part}")
    except KeyError as missing:
        return f"{mail.kind}.{part}" not in str(missing)  # a placeholder is missing, not the string
    return True


def _reader(kind: str) -> str:
    return "owner" if kind in OWNERS_KINDS else ("asked" if kind in DOORS else "advocate")


def _values(mail: Mail, fields: Mapping[str, Any], site: Site) -> dict[str, Any]:
    """Return the values for a mail's strings: amounts, days and numbers as the language writes them."""
    values: dict[str, Any] = {"site": site.name, "site_id": site.site_id, **fields}
    if "amounts" in fields:
        amounts = [formatting.money(amount, unit, mail.language) for unit, amount in fields["amounts"]]
        values["amount"] = formatting.listed(amounts, mail.language)
        values["amount"] = values["amount"] or say(mail.language, "mail.digest.none")
    if "problems" in fields:
        values["problems"] = " ".join(_problem(mail, site, name, about) for name, about in fields["problems"].items())
    if "cuts" in fields:
        values["cuts"] = " ".join(say(mail.language, f"mail.cut.{name}") for name in fields["cuts"])
    if "missing" in fields:
        values |= _lights(mail, site, fields["green"], fields["missing"])
    if "month_ms" in fields:
        values["month"] = formatting.month_name(fields["month_ms"], site.time_zone, mail.language)
    if "day_ms" in fields:
        values["day"] = formatting.day(fields["day_ms"], site.time_zone, long=True, language=mail.language)
    return values


def _problem(mail: Mail, site: Site, name: str, about: Mapping[str, int]) -> str:
    values: dict[str, Any] = {"site_id": site.site_id, "n": about.get("n", 0)}
    if "since_ms" in about:
        values["since"] = formatting.minute(about["since_ms"], site.time_zone, mail.language)
    return say(mail.language, f"mail.health.{name}", **values)


def _lights(mail: Mail, site: Site, green: Sequence[str], missing: Sequence[str]) -> dict[str, Any]:
    """Return which checks are green, which are not yet, and what to do about the first of those."""

    def named(lights: Sequence[str]) -> str:
        words = [say(mail.language, f"mail.lights.name.{light}") for light in lights]
        return formatting.listed(words, mail.language) or say(mail.language, "mail.lights.none")

    following = say(mail.language, f"mail.lights.next.{missing[0]}", site=site.name)
    return {"n": len(green), "next": following, "green": named(green), "missing": named(missing)}


def stop_address(keys: Keyring, url: str, site_id: str, address_hash: str, kind: str) -> str:
    """Return the unsubscribe address of this kind: one click, or the mail program's own button (RFC 8058)."""
    code = stop_code(keys, keys.newest, site_id, address_hash, kind)
    return f"{url}/me/stop/{site_id}.{address_hash}.{kind}.{keys.newest}.{code}"


class MailOrigin(Struct, frozen=True):
    """The instance that mails come from: its sender address, its public URL, and the keys of the codes in links."""

    sender: str
    url: str
    keys: Keyring


def message(mail: Mail, site: Site, to: str, origin: MailOrigin) -> EmailMessage:
    """Build the message, for people who share in a language that the site offers; the sender's name is the site's."""
    if mail.kind in ADVOCATES_KINDS:
        mail = replace(mail, language=offered_language((mail.language,), site.page_languages))
    words, sender = message_text(mail, site, origin.url, origin.keys), origin.sender
    message = EmailMessage(policy=POLICY)
    name, _, domain = sender.rpartition("@")
    message["From"] = HeaderAddress(_one_line(site.sender_name or site.name), name, domain)
    message["To"] = to
    message["Subject"] = words.subject
    message["Date"] = format_datetime(formatting.local(mail.at_ms, "UTC"))
    message["Message-ID"] = f"<{mail.site_id}.{mail.mail_id.replace(':', '.')}@{domain}>"
    for header, value in HELPFUL_HEADERS.items():
        message[header] = value
    if words.stop_url:
        message["List-Unsubscribe"] = f"<{words.stop_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(_body("message.txt", words, mail.language), cte="quoted-printable")
    message.add_alternative(_body("message.html", words, mail.language), subtype="html", cte="quoted-printable")
    message["Content-Language"] = mail.language  # after the contents, which replace every header of this family
    return message


def _body(template: str, text: MessageText, language: str) -> str:
    """Return the message in plain text (`message.txt`) or HTML (`message.html`)."""
    return TEMPLATES.render(
        template, message=text, language=language, direction=direction(language), stop_words=say(language, "mail.stop")
    )


def _one_line(text: str) -> str:
    """Return text for a header: no line ends, no control characters, no bidi controls."""
    text = text.replace(ISOLATE, "").replace(END, "")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
