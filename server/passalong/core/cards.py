"""Cards: what one advocate shared in one month, as a public picture. No sums, and no other person."""

import re
import unicodedata

from msgspec import Struct

from passalong.core.names.lines import JOINERS
from passalong.core.pages import path_of

MOST_TITLES = 6
"""The titles that fit on a card; the line about thanks takes the room of one."""
LONGEST_TITLE = 90
_CONTACT = re.compile(r"://|www\.|@\w|\w\.(?!js\b)[^\W\d_]{2,}|(?:\d[\s().\-/]*){9,}", re.IGNORECASE)
"""Addresses, handles and telephone numbers: a card is a stranger's words under the site's name."""


class Card(Struct, frozen=True):
    """The content of a card: a month (like 2026-11), the number of pages, the chosen titles, and thanks if shown."""

    month: str
    pages: int
    titles: tuple[str, ...]
    thanks: int = 0


def title_on_card(title: str, page_url: str) -> str:
    """Return a page's title as it may be shown in public: text without addresses and without bidi controls.

    Titles come from browsers. A title that holds an address or a telephone number, or no readable letter, is replaced
    by the page's path.
    """
    read = "".join(sign for sign in title if sign in JOINERS or unicodedata.category(sign)[0] != "C" or sign.isspace())
    text = " ".join(read.split())
    if not text.strip(JOINERS) or _CONTACT.search(unicodedata.normalize("NFKC", text)):
        text = path_of(page_url)
    return text if len(text) <= LONGEST_TITLE else text[: LONGEST_TITLE - 1].rstrip() + "…"
