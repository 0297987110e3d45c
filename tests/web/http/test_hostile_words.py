"""What somebody else wrote is only shown: no word of theirs becomes a part of a page."""

from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from sqlalchemy import text

from cast import HOME, a_person, cleo
from flow.office import BOTH, SITE, Answer, Office
from web.shopped import a_shopped_office


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database, in which something has happened."""
    yield from a_shopped_office(request, tmp_path_factory)


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</title></head><body onload=alert(1)>",
    "</pre><script>alert(1)</script>",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)",
    '=HYPERLINK("http://evil.example")',
    "&lt;script&gt;",
    "\u202egnp.exe",
    "a\r\nSet-Cookie: a=b",
]


def _an_order_id(evil: str, number: int) -> str:
    """As hostile as the API takes it: without line breaks, which are refused."""
    return f"{evil} {number}".replace("\r\n", " ")


def test_hostile_words_are_inert_on_every_page(office: Office) -> None:
    """In the title, the page, the order's id, the user agent and the origin: on every page that shows any of them."""
    who = a_person("hostile")
    reader = None
    for number, evil in enumerate(HOSTILE):
        page = f"{HOME}/{number}?q={evil}"
        token = office.link(f"hostile {number}", who, page=page, title=evil)
        reader = reader or office.signed_in(who)
        note = office.visit(f"hostile {number}", token, a_person("hostile visitor", number), page=page)
        office.note("flask", note, {"Origin": HOME})
        office.note("flask", office.visit(f"bot {number}", "x" * 27, cleo, page=page), {"Origin": HOME})
        office.send("GET", f"/h/{token}", headers={"User-Agent": f"bot {evil}".replace("\r\n", " ")})
        order = {"id": _an_order_id(evil, number), "goal": "purchase", "amount_minor": 100, "currency": "EUR"}
        assert office.api("POST", "/conversions", order | {"code": f"{token}.{note['id']}"}).status == 202
    office.fold()
    owner = office.owner()
    with office.db.reading() as session:
        lines = session.scalars(
            text("SELECT line_id FROM credits WHERE recipient = :who"), {"who": who.advocate_id(SITE)}
        )
        paths = ["/me", "/me/credit", *(f"/me/why/{line}" for line in lines)]
    shown = [office.send("GET", path, client=reader) for path in paths]
    shown += [
        office.send("GET", f"/console/{SITE}?only={only}", client=owner) for only in ("all", "credited", "refused")
    ]
    for number, evil in enumerate(HOSTILE):
        subject = quote(f"conversion:{_an_order_id(evil, number)}", safe="")
        shown.append(office.send("GET", f"/console/{SITE}/why/{subject}", client=owner))
        shown.append(office.send("GET", f"/console/{SITE}?only={quote(evil)}&before={quote(evil)}", client=owner))
        shown.append(office.send("GET", f"/start?k={quote(evil)}"))
        shown.append(office.send("GET", f"/{quote(evil)}"))
    shown.append(office.send("GET", f"/open/{SITE}"))
    assert sum("alert(1)" in answer.text for answer in shown) > 20
    for answer in shown:
        assert answer.status in (200, 404)
        assert_inert(answer)


class Elements(HTMLParser):
    """What a browser would make of a page: its elements with their attributes."""

    def __init__(self, shown: str):
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(shown)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called for each."""
        self.found.append((tag, dict(attrs)))


def assert_inert(answer: Answer) -> None:
    """No element, attribute or address of an attacker's making."""
    for tag, attributes in Elements(answer.text).found:
        assert tag not in ("img", "iframe", "object", "embed", "base"), attributes
        assert tag != "script" or (attributes.get("src") or "").startswith("/static/")
        assert [name for name in attributes if name.startswith("on") or name == "style"] == []
        for name in ("href", "src", "action", "formaction"):
            address = (attributes.get(name) or "").strip().lower()
            assert not address.startswith(("javascript:", "data:", "vbscript:")), address
    assert "set-cookie" not in answer.headers


def test_an_element_of_an_attackers_making_would_be_seen() -> None:
    for evil in HOSTILE[:5]:
        with pytest.raises(AssertionError):
            assert_inert(Answer(200, {}, f'<p title="x">{evil}<a title=\'{evil}\' href="{evil}">'.encode()))
