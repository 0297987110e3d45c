"""The share tree: how a link was passed on, in groups and never persons, at most three steps and twelve nodes.

Visitors through the advocate's own link are counted exactly. A branch below another person's share can be one person,
so it reads "fewer than 5" until there are five. Branches that are not drawn form one last group. Where a group is not
counted, the sum is not either, so nobody can be found by subtraction.
"""

from collections.abc import Sequence

from msgspec import Struct

FEW = 5
"""Groups with fewer people than this are not counted."""
MOST_NODES = 12
ALL_OTHERS = 2
"""The nodes of the last group: people who passed it on, and people who came."""


class Branch(Struct, frozen=True):
    """A re-share of this link: `people` came through it, `beneath` through links further down."""

    people: int
    beneath: int


class Group(Struct, frozen=True):
    """People who came; with `few`, `people` is the limit that they are below."""

    people: int
    few: bool


class ShownBranch(Struct, frozen=True):
    """`passed_on` people passed the link on, which brought `came`, and one step later `again`; None means nobody
    yet."""

    passed_on: int
    came: Group | None
    again: Group | None = None

    @property
    def nodes(self) -> int:
        """Return the number of nodes that it takes in the picture."""
        return 1 + (self.came is not None) + (self.again is not None)


class Tree(Struct, frozen=True):
    """The share tree: visitors through the link itself, the drawn branches, and all others as one group."""

    direct: Group | None
    branches: tuple[ShownBranch, ...]
    others: ShownBranch | None

    @property
    def nodes(self) -> int:
        """Return the number of nodes, with the one for the advocate."""
        every = (*self.branches, self.others) if self.others else self.branches
        return 1 + (self.direct is not None) + sum(branch.nodes for branch in every)

    @property
    def total(self) -> Group:
        """Return the sum of all counted groups; `few` if there are more than that."""
        branches = (*self.branches, self.others) if self.others else self.branches
        groups = [self.direct, *(group for branch in branches for group in (branch.came, branch.again))]
        visible = [group for group in groups if group]
        counted = sum(group.people for group in visible if not group.few)
        return Group(counted, any(group.few for group in visible))


def group(people: int) -> Group | None:
    """Return the group of people below another person's share, as it may be shown."""
    if people <= 0:
        return None
    return Group(FEW, True) if people < FEW else Group(people, False)


def grow(people: int, top: Sequence[Branch], branch_count: int, beneath: int) -> Tree:
    """Build the share tree of a link through which `people` came.

    `top` are the largest branches, largest first; `branch_count` and `beneath` count all of them and everybody they
    brought. Branches with five people and more are drawn while there is room; all others form one group.
    """
    direct = Group(people, False) if people > 0 else None
    room = MOST_NODES - 1 - (direct is not None) - ALL_OTHERS
    branches: list[ShownBranch] = []
    for counts in top:
        branch = ShownBranch(1, group(counts.people), group(counts.beneath))
        if counts.people + counts.beneath < FEW or branch.nodes > room:
            continue
        room -= branch.nodes
        branches.append(branch)
        branch_count -= 1
        beneath -= counts.people + counts.beneath
    others = ShownBranch(branch_count, group(beneath)) if branch_count > 0 else None
    return Tree(direct, tuple(branches), others)
