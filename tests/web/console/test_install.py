"""What the console tells an owner to paste is what the snippets say, filled in."""

import html
import re
from pathlib import Path

import pytest

from cast import anna, ben
from flow.office import OTHER, SITE, URL, Office
from passalong.core.dates import day_of
from passalong.web.browser import releases
from passalong.web.http.formatting import day_words

SNIPPETS = Path(__file__).parents[3] / "snippets"


@pytest.mark.parametrize("name", ["html.html", "tag.html", "early-calls.html", "frozen.html", "first-party.html"])
def test_the_console_shows_each_snippet_with_the_sites_key_in_it(office: Office, name: str) -> None:
    shown = html.unescape(office.send("GET", f"/console/{SITE}/install", client=office.owner()).text)
    wanted = (SNIPPETS / name).read_text().replace("HOST", URL).replace("SITE_KEY", SITE)
    wanted = wanted.replace("https://example.org/", office.bees.site.home_url)
    assert re.sub(r"<!--.*?-->\s*", "", wanted).strip() in shown


@pytest.mark.parametrize("page", ["install", "gallery"])
def test_only_the_owner_sees_them(office: Office, page: str) -> None:
    assert office.send("GET", f"/console/{SITE}/{page}").status == 401
    assert office.send("GET", f"/console/{OTHER}/{page}", client=office.owner()).status == 401
    assert office.send("GET", f"/console/{SITE}/{page}", client=office.owner()).status == 200


def test_the_page_does_without_a_frozen_version(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "versions", list)
    shown = office.send("GET", f"/console/{SITE}/install", client=office.owner()).text
    assert "integrity" not in shown
    assert "async" in shown


def test_the_gallery_has_every_language(office: Office) -> None:
    shown = office.send("GET", f"/console/{SITE}/gallery", client=office.owner()).text
    assert len(releases.languages()) >= 28
    assert [tag for tag in releases.languages() if f'<li lang="{tag}"' not in shown] == []


def test_a_light_that_is_on_folds_its_steps_away_and_says_its_day_as_every_page_does(office: Office) -> None:
    path = f"/console/{SITE}/install"
    steps = re.compile(r'data-light="visit".*?<details class="how"( open)?>', re.DOTALL)
    before = office.send("GET", path, client=office.owner()).text
    office.note("flask", office.visit("shown", office.link("shown", anna), ben))
    office.fold()
    after = office.send("GET", path, client=office.owner()).text
    assert [match[1] for page in (before, after) if (match := steps.search(page))] == [" open", None]
    assert f"First on {day_words(day_of(office.clock.at_ms, 'UTC'))}." in after
