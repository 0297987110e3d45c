"""Read what other programmes export: people, their balances and their old links."""
