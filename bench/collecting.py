"""Rows 1, 2, 3 and 5: notes acknowledged after the commit, compared with a Flask view that does nothing."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.places import Server, serving
from bench.rounds import Finding, Measure, Plan, interleave, of, ratios
from bench.sites import Ground, make_ground
from passalong.store import event_log
from passalong.store.engine import Database

CONNECTIONS = 64
SETTLE_S = 120.0
HALF = 0.5
STEADY = 300
"""Notes a second: a busy site, and a rate at which folding keeps up."""
SYNCED_BYTES = 20_000


def on_sqlite(plan: Plan, data: Path) -> Iterator[Finding]:
    """Measure one process each: ingest alone, as served (with the fold), and as plain WSGI."""
    names = ("flask", "collect-only", "as-served", "wsgi")
    with ExitStack() as stack:
        sides = {name: _side(stack, name, make_ground(data / name), plan) for name in names}
        found = interleave(sides, plan.rounds)
        flask, alone = found["flask"], found["collect-only"]
        what = "durable collect on SQLite ÷ an empty Flask view, one process each"
        yield Finding("1", f"{what}: collecting alone", ratios(alone, flask, "rate"), at_least=2.5)
        yield Finding("1", f"{what}: as served, folding as it comes", ratios(found["as-served"], flask, "rate"))
        yield Finding("1", "the same in processor time a note, collecting alone", ratios(flask, alone, "cpu_us"))
        busy = [100 * one["busy"] / (one["busy"] + one["answered"]) for one in found["as-served"]]
        yield Finding("1", "as served: told to come again (503)", busy, "%")
        yield Finding("3", "the same handler in plain WSGI", ratios(found["wsgi"], flask, "rate"), at_least=0.6)
        yield Finding("3", "the same in processor time a note", ratios(flask, found["wsgi"], "cpu_us"))
        yield from _waits("5", "ack at 64 connections, as fast as they can", alone)
        yield from _disk(plan, data)
        yield from _paced(stack, plan, data, min(of(alone, "rate")) * HALF)


def _disk(plan: Plan, data: Path) -> Iterator[Finding]:
    """Measure the disk alone with writes of the size of a batch: the bound of an acknowledgement after an fsync."""
    rounds = [sorted(_syncs(data / "disk", plan.seconds)) for _ in range(plan.rounds)]
    for name, part in (("p50", 0.5), ("p99", 0.99)):
        waits = [waits_ms[int(len(waits_ms) * part)] for waits_ms in rounds]
        yield Finding("5", f"fdatasync of this disk alone, {SYNCED_BYTES // 1000} kB each: {name}", waits, "ms")


def _syncs(path: Path, seconds: float) -> Iterator[float]:
    until = time.monotonic() + seconds
    with path.open("ab", buffering=0) as file:
        while time.monotonic() < until:
            file.write(bytes(SYNCED_BYTES))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            yield (time.perf_counter() - began) * 1_000


def _paced(stack: ExitStack, plan: Plan, data: Path, rate: float) -> Iterator[Finding]:
    ground = make_ground(data / "paced")
    server = stack.enter_context(serving("collect-only", ground.data, ground.url))
    told = ground.notes | {"every_s": CONNECTIONS / rate}
    found = [server.load(told, plan.seconds) for _ in range(plan.rounds + 1)][1:]
    yield from _waits("5", f"ack at 64 connections, {rate:.0f} notes a second (half of what it can)", found, bars=True)


def at_a_steady_rate(plan: Plan, data: Path) -> Iterator[Finding]:
    """Measure the waits of 300 notes a second, while the same process folds them and without the fold."""
    with ExitStack() as stack:
        sides = {}
        for name in ("collect-only", "as-served"):
            ground = make_ground(data / f"steady-{name}")
            sides[name] = _paced_side(stack.enter_context(serving(name, ground.data, ground.url)), ground, plan)
        interleave(sides, 1)
        found = interleave(sides, plan.rounds)
    what = f"ack at 64 connections, {STEADY} notes a second on SQLite"
    yield from _waits("R13", f"{what}, collecting alone", found["collect-only"])
    served = found["as-served"]
    yield Finding("R13", f"{what}, as served: told to come again (503)", of(served, "busy"), "")
    yield Finding("R13", f"{what}, as served: p50", of(served, "p50_ms"), "ms")
    yield Finding("R13", f"{what}, as served: p99", of(served, "p99_ms"), "ms", at_most=25)


def _paced_side(server: Server, ground: Ground, plan: Plan) -> Measure:
    told = ground.notes | {"every_s": CONNECTIONS / STEADY}
    return lambda: server.load(told, 2 * plan.seconds)


def _waits(row: str, what: str, found: list[dict[str, Any]], bars: bool = False) -> Iterator[Finding]:
    busy = [100 * one["busy"] / (one["busy"] + one["answered"]) for one in found]
    yield Finding(row, f"{what}: told to come again (503)", busy, "%")
    yield Finding(row, f"{what}: p50", of(found, "p50_ms"), "ms", at_most=4 if bars else None)
    yield Finding(row, f"{what}: p99", of(found, "p99_ms"), "ms", at_most=20 if bars else None)


def on_postgresql(plan: Plan, data: Path, urls: Iterator[str]) -> Iterator[Finding]:
    """Measure two processes each with PASSALONG_ROLE=collect."""
    with ExitStack() as stack:
        ground = make_ground(data / "two", next(urls))
        two = {"PASSALONG_PROCESSES": "2"}
        sides = {
            "flask": _side(stack, "flask", ground, plan, **two),
            "ours": _side(stack, "as-served", ground, plan, **two, PASSALONG_ROLE="collect"),
        }
        found = interleave(sides, plan.rounds)
    what = "durable collect on PostgreSQL ÷ an empty Flask view, two processes each"
    yield Finding("2", what, ratios(found["ours"], found["flask"], "rate"), at_least=2.5)
    yield Finding("2", "the same in processor time a note", ratios(found["flask"], found["ours"], "cpu_us"))


def _side(stack: ExitStack, name: str, ground: Ground, plan: Plan, **settings: str) -> Measure:
    """Load one server, and let its fold finish so that it costs the next side nothing."""
    server = stack.enter_context(serving(name, ground.data, ground.url, **settings))
    server.load(ground.notes, min(plan.seconds, 0.5))

    def measure() -> dict[str, Any]:
        found = server.load(ground.notes, plan.seconds, CONNECTIONS)
        if name == "as-served" and "PASSALONG_ROLE" not in settings:
            settle(ground, server)
        return found

    return measure


def settle(ground: Ground, server: Server) -> None:
    """Wait until everything is folded."""
    db = Database(ground.url)
    until = time.monotonic() + SETTLE_S
    while True:
        with db.reading() as session:
            if event_log.next_waiting_site(session, "") is None:
                break
        if time.monotonic() > until:
            raise RuntimeError(f"{server.name} was still folding after {SETTLE_S} s")
        time.sleep(0.05)
    db.close()
