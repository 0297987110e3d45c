"""Health of an instance as one site's owner sees it: what is measured, and what is to be done where it is not well."""

import shutil
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

from msgspec import Struct
from sqlalchemy import make_url

from passalong.core.webhooks.schedule import WARN_AFTER_MS
from passalong.flow.backup.schedule import Last, Watched
from passalong.flow.mail.transports import Folder, Transport
from passalong.flow.owners.changes import record_change
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock, SystemClock
from passalong.store import durability, event_log
from passalong.store.engine import Database
from passalong.store.people import addresses
from passalong.store.people.changes import Change
from passalong.store.queries import waiting
from passalong.store.queries.waiting import MailTrouble
from passalong.store.sites import Site
from passalong.store.transparency import heads
from passalong.store.webhooks import endpoints
from passalong.store.webhooks.endpoints import Trouble

LAG_BAD_MS = 60_000
DISK_BAD_BYTES = 1 << 30
CLOCK_BAD_MS = 5_000
COUNTED_AT_MOST = 1_000
MAILS_MS = 7 * 86_400_000
"""How far back mails are looked at."""


class Disk(Struct, frozen=True):
    """The disk of the database."""

    free_bytes: int
    all_bytes: int


class Health(Struct, frozen=True):
    """The measurements of one moment; None stands for what cannot be known from here.

    `waiting` facts are counted up to COUNTED_AT_MOST; `lag_ms` is the age of the oldest; `clock_ms` is how far the
    database's clock is ahead of ours, `future_ms` how far the latest event is.
    """

    waiting: int
    lag_ms: int
    set_aside: int
    disk: Disk | None
    clock_ms: int | None
    future_ms: int
    weaknesses: tuple[str, ...]
    sealed_at_ms: int | None
    mails: MailTrouble
    webhooks: Trouble
    backup: Last = Last()
    backup_is_late: bool = False
    not_set_up: tuple[str, ...] = ()
    """Parts that the instance runs without, although an owner will miss them: `mail` or `backup`."""

    @property
    def problems(self) -> tuple[str, ...]:
        """The names of what is not well."""
        states = {
            "lag": self.lag_ms > LAG_BAD_MS,
            "set_aside": self.set_aside > 0,
            "disk": self.disk is not None and self.disk.free_bytes < DISK_BAD_BYTES,
            "clock": self.future_ms > CLOCK_BAD_MS or abs(self.clock_ms or 0) > CLOCK_BAD_MS,
            "durability": bool(self.weaknesses),
            "mail": self.mails.retried + self.mails.given_up > 0,
            "webhooks": bool(self.webhooks.failing or self.webhooks.paused),
            "backup": self.backup_is_late,
        }
        return tuple(name for name, bad in states.items() if bad)


def health_of(
    db: Database, clock: Clock, site_id: str, backups: Watched | None = None, transport: Transport | None = None
) -> Health:
    """Measure the health of an instance, for one of its sites."""
    now_ms = clock.now_ms()
    with db.reading() as session:
        queued, oldest_ms = waiting.queued(session, site_id, COUNTED_AT_MOST)
        mails = waiting.mail_trouble(session, site_id, now_ms - MAILS_MS, COUNTED_AT_MOST)
        head = heads.newest(session, site_id)
        aside = len(event_log.aside(session, site_id, COUNTED_AT_MOST))
        future_ms = event_log.last_at_ms(session, site_id) - now_ms
        theirs_ms = waiting.database_time_ms(session)
        webhooks = endpoints.trouble(session, site_id, now_ms - WARN_AFTER_MS)
    return Health(
        waiting=queued,
        lag_ms=max(0, now_ms - oldest_ms) if queued else 0,
        set_aside=aside,
        disk=_disk(db),
        clock_ms=None if theirs_ms is None else theirs_ms - SystemClock().now_ms(),
        future_ms=max(0, future_ms),
        weaknesses=tuple(durability.weaknesses(db)),
        sealed_at_ms=head.head.at_ms if head else None,
        mails=mails,
        webhooks=webhooks,
        backup=backups.last() if backups else Last(),
        backup_is_late=backups.is_late(now_ms) if backups else False,
        not_set_up=_not_set_up(backups, transport),
    )


def _not_set_up(backups: Watched | None, transport: Transport | None) -> tuple[str, ...]:
    """Return what has no settings: mails that only land in a folder, and backups that nobody makes."""
    unmade = backups is not None and backups.every_h is None and backups.last().moment_ms is None
    states = {"mail": isinstance(transport, Folder), "backup": unmade}
    return tuple(name for name, missing in states.items() if missing)


def _disk(db: Database) -> Disk | None:
    """Return the space on the disk of a SQLite file; a PostgreSQL server's disk cannot be seen from here."""
    file = make_url(str(db.writer.url)).database if db.is_sqlite else None
    if not file:
        return None
    usage = shutil.disk_usage(Path(file).parent)
    return Disk(usage.free, usage.total)


# --- a test of the mail -----------------------------------------------------------------------------------------------


class NoAddressError(ValueError):
    """The owner has no confirmed e-mail address, so there is nobody to write to."""


class ProbeMessage(Struct, frozen=True):
    """A test mail: who asks for it, its sender, subject and text."""

    by: str
    sender: str
    subject: str
    text: str


def send_test(db: Database, clock: Clock, site: Site, transport: Transport, probe: ProbeMessage) -> str:
    """Send a mail to the owner at once, and return the address. Raises NoAddressError, or the transport's own error."""
    with db.reading() as session:
        owner_addresses = addresses.owners(session, site.site_id)
    if not owner_addresses:
        raise NoAddressError
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = probe.sender, owner_addresses[0].address, probe.subject
    message["Message-ID"] = make_msgid(domain="passalong.invalid")
    message.set_content(probe.text)
    now_ms = clock.now_ms()
    transport.send(message, owner_addresses[0].address, f"{site.site_id}/test-{now_ms}")
    with writing(db) as session:
        record_change(session, Change(site.site_id, probe.by, "mail.test", site.site_id, "", ""), now_ms)
    return owner_addresses[0].address
