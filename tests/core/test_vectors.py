"""Vectors computed elsewhere, with exact fractions: those that fit what the rule does today.

The file also has vectors of models that are not built (first, position, Markov…); `USED` says which ones are checked
here and a test counts them, so that the list cannot shrink unseen.
"""

import json
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from core.journeys import PURCHASE_MS, a_journey
from passalong.core.attribution import (
    POOL,
    Hop,
    Journey,
    Touch,
    allocate,
    chain,
    eligible,
    generations,
)
from passalong.core.ledger import ISSUED, adjustment
from passalong.core.money import exponent, largest_remainder, micros_from_minor
from passalong.core.terms import Goal, Terms

FILE = Path(__file__).parents[2].parent / "shared" / "data" / "attribution_vectors.json"
if not FILE.exists():
    pytest.skip(f"the vectors are not part of the project: no {FILE.name} beside it", allow_module_level=True)

LINEAR_UNIQUE = ["MT-01", "MT-02a", "MT-02b", "MT-02d", "MT-05"]
TOUCHES = [*LINEAR_UNIQUE, "MT-08", "MT-10"]
COMBINED = ["CB-01", "CB-03", "CB-05"]
OTHERS = ["CH-02", "CH-06", "RD-01", "RD-04", "PL-01"]
USED = {*TOUCHES, *COMBINED, *OTHERS}
NOT_BUILT = {
    "MT-03": "time decay",
    "MT-07": "last-n-touch",
    "SH-01": "Shapley values of a measured game, for reports",
    "SH-03": "ordered Shapley, for reports",
    "MK-02": "Markov removal, for reports",
    "MK-03": "Markov removal, for reports",
    "UP-01": "uplift, for reports",
    "CH-01": "recursive half",
    "CH-04": "equal chain",
    "CH-05": "almost uniform chain",
    "TR-01": "tree rewards",
    "PL-02": "pachira",
    "RD-03": "negative totals: a refund posts a difference instead",
}


@cache
def vectors() -> dict[str, Any]:
    """Every vector by its id."""
    return {vector["id"]: vector for vector in json.loads(FILE.read_text(encoding="utf-8"))["vectors"]}


def case(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a vector gives, and what it expects."""
    return vectors()[name]["input"], vectors()[name]["expected"]


def test_every_vector_is_either_checked_here_or_of_something_that_is_not_built() -> None:
    assert set(vectors()) == USED | set(NOT_BUILT)
    assert (len(USED), len(NOT_BUILT)) == (15, 13)
    assert not USED & set(NOT_BUILT)


def _journey(given: dict[str, Any]) -> Journey:
    """Single-hop touches by their advocate and age."""
    terms = Terms(goals=(Goal("purchase", "EUR", rate_bp=2_000),), window_days=90)
    if "window_seconds" in given:
        terms = replace(terms, window_days=given["window_seconds"] // 86_400)
    touches = tuple(
        Touch(found["event_id"], PURCHASE_MS - found["age_seconds"] * 1000, (Hop("s", found["advocate"]),), terms)
        for found in given["touches"]
    )
    return a_journey(*touches, converter=given.get("converter_cluster", "nobody"), terms=terms)


def _touch_shares(journey: Journey) -> dict[str, Fraction]:
    return {part.recipient: part.touch_share for part in allocate(journey).parts if part.level == 0}


@pytest.mark.parametrize("name", TOUCHES)
def test_touches_share_as_computed(name: str) -> None:
    given, expected = case(name)
    credits = expected["linear_unique"] if name in LINEAR_UNIQUE else expected["credits"]
    journey = _journey(given)
    assert _touch_shares(journey) == {who: Fraction(share) for who, share in credits.items()}
    if "eligible" in expected:
        assert [touch.event_id for touch in eligible(journey)[0]] == expected["eligible"]


def _combined(given: dict[str, Any]) -> Journey:
    rate_bp = Fraction(given["rho"]) * 10_000
    goal = Goal("purchase", "EUR", rate_bp=rate_bp.numerator)
    terms = Terms(goals=(goal,), window_days=given["window_seconds"] // 86_400)

    def path(share: str | None) -> tuple[Hop, ...]:
        if share is None:
            return ()
        made = given["shares"][share]
        return (Hop(share, made["owner"]), *path(made["parent"]))

    touches = tuple(
        Touch(found["event_id"], PURCHASE_MS - found["age_seconds"] * 1000, path(found["share"]), terms)
        for found in given["touches"]
    )
    journey = a_journey(*touches, conversion_id=given["conversion_id"], converter=given["converter"], terms=terms)
    return replace(journey, gross_micros=given["value_micros"])


@pytest.mark.parametrize("name", COMBINED)
def test_a_whole_conversion_is_allocated_as_computed(name: str) -> None:
    given, expected = case(name)
    allocation = allocate(_combined(given))
    assert allocation.budget_micros == expected["budget_micros"]
    assert allocation.amounts == expected["micros"]
    touched = {found["event_id"]: found["share"] for found in given["touches"]}
    lines = {
        (touched[part.event_id], part.level, part.recipient, part.touch_share * part.level_share)
        for part in allocation.parts
    }
    assert lines == {(share, at, who, Fraction(part)) for share, at, who, part in expected["lines"]}
    exact = {who: Fraction(part) * allocation.budget_micros for who, part in expected["fractions"].items()}
    assert all(abs(allocation.amounts[who] - amount) < 1 for who, amount in exact.items())


def test_a_refund_posts_the_difference_as_computed() -> None:
    given, expected = case("CB-03")
    allocation = allocate(_combined(given))
    desired = {(who, "EUR"): amount for who, amount in allocation.amounts.items()}
    posted = {(who, "EUR"): amount for who, amount in given["already_posted"].items()}
    lines = {line.account: line.amount_micros for line in adjustment(desired, posted, "waiting", "2026-11")}
    change = expected["delta_posting"]
    assert lines == {
        "pool:2026-11": change[POOL],
        ISSUED: -expected["delta_sum"],
        **{f"advocate:{who}:waiting": amount for who, amount in change.items() if who != POOL},
    }


def test_generations_share_as_computed() -> None:
    _, expected = case("CH-02")
    for length, shares in expected.items():
        closest_first = chain([Hop(f"s{place}", f"p{place}") for place in range(int(length))], "cleo")
        found = [str(part) for part in generations("fair", len(closest_first))]
        assert found[::-1] == shares["shares"]
        assert str(1 - sum(map(Fraction, found))) == shares["pool"]


def test_the_gain_of_clones_is_what_was_computed() -> None:
    """The largest gain over every length, position and number of clones that the vector looked at."""
    given, expected = case("CH-06")
    wanted = expected["geometric_default_80_16_4"]

    def share(length: int, from_root: int) -> Fraction:
        level = length - from_root
        return generations("fair", length)[level]

    gains = [
        sum(share(length + clones, place + clone) for clone in range(clones + 1)) / share(length, place) - 1
        for length in range(1, given["t_max"] + 1)
        for place in range(1, length + 1)
        for clones in range(1, given["n_max"] + 1)
        if share(length, place)
    ]
    assert max(gains) == Fraction(wanted["max_clone_gain"])
    sums = [sum(generations("fair", length), Fraction(0)) for length in range(1, 5)]
    assert [str(total) for total in sums] == wanted["sum_t1_to_t4"]


def test_equal_remainders_are_broken_as_computed() -> None:
    given, expected = case("RD-01")
    exact = {who: Fraction(amount) for who, amount in given["exact"].items()}
    found = {name: largest_remainder(exact, given["total"], name) for name in given["conversion_ids"]}
    assert found == expected


def test_a_pool_is_rounded_as_computed() -> None:
    given, expected = case("PL-01")
    exact = {who: Fraction(amount) for who, amount in expected["exact"].items()}
    assert largest_remainder(exact, given["pool_minor"], "pool") == expected["minor"]


def test_currencies_have_the_exponents_of_iso_4217() -> None:
    _, expected = case("RD-04")
    found = {unit: {"exponent": exponent(unit), "micros_per_minor": micros_from_minor(1, unit)} for unit in expected}
    assert found == expected
