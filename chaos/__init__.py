"""Fault injection: `make chaos`, `make chaos-short`; the figures are in docs/reliability.md.

One file is one experiment, and runs alone: `PYTHONPATH=tests python -m chaos.crash --short`.
"""
