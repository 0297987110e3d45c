"""The reference pages match the code, and the docs site builds without a warning."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)


def test_the_reference_pages_and_the_types_of_the_clients_match_the_code() -> None:
    checked = _run("tools/reference.py", "--check")
    assert checked.returncode == 0, checked.stderr


def test_the_docs_site_builds_without_a_warning(tmp_path: Path) -> None:
    built = _run("-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(tmp_path / "site"))
    assert built.returncode == 0, built.stderr
    assert (tmp_path / "site" / "glossary.html").exists()


def test_every_page_of_the_glossary_table_names_a_file_that_exists() -> None:
    rows = [
        line for line in (ROOT / "docs/glossary.md").read_text(encoding="utf-8").splitlines() if line.startswith("| **")
    ]
    paths = [path for row in rows for path in row.split("|")[3].replace("`", "").split(", ")]
    places = [ROOT / "server/passalong", ROOT]
    assert len(rows) >= 50
    assert [path for path in paths if not any((place / path.strip()).exists() for place in places)] == []


def test_each_question_of_contributing_is_answered_where_it_says() -> None:
    """A question leads to a row of the glossary that names the file, or to a path of the tree."""
    rows = dict(re.findall(r"(?m)^\| \*\*(.+?)\*\* \| (.+)$", (ROOT / "docs/glossary.md").read_text(encoding="utf-8")))
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    by_word = re.findall(r'\| glossary "(.+?)" → `(.+?)` \|', page)
    by_tree = re.findall(r"\| tree: `(.+?)`", page)
    assert len(by_word) + len(by_tree) == 11
    assert [(word, path) for word, path in by_word if f"`{path}`" not in rows[word]] == []
    assert [path for path in by_tree if not (ROOT / "server/passalong" / path).exists()] == []
