"""Fingerprints of the instance's keys: refuse to start with keys that would make its links and heads worthless."""

from collections.abc import Mapping

from passalong.flow.transaction import writing
from passalong.store import key_fingerprints
from passalong.store.engine import Database
from passalong.store.key_fingerprints import Purpose


class OtherKeysError(Exception):
    """The keys are not those that this database was used with; the text says which."""


def may_be_made(db: Database, purpose: Purpose) -> bool:
    """Return True while nothing in the database depends on a key, so that a first one may be made."""
    with db.reading() as session:
        return not key_fingerprints.known(session, purpose) and not key_fingerprints.are_needed(session, purpose)


def check(db: Database, purpose: Purpose, current: Mapping[int, str], now_ms: int, *, accept_new: bool = False) -> None:
    """Compare fingerprints by number with the stored ones, and store new ones. Raises OtherKeysError.

    A number never stands for another key, and the newest used key must still be there; older ones may be retired, newer
    ones added. `accept_new` stores these instead of the known ones.
    """
    with db.reading() as session:
        stored = key_fingerprints.known(session, purpose)
    if not accept_new:
        _compare(stored, current)
    elif not _same(stored, current):
        with writing(db) as session:
            key_fingerprints.forget(session, purpose)
        stored = {}
    if added := {number: current[number] for number in current.keys() - stored.keys()}:
        with writing(db) as session:
            key_fingerprints.add(session, purpose, added, now_ms)


def _same(stored: Mapping[int, str], current: Mapping[int, str]) -> bool:
    try:
        _compare(stored, current)
    except OtherKeysError:
        return False
    return True


def _compare(stored: Mapping[int, str], current: Mapping[int, str]) -> None:
    for number, fingerprint in sorted(stored.items()):
        if current.get(number, fingerprint) != fingerprint:
            raise OtherKeysError(f"key {number} is another one")
    if stored and max(stored) not in current:
        raise OtherKeysError(f"key {max(stored)} is missing")
