"""Queries that pages and the API read."""
