"""The tree of RFC 9162: against the definitions of the RFC read naively, and against known hashes of CT's own tests."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passalong.core.transparency import merkle
from passalong.core.transparency.merkle import Frontier, Nodes, leaf_hash, node_hash

# --- the RFC's definitions, word for word -----------------------------------------------------------------------------


def split(n: int) -> int:
    """The largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(data: Sequence[bytes]) -> bytes:
    """MTH(D[n]) of 2.1.1."""
    if not data:
        return hashlib.sha256().digest()
    if len(data) == 1:
        return hashlib.sha256(b"\0" + data[0]).digest()
    k = split(len(data))
    return hashlib.sha256(b"\1" + mth(data[:k]) + mth(data[k:])).digest()


def path(m: int, data: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n]) of 2.1.3.1."""
    if len(data) == 1:
        return []
    k = split(len(data))
    return [*path(m, data[:k]), mth(data[k:])] if m < k else [*path(m - k, data[k:]), mth(data[:k])]


def subproof(m: int, data: Sequence[bytes], b: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b) of 2.1.4.1."""
    if m == len(data):
        return [] if b else [mth(data)]
    k = split(len(data))
    if m <= k:
        return [*subproof(m, data[:k], b), mth(data[k:])]
    return [*subproof(m - k, data[k:], False), mth(data[:k])]


def nodes_of(data: Sequence[bytes]) -> Nodes:
    """The tree's complete subtrees, found by going through all leaves."""

    def nodes(level: int, number: int) -> bytes:
        part = data[number << level : (number + 1) << level]
        assert len(part) == 1 << level, "asked for a subtree that is not complete"
        return mth(part)

    return nodes


leaves = st.lists(st.binary(max_size=3), min_size=1, max_size=70)

# --- known hashes (certificate-transparency-go, merkletree tests) -----------------------------------------------------

KNOWN = [bytes.fromhex(word) for word in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
KNOWN.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATH_0_8 = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]
CONSISTENCY_6_8 = [
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_that_ct_knows(size: int) -> None:
    assert merkle.root(size, nodes_of(KNOWN)).hex() == ROOTS[size]


def test_the_proofs_are_those_that_ct_knows() -> None:
    assert [piece.hex() for piece in merkle.inclusion(0, 8, nodes_of(KNOWN))] == PATH_0_8
    assert [piece.hex() for piece in merkle.consistency(6, 8, nodes_of(KNOWN))] == CONSISTENCY_6_8


# --- laws -------------------------------------------------------------------------------------------------------------


@given(leaves, st.data())
def test_roots_and_proofs_are_those_of_the_rfc(data: list[bytes], draw: st.DataObject) -> None:
    nodes, size = nodes_of(data), len(data)
    index = draw.draw(st.integers(0, size - 1))
    first = draw.draw(st.integers(1, size))
    assert merkle.root(size, nodes) == mth(data)
    assert merkle.inclusion(index, size, nodes) == path(index, data)
    assert merkle.consistency(first, size, nodes) == subproof(first, data, True)
    assert merkle.proves_inclusion(leaf_hash(data[index]), index, size, path(index, data), mth(data))
    assert merkle.proves_consistency(first, size, mth(data[:first]), mth(data), subproof(first, data, True))


@given(leaves, st.data())
def test_a_proof_proves_nothing_else(data: list[bytes], draw: st.DataObject) -> None:
    size, root = len(data), mth(data)
    index = draw.draw(st.integers(0, size - 1))
    proof, leaf = path(index, data), leaf_hash(data[index])
    other = draw.draw(st.integers(0, size - 1).filter(lambda place: data[place] != data[index]) | st.just(size))
    assert not merkle.proves_inclusion(leaf_hash(b"none of them"), index, size, proof, root)
    assert not merkle.proves_inclusion(leaf, index, size, [*proof, root], root)
    assert not merkle.proves_inclusion(leaf, index, size, proof, leaf_hash(b"no root"))
    assert other == size or not merkle.proves_inclusion(leaf_hash(data[other]), index, size, proof, root)
    assert not merkle.proves_inclusion(leaf, size, size, proof, root)
    assert not merkle.proves_inclusion(leaf, -1, size, proof, root)
    if proof:
        at = draw.draw(st.integers(0, len(proof) - 1))
        bent = [bytes([piece[0] ^ 1]) + piece[1:] if n == at else piece for n, piece in enumerate(proof)]
        assert not merkle.proves_inclusion(leaf, index, size, bent, root)
        assert not merkle.proves_inclusion(leaf, index, size, proof[:-1], root)


@given(leaves, st.data())
def test_a_tree_that_was_rewritten_is_consistent_with_no_earlier_one(data: list[bytes], draw: st.DataObject) -> None:
    size = len(data)
    first = draw.draw(st.integers(1, size))
    at = draw.draw(st.integers(0, first - 1))
    rewritten = [*data[:at], data[at] + b"changed", *data[at + 1 :]]
    proof = subproof(first, rewritten, True)
    assert not merkle.proves_consistency(first, size, mth(data[:first]), mth(rewritten), proof)
    if first < size:
        bent = [bytes(32), *proof[1:]]
        assert not merkle.proves_consistency(first, size, mth(data[:first]), mth(data), bent)
        assert not merkle.proves_consistency(first, size, mth(data[:first]), mth(data), [])
        assert not merkle.proves_consistency(size, first, mth(data), mth(data[:first]), proof)


def test_every_tree_begins_with_the_empty_one_and_is_consistent_with_itself() -> None:
    root = mth(KNOWN)
    assert merkle.consistency(0, 8, nodes_of(KNOWN)) == merkle.consistency(8, 8, nodes_of(KNOWN)) == []
    assert merkle.proves_consistency(0, 8, merkle.EMPTY_ROOT, root, [])
    assert not merkle.proves_consistency(0, 8, root, root, [])
    assert merkle.proves_consistency(8, 8, root, root, [])
    assert not merkle.proves_consistency(8, 8, mth(KNOWN[:7]), root, [])


@given(leaves, st.data())
def test_a_tree_that_grows_leaf_by_leaf_is_the_same_tree(data: list[bytes], draw: st.DataObject) -> None:
    kept: dict[tuple[int, int], bytes] = {}
    tree = Frontier()
    for size, leaf in enumerate(data, start=1):
        kept |= {(level, number): found for level, number, found in tree.append(leaf_hash(leaf))}
        assert tree.root() == mth(data[:size])
    nodes: Nodes = lambda level, number: kept[level, number]  # noqa: E731
    half = draw.draw(st.integers(0, len(data)))
    later = Frontier(half, nodes)
    assert later.root() == mth(data[:half])
    for leaf in data[half:]:
        later.append(leaf_hash(leaf))
    assert (later.size, later.root()) == (len(data), mth(data))
    assert merkle.root(len(data), nodes) == mth(data)


def test_growing_costs_few_hashes() -> None:
    """2n - 1 subtrees over n = 2^k leaves, and each is made once."""
    tree = Frontier()
    assert sum(len(tree.append(node_hash(b"", b""))) for _ in range(1024)) == 2047


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_that_is_not_there_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        merkle.inclusion(index, size, nodes_of(KNOWN))


def test_a_greater_tree_does_not_begin_a_smaller_one() -> None:
    with pytest.raises(ValueError, match="does not begin"):
        merkle.consistency(4, 3, nodes_of(KNOWN))
