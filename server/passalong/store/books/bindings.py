"""Bindings: which account a customer's hand-over or an address opens; an erasure ends them."""

from collections.abc import Iterable

from msgspec import Struct, structs
from sqlalchemy import BindParameter, bindparam, select, update
from sqlalchemy.orm import Session

from passalong.store.engine import insert_new
from passalong.store.schema.identities import bindings

CUSTOMER, ADDRESS = "customer", "address"


class Binding(Struct, frozen=True):
    """A key of a kind (customer or address), and the advocate whose account it opens."""

    kind: str
    key: str
    advocate_id: str


def is_handed_over(session: Session, site_id: str, advocate_ids: Iterable[str]) -> bool:
    """Return True for an account that a customer's hand-over opens."""
    return session.execute(_HANDED_OVER, {"of_site": site_id, "ids": sorted(advocate_ids)}).first() is not None


_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_HANDED_OVER = (
    select(bindings.c.key)
    .where(bindings.c.site_id == bindparam("of_site"), bindings.c.advocate_id.in_(_IDS))
    .where(bindings.c.kind == CUSTOMER, bindings.c.ended_seq.is_(None))
    .limit(1)
)


class BindingBook:
    """The bindings of one site.

    Not a `Book`: bindings are rare, so each is read and written where it is needed.
    """

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id

    def bind(self, binding: Binding, generation: int, seq: int) -> None:
        """Bind a key to an advocate; a generation that is already bound stays as it is."""
        row = {"site_id": self._site_id, "generation": generation, **structs.asdict(binding)}
        insert_new(self._session, bindings, **row, seq=seq, ended_seq=None)

    def next_generation(self, binding: Binding) -> int:
        """Return the generation under which a key is bound to this advocate, or the next one."""
        conditions = (
            bindings.c.site_id == self._site_id,
            bindings.c.kind == binding.kind,
            bindings.c.key == binding.key,
        )
        rows = self._session.execute(select(bindings.c.generation, bindings.c.advocate_id).where(*conditions)).all()
        same = [row.generation for row in rows if row.advocate_id == binding.advocate_id]
        return max(same) if same else max((row.generation + 1 for row in rows), default=0)

    def bound(self, kind: str, key: str) -> str | None:
        """Return the advocate that a key is bound to now."""
        conditions = (bindings.c.site_id == self._site_id, bindings.c.kind == kind, bindings.c.key == key)
        newest = select(bindings.c.advocate_id).where(*conditions, bindings.c.ended_seq.is_(None))
        customer_key: str | None = self._session.scalar(newest.order_by(bindings.c.generation.desc()).limit(1))
        return customer_key

    def end(self, advocate_ids: Iterable[str], seq: int) -> None:
        """End every binding of these advocates."""
        theirs = (bindings.c.site_id == self._site_id, bindings.c.advocate_id.in_(sorted(advocate_ids)))
        session_rows = update(bindings).where(*theirs, bindings.c.ended_seq.is_(None))
        self._session.execute(session_rows.values(ended_seq=seq))
