"""A pool is shared out to the last micro, by parts that can be checked; what nobody takes stays in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passalong.core.attribution.journey import POOL
from passalong.core.ledger.pool import pachira, share_out
from passalong.core.terms.model import PoolModel

EARNED = {"anna": 5, "ben": 3, "dora": 1}
NOBODY: dict[str, str | None] = {}
MODELS: tuple[PoolModel, ...] = ("proportional", "pachira", "none")


def test_a_pool_goes_out_in_proportion_to_what_each_person_earned() -> None:
    assert share_out("proportional", 10_000, EARNED, NOBODY, "pool:2026-11:EUR") == {
        "anna": 5556,
        "ben": 3333,
        "dora": 1111,
        POOL: 0,
    }


def test_people_without_net_credit_take_no_part_in_the_pool() -> None:
    given_out = share_out("proportional", 100, {"anna": 1, "ben": 0, "dora": -5}, NOBODY, "k")
    assert given_out == {"anna": 100, POOL: 0}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("pool", [0, -7])
def test_a_pool_of_nothing_or_less_stays_as_it_is(model: PoolModel, pool: int) -> None:
    assert share_out(model, pool, EARNED, NOBODY, "k") == {POOL: pool}


@pytest.mark.parametrize("model", MODELS)
def test_a_pool_without_earners_is_carried_over(model: PoolModel) -> None:
    assert share_out(model, 9, {}, NOBODY, "k") == {POOL: 9}


def test_none_keeps_everything_in_the_pool() -> None:
    assert share_out("none", 9, EARNED, NOBODY, "k") == {POOL: 9}


def test_with_pachira_a_person_has_something_of_those_they_brought() -> None:
    """Anna alone has pi(5/9); with Ben after her pi(8/9) - pi(3/9), and Dora what she had."""
    alone = share_out("pachira", 100, EARNED, NOBODY, "k")
    above = share_out("pachira", 100, EARNED, {"ben": "anna", "anna": None}, "k")
    assert (alone["anna"], above["anna"], above["dora"]) == (43, 62, 6)
    assert sum(above.values()) == 100


def test_somebody_above_others_has_a_part_though_they_earned_nothing_themselves() -> None:
    assert share_out("pachira", 100, {"ben": 1, "dora": 1}, {"ben": "anna", "dora": "anna"}, "k")["anna"] == 25


def test_a_circle_of_parents_is_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        pachira(EARNED, {"anna": "ben", "ben": "anna"})


people = st.sampled_from("abcdefgh")
forests = st.dictionaries(people, people).map(
    lambda found: {who: above if above < who else None for who, above in found.items()}
)


@given(st.sampled_from(MODELS), st.integers(1, 10**12), st.dictionaries(people, st.integers(-5, 10**9)), forests)
def test_a_pool_is_given_out_to_the_last_micro(
    model: PoolModel, pool: int, earned: dict[str, int], parents: dict[str, str | None]
) -> None:
    given_out = share_out(model, pool, earned, parents, "pool:2026-11:EUR")
    assert sum(given_out.values()) == pool
    assert all(amount >= 0 for amount in given_out.values())
