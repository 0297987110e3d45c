"""Docstrings and names are plain engineering English, and the terms of the glossary exist in the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

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

PARTICIPLES = frozenset(
    (
        "found",
        "known",
        "said",
        "made",
        "told",
        "kept",
        "one",
        "asked",
        "mine",
        "given",
        "held",
        "done",
        "shown",
        "taken",
    )
)
MOST_PARTICIPLES = {"core": 2, "store": 22, "flow": 27, "web": 24, "cli": 0}
"""Variables and parameters of a layer that are named by a participle, not by what they hold. Only lower these."""
OLD_NOUNS = re.compile(r"\b(?:Welcome|Limb|Till|_Tally|Carrier|Letterbox|Doors?|Parts|Counters)\b")
"""Class names of before there was one noun for each feature (docs/glossary.md)."""


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


def _participles(text: str) -> int:
    """Return how many times a variable or a parameter is bound whose name is a participle."""
    nodes = list(ast.walk(ast.parse(text)))
    bound = [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return len(
        [name for name in (*bound, *(node.arg for node in nodes if isinstance(node, ast.arg))) if name in PARTICIPLES]
    )


@pytest.mark.parametrize("layer", MOST_PARTICIPLES)
def test_no_more_variables_than_before_are_named_by_a_participle(layer: str) -> None:
    """If this is lower than the number, lower the number; if it is higher, name the variable by what it holds."""
    files = [path for path in _sources() if path.relative_to(SERVER).parts[0] == layer]
    assert sum(_participles(path.read_text(encoding="utf-8")) for path in files) <= MOST_PARTICIPLES[layer]


def test_a_variable_named_by_a_participle_is_counted() -> None:
    assert _participles("def f(asked, site):\n    found = site\n    return [one for one in found]") == 3


def test_no_class_has_a_noun_that_went() -> None:
    definitions = {path: re.findall(r"(?m)^class (\w+)", path.read_text(encoding="utf-8")) for path in _sources()}
    assert [name for names in definitions.values() for name in names if OLD_NOUNS.fullmatch(name)] == []
    assert OLD_NOUNS.fullmatch("Limb")


def test_english_pages_write_percent_without_a_space() -> None:
    """Other languages follow their own custom: German writes `10 %`."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted((SERVER / "i18n/en").rglob("*.json"))}
    assert len(texts) > 40
    assert [name for name, text in texts.items() if re.search(r"[\d}][ \u00a0\u202f]%", text)] == []
