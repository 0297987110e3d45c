"""Chance that is none: choices by hashing names, alike on every machine and in every run."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

Choice = TypeVar("Choice")


def number_of(*words: object) -> int:
    """A number of 64 bits."""
    return int.from_bytes(hashlib.blake2b("|".join(map(str, words)).encode(), digest_size=8).digest(), "big")


def happens_to(percent: int, *words: object) -> bool:
    """True for that part of all names."""
    return number_of(*words) % 100 < percent


def one_of(choices: Sequence[Choice], *words: object) -> Choice:
    """The choice of that name."""
    return choices[number_of(*words) % len(choices)]
