"""Conversions: what a report of an order says, before it is a fact."""
