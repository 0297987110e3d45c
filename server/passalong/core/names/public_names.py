"""Public names: which names of people may be shown to strangers.

A name is written by an unknown person and shown on other people's pages. So it is made of letters of any script, their
marks, a few digits and common signs of names; it contains no address, no bidi control and no invisible letter.
"""

import re
import unicodedata

LONGEST = 40
MOST_DIGITS = 4
"""More digits than this look like a telephone number."""
MOST_MARKS = 3
"""Combining marks on one letter; more would overlap the lines above."""
SIGNS = frozenset(" '-.,·・\u2018\u2019\u02bc\u2010")
_ADDRESS = re.compile(r"\.\w\w|\bwww\b", re.IGNORECASE)
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Invisible letters and marks."""


def public_name(name: str) -> str:
    """Return the name as it may be shown to strangers, composed and with single spaces; "" if it is not allowed."""
    text = unicodedata.normalize("NFC", " ".join(name.split()))
    return text if 0 < len(text) <= LONGEST and _is_a_name(text) else ""


def folded(name: str) -> str:
    """Return the name by which it is found: capitals make no difference, in any script."""
    return unicodedata.normalize("NFC", " ".join(name.split()).casefold())


def _is_a_name(text: str) -> bool:
    kinds = [unicodedata.category(sign) for sign in text]
    return (
        any(kind[0] == "L" for kind in kinds)
        and kinds[0][0] != "M"
        and all(kind[0] in "LM" or kind == "Nd" or sign in SIGNS for kind, sign in zip(kinds, text, strict=True))
        and kinds.count("Nd") <= MOST_DIGITS
        and "M" * (MOST_MARKS + 1) not in "".join(kind[0] for kind in kinds)
        and not _UNSEEN.search(text)
        and not _ADDRESS.search(unicodedata.normalize("NFKC", text))
    )
