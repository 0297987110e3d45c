"""Slices: work in pieces that each take about a fiftieth of a second, so that nobody waits long for the database."""

LONGEST_SLICE_S = 0.02
"""On SQLite notes wait while a slice is written."""


def next_size(size: int, largest: int, took_s: float) -> int:
    """Return how many rows a slice may have so that it takes about `LONGEST_SLICE_S`, judged by the last one."""
    wanted = int(size * LONGEST_SLICE_S / max(took_s, 0.0001))
    return max(1, min(largest, 2 * size, wanted))
