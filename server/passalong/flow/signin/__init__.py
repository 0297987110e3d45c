"""Sign-in: magic links, guests, recovery words, passkeys, hand-over, rate limits."""
