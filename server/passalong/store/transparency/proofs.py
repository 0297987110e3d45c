"""Public proofs of a site's tree: heads, and proofs. Salted hashes reveal nobody's line."""

from collections.abc import Mapping

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.transparency import merkle
from passalong.core.transparency.leaves import Head
from passalong.store.transparency import heads
from passalong.store.transparency.nodes import secret_of
from passalong.store.transparency.tree_reader import TreeReader

HEADS_AT_ONCE = 100


class PublicKey(Struct, frozen=True):
    """A key that signs heads, or has signed them."""

    fingerprint: str
    public_key: str


class Heads(Struct, frozen=True):
    """`/open/<site>/heads`: the newest first; `older` is the `before` of the next page, or None."""

    site: str
    keys: tuple[PublicKey, ...]
    heads: tuple[Head, ...]
    older: int | None


class Inclusion(Struct, frozen=True):
    """That this leaf hash stands at that place of the tree over `size` lines; all hashes in hex."""

    index: int
    size: int
    leaf: str
    root: str
    proof: tuple[str, ...]


class Consistency(Struct, frozen=True):
    """That the tree over `first` lines begins the one over `second`; all hashes in hex."""

    first: int
    second: int
    first_root: str
    second_root: str
    proof: tuple[str, ...]


class NotSealedError(Exception):
    """No head covers that many lines."""


def public_keys(keys: Mapping[str, bytes]) -> tuple[PublicKey, ...]:
    """The keys as they are published, the one that signs first."""
    return tuple(PublicKey(name, key.hex()) for name, key in keys.items())


def heads_page(session: Session, site_id: str, keys: Mapping[str, bytes], before: int | None) -> Heads:
    """A page of heads."""
    heads_read = heads.before(session, site_id, before, HEADS_AT_ONCE + 1)
    page_heads = tuple(sealed.head for sealed in heads_read[:HEADS_AT_ONCE])
    older = page_heads[-1].size if len(heads_read) > HEADS_AT_ONCE else None
    return Heads(site_id, public_keys(keys), page_heads, older)


def inclusion(session: Session, site_id: str, index: int, size: int | None) -> Inclusion:
    """The proof for one leaf, in the newest head's tree unless another size is asked for; raises NotSealedError."""
    reader, newest = _reader(session, site_id)
    size = newest if size is None else size
    if not 0 <= index < size <= newest:
        raise NotSealedError(f"There is no line {index} under {size}: {newest} lines are sealed.")
    proof = tuple(piece.hex() for piece in merkle.inclusion(index, size, reader.hash))
    return Inclusion(index, size, reader.hash(0, index).hex(), merkle.root(size, reader.hash).hex(), proof)


def consistency(session: Session, site_id: str, first: int, second: int | None) -> Consistency:
    """The proof between two sizes, the second being the newest head's unless said; raises NotSealedError."""
    reader, newest = _reader(session, site_id)
    second = newest if second is None else second
    if not 0 < first <= second <= newest:
        raise NotSealedError(f"A tree over {first} does not begin one over {second}: {newest} lines are sealed.")
    proof = tuple(piece.hex() for piece in merkle.consistency(first, second, reader.hash))
    first_root, other = merkle.root(first, reader.hash), merkle.root(second, reader.hash)
    return Consistency(first, second, first_root.hex(), other.hex(), proof)


def _reader(session: Session, site_id: str) -> tuple[TreeReader, int]:
    sealed, secret = heads.newest(session, site_id), secret_of(session, site_id)
    if sealed is None or secret is None:
        raise NotSealedError("Nothing is sealed here yet.")
    return TreeReader(session, site_id, secret), sealed.head.size
