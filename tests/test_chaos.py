"""The experiments of chaos/ in their short form: what they promise holds, and every planted fault is caught.

They take a minute or so together, twice that on a crowded machine: each starts the real server several times, and some
wait on purpose, for a disk that stays full or for PostgreSQL to come back. The figures of docs/reliability.md come from
the long form, `make chaos`.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from plumbing.forked import Forked
from plumbing.memory import in_memory

ROOT = Path(__file__).parents[1]
EXPERIMENTS = sorted(path.stem for path in (ROOT / "chaos").glob("*.py") if "= begin(" in path.read_text())
NAMED = (
    "accounting",
    "backup",
    "clock_jumps",
    "crash",
    "disk_fails",
    "disk_full",
    "failover",
    "ledger",
    "lost_keys",
    "out_of_memory",
    "overload",
    "postgres_disk_full",
    "postgres_killed",
    "power",
    "recovery",
    "slow_clients",
    "tamper",
)
LONGEST_S = 240


def test_every_experiment_is_tried_here_and_stands_in_the_docs() -> None:
    assert tuple(EXPERIMENTS) == NAMED
    words = (ROOT / "docs" / "reliability.md").read_text()
    assert [name for name in EXPERIMENTS if f"`chaos.{name}`" not in words] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_each_experiment_holds_and_catches_its_planted_faults(name: str, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    if folder := in_memory():
        environment["TMPDIR"] = str(folder)
    log = tmp_path / f"{name}.log"
    experiment = Forked([f"chaos.{name}", "--short"], env=environment, cwd=ROOT, log=log)
    try:
        code = experiment.wait(LONGEST_S)
    finally:
        experiment.terminate()
    lines = log.read_text().splitlines()
    assert code == 0, "\n".join(lines)
    said = [json.loads(line) for line in lines if line.startswith('{"experiment"')]
    if not any(line["verdict"] == "skipped" for line in said):
        _has_both(said)


def _has_both(said: list[dict[str, Any]]) -> None:
    """A promise without a control proves nothing."""
    verdicts = [line["verdict"] for line in said]
    assert {"holds", "caught"} <= set(verdicts) <= {"holds", "caught", "measured"}
