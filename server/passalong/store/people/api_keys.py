"""API keys of a site, by the hash of their secret: when each was made and last used, and until when it works."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import ColumnElement, insert, or_, select, update
from sqlalchemy.orm import Session

from passalong.core.privileges import Scope
from passalong.store.prebuilt import find_where
from passalong.store.schema.api_keys import api_keys

HANDLE = 8
"""The number of digits of the hash that name a key on the command line and in the console."""


class ApiKey(Struct, frozen=True):
    """One API key. It works until `ends_at_ms`: a moment in the past for one that was revoked.

    `scopes` are words with spaces; None is a key from before there were any, which may call what there was then.
    """

    site_id: str
    key_hash: str
    name: str
    last_four: str
    created_at_ms: int
    last_used_at_ms: int | None = None
    ends_at_ms: int | None = None
    scopes: str | None = None

    @property
    def handle(self) -> str:
        """The name of this key on the command line and in the console."""
        return self.key_hash[:HANDLE]

    @property
    def granted(self) -> tuple[Scope, ...] | None:
        """The scopes of this key; None for a key from before there were any."""
        return None if self.scopes is None else tuple(Scope(name) for name in self.scopes.split())

    def works(self, now_ms: int) -> bool:
        """Return True while requests with it are answered."""
        return self.ends_at_ms is None or self.ends_at_ms > now_ms


def add(session: Session, key: ApiKey) -> None:
    """Insert a key."""
    session.execute(insert(api_keys).values({name: getattr(key, name) for name in key.__struct_fields__}))


def find(session: Session, site_id: str, key_hash: str, now_ms: int) -> ApiKey | None:
    """Return the working key of that hash."""
    row = find_where(session, site_id, api_keys, key_hash=key_hash).one_or_none()
    key = None if row is None else ApiKey(**row._mapping)
    return key if key is not None and key.works(now_ms) else None


def works(session: Session, site_id: str, handle: str, now_ms: int) -> bool:
    """Return True if the key that has this handle works."""
    ends = api_keys.c.ends_at_ms
    named = (api_keys.c.site_id == site_id, api_keys.c.key_hash.startswith(handle, autoescape=True))
    statement = select(api_keys.c.key_hash).where(*named, or_(ends.is_(None), ends > now_ms))
    return bool(handle) and session.execute(statement.limit(1)).first() is not None


def all_of(session: Session, site_id: str) -> Sequence[ApiKey]:
    """Return every key of a site, newest first, ended ones included."""
    statement = select(api_keys).where(api_keys.c.site_id == site_id)
    rows = session.execute(statement.order_by(api_keys.c.created_at_ms.desc(), api_keys.c.key_hash))
    return [ApiKey(**row._mapping) for row in rows]


def end(session: Session, site_id: str, key_hash: str, at_ms: int) -> None:
    """Let a key work until then, and no longer."""
    session.execute(update(api_keys).where(*_one(site_id, key_hash)).values(ends_at_ms=at_ms))


def see(session: Session, site_id: str, key_hash: str, now_ms: int) -> None:
    """Record that a key was used."""
    session.execute(update(api_keys).where(*_one(site_id, key_hash)).values(last_used_at_ms=now_ms))


def _one(site_id: str, key_hash: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return api_keys.c.site_id == site_id, api_keys.c.key_hash == key_hash
