"""Processor seconds of the tests by file, with those of every server, browser and database that they start.

    PYTHONPATH=tests python -m costs [--share 0.03] [ARGUMENT OF PYTEST …]

With a share, that part of each file's tests runs (one at least), and each test that did not counts as the median of
those that did. The clock says little on a machine with other work, processor time nearly the same.
"""

import argparse
import ctypes
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ADOPT = 36
"""PR_SET_CHILD_SUBREAPER: what a test leaves behind stays below this process."""
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Run pytest below this process, and print the files by their cost, then the sums of folders."""
    asked = argparse.ArgumentParser(prog="costs", description=__doc__)
    asked.add_argument("--share", default="1")
    told, arguments = asked.parse_known_args()
    ctypes.CDLL(None).prctl(ADOPT, 1, 0, 0, 0)
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        more = {"COSTS_OF": str(os.getpid()), "COSTS_SHARE": told.share, "COSTS_FILE": file.name}
        command = [sys.executable, "-m", "pytest", "-n", "0", "-p", "costs", *arguments]
        code = _waited(subprocess.Popen(command, cwd=ROOT, env=os.environ | more).pid)
        costs = dict(_by_file(Path(file.name).read_text().splitlines()))
    for name, seconds in sorted(costs.items(), key=lambda row: row[1]):
        print(f"{seconds:8.1f}  {name}")
    folders: dict[str, float] = defaultdict(float)
    for name, seconds in costs.items():
        folders["/".join(name.split("/")[:2])] += seconds
    for name, seconds in sorted(folders.items(), key=lambda row: -row[1]):
        print(f"| `{name}` | {seconds:.0f} |")
    print(f"| all | {sum(costs.values()):.0f} |")
    sys.exit(code)


def _waited(pid: int) -> int:
    """Return the exit code of a process, and bury what it left: a dead process that nobody waits for looks alive."""
    while (ended := os.wait())[0] != pid:
        pass
    return os.waitstatus_to_exitcode(ended[1])


def _by_file(lines: list[str]) -> Iterator[tuple[str, float]]:
    tests: dict[str, list[float]] = defaultdict(list)
    left: dict[str, int] = {}
    for row in map(json.loads, lines):
        if "left" in row:
            left[row["file"]] = row["left"]
        else:
            tests[row["file"]].append(row["cpu_s"])
    for name, costs in tests.items():
        yield name, sum(costs) + left.get(name, 0) * statistics.median(costs)


# --- in pytest: `-p costs` --------------------------------------------------------------------------------------------


class Costs:
    """Writes down what each test cost, its fixtures included, as the difference of two looks at all processes."""

    def __init__(self) -> None:
        self.file = Path(os.environ["COSTS_FILE"])
        self.share = float(os.environ["COSTS_SHARE"])
        self.before = 0.0

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep a share of each file's tests."""
        files: dict[str, list[pytest.Item]] = defaultdict(list)
        for item in items:
            files[_name(item.nodeid)].append(item)
        chance, chosen = random.Random(7), set()
        for name, tests in files.items():
            count = min(len(tests), max(1, round(len(tests) * self.share)))
            chosen |= {item.nodeid for item in chance.sample(tests, count)}
            self._write({"file": name, "left": len(tests) - count})
        items[:] = [item for item in items if item.nodeid in chosen]

    def pytest_runtestloop(self) -> None:
        """Start to count."""
        self.before = cpu_s(int(os.environ["COSTS_OF"]))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Write down a test."""
        now = cpu_s(int(os.environ["COSTS_OF"]))
        self._write({"file": _name(nodeid), "test": nodeid, "cpu_s": round(now - self.before, 2)})
        self.before = now

    def _write(self, row: dict[str, object]) -> None:
        with self.file.open("a") as file:
            print(json.dumps(row), file=file)


def pytest_configure(config: pytest.Config) -> None:
    """Take part where `main` has started pytest."""
    if "COSTS_OF" in os.environ:
        config.pluginmanager.register(Costs())


def _name(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def cpu_s(root: int) -> float:
    """Return the processor seconds of a process and all below it, of those that have ended too."""
    below, ticks = defaultdict(list), {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended meanwhile
                continue
            below[int(fields[1])].append(int(entry.name))
            ticks[int(entry.name)] = sum(map(int, fields[11:15]))
    total, waiting = 0, [root]
    while waiting:
        total += ticks.get(waiting[-1], 0)
        waiting.extend(below[waiting.pop()])
    return total / TICKS_A_SECOND


if __name__ == "__main__":
    main()
