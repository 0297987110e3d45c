"""Where the fixtures come from: each file beside this one that has some, by name.

`plumbing` starts real servers and browsers; `cast` has the people and `serving` has Passalong itself.
"""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
FIXTURES = [
    "plumbing.postgres",
    "plumbing.databases",
    "plumbing.browsers",
    "plumbing.drivers",
    "cast",
    "serving",
    "browser_table",
]

pytest_plugins = [name for name in FIXTURES if (HERE / name.replace(".", "/")).with_suffix(".py").exists()]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What drives a real browser, or breaks things on purpose, is tried once more: a crowded machine is no fault.

    The summary says which were; what fails twice has failed.
    """
    for item in items:
        if any(item.get_closest_marker(name) for name in ("browser", "slow")):
            item.add_marker(pytest.mark.flaky(reruns=1))
