"""A person's choices about themselves: public name, links that do not count, erasure."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.exc import OperationalError

from passalong.core.identity_facts import PersonErased
from passalong.core.names.public_names import public_name
from passalong.flow.impersonation import impersonates
from passalong.flow.ingest.collector import Collector
from passalong.flow.mail.sender import MailSender
from passalong.flow.signin.magic_links import prove
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.store.books import identities
from passalong.store.engine import Database
from passalong.store.people import api_requests, erasure
from passalong.store.sites import Site

LONGEST_NAME = 80
UNDER_WAY_MS = 60_000
"""How long a call of the API takes at most."""


class BadNameError(ValueError):
    """A name that cannot be shown."""


class ReservedNameError(BadNameError):
    """A name that looks like the site's own, a role or a company."""


class Name(Struct, frozen=True):
    """A name, and its readers: people on the same path (`shown`), visitors through a link too (`greets`)."""

    name: str
    shown: bool = False
    greets: bool = False


def keep_name(db: Database, site: Site, advocate_id: str, chosen: Name) -> None:
    """Store a name, in all of this person's browsers at once. Raises BadNameError."""
    name, is_shown = " ".join(chosen.name.split()), chosen.shown or chosen.greets
    if is_shown:
        name = public_name(name)
        if impersonates(name, site):
            raise ReservedNameError
    if len(name) > LONGEST_NAME or not all(letter.isprintable() for letter in name) or (is_shown and not name):
        raise BadNameError
    with writing(db) as session:
        advocate_ids = identities.account(session, site.site_id, advocate_id)
        before = erasure.choices(session, site.site_id, advocate_ids)
        erasure.choose(
            session, site.site_id, advocate_ids, replace(before, name=name, shown=is_shown, greets=chosen.greets)
        )


def stop(db: Database, clock: Clock, site_id: str, advocate_id: str, *, stopped: bool) -> None:
    """Stop or resume giving out links that count."""
    with writing(db) as session:
        at_ms = clock.now_ms() if stopped else None
        advocate_ids = identities.account(session, site_id, advocate_id)
        before = erasure.choices(session, site_id, advocate_ids)
        erasure.choose(session, site_id, advocate_ids, replace(before, stopped_at_ms=at_ms))


class ErasureServices(Protocol):
    """The services that hold something of a person."""

    @property
    def db(self) -> Database: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def collector(self) -> Collector: ...
    @property
    def mail_sender(self) -> MailSender: ...


def erase(services: ErasureServices, site_id: str, advocate_id: str) -> None:
    """Erase the person: sums and proofs stay as they are, under ids that belong to nobody and open nothing.

    The fact comes first: it ends the bindings of the account, so a customer's next hand-over opens a new one.

    On SQLite the data in the file and in its log is overwritten; while a reader is active, that waits for the next
    time. On PostgreSQL the space is overwritten by VACUUM. Mails in a folder are deleted there; what a mail server took
    is with its provider.
    """
    db = services.db
    with db.reading() as session:
        advocate_ids = identities.account(session, site_id, advocate_id)
    prove(services.collector, site_id, f"erased-{advocate_ids[0]}", PersonErased(advocate_ids))
    forget_answers(db, services.clock, site_id, advocate_ids)
    with writing(db) as session:
        written_to = erasure.erase(session, site_id, advocate_ids)
        at_ms = services.clock.now_ms()
        choices = erasure.Choices(stopped_at_ms=at_ms, erased_at_ms=at_ms)
        erasure.choose(session, site_id, advocate_ids, choices)
    services.mail_sender.forget(site_id, written_to)
    with suppress(OperationalError):  # a reader is active: the log is overwritten by the next checkpoint
        db.tidy()


def forget_answers(db: Database, clock: Clock, site_id: str, advocate_ids: Sequence[str]) -> None:
    """Empty the API's kept answers that name one of these advocates.

    To find them among a million takes seconds, in which everybody else must be able to write.
    """
    began_ms = clock.now_ms()
    with db.reading() as session:
        named = api_requests.naming(session, site_id, advocate_ids)
    with writing(db) as session:
        erasure.overwrite_deleted(session)
        named += api_requests.naming(session, site_id, advocate_ids, began_ms - UNDER_WAY_MS)
        api_requests.empty(session, site_id, named)
