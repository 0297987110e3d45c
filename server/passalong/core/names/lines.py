"""Texts that mails, pages and terminals show as they are: nothing in them breaks a line or turns its direction."""

import unicodedata

JOINERS = "\u200c\u200d"
"""Parts of words in Persian and Hindi, and of pictures of people."""
MARKS = "\u200e\u200f\u061c"
"""Marks of direction that keyboards for Arabic and Hebrew write. They turn nothing but the sign beside them."""
BREAKS = "\n\r\t"


def is_one_line(text: str) -> bool:
    """Return True for a text without line breaks, control characters, bidi controls and lone surrogates."""
    return all(_is_shown(letter) for letter in text)


def is_plain_text(text: str) -> bool:
    """Return True for a text of any number of lines, without control characters, bidi controls and lone surrogates."""
    return all(_is_shown(letter) or letter in BREAKS or letter in MARKS for letter in text)


def in_one_line(text: str) -> str:
    """Return a text from a browser in one line, without what breaks the line or turns its direction."""
    return "".join(letter for letter in " ".join(text.split()) if _is_shown(letter) or letter in MARKS)


def _is_shown(letter: str) -> bool:
    """Return True for what is printable, and for the spaces of other scripts, which `isprintable` refuses."""
    return letter.isprintable() or letter in JOINERS or unicodedata.category(letter) == "Zs"
