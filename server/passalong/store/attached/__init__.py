"""Metadata that the owner attached to conversions and links."""
