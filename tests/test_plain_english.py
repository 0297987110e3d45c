"""Docstrings are plain engineering English, and the terms of the glossary exist in the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SERVER = ROOT / "server" / "passalong"
RIDDLES = re.compile(r"(?:What|Who|Whoever|Whose|Whatever|Somebody|Nobody)\b")
TERMS = (
    *("advocate", "attribution", "claim", "conversion", "credit", "decision", "fold", "gate", "group commit"),
    *("hand-over", "hold", "idempotent", "journal", "lease", "magic link", "outbox", "passkey", "payout"),
    *("personal code", "pool", "proof", "quarantine", "rate limit", "receipt", "recovery words", "redemption"),
    *("referee reward", "refund", "replay", "retry", "rollup", "settle", "share tree", "slice", "statement"),
    *("terms", "token", "touch", "unsubscribe", "visit"),
)
"""Terms that a newcomer searches for: each is used in a docstring, and most are a row of docs/glossary.md."""


def _docstrings(text: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            said = ast.get_docstring(node)
            if said:
                yield getattr(node, "name", "module"), said


def riddles_in(text: str) -> list[str]:
    """Return the names of functions, classes and modules whose docstring begins with a free relative clause."""
    return [name for name, said in _docstrings(text) if RIDDLES.match(said)]


def _sources() -> list[Path]:
    return [path for path in sorted(SERVER.rglob("*.py")) if "versions" not in path.parts]


def test_a_docstring_begins_with_a_verb_or_a_noun_phrase() -> None:
    found = {path.relative_to(SERVER).as_posix(): riddles_in(path.read_text(encoding="utf-8")) for path in _sources()}
    assert {name: names for name, names in found.items() if names} == {}


def test_the_docs_of_a_constant_begin_so_too() -> None:
    opening = re.compile(rf'(?m)^ *"""{RIDDLES.pattern}')
    assert [path.name for path in _sources() if opening.search(path.read_text(encoding="utf-8"))] == []


def test_a_planted_riddle_is_found() -> None:
    assert riddles_in('def put():\n    """What is kept of it."""\n\ndef get():\n    """Return it."""') == ["put"]


def test_every_standard_term_is_used_in_a_docstring() -> None:
    everything = "\n".join(said for path in _sources() for _, said in _docstrings(path.read_text(encoding="utf-8")))
    plain = re.sub(r"\s+", " ", everything).lower()
    assert [term for term in TERMS if not re.search(rf"\b{term}", plain)] == []
