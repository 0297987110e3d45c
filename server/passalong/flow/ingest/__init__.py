"""Ingest: collect facts into batches and record them with one commit."""
