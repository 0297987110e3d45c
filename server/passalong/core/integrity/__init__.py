"""Integrity gates: bots, previews and other visits that must not count."""
