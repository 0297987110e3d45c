"""What owners paste works as it stands: those snippets that can be run are run against the product."""

import os
import re
import runpy
import shutil
import subprocess
import urllib.error
from pathlib import Path

import pytest

from cast import a_site, an_id, anna, cleo
from serving import Passalong, Start

ROOT = Path(__file__).parents[1]
TRIED_S = 180
"""How long a crowded machine may take to compile a program and run it."""
SNIPPETS = sorted(path for path in (ROOT / "snippets").iterdir() if path.is_file())


def filled(name: str, served: Passalong, site_id: str) -> str:
    """A snippet with an owner's address and key in it."""
    return (ROOT / "snippets" / name).read_text().replace("HOST", served.url).replace("SITE_KEY", site_id)


@pytest.mark.parametrize("path", SNIPPETS, ids=lambda path: path.name)
def test_a_snippet_needs_nothing_filled_in_but_host_and_key(path: Path) -> None:
    text = path.read_text()
    assert "HOST" in text or "data-along" in text or "/_along/" in text or "SITE_KEY" not in text
    assert "127.0.0.1" not in text
    assert "localhost" not in text


@pytest.mark.parametrize("path", [path for path in SNIPPETS if path.suffix == ".html"], ids=lambda path: path.name)
def test_pasted_snippets_have_no_line_comment(path: Path) -> None:
    """Editors and minifiers collapse white space; the rest of the script would be part of the comment."""
    assert not re.search(r"(^|[^:\"'])//", path.read_text())


@pytest.mark.parametrize("page", ["README.md", "widget/README.md"])
def test_the_readme_shows_the_very_lines_of_the_snippets(page: str) -> None:
    assert (ROOT / "snippets" / "html.html").read_text() in (ROOT / page).read_text()


def test_the_widgets_readme_shows_the_lines_that_keep_early_calls() -> None:
    assert (ROOT / "snippets" / "early-calls.html").read_text() in (ROOT / "widget" / "README.md").read_text()


REPORTS = ("report.sh", "report.py", "report.php", "report.rb", "report.go")
RUNNERS = {".sh": ["sh"], ".php": ["php"], ".rb": ["ruby", "-w"], ".go": ["go", "run"]}
"""How a script is run; Python's have a function to call."""


def runner(name: str) -> list[str]:
    """The command that runs a script of that language; skips the test where the system has none."""
    command = RUNNERS[Path(name).suffix]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed: {name} is not tried")
    return command


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_from_an_owners_server_is_taken_once(
    name: str, start_passalong: Start, database_url: str, tmp_path: Path
) -> None:
    command = [] if name.endswith(".py") else runner(name)
    served = start_passalong(database_url)
    otto = a_site(served.db, _Clock())
    browser = served.client()
    token = browser.issue_link(otto.site_id, guest=anna.guest, page=otto.page(), request_id=an_id("link"))
    visit_id = an_id("visit")
    browser.visit(otto.site_id, token, visitor=cleo.visitor, page=otto.page(), note_id=visit_id)
    script = tmp_path / name
    script.write_text(filled(name, served, otto.site_id))
    for _ in range(2):
        _run(command, script, otto.api_key, f"{token}.{visit_id}")
    served.settled()
    receipt = browser.receipt(otto.api_key, "order-17")
    assert (receipt["status"], receipt["gross_micros"]) == ("credited", 42_000_000)
    with pytest.raises((subprocess.CalledProcessError, urllib.error.HTTPError)):
        _run(command, script, "ak_of_nobody", "")


def _run(command: list[str], script: Path, api_key: str, code: str) -> None:
    env = {"PASSALONG_KEY": api_key, "ORDER_ID": "order-17", "CODE": code}
    if command:
        environment = os.environ | env | {"GOCACHE": str(script.parent / "go"), "GO111MODULE": "off"}
        subprocess.run([*command, str(script)], env=environment, check=True, capture_output=True, timeout=TRIED_S)
        return
    os.environ["PASSALONG_KEY"] = api_key
    try:
        runpy.run_path(str(script))["report_purchase"]("order-17", 4200, "EUR", code)
    finally:
        del os.environ["PASSALONG_KEY"]


class _Clock:
    """A clock for setting up: the server under test has the machine's."""

    def now_ms(self) -> int:
        """A moment that has passed."""
        return 1_767_873_600_000


@pytest.mark.parametrize(("name", "before"), [("html.html", 'href: "'), ("tag.html", 'src="')])
def test_pasted_snippets_load_the_script_of_the_site(
    name: str, before: str, start_passalong: Start, database_url: str
) -> None:
    served = start_passalong(database_url)
    otto = a_site(served.db, _Clock())
    address = filled(name, served, otto.site_id).split(before)[1].split('"')[0]
    answer = served.client().send("GET", address.removeprefix(served.url))
    assert answer.status == 200
    assert f'"key":"{otto.site_id}"'.encode() in answer.body
