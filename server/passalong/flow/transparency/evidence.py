"""Checks that the evidence of earlier seals is all there, before anything new is signed.

A signature over lines that lost their earlier heads would turn a forgery into evidence. So a seal is refused where the
database and the file outside do not have the same heads, and where old lines are under no head.
"""

from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.transparency.records import record_digest
from passalong.flow.transparency.heads_file import HeadsFile, Kept
from passalong.store.engine import Database
from passalong.store.transparency import heads, nodes, records
from passalong.store.transparency.heads import Sealed

PERIODS = 3
"""A line that is older than so many seal periods must be under a head."""


class EvidenceMissingError(Exception):
    """Evidence that must be there is missing; says what and what to do."""


class Age(Struct, frozen=True):
    """How old a line without a head may be: `within_ms` before `now_ms`.

    `last_tx` is the last transaction that is judged by its age. Later ones were written while the server watched.
    """

    now_ms: int
    within_ms: int
    last_tx: int | None = None

    @property
    def oldest_ms(self) -> int:
        """The time before which every line must be under a head."""
        return self.now_ms - self.within_ms


def within_ms(seal_s: float) -> int:
    """How old a line may be that no head covers yet, where sealing runs every `seal_s` seconds."""
    return int(PERIODS * seal_s * 1_000)


def check_evidence(db: Database, site_id: str, file: HeadsFile, age: Age, *, after_crash: bool = False) -> None:
    """Raise EvidenceMissingError where a new head would be signed over a gap.

    With `after_crash`, lines that were written within `age.within_ms` of each other, behind an earlier head, may be
    older: a server that was killed leaves such lines behind.
    """
    evidence = file.kept(site_id)
    with db.reading() as session:
        check_file(session, site_id, evidence, file.path)
        _check_age(session, site_id, age, after_crash=after_crash)
        _check_records(session, site_id, file.kept_records(site_id))


def _check_records(session: Session, site_id: str, evidence: Kept) -> None:
    """The heads over facts and terms are in both places, and the one that the newest head names is among them."""
    newest, lines = records.newest(session, site_id), heads.newest(session, site_id)
    size = newest.head.size if newest else 0
    same = records.count_up_to(session, site_id, evidence.size) == evidence.count
    if evidence.size > size or not same or (size and not evidence.size and lines is not None and lines.head.records):
        raise EvidenceMissingError("The file outside and the database have other heads over facts and terms.")
    if lines is not None and lines.head.records is not None:
        digests = {record_digest(record.head) for record in records.after(session, site_id, 0)}
        if lines.head.records not in digests:
            raise EvidenceMissingError("The head over facts and terms that the newest head names is gone.")


def check_file(session: Session, site_id: str, evidence: Kept, path: Path) -> None:
    """Raise EvidenceMissingError unless the file outside has the heads over journal lines that the database has."""
    newest = heads.newest(session, site_id)
    size = newest.head.size if newest else 0
    if evidence.size > size:
        raise EvidenceMissingError(
            f"{path} has a head over {evidence.size} lines, and the database's newest is over {size}: "
            "the database is an old copy, or its heads were removed. After an honest restore, put the file aside "
            "under another name."
        )
    if newest is None:
        if nodes.last_tile(session, site_id) is not None:
            raise EvidenceMissingError("The database has parts of a sealed tree and no head: its heads were removed.")
        return
    if heads.count_up_to(session, site_id, evidence.size) != evidence.count or not _is_last_look(
        session, newest, evidence
    ):
        missing = "is not there" if not path.exists() else "lacks heads that the database has"
        raise EvidenceMissingError(
            f"{path} {missing}: put it back. If it is gone for good, `passalong ledger seal --accept-gap` goes on."
        )


def _is_last_look(session: Session, newest: Sealed, evidence: Kept) -> bool:
    """True when only heads of the latest seal are not in the file yet: the server was killed between the two."""
    if evidence.size == newest.head.size:
        return True
    [first] = heads.after(session, newest.head.site, evidence.size, 1)
    return evidence.size > 0 and first.head.at_ms == newest.head.at_ms


def _check_age(session: Session, site_id: str, age: Age, *, after_crash: bool) -> None:
    newest = heads.newest(session, site_id)
    place = (newest.tx, newest.line) if newest else (0, 0)
    times = nodes.unsealed_times(session, site_id, place, age.oldest_ms, age.last_tx)
    if times is None:
        return
    first_ms, last_ms = times
    if after_crash and newest is not None and last_ms - first_ms <= age.within_ms:
        return
    raise EvidenceMissingError(
        f"Lines of {_day(first_ms)} to {_day(last_ms)} are under no head, though a server seals every line within "
        "minutes: heads were removed, or sealing did not run. If you know why, `passalong ledger seal --accept-gap`."
    )


def _day(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
