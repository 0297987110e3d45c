"""Where the fixtures come from: each file beside this one that has some, by name.

`plumbing` starts real servers and browsers; `cast` has the people and `serving` has Passalong itself.
"""

import gc
import os
import socket
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
import structlog

from plumbing.memory import in_memory

HERE = Path(__file__).parent
gc.disable()  # until all tests are collected: modules leave no garbage, and looking for it costs as much as they do
GARBAGE = 50_000, 20, 100
"""Python looks for garbage after 700 new objects, which is a twentieth of a test's processor time."""
FIXTURES = [
    "plumbing.postgres",
    "plumbing.templates",
    "tables",
    "plumbing.browsers",
    "plumbing.drivers",
    "cast",
    "commands",
    "serving",
    "browser_table",
    "portal_states",
]

WEIGHTS = {"slow": 2, "browser": 1}
MOST = 100
"""The weight of the longest file."""
LONG_FILES = (
    "test_chaos.py",
    "browser/test_pages.py",
    "test_bench.py",
    "browser/test_one_share.py",
    "web/http/test_garbage.py",
    "demo/test_run.py",
    "flow/replay/test_upgrade.py",
    "flow/transparency/test_what_is_proved.py",
    "web/http/test_gets_write_nothing.py",
    "web/http/test_isolation.py",
    "flow/fold/test_statements_per_fact.py",
    "web/http/test_header_values.py",
    "web/http/test_every_form.py",
)
"""The files that take longest, by estimate: they start first, so that no process is left alone with one."""

pytest_plugins = [name for name in FIXTURES if (HERE / name.replace(".", "/")).with_suffix(".py").exists()]


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Keep the folders of tests in memory, where there is room: SQLite waits for the disk at each commit.

    A process of xdist asks another how often a test was run again, in two small writes; TCP holds the second one back
    for 40 ms until the first is acknowledged, for each test, unless it is told not to.
    """
    if folder := in_memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(folder))
    asked = getattr(getattr(config, "failures_db", None), "sock", None)  # of pytest-rerunfailures
    if asked is not None:
        asked.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for garbage from now on, but rarely, and not among modules and tests."""
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run files that take long first, and a test again when it fails: twice with a browser or chaos, else once.

    Processes share the files out in this order, and would otherwise wait at the end for one long file. A crowded
    machine is no fault: the summary names each test that ran again, and a test that fails each time has failed.
    """
    longest = {HERE / name: MOST - place for place, name in enumerate(LONG_FILES)}
    for item in items:
        weight = next((weight for name, weight in WEIGHTS.items() if item.get_closest_marker(name)), 0)
        longest[item.path] = max(weight, longest.get(item.path, 0))
        item.add_marker(pytest.mark.flaky(reruns=0))
    items.sort(key=lambda item: longest[item.path], reverse=True)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Restore the configuration of structlog: an instance that a test makes logs to that test's standard error."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
