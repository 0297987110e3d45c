"""Test vectors run against the real attribution functions."""
