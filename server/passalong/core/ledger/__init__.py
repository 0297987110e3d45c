"""Double-entry bookkeeping: entries, receipts, redemptions, the pool, expiry."""
