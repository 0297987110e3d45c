"""Pages for people name things in words: no name such as `discount_code` is shown as the API or the code spells it."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from sqlalchemy import text

from flow.office import SITE, Office, an_office
from passalong.core.sites.tracking import TRACKING
from passalong.web.console.menu import MENU
from web.every_kind import History

HIDDEN = re.compile(r"<(pre|code|script|style|textarea|svg|title)\b.*?</\1>|<[^>]+>", re.DOTALL)
IDENTIFIER = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")
PARAMETERS = {name.rstrip("_*") for name in TRACKING}
"""Parameters of addresses, which the page of settings lists as they are spelled."""
MOST_EVENTS = 60
NAME = re.compile(r"[a-z][\w-]*")
"""The name of a control, as a view reads it from the form."""


@pytest.fixture(params=["sqlite"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance with a line of every kind."""
    for made in an_office(request, tmp_path_factory):
        History(made).tell()
        yield made


def test_no_page_of_the_console_shows_a_name_as_the_code_spells_it(office: Office) -> None:
    otto = office.owner()
    pages = [entry.path.replace("<site_id>", SITE) for _, entries in MENU for entry in entries]
    pages += [f"/console/{SITE}/events?show=all&range=custom&from=2026-01-01&to=2027-12-31"]
    with office.db.reading() as session:
        kinds = session.execute(text("SELECT kind, status, max(subject) FROM inspected GROUP BY kind, status"))
        pages += [f"/console/{SITE}/why/{subject}" for _, _, subject in list(kinds)[:MOST_EVENTS]]
    assert len(pages) > 40
    shown = {}
    for page in pages:
        answer = office.send("GET", page, client=otto)
        assert answer.status in (200, 404), page
        controls = re.findall(r'<(?:input|textarea|select|button)\b[^>]*\sname="([^"]*)"', answer.text)
        assert [name for name in controls if not NAME.fullmatch(unescape(name))] == [], page
        words = unescape(HIDDEN.sub(" ", answer.text.partition("<main")[2]))
        if names := set(IDENTIFIER.findall(words)) - PARAMETERS:
            shown[page] = names
    assert shown == {}, str(shown)
