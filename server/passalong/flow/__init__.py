"""Use cases, one per file. Transactions are opened and committed only here."""
