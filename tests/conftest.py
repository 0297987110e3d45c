"""Where the fixtures come from: each file beside this one that has some, by name.

`plumbing` starts real servers and browsers; `cast` has the people and `serving` has Passalong itself.
"""

from pathlib import Path

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
