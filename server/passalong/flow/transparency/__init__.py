"""Seal the journal, publish signed heads, check a ledger."""
