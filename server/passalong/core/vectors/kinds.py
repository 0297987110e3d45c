"""One function for each kind of vector: from its input and what is expected to rows (label, expected, found)."""

import hashlib
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from passalong.core.attribution.allocate import DAY_MS, POOL, Hop, Journey, Touch, eligible, generations, split
from passalong.core.attribution.touches import decay_weight
from passalong.core.ledger import pool
from passalong.core.money import exponent, largest_remainder, micros_from_minor
from passalong.core.reports.markov import Walk, removal_effects
from passalong.core.reports.shapley import ordered_shapley, shapley, uplift
from passalong.core.terms.model import GenerationModel, Goal, Terms, TouchModel

Case = Mapping[str, Any]
Compared = Iterable[tuple[str, object, object]]
SKIPPED = object()
"""The result for a vector that is theory only."""
UNKNOWN = object()
"""The result for a model that this version does not know."""

AT_MS = 1_000 * DAY_MS
TOUCH_MODELS: Mapping[str, TouchModel] = {
    "first": "first",
    "last": "last",
    "last_non_direct": "last_non_direct",
    "linear_touch": "linear_touch",
    "linear_unique": "linear_unique",
    "position_40_20_40": "position",
    "time_decay_int": "time_decay",
}
MECHANISMS: Mapping[str, GenerationModel] = {
    "last_only": "none",
    "mit_half": "recursive_half",
    "geometric_default_80_16_4": "fair",
    "direct_referral_80_20": "direct_referral",
    "binomial_2_3": "binomial",
}


THEORY = ("time_decay_step", "published_time_decay_usd", "equal_shapley", "geometric_root_absorbs")
"""Models that nobody can choose here: decay in steps of a week, a table rounded for print, two shapes of chains."""


def _unknown(model: str, expected: object) -> tuple[str, object, object]:
    return (model, expected, SKIPPED if model in THEORY else UNKNOWN)


def _plain(fractions: Mapping[str, Fraction | float]) -> dict[str, str]:
    return {name: str(value) for name, value in sorted(fractions.items())}


def _touched(case: Case, terms: Terms) -> Journey:
    """Touches by links without parents."""
    touches = tuple(
        Touch(at["event_id"], AT_MS - at["age_seconds"] * 1000, (Hop("s", at["advocate"]),), terms)
        for at in case["touches"]
    )
    return _journey(touches, terms, case.get("converter_cluster", ""))


def _journey(touches: tuple[Touch, ...], terms: Terms, converter: str) -> Journey:
    return Journey("c", converter, "purchase", AT_MS, 0, 0, "EUR", touches, terms)


def plain_terms(case: Case, **change: Any) -> Terms:
    """One goal at the rate `rho`, with the window that is given."""
    rate_bp = Fraction(case.get("rho", "1/5")) * 10_000
    days = case.get("window_seconds", 90 * 86_400) // 86_400
    return Terms(goals=(Goal("purchase", "EUR", rate_bp=rate_bp.numerator),), window_days=days, **change)


def _credits(journey: Journey) -> dict[str, str]:
    """Parts of the whole by the owner of each touch."""
    shares: dict[str, Fraction] = {}
    owners = {touch.event_id: touch.owner for touch in journey.touches}
    for step in split(journey).steps:
        owner = owners[step.event_id]
        shares[owner] = shares.get(owner, Fraction(0)) + step.touch_share
    return _plain(shares)


def multi_touch(case: Case, expected: Case) -> Compared:
    """Credits by touch model; a model that is none of ours is skipped by name."""
    for model, credits in expected.items():
        if model in TOUCH_MODELS:
            yield model, credits, _credits(_touched(case, plain_terms(case, touch_model=TOUCH_MODELS[model])))
        else:
            yield _unknown(model, credits)
    for hours, weight in case.get("integer_weights_S32_H168", {}).items():
        yield f"weight at {hours} h", weight, decay_weight(int(hours))


def last_n_touch(case: Case, expected: Case) -> Compared:
    """The last n touches by weights that the terms name."""
    parts = [Fraction(part) for part in case["credit"]]
    whole = max(part.denominator for part in parts)
    terms = plain_terms(case, touch_model="last_n", last_weights=tuple(int(part * whole) for part in parts))
    for names, wanted in zip(case["cases"], expected["cases"], strict=True):
        touches = [
            {"event_id": name, "advocate": name, "age_seconds": 60 * (len(names) - at)} for at, name in enumerate(names)
        ]
        shares = _credits(_touched({"touches": touches}, terms))
        yield " ".join(names), wanted, _plain({who: Fraction(part) * case["value"] for who, part in shares.items()})


def eligibility(case: Case, expected: Case) -> Compared:
    """Compare which touches are kept, and the credits of the model that is named."""
    journey = _touched(case, plain_terms(case, touch_model=case["model"]))
    yield "eligible", expected["eligible"], [touch.event_id for touch in eligible(journey)[0]]
    yield "credits", expected["credits"], _credits(journey)


def shapley_game(case: Case, expected: Case) -> Compared:
    """The Shapley value of a game given group by group."""
    yield "values", dict(expected), _plain(shapley({frozenset(group): worth for group, worth in case["v"].items()}))


def ordered(case: Case, expected: Case) -> Compared:
    """Shapley values by place in the journey."""
    values = ordered_shapley((path, outcomes) for path, outcomes in case["paths"])
    yield "values", dict(expected), {f"{name}@{place}": str(part) for (name, place), part in values.items()}


def markov(case: Case, expected: Case) -> Compared:
    """Removal effects."""
    walks = [Walk(tuple(at["path"]), at["conversions"], at["nulls"]) for at in case["paths"]]
    removal = removal_effects(walks, case["order"])
    yield "p_conversion", expected["p_conversion"], str(removal.probability)
    yield "removal_effect", expected["removal_effect"], _plain(removal.effects)
    yield "attributed", expected["attributed"], _plain(removal.attributed)


def uplifts(case: Case, expected: Case) -> Compared:
    """Compare uplift against a control group."""
    result = uplift(tuple(case["treated"]), tuple(case["control"]))
    yield "lift_abs", expected["lift_abs"], str(result.lift)
    yield "incremental_conversions", expected["incremental_conversions"], str(result.incremental)
    yield "incremental_share", expected["incremental_share"], str(result.share)


def chain_mit(case: Case, expected: Case) -> Compared:
    """The recursive half, over as many levels as the chain has."""
    people = case["chain_root_to_closer"][::-1]
    parts = generations("recursive_half", len(people))
    paid = {who: part * case["prize"] for who, part in zip(people, parts, strict=True)}
    yield "payments", expected["payments"], {who: str(amount) for who, amount in paid.items()}
    yield "residual", expected["residual"], str(case["prize"] - sum(paid.values()))


def chain_geometric(case: Case, expected: Case) -> Compared:
    """80/16/4, what is missing to the pool."""
    for length, wanted in expected.items():
        parts = generations("fair", int(length))
        yield f"length {length}", wanted["shares"], [str(part) for part in reversed(parts)]
        yield f"pool at {length}", wanted["pool"], str(1 - sum(parts))


def manipulability(case: Case, expected: Case) -> Compared:
    """Compare the gain from cloning oneself and from bypassing ancestors, in the models that can be chosen here."""
    for name, wanted in expected.items():
        if name not in MECHANISMS:
            yield _unknown(name, wanted)
            continue
        model = MECHANISMS[name]
        yield f"{name} clones", wanted["max_clone_gain"], str(_clone_gain(model, case["t_max"], case["n_max"]))
        yield f"{name} bypass", wanted["max_bypass_gain"], str(_bypass_gain(model, case["t_max"]))
        sums = [str(sum(generations(model, length))) for length in range(1, 5)]
        yield f"{name} sums", wanted["sum_t1_to_t4"], sums


def _clone_gain(model: GenerationModel, longest: int, clones: int) -> Fraction:
    gains = [
        sum(generations(model, length + more)[level : level + more + 1]) / part - 1
        for length in range(1, longest + 1)
        for level, part in enumerate(generations(model, length))
        for more in range(1, clones + 1)
        if part
    ]
    return max(Fraction(0), *gains)


def _bypass_gain(model: GenerationModel, longest: int) -> Fraction:
    gains = [
        generations(model, shorter)[level] / part - 1
        for length in range(1, longest + 1)
        for level, part in enumerate(generations(model, length))
        for shorter in range(level + 1, length)
        if part
    ]
    return max(Fraction(0), *gains)


def pool_proportional(case: Case, expected: Case) -> Compared:
    """A pool in proportion, exact and rounded."""
    earned = {who: int(weight) for who, weight in case["weights"].items()}
    parts = pool.proportional(earned, {})
    yield "exact", expected["exact"], _plain({who: part * case["pool_minor"] for who, part in parts.items()})
    shared = pool.share_out("proportional", case["pool_minor"], earned, {}, "pool")
    yield "minor", expected["minor"] | {POOL: 0}, shared


def pool_pachira(case: Case, expected: Case) -> Compared:
    """A pool by the tree; the root is the site, whose part is what stays."""
    root = next(who for who, above in case["parent"].items() if above is None)
    parents = {who: None if above == root else above for who, above in case["parent"].items() if who != root}
    earned = {who: int(amount) for who, amount in case["contribution"].items()}
    parts = pool.pachira(earned, parents, Fraction(case["beta"]))
    yield "parts", dict(expected), _plain(parts | {root: 1 - sum(parts.values())})


def rounding(case: Case, expected: Case) -> Compared:
    """Largest remainders, equal ones by a hash."""
    exact = {who: Fraction(amount) for who, amount in case["exact"].items()}
    for name in case["conversion_ids"]:
        yield name, expected[name], largest_remainder(exact, case["total"], name)


def rounding_negative(case: Case, expected: Case) -> Compared:
    """The mirror of the positive."""
    exact = {who: -Fraction(amount) for who, amount in case["exact_abs"].items()}
    yield "amounts", dict(expected), largest_remainder(exact, case["total"], case["conversion_id"])


def currency(case: Case, expected: Case) -> Compared:
    """ISO 4217 exponents."""
    for unit in case["currencies"]:
        yield unit, expected[unit], {"exponent": exponent(unit), "micros_per_minor": micros_from_minor(1, unit)}


def decay_table_hash() -> str:
    """SHA-256 of the weights of every hour of the longest window, joined by commas."""
    return hashlib.sha256(",".join(str(decay_weight(hours)) for hours in range(2_161)).encode()).hexdigest()
