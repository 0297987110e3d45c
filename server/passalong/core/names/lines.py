"""Texts of one line: what mails, pages and terminals show as it is, with nothing that breaks or turns a line."""

JOINERS = "\u200c\u200d"
"""Parts of words in Persian and Hindi, and of pictures of people."""


def is_one_line(text: str) -> bool:
    """Return True for a text without line breaks, control characters, bidi controls and lone surrogates."""
    return all(letter.isprintable() or letter in JOINERS for letter in text)
