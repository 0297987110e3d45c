"""Moving a whole instance from one database to another, and proving that nothing was lost or changed on the way."""

from collections.abc import Iterator

from msgspec import Struct
from sqlalchemy import Table, func, select

from passalong.flow.transaction import writing
from passalong.store import bulk, sites
from passalong.store.engine import Database
from passalong.store.queries import digest
from passalong.store.schema.columns import metadata

BATCH = 2_000


class CopyError(Exception):
    """A copy that would not be one; says what to do."""


class Copied(Struct, frozen=True):
    """The result of a copy: rows by table, and each site's journal digest, which is the same on both sides."""

    rows: dict[str, int]
    digests: dict[str, str]


def copy_instance(source: Database, target: Database) -> Copied:
    """Copy every table into an empty database and compare what arrived. Raises CopyError.

    The source is read in one transaction, so a server may go on writing to it; what it writes meanwhile stays behind.
    Both databases are at this version's tables.
    """
    with target.reading() as reading:
        if reading.scalar(select(func.count()).select_from(metadata.tables["sites"])):
            raise CopyError("The target has sites already: copy into an empty database.")
    with source.reading_one_moment() as reading:
        rows = {}
        for table in metadata.sorted_tables:
            rows[table.name] = sum(
                _insert(target, table, part)
                for part in _parts(reading.execute(select(table).order_by(*table.primary_key.columns)))
            )
        wanted = {site.site_id: digest.journal_digest(reading, site.site_id) for site in sites.all_sites(reading)}
    _prove(target, rows, wanted)
    return Copied(rows, wanted)


def _parts(result: object) -> Iterator[list[dict[str, object]]]:
    for part in result.mappings().partitions(BATCH):  # type: ignore[attr-defined]
        yield [dict(row) for row in part]


def _insert(target: Database, table: Table, part: list[dict[str, object]]) -> int:
    with writing(target) as session:
        bulk.insert_all(session, table, part)
    return len(part)


def _prove(target: Database, rows: dict[str, int], wanted: dict[str, str]) -> None:
    with target.reading() as reading:
        for name, count in rows.items():
            copied = reading.scalar(select(func.count()).select_from(metadata.tables[name]))
            if copied != count:
                raise CopyError(f"The table {name} has {copied} rows there and {count} here.")
        for site_id, expected in wanted.items():
            if digest.journal_digest(reading, site_id) != expected:
                raise CopyError(f"The journal of {site_id} is not the same there: do not use the copy.")
