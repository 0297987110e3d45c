"""An instance with a history, its backup, and the place where it is restored."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url, text

from cast import a_person, an_id, anna, ben
from flow.office import SITE, Office
from passalong import migrate
from passalong.app import make_instance
from passalong.core.attribution.allocate import DAY_MS
from passalong.flow.backup.files import Place
from passalong.flow.backup.make import Made, Source, make_backup
from passalong.flow.backup.restore import Restored, Target, restore
from passalong.flow.transparency import ledger_check
from passalong.flow.transparency.heads_check import Evidence
from passalong.flow.transparency.heads_file import HeadsFile, read_heads
from passalong.flow.transparency.recording import seal_records
from passalong.flow.transparency.sealing import seal_all
from passalong.keys import fingerprints_there, secrets_of
from passalong.settings import Settings, read_settings
from passalong.store.engine import Database
from passalong.store.queries import digest

PASSPHRASE = "twelve bees in a lavender field"
NAME = "Anna Apiaria of the Hills"


class History:
    """Anna shares, Ben passes it on, somebody buys; everything is folded, sealed and in the file of heads."""

    def __init__(self, office: Office):
        self.office = office
        self.settings = read_settings(
            {"PASSALONG_DATA": str(office.folder), "DATABASE_URL": office.db.url.render_as_string(hide_password=False)}
        )
        self.annas = office.link("annas", anna)
        self.bens = office.link("bens", ben, parent=self.annas)
        assert office.note("flask", office.visit("came", self.bens, a_person("buyer"))).status == 202
        self.sell("o")
        office.fold()
        office.clock.at_ms += 31 * DAY_MS
        office.fold()
        form = {"name": NAME, "shown": "yes"}
        assert office.send("POST", "/me/privacy/name", client=office.signed_in(anna), form=form).status == 303
        self.seal()

    def sell(self, order: str) -> None:
        """The buyer's order is reported."""
        said = {"id": order, "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
        self.office.api("POST", "/conversions", said | {"code": f"{self.bens}.{an_id('visit', 'came')}"})

    def seal(self) -> None:
        """Sign heads over everything, and write them into the file outside."""
        signing, now_ms = self.office.instance.services.signing, self.office.clock.now_ms()
        seal_records(self.office.db, SITE, signing, now_ms)
        seal_all(self.office.db, SITE, signing, now_ms)
        HeadsFile(self.settings.heads_file).keep_all(self.office.db, SITE)

    def back_up(self, path: Path, passphrase: str = PASSPHRASE) -> Made:
        """Make a backup while the instance is in use."""
        keys = secrets_of(self.settings) if passphrase else {}
        return make_backup(
            Source(self.office.db, place_of(self.settings), migrate, keys, passphrase), self.office.clock, path
        )


def place_of(settings: Settings) -> Place:
    """Where these settings keep their data."""
    return Place(settings.data_dir, settings.heads_file, settings.database_url)


def restored(
    history: History, path: Path, settings: Settings, passphrase: str = PASSPHRASE, *, replace: bool = False
) -> Restored:
    """Restore a backup into the place of these settings."""
    target = Target(place_of(settings), migrate, fingerprints_there(settings, {}), passphrase, replace)
    return restore(path, target, history.office.clock)


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database of these settings."""
    db = Database(settings.database_url)
    try:
        yield db
    finally:
        db.close()


def journal(db: Database) -> str:
    """The digest of the site's journal."""
    with db.reading() as session:
        return digest.journal_digest(session, SITE)


def verify_ledger(settings: Settings, history: History) -> int:
    """Check the ledger with the file of heads outside; returns the number of lines. Raises DifferenceError."""
    outside = [head for head in read_heads(settings.heads_file) if head.site == SITE]
    with opened(settings) as db, db.reading_one_moment() as session:
        keys = history.office.instance.services.signing.public
        return ledger_check.check_ledger(session, SITE, keys, Evidence(outside)).lines


def leads_to(settings: Settings, token: str) -> str | None:
    """Where a short link leads on an instance that is started on these settings."""
    instance = make_instance(settings)
    try:
        answer = instance.flask.test_client().get(f"/h/{token}", base_url="https://along.example")
        return answer.headers.get("Location")
    finally:
        instance.close()


def bytes_of(settings: Settings) -> bytes:
    """Everything that the place holds: its files, and on PostgreSQL each row of each table as text."""
    found = b"".join(path.read_bytes() for path in settings.data_dir.rglob("*") if path.is_file())
    if make_url(settings.database_url).get_backend_name() == "sqlite":
        return found
    with opened(settings) as db, db.reading() as session:
        tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")).all()
        rows = (session.scalars(text(f"SELECT CAST(t AS text) FROM {name} t")).all() for name in tables)
        return found + "\n".join(str(row) for part in rows for row in part).encode()
