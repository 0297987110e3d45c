"""The picture's measures: lines of two to ten px, a row for each branch, nothing outside of it, in both sizes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passalong.core.share_tree import Branch, grow
from passalong.web.portal.share_tree import NARROW, WIDE, Size, draw, width


@pytest.mark.parametrize(
    ("people", "found"), [(0, 2.0), (1, 2.0), (10, 4.667), (999, 9.999), (1000, 10.0), (10**9, 10.0)]
)
def test_a_line_is_two_to_ten_px_wide(people: int, found: float) -> None:
    assert width(people) == pytest.approx(found, abs=0.001)


@pytest.mark.parametrize("size", [WIDE, NARROW])
@given(
    people=st.integers(0, 2_000),
    top=st.lists(st.builds(Branch, st.integers(0, 900), st.integers(0, 900)), max_size=4),
    more=st.integers(0, 9),
)
def test_everything_is_inside_and_nothing_lies_on_anything_else(
    size: Size, people: int, top: list[Branch], more: int
) -> None:
    beneath = sum(branch.people + branch.beneath for branch in top) + more
    tree = grow(people, top, len(top) + more, beneath)
    found = draw(tree, size)
    assert len(found.nodes) == tree.nodes
    assert len(found.lines) == tree.nodes - 1
    assert len({(node.x, node.y) for node in found.nodes}) == len(found.nodes)
    for node in found.nodes:
        assert float(node.radius) <= node.x <= found.width - float(node.radius)
        assert float(node.radius) <= node.y <= found.height - float(node.radius)


@given(top=st.lists(st.builds(Branch, st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=4))
def test_on_a_telephone_no_words_lie_on_others(top: list[Branch]) -> None:
    found = draw(grow(99, top, len(top) + 9, 5_000), NARROW)
    boxes = []
    for node in found.nodes:
        left, wide = (node.words_x, 110) if node.kind == "direct" else (node.words_x - 52, 104)
        high = 34 if node.kind in ("came", "direct") else 18
        wide, left = (30, node.words_x - 15) if node.kind == "you" else (wide, left)
        boxes.append((left, node.words_y - 14, left + wide, node.words_y - 14 + high))
    for number, (left, top_y, right, bottom) in enumerate(boxes):
        for other in boxes[number + 1 :]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top_y


def test_on_a_telephone_it_is_no_wider_than_a_telephone() -> None:
    widest = draw(grow(99, [Branch(99, 99)] * 4, 9, 999), NARROW)
    assert widest.width <= 300
