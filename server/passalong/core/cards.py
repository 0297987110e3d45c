"""A card: what one person passed along in one month, as a picture for others. No sums on it, and nobody else."""

import unicodedata

from msgspec import Struct

from passalong.core.pages import path_of

MOST_TITLES = 6
LONGEST_TITLE = 90
JOINERS = "\u200c\u200d"
"""Parts of words in Persian and Hindi, and of pictures of people."""


class Card(Struct, frozen=True):
    """What stands on a card: a month (like 2026-11), how many pages, and the titles of those that were chosen."""

    month: str
    pages: int
    titles: tuple[str, ...]


def title_on_card(title: str, page_url: str) -> str:
    """A page's title as it may stand before everybody: text that leads nowhere and turns nothing round.

    Titles come from browsers. One that holds an address, or nothing that can be read, gives way to the page's own path.
    """
    read = "".join(sign for sign in title if sign in JOINERS or unicodedata.category(sign)[0] != "C" or sign.isspace())
    said = " ".join(read.split())
    if not said.strip(JOINERS) or "://" in said or "www." in said.lower():
        said = path_of(page_url)
    return said if len(said) <= LONGEST_TITLE else said[: LONGEST_TITLE - 1].rstrip() + "…"
