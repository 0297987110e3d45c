"""Vectors, run as `passalong vectors` runs them: those computed elsewhere, our own, and files with something wrong."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any, get_args

import pytest

from passalong.core.reasons import Reason
from passalong.core.terms.model import GenerationModel
from passalong.core.vectors.kinds import MECHANISMS, TOUCH_MODELS
from passalong.core.vectors.run import KINDS, THEORY, BadVectorsError, check

ROOT = Path(__file__).parents[3]
OURS = ROOT / "docs" / "vectors.json"
SHARED = ROOT.parent / "shared" / "data" / "attribution_vectors.json"
shared_only = pytest.mark.skipif(not SHARED.exists(), reason="these vectors are not part of the project")


def read(file: Path) -> dict[str, Any]:
    """A file of vectors."""
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document


@shared_only
def test_every_vector_that_was_computed_elsewhere_comes_out() -> None:
    outcome = check(read(SHARED))
    assert outcome.mismatches == ()
    assert outcome.compared == 104


@shared_only
def test_theory_only_vectors_are_skipped_by_name() -> None:
    assert sorted(check(read(SHARED)).skipped) == [
        "CH-04 chain_equal",
        "CH-05 chain_almost_uniform",
        "CH-06 equal_shapley",
        "CH-06 geometric_root_absorbs",
        "MT-01 time_decay_step",
        "MT-02a time_decay_step",
        "MT-02b time_decay_step",
        "MT-02d time_decay_step",
        "MT-03 time_decay_step",
        "MT-05 published_time_decay_usd",
        "TR-01 tree_geometric",
    ]


def test_our_own_vectors_come_out_and_none_is_skipped() -> None:
    outcome = check(read(OURS))
    assert (outcome.mismatches, outcome.skipped) == ((), ())
    assert outcome.compared == 5 * len(read(OURS)["vectors"]) == 100


def test_every_model_that_can_be_chosen_is_compared() -> None:
    assert set(MECHANISMS.values()) == set(get_args(GenerationModel))
    assert len(TOUCH_MODELS) == 7  # and last_n, which has a kind of its own
    assert not set(THEORY) & set(KINDS)


CHANGES = [
    ("OW-01", lambda vector: vector["input"]["touches"][1].update(age_seconds=90)),
    ("OW-02", lambda vector: vector["input"].update(banned=[])),
    ("OW-04", lambda vector: vector["input"].update(converter="nobody")),
    ("OW-05", lambda vector: vector["expected"]["ignored"].clear()),
    ("OW-06", lambda vector: vector["expected"]["micros"].update(ben=2_400_001)),
    ("OW-08", lambda vector: vector["input"]["limits"][0].update(most_micros=5_000_001)),
    ("OW-12", lambda vector: vector["input"]["shares"]["s2"].update(terms="v1")),
    ("OW-16", lambda vector: vector["expected"].update(refusal=Reason.NO_TOKEN)),
]


@pytest.mark.parametrize(("name", "change"), CHANGES, ids=[name for name, _ in CHANGES])
def test_a_vector_that_says_something_else_is_named(name: str, change: Any) -> None:
    document = deepcopy(read(OURS))
    change(next(vector for vector in document["vectors"] if vector["id"] == name))
    found = check(document).mismatches
    assert found
    assert all(mismatch.startswith(f"{name} ") for mismatch in found)


@shared_only
def test_a_number_that_is_changed_in_any_vector_computed_elsewhere_is_found() -> None:
    """Each expected text or number in turn: what nobody compares would go unseen here."""
    document = read(SHARED)
    skipped = {tuple(name.split()) for name in check(document).skipped}
    unseen = []
    for at, vector in enumerate(document["vectors"]):
        for label, place in _leaves(vector["expected"]):
            if (vector["id"], label) in skipped or vector["kind"] in THEORY:
                continue
            changed = deepcopy(document)
            holder = changed["vectors"][at]["expected"]
            for step in place[:-1]:
                holder = holder[step]
            holder[place[-1]] = "another"
            if not check({**changed, "vectors": [changed["vectors"][at]], "time_decay_table": None}).mismatches:
                unseen.append((vector["id"], place))
    assert [(name, place) for name, place in unseen if not _derived(place)] == []


def _derived(place: tuple[Any, ...]) -> bool:
    """Where a largest gain is reached, and by whom: that it is reached at all is what counts."""
    return bool({"at_t_k_n", "closer_at_t_n", "max_clone_gain_closer"} & set(place))


def _leaves(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[str, tuple[Any, ...]]]:
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in _leaves(inner, (*place, key))]
    if isinstance(value, list):
        return [leaf for key, inner in enumerate(value) for leaf in _leaves(inner, (*place, key))]
    return [(str(place[0]), place)]


@pytest.mark.parametrize(
    "document",
    [None, [], {}, {"schema": "attribution-vectors/1"}, {"schema": "x", "vectors": [{}]}, 7, "text"],
)
def test_a_file_without_vectors_is_refused(document: Any) -> None:
    with pytest.raises(BadVectorsError):
        check(document)


@pytest.mark.parametrize("vector", [None, 7, [], {}, {"id": "x"}])
def test_a_vector_without_a_name_is_refused(vector: Any) -> None:
    with pytest.raises(BadVectorsError, match="id and a kind"):
        check({"schema": "attribution-vectors/1", "vectors": [vector]})


def test_kinds_and_models_that_are_not_known_are_listed_apart() -> None:
    document = deepcopy(read(OURS))
    palmistry = {"id": "X-01", "kind": "palmistry", "input": {}, "expected": {"a": 1}}
    given = {"touches": [{"event_id": "t1", "advocate": "anna", "age_seconds": 60}]}
    coffee = {"id": "X-02", "kind": "multi_touch", "input": given, "expected": {"coffee_grounds": {"anna": "1"}}}
    plain = check(document)
    document["vectors"] += [palmistry, coffee]
    outcome = check(document)
    assert outcome.unknown == ("X-01 palmistry", "X-02 coffee_grounds")
    assert (outcome.mismatches, outcome.skipped, outcome.compared) == ((), (), plain.compared)


@pytest.mark.parametrize("kind", KINDS)
def test_a_vector_of_garbage_is_named_and_no_crash(kind: str) -> None:
    anything: list[Any] = [{}, {"touches": 7}, [], "x", None]
    for given in anything:
        vector = {"id": "X", "kind": kind, "input": given, "expected": {"a": 1}}
        outcome = check({"schema": "attribution-vectors/1", "vectors": [vector]})
        assert outcome.mismatches or outcome.unknown == ("X a",)
