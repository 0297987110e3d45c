"""The commands about the rule: vectors, terms, explain, reports."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from passalong import cli

Run = Callable[..., tuple[int, str, str]]
VECTORS = Path(__file__).parents[1] / "docs" / "vectors.json"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that runs a command in a folder of its own: (exit code, output, errors)."""
    for name in ("DATABASE_URL", "PASSALONG_URL", "PASSALONG_PORT", "PASSALONG_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PASSALONG_DATA", str(tmp_path / "data"))

    def run_command(*words: str) -> tuple[int, str, str]:
        code = cli.main(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_command


# --- vectors ----------------------------------------------------------------------------------------------------------


def test_vectors_that_come_out_end_with_0(run: Run) -> None:
    assert run("vectors", str(VECTORS)) == (0, "100 values compared, none of them differ.\n", "")


def test_a_vector_that_differs_is_printed_and_ends_with_1(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "vectors.json"
    file.write_text(VECTORS.read_text().replace('"ben": 2400000', '"ben": 2400001'))
    code, out, _ = run("vectors", str(file))
    assert code == 1
    assert out.startswith("OW-06 micros: expected {")
    assert "2 of them differ" in out
    assert json.loads(run("vectors", str(file), "--json")[1])["compared"] == 100


@pytest.mark.parametrize("text", ["", "{", "[]", "\xff", '{"schema": "attribution-vectors/1"}'])
def test_a_file_that_holds_no_vectors_is_one_line(run: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "vectors.json"
    file.write_bytes(text.encode("latin-1"))
    code, _, err = run("vectors", str(file))
    assert code == 2
    assert str(file) in err
    assert len(err.splitlines()) == 1
