"""The docs cannot rot: their stories are run, and what must be listed is listed."""

import re
import subprocess
import sys
from pathlib import Path

import click
import msgspec
import pytest

from passalong.cli import main
from passalong.core.reasons import Reason
from passalong.settings import DEFAULTS
from telling import Telling

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def stories(name: str) -> list[str]:
    """The fenced blocks of a page that tell what happened, day by day."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", (DOCS / name).read_text(), re.DOTALL | re.MULTILINE)
    return [block for language, block in blocks if not language and block.lstrip().startswith("day ")]


STORIES = [(page, number) for page in ("attribution.md", "ledger.md") for number in range(len(stories(page)))]


def test_there_are_stories_to_run() -> None:
    assert len(stories("attribution.md")) == 3
    assert len(stories("ledger.md")) >= 2


@pytest.mark.parametrize(("page", "number"), STORIES)
def test_a_story_in_the_docs_ends_as_it_says(page: str, number: int, database_url: str, tmp_path: Path) -> None:
    telling = Telling(database_url, tmp_path)
    try:
        assert telling.tell(stories(page)[number]) >= 2
    finally:
        telling.instance.close()


def test_the_few_lines_that_check_a_statement_do(tmp_path: Path) -> None:
    """The program in docs/ledger.md, in a process of its own, on Anna's statement and on one with another amount."""
    telling = Telling("", tmp_path)
    try:
        telling.tell(stories("ledger.md")[0])
        good = msgspec.json.encode(telling.statement("Anna"))
    finally:
        telling.instance.close()
    [program] = re.findall(r"^```python\n(.*?)^```$", (DOCS / "ledger.md").read_text(), re.DOTALL | re.MULTILINE)
    for body, code in ((good, 0), (good.replace(b'"640000"', b'"960000"', 1), 1)):
        path = tmp_path / "statement.json"
        path.write_bytes(body)
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program, str(path)], capture_output=True, text=True
        )
        assert (done.returncode, "lines hold" in done.stdout) == (code, code == 0), done.stderr


def test_a_story_that_says_something_else_fails(tmp_path: Path) -> None:
    telling = Telling("", tmp_path)
    wrong = stories("attribution.md")[0].replace("waiting 3.20", "waiting 3.21")
    try:
        with pytest.raises(AssertionError):
            telling.tell(wrong)
    finally:
        telling.instance.close()


def test_every_reason_is_listed_with_its_words() -> None:
    page = (DOCS / "attribution.md").read_text()
    assert [reason for reason in Reason if f"| `{reason}` | " not in page] == []


def test_every_setting_is_listed() -> None:
    page = (DOCS / "settings.md").read_text()
    assert [
        name for name in (*DEFAULTS, "PASSALONG_KEYS", "PASSALONG_LEDGER_KEYS") if f"| `{name}` |" not in page
    ] == []


def commands(group: click.Group, so_far: str) -> list[str]:
    """Every command under a group, written out; the hidden old names of commands are in no docs."""
    found: list[str] = []
    for name, command in group.commands.items():
        if command.hidden:
            continue
        whole = f"{so_far} {name}"
        found += commands(command, whole) if isinstance(command, click.Group) else [whole]
    return found


def test_every_command_stands_in_the_docs() -> None:
    pages = "".join(page.read_text() for page in [ROOT / "README.md", *DOCS.glob("*.md")])
    assert [command for command in commands(main.passalong, "passalong") if f"`{command}" not in pages] == []


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = [
        f"{page.name}: {target}"
        for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []
