"""Run vectors against the real functions: a file of inputs with expected values that were computed elsewhere.

A file has `{"schema": "attribution-vectors/1", "vectors": [{"id", "kind", "input", "expected"}, …]}`; fractions are
"p/q". Each kind is one function of core.vectors.kinds. Theory-only vectors are skipped by name.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from passalong.core.vectors import journeys, kinds
from passalong.core.vectors.kinds import Case, Compared

SCHEMA = "attribution-vectors/1"


class Outcome(Struct, frozen=True):
    """The result of a file: the number of values compared, and a sentence for each value that differs.

    `skipped` names theory that nobody can choose here; `unknown` names kinds and models that are not known here.
    """

    compared: int
    mismatches: tuple[str, ...]
    skipped: tuple[str, ...]
    unknown: tuple[str, ...] = ()


class BadVectorsError(ValueError):
    """The file holds no vectors; says what is wrong with it."""


KINDS: Mapping[str, Callable[[Case, Case], Compared]] = {
    "multi_touch": kinds.multi_touch,
    "last_n_touch": kinds.last_n_touch,
    "lookback": kinds.eligibility,
    "self_exclusion": kinds.eligibility,
    "shapley_game": kinds.shapley_game,
    "ordered_shapley": kinds.ordered,
    "markov": kinds.markov,
    "uplift": kinds.uplifts,
    "chain_mit": kinds.chain_mit,
    "chain_geometric": kinds.chain_geometric,
    "chain_manipulability": kinds.manipulability,
    "pool_proportional": kinds.pool_proportional,
    "pool_pachira": kinds.pool_pachira,
    "rounding": kinds.rounding,
    "rounding_negative": kinds.rounding_negative,
    "currency": kinds.currency,
    "combined_default": journeys.combined,
    "combined_refund": journeys.combined,
    "combined_unattributed": journeys.combined,
    "journey": journeys.journey,
}
THEORY = ("chain_equal", "chain_almost_uniform", "tree_geometric")
"""Rules of the literature that nobody can choose here: each pays more than its pot, or rewards going around people."""


def check(document: Any) -> Outcome:
    """Run every vector of a decoded file. Raises BadVectorsError when it is none."""
    if not isinstance(document, dict) or document.get("schema") != SCHEMA or not document.get("vectors"):
        raise BadVectorsError(f'A file of vectors says "schema": "{SCHEMA}" and has some under "vectors".')
    compared, mismatches, unknown, skipped = 0, [], [], []
    for vector in document["vectors"]:
        name, kind = _name(vector)
        if kind in THEORY:
            skipped.append(f"{name} {kind}")
            continue
        if kind not in KINDS:
            unknown.append(f"{name} {kind}")
            continue
        for label, expected, actual in _run(name, kind, vector):
            if actual is kinds.SKIPPED or actual is kinds.UNKNOWN:
                (skipped if actual is kinds.SKIPPED else unknown).append(f"{name} {label}")
                continue
            compared += 1
            if expected != actual:
                mismatches.append(f"{name} {label}: expected {expected}, found {actual}")
    table = document.get("time_decay_table")
    if table is not None:
        compared += 1
        mismatches += _table(table)
    return Outcome(compared, tuple(mismatches), tuple(skipped), tuple(unknown))


def _name(vector: Any) -> tuple[str, str]:
    try:
        return str(vector["id"]), str(vector["kind"])
    except (TypeError, KeyError):
        raise BadVectorsError("Every vector has an id and a kind.") from None


def _run(name: str, kind: str, vector: Case) -> Compared:
    try:
        return list(KINDS[kind](vector["input"], vector["expected"]))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ZeroDivisionError) as error:
        return [("input", "something to work with", f"{type(error).__name__}: {error}")]


def _table(table: Case) -> list[str]:
    wanted, actual = table.get("sha256_of_comma_joined_weights"), kinds.decay_table_hash()
    return [] if wanted == actual else [f"time_decay_table: expected {wanted}, found {actual}"]
