"""Row 6: ingest while people read pages, on PostgreSQL with one process for each role."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.folding import fold
from bench.places import serving
from bench.rounds import Finding, Plan, interleave, of, ratios
from bench.sites import SITE, make_ground

READERS = 2


def with_dashboards(plan: Plan, data: Path, urls: Iterator[str]) -> Iterator[Finding]:
    """Measure ingest alone, then while two readers request one page after the other."""
    ground = make_ground(data / "busy", next(urls))
    theirs, owners = ground.sign_in(ground.guests[0])
    pages = {"pages": [("/me", theirs), (f"/console/{SITE}", owners), ("/me/credit", theirs), (f"/open/{SITE}", "")]}
    read: list[dict[str, Any]] = []
    with ExitStack() as stack:
        collect, web = (
            stack.enter_context(serving("as-served", ground.data, ground.url, PASSALONG_ROLE=role))
            for role in ("collect", "web")
        )
        threads = stack.enter_context(ThreadPoolExecutor(1))
        collect.load(ground.notes, min(plan.seconds, 0.5))
        fold(ground)

        def alone() -> dict[str, Any]:
            return collect.load(ground.notes, plan.seconds)

        def while_busy() -> dict[str, Any]:
            reading = threads.submit(web.load, pages, plan.seconds + 0.5, READERS)
            found = collect.load(ground.notes, plan.seconds)
            read.append(reading.result())
            return found

        found = interleave({"alone": alone, "busy": while_busy}, plan.rounds)
    what = f"collecting while {READERS} readers ask for page after page ÷ alone"
    yield Finding("6", what, ratios(found["busy"], found["alone"], "rate"), at_least=0.7)
    yield Finding("6", "the same in processor time a note", ratios(found["alone"], found["busy"], "cpu_us"))
    yield Finding("6", "pages answered meanwhile", of(read, "rate"), "a second")
