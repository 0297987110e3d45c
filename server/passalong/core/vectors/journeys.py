"""Vectors of whole conversions: under the default rule, and (kind `journey`) under any terms."""

from collections.abc import Mapping
from fractions import Fraction

import msgspec

from passalong.core.attribution.allocate import POOL, UNATTRIBUTED, Allocation, Hop, Journey, Limit, Touch, allocate
from passalong.core.reasons import Reason
from passalong.core.terms.model import Terms
from passalong.core.vectors.kinds import AT_MS, Case, Compared, plain_terms


def combined(case: Case, expected: Case) -> Compared:
    """A whole conversion under the default rule, with the difference that a refund posts."""
    terms = plain_terms(case)
    journey = _whole(case, {"": terms}, terms)
    allocation = allocate(journey)
    yield "budget_micros", expected["budget_micros"], allocation.budget_micros
    yield "micros", expected["micros"], {who: amount for who, amount in allocation.amounts.items() if amount}
    links = {at["event_id"]: at["share"] for at in case["touches"]}
    lines = [
        [links[at.event_id], at.level, at.recipient, str(at.touch_share * at.level_share)] for at in allocation.parts
    ]
    yield "lines", sorted(expected["lines"]), sorted(lines)
    yield "fractions", expected["fractions"], _fractions(allocation)
    if "delta_posting" in expected:
        before = case["already_posted"]
        change = allocation.budget_micros - sum(before.values())
        yield "delta_sum", [expected["delta_sum"], expected["budget_change"]], [change, change]
        yield "delta_posting", expected["delta_posting"], {who: allocation.amounts[who] - before[who] for who in before}


def _fractions(allocation: Allocation) -> dict[str, str]:
    """Everybody's exact part of the pot, where one rate holds for all of it."""
    shared: dict[str, Fraction] = {}
    for at in allocation.parts:
        shared[at.recipient] = shared.get(at.recipient, Fraction(0)) + at.touch_share * at.level_share
    missing = 1 - sum(shared.values())
    rest = {POOL if allocation.parts else UNATTRIBUTED: missing} if missing else {}
    return {who: str(part) for who, part in (shared | rest).items()}


def journey(case: Case, expected: Case) -> Compared:
    """A whole conversion under any terms: amounts, reason, touches that did not count, what limits kept back."""
    versions = {name: msgspec.convert(terms, Terms) for name, terms in case["terms"].items()}
    newest = max(versions.values(), key=lambda terms: terms.version)
    allocation = allocate(_whole(case, versions, newest))
    yield "micros", expected["micros"], {who: amount for who, amount in allocation.amounts.items() if amount}
    yield "budget_micros", sum(expected["micros"].values()), allocation.budget_micros
    yield "refusal", expected.get("refusal"), allocation.refusal
    yield "ignored", expected.get("ignored", {}), {at.event_id: at.reason for at in allocation.ignored}
    yield "limited", expected.get("limited", {}), {at.recipient: at.amount_micros for at in allocation.limited}


def _whole(case: Case, versions: Mapping[str, Terms], newest: Terms) -> Journey:
    outlaws = case.get("banned", [])

    def path(name: str | None) -> tuple[Hop, ...]:
        if name is None:
            return ()
        share = case["shares"][name]
        return (Hop(name, share["owner"], share["owner"] in outlaws), *path(share["parent"]))

    touches = tuple(
        Touch(
            at["event_id"],
            AT_MS - at["age_seconds"] * 1000,
            path(at["share"]),
            versions[case["shares"][at["share"]].get("terms", next(iter(versions)))],
        )
        for at in case["touches"]
    )
    limits = tuple(Limit(at.get("recipient"), at["most_micros"], Reason(at["reason"])) for at in case.get("limits", []))
    return Journey(
        conversion_id=case["conversion_id"],
        converter=case["converter"],
        goal="purchase",
        at_ms=AT_MS,
        gross_micros=case["value_micros"],
        refunded_micros=case.get("refunded_micros", 0),
        currency="EUR",
        touches=touches,
        terms=newest,
        page=case.get("page"),
        products=tuple(case.get("products", ())),
        country=case.get("country"),
        limits=limits,
    )
