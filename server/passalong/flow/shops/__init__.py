"""Deliveries of shop systems: record what they say, and keep a log."""
