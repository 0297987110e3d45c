"""Benchmarks (`make bench`): ratios of interleaved rounds, no absolute times. docs/performance.md explains each row."""
