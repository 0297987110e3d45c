"""Confusable text: skeletons and mixed scripts after Unicode's UTS 39, with its table from a library.

Two texts with one skeleton can be mistaken for each other. Ours is coarser than the standard's: marks and case do not
matter, nor do digits that stand for letters, because it is only used to refuse.
"""

import re
import unicodedata
from functools import cache
from types import ModuleType

TOGETHER = tuple(
    map(
        frozenset,
        (
            {"LATIN", "HAN", "HIRAGANA", "KATAKANA"},
            {"LATIN", "HAN", "BOPOMOFO"},
            {"LATIN", "HAN", "HANGUL"},
        ),
    )
)
"""Scripts that one word may mix: UTS 39, "highly restrictive"."""
NEUTRAL = frozenset({"COMMON", "INHERITED"})
_DIGITS = str.maketrans("0134578i|", "oleastbll")
"""Digits and strokes that are read as letters; `i`, `l` and `1` are one."""
_LATIN = re.compile(r"LATIN (?:LETTER SMALL CAPITAL|(?:SMALL|CAPITAL) LETTER) ([A-Z])(?: WITH .+)?")
"""Letters that the library's table leaves out: small capitals, and those with a stroke or a hook."""


@cache
def _library() -> tuple[ModuleType, ModuleType]:
    """Load the tables on first use: they take a quarter of a second."""
    from confusable_homoglyphs import categories, confusables

    return categories, confusables


def skeleton(text: str) -> str:
    """Return how the text looks, in lower-case ASCII where possible; compare it with other skeletons."""
    _, confusables = _library()
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    letters = (letter for letter in apart if unicodedata.category(letter)[0] != "M")
    plain = "".join(letter if letter.isascii() else _alike(confusables, letter) for letter in letters)
    return plain.casefold().translate(_DIGITS).replace("rn", "m").replace("vv", "w")


def _alike(confusables: ModuleType, letter: str) -> str:
    latin = _LATIN.fullmatch(unicodedata.name(letter, ""))
    if latin:
        return latin[1].lower()
    found = (one["c"] for one in confusables.confusables_data.get(letter, ()))
    return next((like for like in found if like.isascii() and like.isalnum()), letter)


def mixes_scripts(word: str) -> bool:
    """Return True for a word with letters of scripts that no language mixes, like a Cyrillic A in Admin."""
    categories, _ = _library()
    scripts = {categories.alias(letter).upper() for letter in word} - NEUTRAL
    return len(scripts) > 1 and not any(scripts <= allowed for allowed in TOGETHER)
