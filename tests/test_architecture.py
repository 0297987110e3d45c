"""Check the arrows `web → flow → store → core` and the arrows between rooms by reading imports and calls.

A reader of `core` never has to think of a database, a reader of `web` never of money. The last tests plant each kind
of fault, so a green run means that the checker works.
"""

import ast
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest

SERVER = Path(__file__).parents[1] / "server"
LINES_A_FILE_MAY_HAVE = 300
# A record of what was made, and the types of every body and answer of the API, which a command writes.
LONGER_FILES_WITH_A_REASON = frozenset(
    {"passalong/migrations/versions/0001_the_first_tables.py", "passalong/client/types.py"}
)


class Layer(NamedTuple):
    """What the modules of one layer may import and may never say."""

    ours: frozenset[str]
    libraries: frozenset[str] | None  # None: any but the forbidden ones
    forbidden_libraries: frozenset[str]
    forbidden_calls: frozenset[str]
    may_write: bool


WEB_LIBRARIES = frozenset({"flask", "werkzeug", "gunicorn", "a2wsgi", "uvloop"})
# A mail is a template as a page is, but flow fills it through lib/templates.py, which escapes and knows no request.
TEMPLATE_LIBRARY = frozenset({"jinja2"})
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
        forbidden_libraries=WEB_LIBRARIES | TEMPLATE_LIBRARY,
        forbidden_calls=frozenset({"commit"}),
        may_write=True,
    ),
    "flow": Layer(
        ours=frozenset({"core", "store", "flow", "lib", "i18n", "settings", "key_files"}),
        libraries=None,
        forbidden_libraries=WEB_LIBRARIES | TEMPLATE_LIBRARY,
        forbidden_calls=frozenset(),
        may_write=True,
    ),
    "integrations": Layer(
        ours=frozenset({"core", "store", "flow", "web", "integrations"}),
        libraries=None,
        forbidden_libraries=frozenset({"sqlalchemy"}),
        forbidden_calls=frozenset({"commit"}),
        may_write=False,
    ),
    "web": Layer(
        ours=frozenset({"core", "store", "flow", "web", "lib", "i18n", "settings"}),
        libraries=None,
        forbidden_libraries=frozenset(),
        forbidden_calls=frozenset({"commit"}),
        may_write=False,
    ),
}
# These stand beside the layers and are used by several, so they may use none but core.
HELPERS = Layer(
    ours=frozenset({"core", "lib", "i18n"}),
    libraries=None,
    forbidden_libraries=WEB_LIBRARIES,
    forbidden_calls=frozenset({"commit"}),
    may_write=False,
)
LAYER_OF_HELPER = dict.fromkeys(("lib", "i18n"), HELPERS)

ROOMS = {
    "core": (
        *(
            "reasons",
            "money",
            "dates",
            "pages",
            "pools",
            "redemptions",
            "identity",
            "names",
            "cards",
            "share_tree",
            "identity_facts",
            "claim_facts",
            "tries",
            "thanks",
            "conversions",
            "facts",
            "decisions",
            "privileges",
            "shops",
            "imports",
        ),
        *("integrity", "terms", "sites", "attribution", "reports", "ledger", "webhooks", "transparency", "vectors"),
    ),
    "store": (
        *("database_errors", "schema", "engine", "bulk", "prebuilt", "durability", "advocate_rows", "few", "sites"),
        *(
            "key_fingerprints",
            "event_log",
            "refusals",
            "outbox",
            "attached",
            "webhooks",
            "books",
            "people",
            "transparency",
        ),
        *("shops", "queries"),
    ),
    "flow": (
        *(
            "transaction",
            "impersonation",
            "instance_keys",
            "ingest",
            "webhooks",
            "fold",
            "deadlines",
            "explain",
            "cards",
            "tries",
            "doctor",
        ),
        *(
            "signin",
            "personal_codes",
            "conversions",
            "redemptions",
            "claim_promises",
            "claims",
            "mail",
            "erasure",
            "transparency",
            "replay",
            "shops",
            "backup",
            "owners",
        ),
    ),
    "web": ("http", "browser", "api", "portal", "console", "public"),
}
"""The rooms of each layer (folders, and files that are a room of their own), from the bottom to the top.

A room may import itself and the rooms that are listed before it, so there is no cycle.
"""
FILES_DIRECTLY_IN_A_LAYER = 12
LINES_A_FUNCTION_MAY_HAVE = 40
LONGER_FUNCTIONS_WITH_A_REASON: frozenset[str] = frozenset()
PARAMETERS_A_FUNCTION_MAY_HAVE = 5
MORE_PARAMETERS_WITH_A_REASON: frozenset[str] = frozenset()

SQL_WRITES = frozenset({"insert", "update", "delete"})
SESSION_WRITES = frozenset({"add", "add_all", "delete", "merge", "flush", "bulk_save_objects"})


# --- the checker ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _parsed(text: str) -> ast.Module:
    """The tree of one text, for all who look at it in turn."""
    return ast.parse(text)


@lru_cache(maxsize=1)
def _nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree))


def faults_in(module: str, text: str) -> list[str]:
    """Return every way in which the text of `module` (a dotted name) leaves its layer, each with its line number."""
    layer = _layer_of(module)
    if layer is None:
        return []
    tree = _parsed(text)
    faults = [*_import_faults(module, layer, tree), *_room_faults(module, tree), *_call_faults(layer, tree)]
    if not layer.may_write:
        faults += _write_faults(tree)
    return faults


def _layer_of(module: str) -> Layer | None:
    """The rules of a module; None for those that put the others together and may import everything."""
    name = module.removeprefix("passalong").strip(".").partition(".")[0]
    return LAYERS.get(name) or LAYER_OF_HELPER.get(name)


def _imports(module: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every imported dotted name with its line: `from a import b` gives a.b, relative ones are resolved."""
    for node in _nodes(tree):
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


def _room_faults(module: str, tree: ast.AST) -> Iterator[str]:
    """Imports of a room that is listed above the module's own room, or that is not listed at all."""
    layer, room = _room_of(module)
    if room is None:
        return
    rooms = ROOMS[layer]
    if room not in rooms:
        yield f"is in {layer}/{room}, which ROOMS does not list"
        return
    for line, name in _imports(module, tree):
        other_layer, other = _room_of(name)
        if other_layer == layer and other is not None and other not in rooms[: rooms.index(room) + 1]:
            yield f"line {line} imports {name}: {layer}/{other} is above {layer}/{room}"


def _room_of(module: str) -> tuple[str, str | None]:
    parts = module.split(".")
    in_a_layer = len(parts) > 2 and parts[0] == "passalong" and parts[1] in ROOMS and parts[2] != "__init__"
    return (parts[1], parts[2]) if in_a_layer else ("", None)


def _library_allowed(root: str, layer: Layer) -> bool:
    return layer.libraries is None or root in layer.libraries or root in sys.stdlib_module_names


def _call_faults(layer: Layer, tree: ast.AST) -> Iterator[str]:
    for node in _nodes(tree):
        if isinstance(node, ast.Attribute) and node.attr in layer.forbidden_calls:
            yield f"line {node.lineno} says .{node.attr}"


def _write_faults(tree: ast.AST) -> Iterator[str]:
    """SQL that changes something: built, called on a session, or spelt out."""
    for node in _nodes(tree):
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


class Findings(NamedTuple):
    """What the checks found in all modules, by the module's name; each file is parsed once."""

    of_layers: dict[str, list[str]]
    no_docstring: list[str]
    undocumented: dict[str, list[str]]
    long_functions: dict[str, int]
    many_parameters: dict[str, int]


@pytest.fixture(scope="module")
def findings() -> Findings:
    """Look at every module once."""
    found = Findings({}, [], {}, {}, {})
    for path in MODULES:
        name, text = _module_name(path), path.read_text(encoding="utf-8")
        if _layer_of(name):
            found.of_layers[name] = _faults_of_file(path)
        if (tree := _parsed(text)).body and not ast.get_docstring(tree):
            found.no_docstring.append(name)
        if name.startswith(("passalong.core", "passalong.flow")):
            found.undocumented[name] = _undocumented(text)
        found.long_functions.update({f"{name}.{function}": lines for function, lines in _long_functions(path)})
        found.many_parameters.update({f"{name}.{function}": count for function, count in _many_parameters(path)})
    return found


def test_a_module_keeps_to_its_layer(findings: Findings) -> None:
    assert {name: faults for name, faults in findings.of_layers.items() if faults} == {}
    assert len(findings.of_layers) > 100


def test_a_module_begins_with_what_it_is(findings: Findings) -> None:
    assert findings.no_docstring == []


def test_a_public_function_of_core_and_flow_says_why_it_exists(findings: Findings) -> None:
    assert {name: functions for name, functions in findings.undocumented.items() if functions} == {}
    assert len(findings.undocumented) > 100


def _undocumented(text: str) -> list[str]:
    functions = (node for node in _parsed(text).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [node.name for node in functions if not node.name.startswith("_") and not ast.get_docstring(node)]


def test_a_file_is_short_enough_to_be_read() -> None:
    assert {name: lines for name, lines in _line_counts(SERVER) if lines > LINES_A_FILE_MAY_HAVE} == {}


@pytest.mark.parametrize("layer", ROOMS)
def test_a_layer_has_few_files_directly_in_it(layer: str) -> None:
    files = [path.name for path in (SERVER / "passalong" / layer).glob("*.py") if path.name != "__init__.py"]
    assert len(files) <= FILES_DIRECTLY_IN_A_LAYER, sorted(files)


@pytest.mark.parametrize("layer", ROOMS)
def test_every_listed_room_exists(layer: str) -> None:
    folder = SERVER / "passalong" / layer
    assert [
        room for room in ROOMS[layer] if not (folder / room).is_dir() and not (folder / f"{room}.py").exists()
    ] == []


def test_a_function_is_short_enough_to_be_read(findings: Findings) -> None:
    long = findings.long_functions
    assert {name: lines for name, lines in long.items() if name not in LONGER_FUNCTIONS_WITH_A_REASON} == {}
    assert long.keys() >= LONGER_FUNCTIONS_WITH_A_REASON, "an exception that is not needed any more"


def _long_functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in _nodes(_parsed(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and "versions" not in path.parts:
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LINES_A_FUNCTION_MAY_HAVE:
                yield node.name, lines


def test_a_function_has_few_parameters(findings: Findings) -> None:
    found = findings.many_parameters
    assert {name: count for name, count in found.items() if name not in MORE_PARAMETERS_WITH_A_REASON} == {}
    assert found.keys() >= MORE_PARAMETERS_WITH_A_REASON, "an exception that is not needed any more"


def _many_parameters(path: Path) -> Iterator[tuple[str, int]]:
    """Functions with more parameters than allowed; a command has one for each of its options."""
    if "versions" in path.parts:
        return
    for node in _nodes(_parsed(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_command(node):
            names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            count = len([name for name in names if name not in ("self", "cls")])
            if count > PARAMETERS_A_FUNCTION_MAY_HAVE:
                yield node.name, count


def _is_command(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    called = (one.func for one in node.decorator_list if isinstance(one, ast.Call))
    return any(isinstance(func, ast.Attribute) and func.attr == "command" for func in called)


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
    ("passalong.core.x", "from passalong.store import sites", "imports passalong.store.sites"),
    ("passalong.core.x", "from ..store import sites", "imports passalong.store.sites"),
    ("passalong.core.x", "from passalong.lib import clock", "imports passalong.lib.clock"),
    ("passalong.core.__init__", "from ..web import notes", "imports passalong.web.notes"),
    ("passalong.core.x", "def f():\n    import passalong.flow", "line 2 imports passalong.flow"),
    ("passalong.store.x", "from passalong.flow import fold", "imports passalong.flow.fold"),
    ("passalong.store.x", "import passalong.web.api", "imports passalong.web.api"),
    ("passalong.store.x", "from flask import g", "imports flask.g"),
    ("passalong.store.x", "from passalong.lib.clock import now", "imports passalong.lib.clock.now"),
    ("passalong.store.x", "def save(session):\n    session.commit()", "line 2 says .commit"),
    ("passalong.flow.x", "import flask", "imports flask"),
    ("passalong.flow.mail.x", "from jinja2 import Template", "imports jinja2.Template"),
    ("passalong.lib.x", "from flask import render_template", "imports flask.render_template"),
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
    ("passalong.core.terms.x", "from passalong.core.ledger import pool", "core/ledger is above core/terms"),
    ("passalong.flow.ingest.x", "from passalong.flow.fold.slice import Slice", "flow/fold is above flow/ingest"),
    ("passalong.web.portal.x", "from passalong.web.console import claims", "web/console is above web/portal"),
    ("passalong.web.attic.x", "import json", "is in web/attic, which ROOMS does not list"),
    ("passalong.lib.clock", "from passalong.store import sites", "imports passalong.store.sites"),
]

INNOCENT = [
    (
        "passalong.core.ledger.x",
        "from dataclasses import dataclass\nimport msgspec\nfrom passalong.core.terms.model import Terms",
    ),
    ("passalong.core.terms.x", "from datetime import UTC, datetime\nAT = datetime.fromtimestamp(0, UTC)"),
    ("passalong.store.queries.x", "from sqlalchemy import insert, select\nfrom passalong.core import facts"),
    ("passalong.flow.owners.x", "from passalong.lib.clock import Clock\n\ndef f(session):\n    session.commit()"),
    ("passalong.web.console.x", "from flask import Blueprint\nseen = set()\nseen.add(1)\n{}.update(a=1)"),
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


def test_a_function_with_too_many_parameters_is_found(tmp_path: Path) -> None:
    (tmp_path / "many.py").write_text("def few(a, b, c, d, e): ...\n\ndef many(a, b, *, c, d, e, f): ...\n")
    assert dict(_many_parameters(tmp_path / "many.py")) == {"many": 6}


@pytest.mark.parametrize("layer", ROOMS)
def test_the_glossary_names_every_room(layer: str) -> None:
    glossary = (SERVER.parent / "docs/glossary.md").read_text(encoding="utf-8")
    assert [room for room in ROOMS[layer] if f"{layer}/{room}" not in glossary] == []


# --- the fold's memory ------------------------------------------------------------------------------------------------


def test_every_book_is_the_generic_one_or_says_why_not() -> None:
    files = sorted((SERVER / "passalong/store/books").glob("*.py"))
    classes = [node for path in files for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)]
    books = [node for node in classes if node.name.endswith("Book") and node.name != "Book"]
    own = [node for node in books if not any(ast.unparse(base).startswith("Book[") for base in node.bases)]
    assert 0 < len(own) < len(books)
    assert [node.name for node in own if "Not a `Book`:" not in (ast.get_docstring(node) or "")] == []
