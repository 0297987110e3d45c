"""Every transaction sums to zero in each unit, or it is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passalong.core.ledger.entries import ISSUED, Line, UnbalancedError, account, adjustment, balanced, release

EUR_5 = Line("a", "EUR", 5)


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ([], 0),
        ([EUR_5, Line("b", "EUR", -5)], 2),
        ([EUR_5, Line("b", "EUR", -2), Line("c", "EUR", -3)], 3),
        ([EUR_5, Line("b", "EUR", -5), Line("c", "EUR", 0), Line("d", "points", 0)], 2),
        ([EUR_5, Line("b", "EUR", -5), Line("a", "points", 1), Line("b", "points", -1)], 4),
    ],
)
def test_a_balanced_transaction_is_kept_without_its_zeros(lines: list[Line], kept: int) -> None:
    assert len(balanced(lines)) == kept


@pytest.mark.parametrize(
    "lines",
    [
        [EUR_5],
        [EUR_5, Line("b", "EUR", -4)],
        [EUR_5, Line("b", "EUR", -6)],
        [EUR_5, Line("b", "points", -5)],
        [EUR_5, Line("b", "EUR", -5), Line("c", "points", 1)],
    ],
    ids=["one line", "too little", "too much", "units mixed", "one unit off"],
)
def test_an_unbalanced_transaction_is_refused(lines: list[Line]) -> None:
    with pytest.raises(UnbalancedError, match="do not sum to zero"):
        balanced(lines)


@pytest.mark.parametrize(
    ("recipient", "bucket", "name"),
    [
        ("anna", "waiting", "advocate:anna:waiting"),
        ("anna", "ready", "advocate:anna:ready"),
        ("pool", "waiting", "pool:2026-11"),
        ("pool", "ready", "pool:2026-11"),
        ("unattributed", "waiting", "unattributed"),
    ],
)
def test_a_recipient_has_an_account(recipient: str, bucket: str, name: str) -> None:
    assert account(recipient, bucket, "2026-11") == name


def test_an_adjustment_takes_what_was_posted_to_what_is_desired() -> None:
    desired = {("anna", "EUR"): 7, ("pool", "EUR"): 3}
    posted = {("anna", "EUR"): 10, ("ben", "EUR"): 2, ("pool", "EUR"): 3}
    assert adjustment(desired, posted, (), "2026-11") == (
        Line("advocate:anna:waiting", "EUR", -3),
        Line("advocate:ben:waiting", "EUR", -2),
        Line(ISSUED, "EUR", 5),
    )


def test_nothing_to_change_is_no_transaction() -> None:
    assert adjustment({("anna", "EUR"): 7}, {("anna", "EUR"): 7}, (), "2026-11") == ()
    assert adjustment({}, {}, (), "2026-11") == ()
    assert release("anna", "EUR", 0) == ()


amounts = st.dictionaries(
    st.tuples(st.sampled_from(["anna", "ben", "pool", "unattributed"]), st.sampled_from(["EUR", "points"])),
    st.integers(0, 10**15),
)


@given(amounts, amounts, st.data())
def test_posted_plus_adjustment_is_desired_and_sums_to_zero(
    desired: dict[tuple[str, str], int], posted: dict[tuple[str, str], int], data: st.DataObject
) -> None:
    ready = {key for key in sorted({*desired, *posted}) if data.draw(st.booleans())}
    lines = adjustment(desired, posted, ready, "2026-11")
    assert balanced(lines) == lines
    change = {(line.account, line.unit): line.amount_micros for line in lines}
    for recipient, unit in {*desired, *posted}:
        bucket = "ready" if (recipient, unit) in ready else "waiting"
        key = (account(recipient, bucket, "2026-11"), unit)
        assert posted.get((recipient, unit), 0) + change.get(key, 0) == desired.get((recipient, unit), 0)


@given(st.integers(-(10**15), 10**15))
def test_a_release_moves_credit_and_makes_none(amount: int) -> None:
    lines = release("anna", "EUR", amount)
    assert balanced(lines) == lines
    moved = {line.account: line.amount_micros for line in lines}
    assert moved == ({"advocate:anna:waiting": -amount, "advocate:anna:ready": amount} if amount else {})
