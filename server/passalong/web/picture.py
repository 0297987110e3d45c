"""The picture of a link's way, laid out on the server: left to right, you first, a row for each limb.

Two sizes of the same picture are made, and the stylesheet shows one of them: words in a picture that is squeezed into a
telephone would be too small to read. Lines and nodes grow with the logarithm of the people they stand for.
"""

from math import log10

from msgspec import Struct
from msgspec.structs import replace

from passalong.core.trees import Group, Limb, Tree

THINNEST, WIDEST = 2.0, 10.0
THOUSAND = 3
"""10^3 people and more are drawn alike."""
YOU_RADIUS = 15.0


class Size(Struct, frozen=True):
    """The measures of a picture, in its own units, which are px where there is room.

    `fill` is the room that a smaller picture spreads out to.
    """

    left: int
    column: int
    row: int
    right: int
    two_lines: bool
    fill: int = 0


WIDE = Size(left=34, column=140, row=78, right=62, two_lines=False)
NARROW = Size(left=22, column=74, row=72, right=44, two_lines=True, fill=288)


class Line(Struct, frozen=True):
    """A curve from one node to the next: an SVG path, its width in px, dashed where nobody came yet."""

    path: str
    width: str
    dashed: bool


class Node(Struct, frozen=True):
    """A group of people: where it stands, how large, and what is said of it.

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
    """What the template draws."""

    width: int
    height: int
    lines: tuple[Line, ...]
    nodes: tuple[Node, ...]
    two_lines: bool


def width(people: int) -> float:
    """How wide a line is, in px: 2 for one person, 10 for a thousand and more (log scale)."""
    return THINNEST + (WIDEST - THINNEST) * min(1.0, log10(max(people, 1)) / THOUSAND)


def draw(tree: Tree, size: Size = WIDE) -> Picture:
    """Lay a tree out. Rows from above: who came directly, then each limb, then all others."""
    limbs = [*tree.limbs, *([tree.others] if tree.others else [])]
    columns = max([1, *(limb.nodes for limb in limbs)])
    size = replace(size, column=max(size.column, (size.fill - size.left - size.right) // max(columns, 2)))
    rows = len(limbs) + (tree.direct is not None)
    middle = max(rows, 1) * size.row // 2
    nodes = [Node("you", size.left, middle, f"{YOU_RADIUS:g}", size.left, middle + 36)]
    lines: list[Line] = []
    if tree.direct:
        x, y = _at(size, 1), size.row // 2
        lines.append(_line(size.left, middle, x, y, tree.direct))
        nodes.append(Node("direct", x, y, _radius(tree.direct), x + 20, y + 5, tree.direct))
    for number, limb in enumerate(limbs, start=int(tree.direct is not None)):
        kind = "more" if limb is tree.others and tree.limbs else "passed"
        found_lines, found_nodes = _limb(size, limb, kind, middle, number * size.row + size.row // 2)
        lines += found_lines
        nodes += found_nodes
    least = _at(size, 1) + (140 if tree.direct else 0)
    across = max(_at(size, columns) + size.right, least)
    return Picture(across, max(rows, 1) * size.row + 8, tuple(lines), tuple(nodes), size.two_lines)


def _limb(size: Size, limb: Limb, kind: str, middle: int, y: int) -> tuple[list[Line], list[Node]]:
    x = _at(size, 1)
    lines = [_line(size.left, middle, x, y, limb.came or limb.again)]
    small = Group(1, False)
    nodes = [Node(kind, x, y, _radius(small), x, y + 26, None, limb.passed_on)]
    for group in (limb.came, limb.again):
        if group:
            lines.append(_line(x, y, x + size.column, y, group))
            x += size.column
            nodes.append(Node("came", x, y, _radius(group), x, y + 32, group))
    return lines, nodes


def _at(size: Size, column: int) -> int:
    return size.left + size.column * column


def _line(x: int, y: int, to_x: int, to_y: int, group: Group | None) -> Line:
    half = (x + to_x) // 2
    path = f"M{x} {y}C{half} {y} {half} {to_y} {to_x} {to_y}"
    return Line(path, f"{width(group.people if group else 0):.1f}", not group)


def _radius(group: Group) -> str:
    return f"{5 + width(group.people) * 0.85:.1f}"
