"""Make, change and end the connections of a site, each in the audit log."""

import re
from collections.abc import Callable, Mapping

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.shops.messages import Basis
from passalong.core.shops.systems import FIELDS, SYSTEMS
from passalong.flow.owners.changes import By, record_change, state
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.sealing import UnreadableSealError, seal, unseal
from passalong.lib.tokens import Keyring, new_secret
from passalong.store.engine import Database
from passalong.store.people.changes import Change
from passalong.store.shops import connections
from passalong.store.shops.connections import Connection

SECRET = "shop secret"  # noqa: S105 - the purpose of the seal
LONGEST_SECRET = 500
MOST_OPEN = 20
GOAL = re.compile(r"[a-z][a-z0-9_]{0,39}")
LINE = re.compile(r"([a-z]+)\s*=\s*([^\s=]{1,200})")


class BadConnectionError(ValueError):
    """A connection that cannot be made or changed; `field` is the form's field, the text says what to do."""

    def __init__(self, field: str, message: str):
        super().__init__(message)
        self.field = field


class NewConnection(Struct, frozen=True):
    """A connection as the owner describes it; `fields` has a line for each field of the generic system."""

    site_id: str
    system: str
    secret: str = ""
    basis: str = Basis.NET.value
    goal: str = "purchase"
    later_goal: str = "renewal"
    fields: str = ""


def connect(db: Database, clock: Clock, keys: Keyring, new: NewConnection, by: By) -> Connection:
    """Make a connection. Raises BadConnectionError, AlreadyDoneError.

    Without a secret it refuses every delivery until one is entered: Stripe and Paddle show theirs only once they know
    the address of the connection.
    """
    sealed = (seal(keys, SECRET, _secret(new.secret)),) if new.secret.strip() else ()
    connection = Connection(
        site_id=new.site_id,
        connection_id=new_secret()[:22],
        system=_one_of("system", new.system, tuple(SYSTEMS)),
        basis=Basis(_one_of("basis", new.basis, tuple(Basis))),
        goal=_goal("goal", new.goal),
        later_goal=_goal("later_goal", new.later_goal),
        fields=named_fields(new.fields) if new.system == "generic" else {},
        sealed_secrets=sealed,
        created_at_ms=clock.now_ms(),
    )
    with writing(db) as session:
        if sum(row.is_open for row in connections.all_of(session, connection.site_id)) >= MOST_OPEN:
            raise BadConnectionError(
                "system", f"A site has at most {MOST_OPEN} connections: end one that is not needed."
            )
        settings = {
            "system": connection.system,
            "basis": connection.basis.value,
            "goal": connection.goal,
            "later_goal": connection.later_goal,
        }
        change = Change(
            connection.site_id, by.actor, "shop.connect", connection.connection_id, "", state(settings), by.once
        )
        record_change(session, change, clock.now_ms())
        connections.add(session, connection)
    return connection


def replace_secret(
    db: Database, clock: Clock, keys: Keyring, named: tuple[str, str], new: tuple[str, By]
) -> Connection:
    """Take a new secret; the one before works on until the next is taken.

    Raises BadConnectionError, AlreadyDoneError.
    """
    (site_id, connection_id), (secret, by) = named, new
    sealed = seal(keys, SECRET, _secret(secret))

    def replace(session: Session, connection_row: Connection) -> None:
        connections.set_secrets(session, site_id, connection_id, (sealed, *connection_row.sealed_secrets[:1]))

    return _change(db, clock, named, ("shop.secret", by), replace)


def end(db: Database, clock: Clock, site_id: str, connection_id: str, by: By) -> Connection:
    """End a connection: what it delivers from now on is refused. Raises BadConnectionError, AlreadyDoneError."""

    def stop(session: Session, connection_row: Connection) -> None:
        if connection_row.is_open:
            connections.end(session, site_id, connection_id, clock.now_ms())

    return _change(db, clock, (site_id, connection_id), ("shop.end", by), stop)


def named_fields(text: str) -> Mapping[str, str]:
    """Return the generic system's fields, one `name = path` a line. Raises BadConnectionError."""
    values: dict[str, str] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        match = LINE.fullmatch(line)
        if match is None or match[1] not in FIELDS:
            raise BadConnectionError(
                "fields", f"Write `name = path.to.field` on each line; names are: {', '.join(FIELDS)}."
            )
        values[match[1]] = match[2]
    if missing := [name for name in ("order", "total") if name not in values]:
        raise BadConnectionError("fields", f"Say where `{missing[0]}` is, such as `{missing[0]} = data.{missing[0]}`.")
    return values


def open_connection(db: Database, site_id: str, connection_id: str) -> Connection | None:
    """Return a connection whose deliveries are accepted."""
    with db.reading() as session:
        connection = connections.find(session, site_id, connection_id)
    return connection if connection is not None and connection.is_open else None


def secrets_of(keys: Keyring, connection: Connection) -> list[str]:
    """Return the secrets that a delivery may be signed with; those whose key was lost are left out."""
    secrets = []
    for sealed in connection.sealed_secrets:
        try:
            secrets.append(unseal(keys, SECRET, sealed))
        except UnreadableSealError:
            continue
    return secrets


def _change(
    db: Database,
    clock: Clock,
    named: tuple[str, str],
    done: tuple[str, By],
    change: Callable[[Session, Connection], None],
) -> Connection:
    (site_id, connection_id), (action, by) = named, done
    with writing(db) as session:
        connection = connections.find(session, site_id, connection_id)
        if connection is None:
            raise BadConnectionError("", "There is no such connection.")
        after = state({"system": connection.system})
        record_change(session, Change(site_id, by.actor, action, connection_id, "", after, by.once), clock.now_ms())
        change(session, connection)
    return connection


def _secret(text: str) -> str:
    text = text.strip()
    if not 8 <= len(text) <= LONGEST_SECRET or not text.isprintable() or not text.isascii():
        raise BadConnectionError("secret", "Copy the signing secret as the system shows it: 8 characters or more.")
    return text


def _one_of(field: str, text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        raise BadConnectionError(field, f"Choose one of: {', '.join(choices)}.")
    return text


def _goal(field: str, text: str) -> str:
    if not GOAL.fullmatch(text):
        raise BadConnectionError(field, "A goal has small letters, digits and `_`, such as `purchase`: 40 at most.")
    return text
