"""The picture of a link's way never shows a person: small groups are merged, and sums give nobody away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passalong.core.share_tree import FEW, MOST_NODES, Branch, Group, ShownBranch, grow


@pytest.mark.parametrize(
    ("people", "shown"),
    [(0, None), (1, Group(5, True)), (4, Group(5, True)), (5, Group(5, False)), (6, Group(6, False))],
)
def test_a_group_under_five_below_somebody_elses_share_is_not_counted_out(people: int, shown: Group | None) -> None:
    assert grow(0, [], 1, people).others == ShownBranch(1, shown)


@pytest.mark.parametrize(("people", "shown"), [(0, None), (1, Group(1, False)), (4, Group(4, False))])
def test_visitors_by_the_advocates_own_link_are_counted_exactly(people: int, shown: Group | None) -> None:
    assert grow(people, [], 0, 0).direct == shown


def test_small_branches_are_one_group() -> None:
    """Three people passed it on, and brought 4, 3 and 1: none of them is drawn by themselves."""
    found = grow(12, [Branch(4, 0), Branch(3, 0), Branch(1, 0)], 3, 8)
    assert found.branches == ()
    assert found.others == ShownBranch(3, Group(8, False))


def test_one_small_branch_is_fewer_than_five() -> None:
    found = grow(12, [Branch(6, 0), Branch(2, 0)], 2, 8)
    assert found.branches == (ShownBranch(1, Group(6, False)),)
    assert found.others == ShownBranch(1, Group(5, True))
    assert found.total == Group(18, True)


def test_a_re_share_without_visitors_is_in_the_share_tree() -> None:
    assert grow(12, [Branch(0, 0)], 1, 0).others == ShownBranch(1, None)


def test_a_step_further_is_drawn_behind_its_branch() -> None:
    [branch] = grow(12, [Branch(6, 9)], 1, 15).branches
    assert branch == ShownBranch(1, Group(6, False), Group(9, False))


def test_there_are_twelve_nodes_at_most_and_the_rest_is_counted() -> None:
    found = grow(50, [Branch(9, 9)] * 5, 9, 200)
    assert found.nodes <= MOST_NODES
    assert found.others is not None
    assert found.others.passed_on == 9 - len(found.branches) > 0
    assert found.others.came == Group(200 - 18 * len(found.branches), False)


branches = st.lists(st.builds(Branch, st.integers(0, 12), st.integers(0, 12)), max_size=8)


@given(people=st.integers(0, 12), found=branches, top=st.integers(0, 8))
def test_no_branch_has_a_number_under_five(people: int, found: list[Branch], top: int) -> None:
    """And the sum leaves out what is not counted out, so that none can be had by subtraction."""
    everybody = sum(branch.people + branch.beneath for branch in found)
    tree = grow(people, sorted(found, key=lambda one: -one.people)[:top], len(found), everybody)
    branches_shown = [
        part for branch in (*tree.branches, tree.others) if branch for part in (branch.came, branch.again) if part
    ]
    assert all(part.people >= FEW for part in branches_shown)
    assert all(part.people == FEW for part in branches_shown if part.few)
    assert tree.nodes <= MOST_NODES
    assert tree.total.people == people + sum(part.people for part in branches_shown if not part.few)
    assert sum(branch.passed_on for branch in (*tree.branches, tree.others) if branch) == len(found)
    if not tree.total.few:
        assert tree.total.people == people + everybody
