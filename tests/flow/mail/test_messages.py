"""What letters say: the same in text and HTML, in every language, loading nothing, with a way to stop them."""

import re
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from flow.mail.props import SAID, a_mail, text_of
from flow.office import SITE, Office
from passalong.flow.mail import messages
from passalong.i18n.catalogue import LANGUAGES
from passalong.store.outbox import Mail


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


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", SAID)
def test_every_kind_says_the_same_in_text_and_html_and_loads_nothing(office: Office, kind: str, language: str) -> None:
    message = message_from_bytes(a_mail(office, kind, language).as_bytes(), policy=policy.default)
    text, loaded = text_of(message), Loaded(text_of(message, "html"))
    assert message["Subject"] and "{" not in message["Subject"] + text
    assert set(loaded.tags) <= {"html", "meta", "title", "p", "a", "hr", "small", "br"}
    assert loaded.links and all(link.startswith("https://along.example/") for link in loaded.links)
    assert all(link in text for link in loaded.links)
    assert message["Content-Language"] == language
    assert ('dir="rtl"' in text_of(message, "html")) is (language == "ar")


@pytest.mark.parametrize("kind", SAID)
def test_every_kind_but_links_and_news_of_the_account_can_be_stopped_by_one_click(office: Office, kind: str) -> None:
    message = a_mail(office, kind)
    if not messages.is_optional(kind):
        assert message["List-Unsubscribe"] is None
        return
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = re.fullmatch(r"<https://along\.example(/me/stop/\S+)>", message["List-Unsubscribe"])
    assert path
    assert office.send("GET", path[1]).status == 200


def test_a_hostile_site_name_stays_in_its_header(office: Office) -> None:
    site = office.instance.services.sites.find(SITE)
    assert site
    evil = replace(site, name='"Otto"\r\nBcc: victim@example.org\n<script>')
    mail = Mail(SITE, "monthly:x", "monthly", "0" * 40, "en", '{"n": 3, "month_ms": 0}', 0)
    origin = messages.MailOrigin("credit@along.example", "https://a.example", office.instance.services.keys)
    made = messages.message(mail, evil, "anna@example.org", origin)
    message = message_from_bytes(made.as_bytes(), policy=policy.default)
    assert message["Bcc"] is None
    assert "<script>" not in text_of(message, "html")
