"""The picture of a link's way: groups of people and never a person, at most three steps and twelve nodes.

A branch of a link's way can be one person, so no group under five is counted out: it is "about 5". What is not drawn
is one last group. The sum that is shown is the sum of what is shown, so nobody can be found by subtraction.
"""

from collections.abc import Sequence

from msgspec import Struct

FEW = 5
"""A group with fewer people than this is not counted out."""
MOST_NODES = 12
ALL_OTHERS = 2
"""The nodes of the last group: who passed it on, and who came."""


class Branch(Struct, frozen=True):
    """A link that goes on from this one: `people` came by it, `beneath` by the links that go on from it."""

    people: int
    beneath: int


class Group(Struct, frozen=True):
    """People who came; `about` where they are too few to be counted out."""

    people: int
    about: bool


class Limb(Struct, frozen=True):
    """`passed_on` people passed the link on, which brought `came`, and a step later `again`; None is nobody yet."""

    passed_on: int
    came: Group | None
    again: Group | None = None

    @property
    def nodes(self) -> int:
        """How many nodes of the picture it takes."""
        return 1 + (self.came is not None) + (self.again is not None)


class Tree(Struct, frozen=True):
    """The picture: who came by the link itself, the limbs that are drawn, and all others as one group."""

    direct: Group | None
    limbs: tuple[Limb, ...]
    others: Limb | None

    @property
    def nodes(self) -> int:
        """How many nodes it has, with the one that is you."""
        every = (*self.limbs, self.others) if self.others else self.limbs
        return 1 + (self.direct is not None) + sum(limb.nodes for limb in every)

    @property
    def total(self) -> Group:
        """All that is shown, added up: about as many, if one of them is."""
        limbs = (*self.limbs, self.others) if self.others else self.limbs
        groups = [self.direct, *(group for limb in limbs for group in (limb.came, limb.again))]
        found = [group for group in groups if group]
        return Group(sum(group.people for group in found), any(group.about for group in found))


def group(people: int) -> Group | None:
    """The people as they may be shown."""
    if people <= 0:
        return None
    return Group(FEW, True) if people < FEW else Group(people, False)


def grow(people: int, top: Sequence[Branch], branches: int, beneath: int) -> Tree:
    """The picture of a link by which `people` came.

    `top` are the branches that brought most, first the one that brought most; `branches` and `beneath` count all of
    them and everybody they brought. Limbs with five people and more are drawn while there is room; all others are one.
    """
    direct = group(people)
    room = MOST_NODES - 1 - (direct is not None) - ALL_OTHERS
    limbs: list[Limb] = []
    for branch in top:
        limb = Limb(1, group(branch.people), group(branch.beneath))
        if branch.people + branch.beneath < FEW or limb.nodes > room:
            continue
        room -= limb.nodes
        limbs.append(limb)
        branches -= 1
        beneath -= branch.people + branch.beneath
    others = Limb(branches, group(beneath)) if branches > 0 else None
    return Tree(direct, tuple(limbs), others)
