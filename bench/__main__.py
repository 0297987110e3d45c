"""Run all benchmarks and print a table and lines of JSON.

python -m bench [--short] [--only NAME …] [--json FILE]
"""

import argparse
import os
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path

from bench import busy, collecting, downloads, felt, folding, idle_sites, lists, pages, visible, widget
from bench.places import folder
from bench.rounds import HEAD, LONG, SHORT, Finding, Plan
from passalong.store.engine import Database
from plumbing.postgres import Postgres, database_name, running_postgres
from tables import make_tables

Part = Callable[[Plan, Path], Iterator[Finding]]
PartWithPostgres = Callable[[Plan, Path, Iterator[str]], Iterator[Finding]]

PARTS: dict[str, Part] = {
    "widget": widget.sizes,
    "felt": felt.on_a_slow_processor,
    "sqlite": collecting.on_sqlite,
    "steady": collecting.at_a_steady_rate,
    "downloads": downloads.beside_downloads,
}
WITH_POSTGRES: dict[str, PartWithPostgres] = {
    "postgresql": collecting.on_postgresql,
    "busy": busy.with_dashboards,
    "fold": folding.on_both,
    "visible": visible.on_both,
    "idle": idle_sites.on_both,
    "lists": lists.on_both,
    "pages": pages.on_both,
}


def main() -> None:
    """Run the benchmarks that were asked for."""
    asked = argparse.ArgumentParser(prog="bench", description=__doc__)
    asked.add_argument("--short", action="store_true", help="see that everything runs; the figures are worth little")
    asked.add_argument("--only", nargs="+", choices=[*PARTS, *WITH_POSTGRES], default=[*PARTS, *WITH_POSTGRES])
    asked.add_argument("--json", type=Path, default=Path(__file__).parent / "results.jsonl")
    told = asked.parse_args()
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}\n\n{HEAD}", flush=True)
    with told.json.open("w") as file, folder() as data:
        for finding in _found(told.only, SHORT if told.short else LONG, data):
            print(finding.line(), flush=True)
            print(finding.as_json(), file=file, flush=True)


def _found(only: list[str], plan: Plan, data: Path) -> Iterator[Finding]:
    for name in only:
        if name in PARTS:
            yield from PARTS[name](plan, data)
    if any(name in WITH_POSTGRES for name in only):
        with running_postgres() as postgres:
            urls = _urls(postgres)
            for name in only:
                if name in WITH_POSTGRES:
                    yield from WITH_POSTGRES[name](plan, data, urls)


def _urls(postgres: Postgres) -> Iterator[str]:
    """Return a database with tables and no row for each run."""
    template = postgres.create_database()
    db = Database(template)
    make_tables(db)
    db.close()
    for _ in repeat(None):
        yield postgres.create_database(database_name(template))


if __name__ == "__main__":
    main()
