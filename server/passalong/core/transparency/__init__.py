"""The Merkle tree over the journal: hashes, leaves, statements."""
