"""What the commands share: a database that is opened and closed, a site by its key, one line for what is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from passalong import migrate
from passalong.settings import Settings, read_settings
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.sites import Site

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Problem(Exception):
    """Something to tell the person at the terminal, in one line."""


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database of these settings, closed afterwards."""
    db = Database(settings.database_url)
    try:
        yield db
    finally:
        db.close()


@contextmanager
def current_database() -> Iterator[Database]:
    """The database of the environment; raises Problem unless it is at this version's tables."""
    with opened(read_settings()) as db:
        if not migrate.is_current(db):
            raise Problem("The database is not at this version's tables: run `passalong db upgrade` first.")
        yield db


def one_site(db: Database, site_id: str) -> Site:
    """The site of that key; raises Problem."""
    with db.reading() as session:
        site = sites.find_site(session, site_id)
    if site is None:
        raise Problem(f"No site has the key {site_id!r}: `passalong site list` shows them.")
    return site


def read_json(file: Path) -> object:
    """What a JSON file holds; raises Problem."""
    try:
        return msgspec.json.decode(file.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(f"{file} is not JSON: {error}.") from None
