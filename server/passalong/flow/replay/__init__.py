"""Replay the event log, compare the result, copy an instance."""
