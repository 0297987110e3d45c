"""`passalong db`, `rollups`, `replay` and `queue`: database operations."""

import os
from collections.abc import Iterable
from decimal import Decimal

import click
from sqlalchemy import func, select, text

from passalong import migrate
from passalong.cli.common import CommandError, current_database, demand_data, has_data, one_site, opened
from passalong.cli.doctor import known_instance
from passalong.cli.upgrading import bring_up_to_date, files_of
from passalong.flow.owners.instance_check import wrong_files
from passalong.flow.replay import copy, replay
from passalong.flow.replay import upgrade as upgrades
from passalong.flow.transaction import writing
from passalong.lib.clock import SystemClock
from passalong.settings import Settings, read_settings
from passalong.store import durability, event_log, sites
from passalong.store.engine import Database
from passalong.store.schema import distribution
from passalong.store.schema.columns import metadata
from passalong.store.schema.event_log import queue


@click.group("db")
def database() -> None:
    """The database."""


@database.command()
@click.option("--dry-run", is_flag=True, help="From 0.2.0: only print whose credit would change, and what is dropped.")
@click.option("--without-backup", is_flag=True, help="Make no backup first: you have made your own.")
def upgrade(dry_run: bool, without_backup: bool) -> None:
    """Upgrade the database to this version's tables, after a backup into the data folder, or create it.

    From 0.2.0 all facts are folded anew: it prints whose credit changes, and keeps the old journal beside the data.
    """
    settings = read_settings()
    if dry_run:
        _print_outcomes(_look(settings))
        return
    upgraded = bring_up_to_date(settings, backs_up=not without_backup)
    if upgraded.outcomes is not None:
        _print_outcomes(upgraded.outcomes)
        print(f"The journal as it was is kept in {settings.data_dir / upgrades.ARCHIVE}.")
    if upgraded.backup is not None:
        print(f"A backup from before is in {upgraded.backup}.")
    if upgraded.is_new:
        print(f"A new instance begins in {settings.data_dir}.")
    print("The database is at this version's tables.")


def _look(settings: Settings) -> Iterable[upgrades.Outcome]:
    if not has_data(settings):
        return
    with opened(settings) as db:
        if migrate.is_of_0_2(db) or files_of(settings).begun.exists():
            yield from upgrades.look(db, migrate.upgrade)


def _print_outcomes(outcomes: Iterable[upgrades.Outcome]) -> None:
    for site in outcomes:
        print(f"{site.site_id}: {len(site.changes)} sums of credit change, {len(site.dropped)} credentials end.")
        for site_change in site.changes:
            before, after = (_exact(micros) for micros in (site_change.before_micros, site_change.after_micros))
            print(f"  {site_change.recipient}  {before} → {after} {site_change.unit}")
        for redemption in site.redemptions:
            borne = (
                f", the site bears {_exact(redemption.borne_micros)} {redemption.unit}"
                if redemption.borne_micros
                else ""
            )
            amount = f"{_exact(redemption.amount_micros)} {redemption.unit}"
            print(f"  redemption {redemption.redemption_id}  {amount}: {redemption.before} → {redemption.after}{borne}")
        for words in site.dropped:
            print(f"  dropped: {words}")


def _exact(micros: int) -> str:
    return f"{Decimal(micros) / 1_000_000:.6f}"


@database.command()
def check() -> int:
    """Check the database's tables, its durability settings, the keys and other files beside it, and their modes."""
    with current_database() as db:
        instance = known_instance(read_settings(), db)
        problems = [*migrate.differences(db), *durability.weaknesses(db), *wrong_files(instance), *instance.modes]
    for problem in problems:
        print(problem)
    print("Mend what is listed." if problems else "The database is as it should be.")
    return 1 if problems else 0


@database.command()
def stats() -> None:
    """Print the number of rows of each table, and how much waits to be folded and since when."""
    with current_database() as db, db.reading() as session:
        for table in metadata.sorted_tables:
            print(f"{session.scalar(select(func.count()).select_from(table)):>12,}  {table.name}")
        oldest = session.scalar(select(func.min(queue.c.at_ms)))
        waiting_s = (SystemClock().now_ms() - oldest) / 1000 if oldest else 0
        print(f"the oldest fact that waits to be folded came in {waiting_s:.1f} s ago" if oldest else "nothing waits")
        size = "pg_database_size(current_database())" if not db.is_sqlite else "page_count * page_size"
        of = "" if not db.is_sqlite else " FROM pragma_page_count(), pragma_page_size()"
        print(f"{session.scalar(text(f'SELECT {size}{of}')):,} bytes")


@database.command("copy")
@click.argument("source")
@click.argument("target")
def copy_database(source: str, target: str) -> None:
    """Copy an instance to another, empty database, and compare the hashes of the journals."""
    old_settings, new_settings = (read_settings(os.environ | {"DATABASE_URL": url}) for url in (source, target))
    demand_data(old_settings)
    with opened(old_settings) as old, opened(new_settings) as new:
        if not migrate.is_current(old):
            raise CommandError("The source is not at this version's tables: run `passalong db upgrade` on it first.")
        migrate.upgrade(new)
        try:
            copied = copy.copy_instance(old, new)
        except copy.CopyError as error:
            raise CommandError(str(error)) from None
    print(f"{sum(copied.rows.values()):,} rows of {len(copied.rows)} tables are the same on both sides.")
    for site_id, digest in copied.digests.items():
        print(f"{site_id}  journal {digest}")


@database.command("distribute")
def distribute_database() -> None:
    """Distribute every table by site over a Citus cluster. Not tried against a real one yet: try it on a copy."""
    with current_database() as db:
        if db.is_sqlite:
            raise CommandError("Citus is an extension of PostgreSQL: move there first, with `passalong db copy`.")
        with db.writer.begin() as connection:
            for statement in distribution.statements():
                print(statement)
                connection.exec_driver_sql(statement)


@click.group()
def rollups() -> None:
    """The totals that pages read."""


@rollups.command()
@click.argument("site_id", metavar="SITE", required=False)
def rebuild(site_id: str | None) -> None:
    """Rebuild the totals from the facts, of one site or of all; the server may keep running."""
    with current_database() as db:
        for each_id in _sites(db, site_id):
            print(f"{each_id}: {replay.rebuild_rollups(db, each_id, migrate.upgrade):,} rows")


@click.command("replay")
@click.argument("site_id", metavar="SITE", required=False)
def replay_log(site_id: str | None) -> int:
    """Replay the whole log, of one site or of all, and compare the journals' hashes; exit code 1 if they differ."""
    with current_database() as db:
        results = {each_id: replay.compare(db, each_id, migrate.upgrade) for each_id in _sites(db, site_id)}
    for each_id, (stands, replayed) in results.items():
        print(
            f"{each_id}  stands {stands}\n"
            f"{each_id}  replay {replayed}  {'the same' if stands == replayed else 'DIFFERENT'}"
        )
    return 0 if all(stands == replayed for stands, replayed in results.values()) else 1


@click.group("queue")
def facts() -> None:
    """Waiting and quarantined facts."""


@facts.command("aside")
@click.argument("site_id", metavar="SITE")
def show_aside(site_id: str) -> int:
    """List quarantined facts with their errors; exit code 1 if there are any."""
    with current_database() as db, db.reading() as session:
        set_aside = event_log.aside(session, one_site(db, site_id).site_id)
    for source, event_id, _, error in set_aside:
        print(f"{source} {event_id}: {error.splitlines()[0]}")
    print(f"{len(set_aside)} facts are set aside.")
    return 1 if set_aside else 0


@facts.command()
@click.argument("site_id", metavar="SITE")
def retry(site_id: str) -> None:
    """Queue quarantined facts again; a running server folds them within half a minute."""
    with current_database() as db, writing(db) as session:
        count = event_log.put_back(session, one_site(db, site_id).site_id)
    print(f"{count} facts are in the queue again.")


def _sites(db: Database, site_id: str | None) -> list[str]:
    if site_id is not None:
        return [one_site(db, site_id).site_id]
    with db.reading() as session:
        return [site.site_id for site in sites.all_sites(session)]


COMMANDS: tuple[click.Command, ...] = (database, rollups, replay_log, facts)
