"""Thanks that came before the note of their visit."""

from collections.abc import Iterable

from msgspec import Struct

from passalong.store.books.book import Book
from passalong.store.schema.thanks import early_thanks


class EarlyThanks(Struct, frozen=True):
    """The link that a visit was thanked for before the visit was known."""

    site_id: str
    visit_id: str
    share_id: str


class ThanksBook(Book[EarlyThanks]):
    """The early thanks of one site, as one slice has read and added to them."""

    table = early_thanks
    struct = EarlyThanks
    appends = True

    def prime(self, visit_ids: Iterable[str]) -> None:
        """Read the early thanks of these visits at once."""
        missing = sorted(visit_id for visit_id in set(visit_ids) if (visit_id,) not in self._rows)
        self._rows |= dict.fromkeys((visit_id,) for visit_id in missing)
        if missing:
            self._read_among(early_thanks.c.visit_id, missing)

    def share_of(self, visit_id: str) -> str | None:
        """Return the link that a visit was thanked for before it was known; None for most visits."""
        thanks = self._find(visit_id)
        return thanks.share_id if thanks else None

    def put_early(self, visit_id: str, share_id: str) -> None:
        """Keep thanks until their visit is known."""
        self.put(EarlyThanks(self._site_id, visit_id, share_id))
