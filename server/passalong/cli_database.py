"""`passalong db`, `rollups`, `replay` and `queue`: what an operator does with the data."""

import os

import click
from sqlalchemy import func, select, text

from passalong import migrate
from passalong.cli_common import Problem, current_database, one_site, opened
from passalong.clock import SystemClock
from passalong.flow import copy, replay
from passalong.flow.transaction import writing
from passalong.settings import read_settings
from passalong.store import distribute, durability, event_log, sites
from passalong.store.engine import Database
from passalong.store.schema import metadata
from passalong.store.tables import queue


@click.group("db")
def database() -> None:
    """The database."""


@database.command()
def upgrade() -> None:
    """Bring the database to this version's tables."""
    with opened(read_settings()) as db:
        migrate.upgrade(db)
    print("The database is at this version's tables.")


@database.command()
def check() -> int:
    """Compare the database with this version's tables, and its settings with what an acknowledgement promises."""
    with current_database() as db:
        found = [*migrate.differences(db), *durability.weaknesses(db)]
    for problem in found:
        print(problem)
    print("The database differs as listed." if found else "The database is as it should be.")
    return 1 if found else 0


@database.command()
def stats() -> None:
    """Print how many rows each table has, and how much waits to be folded and since when."""
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
    """Copy a whole instance from one database URL to another, empty one, and prove it by the journals' hashes."""
    old_settings, new_settings = (read_settings(os.environ | {"DATABASE_URL": url}) for url in (source, target))
    with opened(old_settings) as old, opened(new_settings) as new:
        if not migrate.is_current(old):
            raise Problem("The source is not at this version's tables: run `passalong db upgrade` on it first.")
        migrate.upgrade(new)
        try:
            copied = copy.copy_instance(old, new)
        except copy.CannotCopy as error:
            raise Problem(str(error)) from None
    print(f"{sum(copied.rows.values()):,} rows of {len(copied.rows)} tables are the same on both sides.")
    for site_id, digest in copied.digests.items():
        print(f"{site_id}  journal {digest}")


@database.command("distribute")
def distribute_database() -> None:
    """Distribute every table by site over a Citus cluster. Not tried against a real one yet: try it on a copy."""
    with current_database() as db:
        if db.is_sqlite:
            raise Problem("Citus is an extension of PostgreSQL: move there first, with `passalong db copy`.")
        with db.writer.begin() as connection:
            for statement in distribute.statements():
                print(statement)
                connection.exec_driver_sql(statement)


@click.group()
def rollups() -> None:
    """The totals that pages read."""


@rollups.command()
@click.argument("site_id", metavar="SITE", required=False)
def rebuild(site_id: str | None) -> None:
    """Make the totals anew from the facts, of one site or of all; the server may go on."""
    with current_database() as db:
        for known in _sites(db, site_id):
            print(f"{known}: {replay.rebuild_rollups(db, known, migrate.upgrade):,} rows")


@click.command("replay")
@click.argument("site_id", metavar="SITE", required=False)
def replay_log(site_id: str | None) -> int:
    """Fold the whole log once more, of one site or of all, and compare the journals' hashes; 1 if they differ."""
    with current_database() as db:
        found = {known: replay.compare(db, known, migrate.upgrade) for known in _sites(db, site_id)}
    for known, (stands, made) in found.items():
        print(f"{known}  stands {stands}\n{known}  replay {made}  {'the same' if stands == made else 'DIFFERENT'}")
    return 0 if all(stands == made for stands, made in found.values()) else 1


@click.group("queue")
def facts() -> None:
    """Facts that wait, and those that could not be folded."""


@facts.command("aside")
@click.argument("site_id", metavar="SITE")
def show_aside(site_id: str) -> int:
    """List the facts that were set aside because they could not be folded, with their errors; 1 if there are any."""
    with current_database() as db, db.reading() as session:
        found = event_log.aside(session, one_site(db, site_id).site_id)
    for source, event_id, _, error in found:
        print(f"{source} {event_id}: {error.splitlines()[0]}")
    print(f"{len(found)} facts are set aside.")
    return 1 if found else 0


@facts.command()
@click.argument("site_id", metavar="SITE")
def retry(site_id: str) -> None:
    """Queue the facts that were set aside once more; a running server folds them within half a minute."""
    with current_database() as db, writing(db) as session:
        count = event_log.put_back(session, one_site(db, site_id).site_id)
    print(f"{count} facts are in the queue again.")


def _sites(db: Database, site_id: str | None) -> list[str]:
    if site_id is not None:
        return [one_site(db, site_id).site_id]
    with db.reading() as session:
        return [site.site_id for site in sites.all_sites(session)]


COMMANDS: tuple[click.Command, ...] = (database, rollups, replay_log, facts)
