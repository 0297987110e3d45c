"""Row 7: facts folded a second (attribution, journal, receipts, rollups), compared with facts recorded a second."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.places import Server, serving, told_by
from bench.rounds import Finding, Plan, interleave, of, ratios
from bench.sites import Ground, make_ground

FOLD_S = 600.0
BAR = 0.25


def on_both(plan: Plan, data: Path, urls: Iterator[str]) -> Iterator[Finding]:
    """Run on SQLite and on PostgreSQL."""
    yield from _on("SQLite", plan, make_ground(data / "fold-sqlite"), "collect-only")
    role = {"PASSALONG_ROLE": "collect"}
    yield from _on("PostgreSQL", plan, make_ground(data / "fold-postgresql", next(urls)), "as-served", **role)


def _on(database: str, plan: Plan, ground: Ground, name: str, **settings: str) -> Iterator[Finding]:
    with serving(name, ground.data, ground.url, **settings) as server:
        sides = {"collect": lambda: _collect(server, ground, plan), "fold": lambda: fold(ground)}
        found = interleave(sides, plan.rounds)
    collected, folded = found["collect"], found["fold"]
    what = f"fold ÷ collect, every visit by somebody new, {database}"
    yield Finding("7", what, ratios(folded, collected, "rate"), at_least=BAR)
    yield Finding("7", "the same in processor time, without the database's own", ratios(collected, folded, "cpu_us"))
    yield Finding("7", f"folded, {database}", of(folded, "rate"), "a second")


def _collect(server: Server, ground: Ground, plan: Plan) -> dict[str, Any]:
    return server.load(ground.notes, plan.seconds)


def fold(ground: Ground) -> dict[str, Any]:
    """Fold the queue in a process of its own."""
    return told_by(["bench.fold_child", ground.url], FOLD_S)[0]
