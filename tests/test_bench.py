"""The measuring runs and says what it measured; no test asserts a time or a ratio of times."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = {"widget", "1", "2", "3", "5", "6", "7", "8", "10"}


@pytest.mark.slow
def test_every_row_is_measured(tmp_path: Path) -> None:
    """Half a minute and more, because it starts a dozen servers: a benchmark that nobody runs stops running."""
    results = tmp_path / "results.jsonl"
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--short", "--json", str(results)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": "tests"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found = [json.loads(line) for line in results.read_text().splitlines()]
    assert {finding["row"] for finding in found} == PARTS
    assert all(value >= 0 for finding in found for value in finding["values"])
    assert len(done.stdout.splitlines()) >= len(found)
