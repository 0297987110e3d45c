"""The measuring runs and says what it measured; no test asserts a time or a ratio of times."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from plumbing.forked import Forked
from plumbing.memory import in_memory

ROOT = Path(__file__).parents[1]
PARTS = {"widget", "1", "2", "3", "5", "6", "7", "8", "10", "11", "R13", "S11", "lists"}


def measured(folder: Path, command: list[str], within_s: float = 120) -> list[Any]:
    """Run a benchmark, with its databases in memory if there is room; returns the JSON of its lines."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "TMPDIR": str(in_memory() or folder)}
    log = folder / "said"
    running = Forked(command, env=environment, cwd=ROOT, log=log)
    try:
        code = running.wait(within_s)
    finally:
        running.terminate()
    said = log.read_text()
    assert code == 0, said[-4000:]
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


@pytest.mark.slow
def test_every_row_is_measured(tmp_path: Path) -> None:
    """Half a minute and more, because it starts a dozen servers: a benchmark that nobody runs stops running."""
    results = tmp_path / "results.jsonl"
    measured(tmp_path, ["bench", "--short", "--json", str(results)], within_s=600)
    found = [json.loads(line) for line in results.read_text().splitlines()]
    assert {finding["row"] for finding in found} == PARTS
    assert all(value >= 0 for finding in found for value in finding["values"])
    table = [line for line in (tmp_path / "said").read_text().splitlines() if line.startswith("| ")]
    assert len(table) == 1 + len(found)


@pytest.mark.slow
def test_a_line_of_a_statement_is_measured_in_two_sizes(tmp_path: Path) -> None:
    found = measured(tmp_path, ["bench.statements", "--short"])
    assert [row.get("lines") for row in found] == [1_000, 1_000, None]
    assert found[2]["ratio_of_sizes"] > 0


@pytest.mark.slow
def test_facts_of_each_kind_are_measured(tmp_path: Path) -> None:
    [said] = measured(tmp_path, ["bench.kinds", "--events", "200", "--each", "4", "--rounds", "2"])
    found = said["us"]
    assert list(found) == ["new visitor", "returning visitor", "conversion", "refund"]
    assert all(0 < took["least"] <= took["median"] <= took["most"] for took in found.values())


@pytest.mark.slow
def test_ordinary_requests_are_measured(tmp_path: Path) -> None:
    [said] = measured(tmp_path, ["bench.requests", "--each", "2"])
    found = said["ms"]
    assert {"/me", "/api/v1/key", "/v1/links"} <= set(found)
    assert all(value > 0 for value in found.values())
