"""API keys of a site: make, revoke, rotate."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.names.lines import is_one_line
from passalong.core.privileges import USUAL, Scope
from passalong.flow.owners.changes import CLI, record_change, state
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.tokens import hashed, new_secret
from passalong.store.engine import Database
from passalong.store.people import api_keys
from passalong.store.people.api_keys import HANDLE, ApiKey
from passalong.store.people.changes import Change

LONGEST_NAME = 120
LONGEST_OVERLAP_HOURS = 24 * 90
HOUR_MS = 3_600_000


class ApiKeyError(ValueError):
    """A key operation that is not possible; says what to do."""


class Author(Struct, frozen=True):
    """The actor of a change, and the id of the form that asks for it (empty on the command line)."""

    by: str = CLI
    form_id: str = ""


class NewKey(Struct, frozen=True):
    """A key as it is asked for: its use, and its scopes."""

    name: str
    scopes: tuple[Scope, ...] = USUAL


class Rotation(Struct, frozen=True):
    """The key to replace, and how long it works on."""

    handle: str
    overlap_ms: int


ON_COMMAND_LINE = Author()


def new(db: Database, clock: Clock, site_id: str, wanted: NewKey | str, author: Author = ON_COMMAND_LINE) -> str:
    """Make a key, `ak_<site>_<secret>`, which is shown only once. Raises ApiKeyError, AlreadyDoneError."""
    new_key = NewKey(wanted) if isinstance(wanted, str) else wanted
    name = new_key.name.strip()
    _check(name)
    with writing(db) as session:
        now_ms = clock.now_ms()
        secret, key = _made(site_id, name, " ".join(new_key.scopes), now_ms)
        _record(session, key, ("key.make", author), now_ms)
        api_keys.add(session, key)
    return secret


def revoke(db: Database, clock: Clock, site_id: str, handle: str, author: Author = ON_COMMAND_LINE) -> ApiKey:
    """Revoke a key at once; an ended key stays as it is. Raises ApiKeyError, AlreadyDoneError."""
    with writing(db) as session:
        now_ms = clock.now_ms()
        key = _named(api_keys.all_of(session, site_id), handle)
        _record(session, key, ("key.revoke", author), now_ms)
        _must_work(key, now_ms)
        api_keys.end(session, site_id, key.key_hash, now_ms)
    return key


def rotate(db: Database, clock: Clock, site_id: str, rotation: Rotation, author: Author = ON_COMMAND_LINE) -> str:
    """Make the successor of a key; the old one works on for a while. Raises ApiKeyError, AlreadyDoneError."""
    if not 0 <= rotation.overlap_ms <= LONGEST_OVERLAP_HOURS * HOUR_MS:
        raise ApiKeyError(f"The old key may work for at most {LONGEST_OVERLAP_HOURS} hours more.")
    with writing(db) as session:
        now_ms = clock.now_ms()
        old_key = _named(api_keys.all_of(session, site_id), rotation.handle)
        _record(session, old_key, ("key.rotate", author), now_ms)
        _must_work(old_key, now_ms)
        ends_at_ms = now_ms + rotation.overlap_ms
        if old_key.ends_at_ms is None or old_key.ends_at_ms > ends_at_ms:
            api_keys.end(session, site_id, old_key.key_hash, ends_at_ms)
        secret, key = _made(site_id, old_key.name, old_key.scopes, now_ms)
        api_keys.add(session, key)
    return secret


def _record(session: Session, key: ApiKey, change: tuple[str, Author], now_ms: int) -> None:
    action, author = change
    after = state({"name": key.name, "last_four": key.last_four, "scopes": key.scopes})
    record_change(session, Change(key.site_id, author.by, action, key.handle, "", after, author.form_id), now_ms)


def _made(site_id: str, name: str, scopes: str | None, now_ms: int) -> tuple[str, ApiKey]:
    secret = f"ak_{site_id}_{new_secret()}"
    return secret, ApiKey(site_id, hashed(secret), name, secret[-4:], now_ms, scopes=scopes)


def _named(keys: Sequence[ApiKey], handle: str) -> ApiKey:
    named = [key for key in keys if len(handle) >= HANDLE and key.key_hash.startswith(handle)]
    if len(named) != 1:
        raise ApiKeyError(f"No key is called {handle[:80]!r}.")
    return named[0]


def _must_work(key: ApiKey, now_ms: int) -> None:
    if not key.works(now_ms):
        raise ApiKeyError(f"The key {key.handle!r} has ended already: make a new one.")


def _check(name: str) -> None:
    if not 1 <= len(name) <= LONGEST_NAME or not is_one_line(name):
        raise ApiKeyError(f"A key's name has 1 to {LONGEST_NAME} characters, all of them printable.")
