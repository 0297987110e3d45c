"""Helpers that know nothing of the product: clock, signing, tokens, an HTTP client."""
