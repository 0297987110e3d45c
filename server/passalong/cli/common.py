"""Shared by the commands: open and close the database, find a site by its key, report a problem in one line."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec
from sqlalchemy import make_url

from passalong import migrate
from passalong.keys import InstanceKeys, KeyOpener
from passalong.lib.clock import SystemClock
from passalong.settings import Settings, read_settings
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.sites import Site

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class CommandError(Exception):
    """A problem to report in one line."""


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """Open the database of these settings, and close it afterwards."""
    db = Database(settings.database_url)
    try:
        yield db
    finally:
        db.close()


def has_data(settings: Settings) -> bool:
    """Return False if these settings name a SQLite file that does not exist: opening it would create an empty one."""
    url = make_url(settings.database_url)
    return url.get_backend_name() != "sqlite" or not url.database or Path(url.database).exists()


def demand_data(settings: Settings) -> None:
    """Raise CommandError, which says how to name the data folder, if there is no data."""
    if has_data(settings):
        return
    folder = Path(make_url(settings.database_url).database or "").absolute().parent
    how = (
        "name its folder: PASSALONG_DATA=/path/to/data"
        if folder == settings.data_dir
        else "change the address of the database: four slashes begin a path from the root, like sqlite:////path/to/file"
    )
    raise CommandError(
        f"There is no Passalong data in {folder}. If yours is elsewhere, {how}. "
        "`passalong db upgrade` begins a new instance here."
    )


@contextmanager
def current_database() -> Iterator[Database]:
    """Open the database of the environment; raises CommandError unless it exists and has this version's tables."""
    settings = read_settings()
    demand_data(settings)
    with opened(settings) as db:
        if migrate.revision_of(db) is None:
            raise CommandError(
                "The database is empty: `passalong restore FILE` restores a backup, `passalong db upgrade` begins a "
                "new instance."
            )
        if not migrate.is_current(db):
            raise CommandError("The database is not at this version's tables: run `passalong db upgrade` first.")
        yield db


def keys_of(db: Database) -> InstanceKeys:
    """Return the keys of this database's instance; raises BadSettingsError if they are not those it was used with."""
    return KeyOpener(read_settings(), db, SystemClock()).open()


def one_site(db: Database, site_id: str) -> Site:
    """Return the site of that key; raises CommandError."""
    with db.reading() as session:
        site = sites.find_site(session, site_id)
    if site is None:
        raise CommandError(f"No site has the key {site_id!r}: `passalong site list` shows them.")
    return site


def read_text(file: Path) -> str:
    """Return the text of a file in UTF-8, or in UTF-16 with a byte order mark. Raises CommandError."""
    content = file.read_bytes()
    try:
        return content.decode("utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError(f"{file} is not in UTF-8: save it again as UTF-8 (in Excel: CSV UTF-8).") from None


def read_json(file: Path) -> object:
    """Return the content of a JSON file; raises CommandError."""
    try:
        return msgspec.json.decode(file.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CommandError(f"{file} is not JSON: {error}.") from None
