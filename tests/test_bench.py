"""The measuring runs and says what it measured; no test asserts a time or a ratio of times."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = {"widget", "1", "2", "3", "5", "6", "7", "8", "10", "11", "R13", "S11", "lists"}


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


@pytest.mark.slow
def test_a_line_of_a_statement_is_measured_in_two_sizes() -> None:
    command = [sys.executable, "-m", "bench.statements", "--short"]
    environment = os.environ | {"PYTHONPATH": "tests"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-4000:]
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row.get("lines") for row in found] == [1_000, 1_000, None]
    assert found[2]["ratio_of_sizes"] > 0


@pytest.mark.slow
def test_facts_of_each_kind_are_measured() -> None:
    command = [sys.executable, "-m", "bench.kinds", "--events", "200", "--each", "4", "--rounds", "2"]
    environment = os.environ | {"PYTHONPATH": "tests"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout)["us"]
    assert list(found) == ["new visitor", "returning visitor", "conversion", "refund"]
    assert all(0 < took["least"] <= took["median"] <= took["most"] for took in found.values())


@pytest.mark.slow
def test_ordinary_requests_are_measured() -> None:
    command = [sys.executable, "-m", "bench.requests", "--each", "2"]
    environment = os.environ | {"PYTHONPATH": "tests"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout)["ms"]
    assert {"/me", "/api/v1/key", "/v1/links"} <= set(found)
    assert all(value > 0 for value in found.values())
