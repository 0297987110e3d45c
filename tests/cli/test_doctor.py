"""`passalong doctor`: the console's check on the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import Run, tables_made
from passalong.settings import read_settings
from plumbing.host_pages import HostSite, Page


@pytest.fixture
def site() -> Iterator[HostSite]:
    """A site of this machine."""
    made = HostSite()
    yield made
    made.close()


def test_it_says_what_to_change_and_exits_with_1(run: Run, site: HostSite) -> None:
    tables_made()
    code, out, _ = run("site", "add", site.url)
    assert code == 0
    assert read_settings().url.startswith("http://127.0.0.1")
    site.pages["/"] = Page(b"<h1>Bees</h1>", {"Content-Type": "text/html"})
    code, out, err = run("doctor", site.url)
    assert (code, err) == (1, "")
    assert "to fix  The page does not load the script." in out
    code, out, _ = run("doctor", site.url, "--json")
    said = json.loads(out)
    assert (code, said["well"]) == (1, False)
    assert {one["check"] for one in said["findings"]} >= {"page", "tag", "csp", "origin", "host", "script", "cdn"}


def test_it_asks_which_site_is_meant(run: Run, tmp_path: Path) -> None:
    assert tmp_path.exists()
    tables_made()
    assert run("doctor", "https://bees.example")[0] == 2
    assert run("doctor", "two words")[0] == 2
