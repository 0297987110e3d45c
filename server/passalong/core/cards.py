"""Cards: what one advocate shared in one month, as a public picture. No sums, and no other person."""

import unicodedata

from msgspec import Struct

from passalong.core.names.lines import JOINERS
from passalong.core.pages import path_of

MOST_TITLES = 6
LONGEST_TITLE = 90


class Card(Struct, frozen=True):
    """The content of a card: a month (like 2026-11), the number of pages, and the chosen titles."""

    month: str
    pages: int
    titles: tuple[str, ...]


def title_on_card(title: str, page_url: str) -> str:
    """Return a page's title as it may be shown in public: text without addresses and without bidi controls.

    Titles come from browsers. A title that holds an address, or no readable letter, is replaced by the page's path.
    """
    read = "".join(sign for sign in title if sign in JOINERS or unicodedata.category(sign)[0] != "C" or sign.isspace())
    said = " ".join(read.split())
    if not said.strip(JOINERS) or "://" in said or "www." in said.lower():
        said = path_of(page_url)
    return said if len(said) <= LONGEST_TITLE else said[: LONGEST_TITLE - 1].rstrip() + "…"
