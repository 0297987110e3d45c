"""The arrows `web → flow → store → core`, held by reading every module's imports and calls.

A reader who is in `core` never has to think of a database; one in `web` never of money. The last tests plant each
fault in turn, so that a green run means that somebody looked.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

SERVER = Path(__file__).parents[1] / "server"
LINES_A_FILE_MAY_HAVE = 300
# A record of what was made, read by nobody.
LONGER_FILES_WITH_A_REASON = frozenset({"passalong/migrations/versions/0001_the_first_tables.py"})


class Layer(NamedTuple):
    """What the modules of one layer may import and may never say."""

    ours: frozenset[str]
    libraries: frozenset[str] | None  # None: any but the forbidden ones
    forbidden_libraries: frozenset[str]
    forbidden_calls: frozenset[str]
    may_write: bool


WEB_LIBRARIES = frozenset({"flask", "werkzeug", "jinja2", "gunicorn", "a2wsgi", "uvloop"})
CLOCKS_AND_CHANCE = frozenset({"time", "os", "random", "secrets", "logging", "socket", "subprocess", "sqlite3"})
WHAT_TIME_IS_IT = frozenset({"now", "utcnow", "today"})

LAYERS = {
    "core": Layer(
        ours=frozenset({"core"}),
        libraries=frozenset({"msgspec"}),
        forbidden_libraries=CLOCKS_AND_CHANCE,
        forbidden_calls=WHAT_TIME_IS_IT | {"commit"},
        may_write=False,
    ),
    "store": Layer(
        ours=frozenset({"core", "store"}),
        libraries=None,
        forbidden_libraries=WEB_LIBRARIES,
        forbidden_calls=frozenset({"commit"}),
        may_write=True,
    ),
    "flow": Layer(
        ours=frozenset({"core", "store", "flow", "clock", "tokens", "signing", "outbound", "settings", "languages"}),
        libraries=None,
        forbidden_libraries=WEB_LIBRARIES,
        forbidden_calls=frozenset(),
        may_write=True,
    ),
    "web": Layer(
        ours=frozenset({"core", "store", "flow", "web", "clock", "tokens", "signing", "settings", "languages"}),
        libraries=None,
        forbidden_libraries=frozenset(),
        forbidden_calls=frozenset({"commit"}),
        may_write=False,
    ),
}
# These stand beside the layers and are used by several, so they may use none but core.
HELPERS = Layer(
    ours=frozenset({"core", "clock", "tokens", "languages"}),
    libraries=None,
    forbidden_libraries=WEB_LIBRARIES,
    forbidden_calls=frozenset({"commit"}),
    may_write=False,
)
LAYER_OF_HELPER = dict.fromkeys(("clock", "tokens", "signing", "outbound", "languages"), HELPERS)

SQL_WRITES = frozenset({"insert", "update", "delete"})
SESSION_WRITES = frozenset({"add", "add_all", "delete", "merge", "flush", "bulk_save_objects"})


# --- the checker ------------------------------------------------------------------------------------------------------


def faults_in(module: str, text: str) -> list[str]:
    """Return every way in which the text of `module` (a dotted name) leaves its layer, each with its line number."""
    layer = _layer_of(module)
    if layer is None:
        return []
    tree = ast.parse(text)
    faults = [*_import_faults(module, layer, tree), *_call_faults(layer, tree)]
    if not layer.may_write:
        faults += _write_faults(tree)
    return faults


def _layer_of(module: str) -> Layer | None:
    """The rules of a module; None for those that put the others together and may import everything."""
    name = module.removeprefix("passalong").strip(".").partition(".")[0]
    return LAYERS.get(name) or LAYER_OF_HELPER.get(name)


def _imports(module: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every imported dotted name with its line: `from a import b` gives a.b, relative ones are resolved."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(module.split(".")[: -node.level]) if node.level else ""
            source = ".".join(part for part in (above, node.module or "") if part)
            for alias in node.names:
                yield node.lineno, f"{source}.{alias.name}"


def _import_faults(module: str, layer: Layer, tree: ast.AST) -> Iterator[str]:
    for line, name in _imports(module, tree):
        root, *rest = name.split(".")
        if root == "passalong":
            if rest and rest[0] not in layer.ours and rest[0] != "__version__":
                yield f"line {line} imports {name}"
        elif root in layer.forbidden_libraries or not _library_allowed(root, layer):
            yield f"line {line} imports {name}"


def _library_allowed(root: str, layer: Layer) -> bool:
    return layer.libraries is None or root in layer.libraries or root in sys.stdlib_module_names


def _call_faults(layer: Layer, tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in layer.forbidden_calls:
            yield f"line {node.lineno} says .{node.attr}"


def _write_faults(tree: ast.AST) -> Iterator[str]:
    """SQL that changes something: built, called on a session, or spelt out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            for alias in node.names:
                if alias.name in SQL_WRITES:
                    yield f"line {node.lineno} imports {alias.name} from {node.module}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield from _write_call_faults(node.func)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = node.value.split(None, 2)
            if len(words) > 2 and words[0] in {"INSERT", "UPDATE", "DELETE"}:
                yield f"line {node.lineno} spells out {words[0]}"


def _write_call_faults(call: ast.Attribute) -> Iterator[str]:
    receiver = call.value.id if isinstance(call.value, ast.Name) else ""
    is_write = call.attr in SQL_WRITES and receiver in {"sa", "sqlalchemy", "sql"}
    if is_write or (call.attr in SESSION_WRITES and receiver.endswith("session")):
        yield f"line {call.lineno} calls {receiver}.{call.attr}"


# --- every module -----------------------------------------------------------------------------------------------------


def _module_name(path: Path) -> str:
    parts = path.relative_to(SERVER).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _faults_of_file(path: Path) -> list[str]:
    # A package's own relative imports start one level deeper than its name says.
    name = _module_name(path) + (".__init__" if path.name == "__init__.py" else "")
    return faults_in(name, path.read_text(encoding="utf-8"))


MODULES = sorted(SERVER.glob("passalong/**/*.py"))
LAYERED = [path for path in MODULES if _layer_of(_module_name(path))]
DOCUMENTED = [path for path in MODULES if _module_name(path).startswith(("passalong.core", "passalong.flow"))]


def _names(paths: list[Path]) -> list[str]:
    return [_module_name(path) for path in paths]


@pytest.mark.parametrize("path", LAYERED, ids=_names(LAYERED))
def test_a_module_keeps_to_its_layer(path: Path) -> None:
    assert _faults_of_file(path) == []


@pytest.mark.parametrize("path", MODULES, ids=_names(MODULES))
def test_a_module_begins_with_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not tree.body or ast.get_docstring(tree), f"{path.name} has no docstring"


@pytest.mark.parametrize("path", DOCUMENTED, ids=_names(DOCUMENTED))
def test_a_public_function_of_core_and_flow_says_why_it_exists(path: Path) -> None:
    assert _undocumented(path.read_text(encoding="utf-8")) == []


def _undocumented(text: str) -> list[str]:
    functions = (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [node.name for node in functions if not node.name.startswith("_") and not ast.get_docstring(node)]


def test_a_file_is_short_enough_to_be_read() -> None:
    assert {name: lines for name, lines in _line_counts(SERVER) if lines > LINES_A_FILE_MAY_HAVE} == {}


def _line_counts(folder: Path) -> Iterator[tuple[str, int]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or "__pycache__" in path.parts or ".egg-info" in name or name in LONGER_FILES_WITH_A_REASON:
            continue
        content = path.read_bytes()
        if b"\0" not in content:  # a font or a picture has no lines
            yield name, content.count(b"\n")


# --- the checker sees what it is there to see -------------------------------------------------------------------------

PLANTED = [
    ("passalong.core.x", "import flask", "imports flask"),
    ("passalong.core.x", "from sqlalchemy import select", "imports sqlalchemy.select"),
    ("passalong.core.x", "import time", "imports time"),
    ("passalong.core.x", "from os import environ", "imports os.environ"),
    ("passalong.core.x", "from random import random", "imports random.random"),
    ("passalong.core.x", "import logging", "imports logging"),
    ("passalong.core.x", "import babel", "imports babel"),
    ("passalong.core.x", "from datetime import datetime\nAT = datetime.now()", "says .now"),
    ("passalong.core.x", "from datetime import date\nAT = date.today()", "says .today"),
    ("passalong.core.x", "from passalong.store import tables", "imports passalong.store.tables"),
    ("passalong.core.x", "from ..store import tables", "imports passalong.store.tables"),
    ("passalong.core.x", "from passalong import clock", "imports passalong.clock"),
    ("passalong.core.__init__", "from ..web import notes", "imports passalong.web.notes"),
    ("passalong.core.x", "def f():\n    import passalong.flow", "line 2 imports passalong.flow"),
    ("passalong.store.x", "from passalong.flow import fold", "imports passalong.flow.fold"),
    ("passalong.store.x", "import passalong.web.api", "imports passalong.web.api"),
    ("passalong.store.x", "from flask import g", "imports flask.g"),
    ("passalong.store.x", "from passalong.clock import now", "imports passalong.clock.now"),
    ("passalong.store.x", "def save(session):\n    session.commit()", "line 2 says .commit"),
    ("passalong.flow.x", "import flask", "imports flask"),
    ("passalong.flow.x", "from passalong.web import api", "imports passalong.web.api"),
    ("passalong.flow.x", "from passalong.app import create_app", "imports passalong.app.create_app"),
    ("passalong.web.x", "from passalong.cli import main", "imports passalong.cli.main"),
    ("passalong.web.x", "from passalong import app", "imports passalong.app"),
    ("passalong.web.x", "session.commit()", "says .commit"),
    ("passalong.web.x", "from sqlalchemy import insert", "imports insert from sqlalchemy"),
    ("passalong.web.x", "from sqlalchemy.dialects.sqlite import insert", "imports insert from sqlalchemy"),
    ("passalong.web.x", "from sqlalchemy import update as change", "imports update from sqlalchemy"),
    ("passalong.web.x", "import sqlalchemy as sa\nsa.delete(sites)", "calls sa.delete"),
    ("passalong.web.x", "session.add(site)", "calls session.add"),
    ("passalong.web.x", "run(text('UPDATE sites SET name = 1'))", "spells out UPDATE"),
    ("passalong.clock", "from passalong.store import sites", "imports passalong.store.sites"),
]

INNOCENT = [
    ("passalong.core.x", "from dataclasses import dataclass\nimport msgspec\nfrom passalong.core.terms import Terms"),
    ("passalong.core.x", "from datetime import UTC, datetime\nAT = datetime.fromtimestamp(0, UTC)"),
    ("passalong.store.x", "from sqlalchemy import insert, select\nfrom passalong.core import facts"),
    ("passalong.flow.x", "from passalong.clock import Clock\n\ndef f(session):\n    session.commit()"),
    ("passalong.web.x", "from flask import Blueprint\nseen = set()\nseen.add(1)\n{}.update(a=1)"),
    ("passalong.app", "from passalong.web import api\nfrom passalong.store import engine"),
]


@pytest.mark.parametrize(("module", "text", "fault"), PLANTED, ids=[f"{case[0]}: {case[2]}" for case in PLANTED])
def test_a_planted_fault_is_found(module: str, text: str, fault: str) -> None:
    assert any(fault in found for found in faults_in(module, text))


@pytest.mark.parametrize(("module", "text"), INNOCENT, ids=[case[0] for case in INNOCENT])
def test_an_innocent_module_is_left_alone(module: str, text: str) -> None:
    assert faults_in(module, text) == []


def test_a_missing_docstring_is_found() -> None:
    assert _undocumented("def shown():\n    pass\n\ndef _hidden():\n    pass") == ["shown"]


def test_a_file_that_is_too_long_is_found(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text("x = 1\n" * (LINES_A_FILE_MAY_HAVE + 1))
    assert dict(_line_counts(tmp_path)) == {"long.py": 301}
