"""Public names: which are allowed, which are reserved."""
