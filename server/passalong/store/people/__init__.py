"""Sessions, sign-in methods, addresses, rate limits and erasure."""
