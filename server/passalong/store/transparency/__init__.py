"""Merkle tree nodes, signed heads, proofs and statements."""
