"""Public pages: the open book, and heads and proofs of the ledger."""
