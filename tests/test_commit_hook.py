"""The hook for commit messages accepts imperative subjects of at most 72 characters and names what is wrong."""

import subprocess
from pathlib import Path

import pytest

HOOK = Path(__file__).parents[1] / "tools" / "hooks" / "commit-msg"


def _checked(message: str, folder: Path) -> subprocess.CompletedProcess[str]:
    file = folder / "message"
    file.write_text(message, encoding="utf-8")
    return subprocess.run(["sh", HOOK, file], capture_output=True, text=True)


@pytest.mark.parametrize("subject", ["Refuse a link of another site", "Bring the docs up to date", "A" * 72])
def test_an_imperative_subject_is_accepted(subject: str, tmp_path: Path) -> None:
    assert _checked(f"{subject}\n\nThe why.\n", tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("subject", "complaint"),
    [
        ("A" * 73, "73 characters"),
        ("x", "imperative verb"),
        ("Added a page", "imperative verb"),
        ("What is due is a column", "imperative verb"),
        ("Tests: a person for each word", "imperative verb"),
    ],
)
def test_any_other_subject_is_refused_with_what_to_do(subject: str, complaint: str, tmp_path: Path) -> None:
    checked = _checked(f"{subject}\n", tmp_path)
    assert checked.returncode == 1
    assert complaint in checked.stderr
