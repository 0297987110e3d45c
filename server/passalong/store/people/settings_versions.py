"""Versions of settings: what was changed, when, by whom and why; those that are still to begin."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.orm import Session

from passalong.store.schema.settings import settings_versions as table

TO_BEGIN = (table.c.begun_at_ms.is_(None), table.c.withdrawn_at_ms.is_(None))


class SettingsVersion(Struct, frozen=True):
    """A change of settings: `before` and `after` have what it changes, as texts by name."""

    version: int
    since_ms: int
    made_at_ms: int
    author: str
    note: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    begun_at_ms: int | None = None
    withdrawn_at_ms: int | None = None

    @property
    def is_announced(self) -> bool:
        """True for a version that is still to begin."""
        return self.begun_at_ms is None and self.withdrawn_at_ms is None


def add(session: Session, site_id: str, version: SettingsVersion) -> None:
    """Append a version."""
    texts = {name: msgspec.json.encode(getattr(version, name)).decode() for name in ("before", "after")}
    session.execute(insert(table).values(site_id=site_id, **msgspec.structs.asdict(version) | texts))


def last_number(session: Session, site_id: str) -> int:
    """Return the number of the newest version, 0 before the first."""
    return session.scalar(select(func.max(table.c.version)).where(table.c.site_id == site_id)) or 0


def newest(session: Session, site_id: str, limit: int) -> Sequence[SettingsVersion]:
    """Return the newest versions, the newest first."""
    statement = select(table).where(table.c.site_id == site_id).order_by(table.c.version.desc()).limit(limit)
    return [_version(row) for row in session.execute(statement)]


def announced(session: Session, site_id: str) -> Sequence[SettingsVersion]:
    """Return the versions that are still to begin, the oldest first."""
    statement = select(table).where(table.c.site_id == site_id, *TO_BEGIN).order_by(table.c.version)
    return [_version(row) for row in session.execute(statement)]


def value_at(session: Session, site_id: str, name: str, at_ms: int, today: str) -> str:
    """Return what a setting was at a moment: the last change before it, or what the first change after it replaced.

    `today` is its value now, for a setting that was never changed.
    """
    statement = select(table).where(table.c.site_id == site_id, table.c.begun_at_ms.is_not(None))
    value = today
    for version in map(
        _version, session.execute(statement.order_by(table.c.begun_at_ms.desc(), table.c.version.desc()))
    ):
        if name in version.after and (version.begun_at_ms or 0) <= at_ms:
            return version.after[name]
        value = version.before.get(name, value)
    return value


def sites_with_due(session: Session, now_ms: int) -> Sequence[str]:
    """Return the sites with a version that should have begun."""
    return session.scalars(select(table.c.site_id).where(table.c.since_ms <= now_ms, *TO_BEGIN).distinct()).all()


def begin(session: Session, site_id: str, version: int, now_ms: int) -> None:
    """Put on record that a version has begun."""
    conditions = (table.c.site_id == site_id, table.c.version == version)
    session.execute(update(table).where(*conditions).values(begun_at_ms=now_ms))


def withdraw(session: Session, site_id: str, version: int, now_ms: int) -> None:
    """Put on record that a version that has not begun was withdrawn."""
    conditions = (table.c.site_id == site_id, table.c.version == version)
    session.execute(update(table).where(*conditions).values(withdrawn_at_ms=now_ms))


def _version(row: Row[tuple[object, ...]]) -> SettingsVersion:
    values = dict(row._mapping)
    del values["site_id"]
    texts = {name: msgspec.json.decode(values[name], type=dict[str, str]) for name in ("before", "after")}
    return SettingsVersion(**values | texts)
