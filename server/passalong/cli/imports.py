"""`passalong import`: bring over the people of another programme, and orders from a file."""

import json
import os
from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import click
import msgspec

from passalong.cli.common import FILE, CommandError, current_database, keys_of, one_site, read_text
from passalong.core.imports.programmes import PROGRAMMES, UnreadableImportError, read_people
from passalong.core.money import exponent
from passalong.flow.conversions.csv_orders import read_orders
from passalong.flow.conversions.report import ReportError, Reporting, report
from passalong.flow.ingest.collector import Collector
from passalong.flow.owners.changes import CLI
from passalong.flow.owners.desk import Desk, Signed
from passalong.flow.owners.imports import ImportReport, ProgrammeImport, import_people
from passalong.lib.clock import SystemClock
from passalong.web.http import wire
from passalong.web.http.services import SiteCache

CLOCK = SystemClock()
MOST_PROBLEMS = 20


@click.group("import")
def imports() -> None:
    """Bring over people and orders from another programme."""


@imports.command("people")
@click.argument("site_id", metavar="SITE")
@click.argument("file", type=FILE)
@click.option("--from", "programme", type=click.Choice(sorted(PROGRAMMES)), required=True, help="Whose export it is.")
@click.option("--dry-run", is_flag=True, help="Print what would happen, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
def people(site_id: str, file: Path, programme: str, dry_run: bool, as_json: bool) -> None:
    """Import people with what is unpaid and their old links (docs/imports.md). Exit code 1 if something is left out.

    FILE is JSON or CSV. Importing twice is importing once, and nobody gets mail.
    """
    with current_database() as db:
        site, keys = one_site(db, site_id), keys_of(db).links
        try:
            persons = tuple(read_people(programme, read_text(file), site.currency))
        except UnreadableImportError as error:
            raise CommandError(f"{file}: {error} Nothing was imported.") from None
        collector = Collector(db, CLOCK)
        note = f"Opening balance from {programme.title()}"
        signed = Signed(os.environ.get("USER", "owner"), note, "", CLI)
        try:
            request = ProgrammeImport(programme, persons, dry_run)
            report = import_people(Desk(db, CLOCK, collector, site), keys, request, signed)
        finally:
            collector.close()
    print(json.dumps(msgspec.to_builtins(report), ensure_ascii=False) if as_json else _words(report, dry_run))
    if not report.is_complete:
        raise SystemExit(1)


@imports.command("orders")
@click.argument("site_id", metavar="SITE")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Check every row, and record nothing.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def orders(site_id: str, file: Path, dry_run: bool, as_json: bool) -> None:
    """Report the orders of a CSV file. Exit code 1 if a row cannot be used: then nothing is recorded.

    The first line names the columns: id, amount (like 19.90), currency, and where you have them code, coupon, customer,
    email, country, goal (`purchase` if there is none). Sending the same file again changes nothing.
    """
    with current_database() as db:
        site, keys = one_site(db, site_id), keys_of(db).links
        orders, problems = read_orders(read_text(file))
        if problems:
            raise CommandError("\n".join([f"{file}: nothing was recorded.", *problems[:MOST_PROBLEMS]]))
        collector, counted = Collector(db, CLOCK), Counter[str]()
        work = Reporting(db, keys, collector, partial(wire.share_of, keys, SiteCache(db)))
        try:
            for order in () if dry_run else orders:
                counted[report(work, site, order).kept.value] += 1
        except ReportError as error:
            raise CommandError(f"{file}: {error} {sum(counted.values())} orders before it were recorded.") from None
        finally:
            collector.close()
    result = {"orders": len(orders), **{name: counted[name] for name in ("new", "duplicate", "id_conflict")}}
    print(json.dumps(result) if as_json else _orders_words(result, dry_run))


def _orders_words(result: Mapping[str, int], dry_run: bool) -> str:
    if dry_run:
        return f"{result['orders']} orders can be recorded."
    return (
        f"{result['new']} orders were recorded, {result['duplicate']} were known, "
        f"{result['id_conflict']} had an id that was used for another order."
    )


def _words(report: ImportReport, dry_run: bool) -> str:
    new = sum(line.state == "new" for line in report.lines)
    codes = sum(len(line.codes) for line in report.lines)
    lines = [f"{len(report.lines)} people ({new} new) with {codes} links {'would be' if dry_run else 'are'} here."]
    for unit, minor in report.in_file.items():
        lines.append(f"Unpaid in the file {_money(minor, unit)}, here {_money(report.brought.get(unit, 0), unit)}.")
    lines += [f"  {line.person_id}: {problem}" for line in report.lines for problem in line.problems]
    return "\n".join(lines)


def _money(minor: int, unit: str) -> str:
    digits = exponent(unit)
    return f"{minor / 10**digits:.{digits}f} {unit}"
