"""Open the instance's keys: those of its links and those of its ledger, as this database knows them.

Lost keys must never be replaced silently: every shared link, and every signed head, would be worthless.
"""

import os
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

import structlog
from msgspec import Struct
from sqlalchemy.exc import SQLAlchemyError

from passalong.flow import instance_keys
from passalong.key_files import LEDGER_KEYS, LINK_KEYS, KeySource, read_keys, read_signing_keys
from passalong.lib.clock import Clock
from passalong.lib.signing import SigningKeys
from passalong.lib.tokens import Keyring, fingerprints
from passalong.settings import BadSettingsError, Settings
from passalong.store.database_errors import Blame, blame
from passalong.store.engine import Database
from passalong.store.key_fingerprints import Purpose

Keys = TypeVar("Keys")
Env = Mapping[str, str]

log = structlog.get_logger()


class InstanceKeys(Struct, frozen=True):
    """The keys that sign links, and those that sign the heads of ledgers."""

    links: Keyring
    ledger: SigningKeys


class _Kind(Struct, Generic[Keys], frozen=True):
    purpose: Purpose
    source: KeySource
    read: Callable[[Settings, Env], Keys]
    fingerprints: Callable[[Keys], Mapping[int, str]]
    loss: str
    """The loss that other keys would cause."""


_LINKS: _Kind[Keyring] = _Kind(
    Purpose.LINKS, LINK_KEYS, read_keys, fingerprints, "every link that was shared stops working"
)
_LEDGER: _Kind[SigningKeys] = _Kind(
    Purpose.LEDGER,
    LEDGER_KEYS,
    read_signing_keys,
    lambda keys: keys.by_number,
    "heads that were signed before count as signed by a stranger",
)


class KeyOpener:
    """Reads the keys of one instance and compares them with the fingerprints in its database."""

    def __init__(self, settings: Settings, db: Database, clock: Clock, env: Env = os.environ):
        self._settings = settings
        self._db = db
        self._clock = clock
        self._env = env

    def open(self, *, accept_new: bool = False) -> InstanceKeys:
        """Read the keys; the very first start makes them. Raises BadSettingsError that says what to restore.

        `accept_new` continues with other keys than before, for good.
        """
        return InstanceKeys(self._open(_LINKS, accept_new), self._open(_LEDGER, accept_new))

    def open_in_worker(self) -> InstanceKeys:
        """Read the keys in a server process, which starts even while the database is away if the keys are there."""
        try:
            return self.open()
        except SQLAlchemyError as error:
            if blame(error) is Blame.STATEMENT:
                raise BadSettingsError(
                    ["The database is not at this version's tables: run `passalong db upgrade`."]
                ) from error
            if not all(kind.source.is_there(self._settings, self._env) for kind in (_LINKS, _LEDGER)):
                raise
            log.warning("the keys could not be compared with the database's fingerprints")
            return InstanceKeys(read_keys(self._settings, self._env), read_signing_keys(self._settings, self._env))

    def _open(self, kind: _Kind[Keys], accept_new: bool) -> Keys:
        there = kind.source.is_there(self._settings, self._env)
        if not there and not accept_new and not instance_keys.may_be_made(self._db, kind.purpose):
            raise self._problem(kind, "is missing")
        keys = kind.read(self._settings, self._env)
        current = kind.fingerprints(keys)
        try:
            instance_keys.check(self._db, kind.purpose, current, self._clock.now_ms(), accept_new=accept_new)
        except instance_keys.OtherKeysError as other:
            raise self._problem(
                kind, f"does not have the {kind.purpose.value} keys of this database: {other}"
            ) from None
        return keys

    def _problem(self, kind: _Kind[Keys], what: str) -> BadSettingsError:
        where = kind.source.where(self._settings, self._env)
        accept = f"Without it {kind.loss}; `passalong serve --accept-new-keys` goes on with other keys all the same."
        return BadSettingsError([f"{where} {what}. Restore it from your backup. {accept}"])


def secrets_of(settings: Settings, env: Env = os.environ) -> dict[str, dict[str, str]]:
    """Return the secrets by number, by the name of their file, as a backup keeps them. The keys are there."""
    by_purpose = {}
    for kind in (_LINKS, _LEDGER):
        text = kind.source.read(settings, env, str)
        by_purpose[kind.source.file] = {str(number): str(secret) for number, secret in text.items()}
    return by_purpose


def fingerprints_there(settings: Settings, env: Env = os.environ) -> dict[str, dict[int, str]]:
    """Return the fingerprints of the keys that are there, by purpose and number; makes none.

    Raises BadSettingsError.
    """
    return {
        kind.purpose.value: dict(kind.fingerprints(kind.read(settings, env)))  # type: ignore[arg-type]
        for kind in (_LINKS, _LEDGER)
        if kind.source.is_there(settings, env)
    }
