"""The share tree as a picture, laid out on the server in reading direction: you first, a row for each branch.

Two sizes of the same picture are made, and the stylesheet shows one of them: words in a picture that is squeezed into a
telephone would be too small to read. Lines and nodes grow with the logarithm of the people they stand for.
"""

from math import log10

from msgspec import Struct
from msgspec.structs import replace

from passalong.core.share_tree import Group, ShownBranch, Tree

THINNEST, WIDEST = 2.0, 10.0
THOUSAND = 3
"""10^3 people and more are drawn alike."""
YOU_RADIUS = 15.0


class Size(Struct, frozen=True):
    """The measures of a picture, in its own units, which are px if there is room.

    `fill` is the room that a smaller picture spreads out to.
    """

    left: int
    column: int
    row: int
    right: int
    two_lines: bool
    fill: int = 0


WIDE = Size(left=34, column=140, row=78, right=62, two_lines=False)
NARROW = Size(left=22, column=74, row=104, right=44, two_lines=True, fill=288)
ABOVE, BELOW = -36, 32
"""Where the words of a node begin, from its middle. In the narrow picture every other node has them above."""


class Line(Struct, frozen=True):
    """A curve from one node to the next: an SVG path, its width in px, dashed if nobody came yet."""

    path: str
    width: str
    dashed: bool


class Curve(Struct, frozen=True):
    """The ends of a curve, and who came that way."""

    x: int
    y: int
    to_x: int
    to_y: int
    group: Group | None


class Node(Struct, frozen=True):
    """A group of people: its position, size and words.

    `kind` is you, direct, passed, more, came or nobody; `count` who passed it on; `x`, `y` with `words_x`, `words_y`.
    """

    kind: str
    x: int
    y: int
    radius: str
    words_x: int
    words_y: int
    group: Group | None = None
    count: int = 0


class Picture(Struct, frozen=True):
    """The elements of a share tree's picture."""

    width: int
    height: int
    lines: tuple[Line, ...]
    nodes: tuple[Node, ...]
    two_lines: bool


def width(people: int) -> float:
    """Return the width of a line, in px: 2 for one person, 10 for a thousand and more (log scale)."""
    return THINNEST + (WIDEST - THINNEST) * min(1.0, log10(max(people, 1)) / THOUSAND)


def draw(tree: Tree, size: Size = WIDE, leftwards: bool = False) -> Picture:
    """Lay out a share tree. Rows from the top: who came directly, then each branch, then all others.

    `leftwards` for languages that are read from the right: you are at the right.
    """
    branches = [*tree.branches, *([tree.others] if tree.others else [])]
    columns = max([1, *(branch.nodes for branch in branches)])
    size = replace(size, column=max(size.column, (size.fill - size.left - size.right) // max(columns, 2)))
    rows = len(branches) + (tree.direct is not None)
    middle = max(rows, 1) * size.row // 2
    nodes = [Node("you", size.left, middle, f"{YOU_RADIUS:g}", size.left, middle + 36)]
    curves: list[Curve] = []
    if tree.direct:
        x, y = _at(size, 1), size.row // 2
        curves.append(Curve(size.left, middle, x, y, tree.direct))
        nodes.append(Node("direct", x, y, _radius(tree.direct), x + 20, y + 5, tree.direct))
    for number, branch in enumerate(branches, start=int(tree.direct is not None)):
        kind = "more" if branch is tree.others and tree.branches else "passed"
        found_curves, found_nodes = _branch(size, branch, kind, middle, number * size.row + size.row // 2)
        curves += found_curves
        nodes += found_nodes
    least = _at(size, 1) + (140 if tree.direct else 0)
    across = max(_at(size, columns) + size.right, least)
    if leftwards:
        curves = [replace(curve, x=across - curve.x, to_x=across - curve.to_x) for curve in curves]
        nodes = [replace(node, x=across - node.x, words_x=across - node.words_x) for node in nodes]
    lines = tuple(_line(curve) for curve in curves)
    return Picture(across, max(rows, 1) * size.row + 8, lines, tuple(nodes), size.two_lines)


def _branch(size: Size, branch: ShownBranch, kind: str, middle: int, y: int) -> tuple[list[Curve], list[Node]]:
    x = _at(size, 1)
    curves = [Curve(size.left, middle, x, y, branch.came or branch.again)]
    small = Group(1, False)
    nodes = [Node(kind, x, y, _radius(small), x, y + 26, None, branch.passed_on)]
    for group in (branch.came, branch.again):
        if group:
            curves.append(Curve(x, y, x + size.column, y, group))
            x += size.column
            words_y = y + (ABOVE if size.two_lines and len(nodes) % 2 else BELOW)
            nodes.append(Node("came", x, y, _radius(group), x, words_y, group))
    return curves, nodes


def _at(size: Size, column: int) -> int:
    return size.left + size.column * column


def _line(curve: Curve) -> Line:
    half = (curve.x + curve.to_x) // 2
    path = f"M{curve.x} {curve.y}C{half} {curve.y} {half} {curve.to_y} {curve.to_x} {curve.to_y}"
    return Line(path, f"{width(curve.group.people if curve.group else 0):.1f}", not curve.group)


def _radius(group: Group) -> str:
    return f"{5 + width(group.people) * 0.85:.1f}"
