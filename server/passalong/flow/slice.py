"""What one slice of folding works with: a session, a site, the numbers it has come to, and what it has read."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from passalong.core.ledger import Line
from passalong.core.terms import Terms
from passalong.store import journal
from passalong.store.links import LinkBook
from passalong.store.sites import Site, in_force, terms_versions


class Slice:
    """The state of one slice; `seq` numbers facts, `tx` journal transactions, both without gaps."""

    def __init__(self, session: Session, site: Site, last_seq: int, last_tx: int):
        self.session = session
        self.site_id = site.site_id
        self.time_zone = site.time_zone
        self.seq = last_seq
        self.tx = last_tx
        self.links = LinkBook(session, site.site_id)
        self.touched: set[str] = set()
        self._versions = terms_versions(session, site.site_id)

    def terms(self, version: int) -> Terms:
        """The terms of that version, as they stand frozen."""
        return self._versions[version - 1].terms

    def terms_at(self, at_ms: int) -> Terms:
        """The terms in force at that time."""
        return in_force(self._versions, at_ms).terms

    def post(self, subject: str, at_ms: int, lines: Sequence[Line]) -> None:
        """Append a transaction to the journal, if it has lines."""
        if lines:
            self.tx += 1
            journal.post(self.session, self.site_id, self.tx, self.seq, subject, at_ms, lines)
