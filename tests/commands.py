"""`passalong` on the command line, in this process and on data of the test's own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from passalong import cli

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that runs a command on the data in `data/` of the test's folder: (exit code, output, errors)."""
    for name in ("DATABASE_URL", "PASSALONG_URL", "PASSALONG_PORT", "PASSALONG_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PASSALONG_DATA", str(tmp_path / "data"))

    def run_command(*words: str) -> tuple[int, str, str]:
        code = cli.main(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_command


def a_site(run: Run) -> str:
    """Otto adds his site; its key."""
    run("db", "upgrade")
    code, out, _ = run("site", "add", "https://bees.example", "--name", "Bee Almanac")
    assert code == 0
    return out.split()[1]
