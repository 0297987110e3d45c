"""Business rules, pure: facts, terms, attribution, integrity, money, ledger, receipts. No clock, no database, no
web."""
