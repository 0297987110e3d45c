"""The thread that seals: it finds the sites that moved, seals what is new, and keeps the heads outside."""

import threading
from collections.abc import Callable

import structlog
from msgspec import Struct
from sqlalchemy.exc import SQLAlchemyError

from passalong.flow.transparency.evidence import Age, EvidenceMissingError, check_evidence, within_ms
from passalong.flow.transparency.heads_file import BadHeadsFileError, HeadsFile, tell
from passalong.flow.transparency.recording import seal_records
from passalong.flow.transparency.sealing import JournalChangedError, seal_all
from passalong.lib.clock import Clock
from passalong.lib.signing import SigningKeys
from passalong.store.engine import Database
from passalong.store.transparency import heads

log = structlog.get_logger()


class Told(Struct, frozen=True):
    """The address that heads are told to, if any, and whether it may be one inside the network."""

    url: str = ""
    private: bool = False


NOBODY = Told()


class SealingOptions(Struct, frozen=True):
    """How often a look is taken, the address that heads are told to, and a function to call before each look."""

    every_s: float
    told: Told = NOBODY
    before: Callable[[], object] = bool


class Seen(Struct, frozen=True):
    """The sizes of a site's newest head at the last look, in the database and in the file: neither may shrink."""

    database: int
    file: int


class Sealing:
    """One thread, beside the folding worker. Every effect may be repeated, so it can stop anywhere."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        keys: SigningKeys,
        file: HeadsFile,
        options: SealingOptions,
    ):
        self._db = db
        self._clock = clock
        self._keys = keys
        self.file = file
        self._told = options.told
        self._every_s = options.every_s
        self._before = options.before
        self._stood: dict[str, tuple[int, int, int]] | None = {}
        self._sealed: dict[str, tuple[int, int, int]] = {}
        self._seen: dict[str, Seen] = {}
        self._untold: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="seal", daemon=True)

    def start(self) -> None:
        """Begin. Call it before the worker folds."""
        self.remember()
        self._thread.start()

    def remember(self) -> None:
        """Remember what was written before this process: it must be under heads already."""
        try:
            with self._db.reading() as session:
                self._stood = heads.written(session)
        except SQLAlchemyError:
            self._stood = None
            log.exception("sealing could not see where the ledgers stand; every line is judged by its age")

    def stop(self) -> None:
        """Seal what is left, then end. Call it when the worker has stopped, so that nothing stays unsealed."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=15)

    def _run(self) -> None:
        while True:
            last = self._stop.wait(0)
            try:
                self.look()
            except Exception:  # the database is away: nothing is lost, it is all done next time
                log.exception("sealing failed; it is tried again")
            if last:
                return
            self._stop.wait(self._every_s)

    def look(self) -> int:
        """Seal what is new, on every site that moved since; returns how many heads were made.

        `before` is called first: what it writes is sealed with the rest.
        """
        self._before()
        with self._db.reading() as session:
            written = heads.written(session)
        count = sum(self._seal(site_id, place) for site_id, place in written.items() if self._is_due(site_id, place))
        if self._told.url:
            self._tell()
        return count

    def _is_due(self, site_id: str, place: tuple[int, int, int]) -> bool:
        return self._sealed.get(site_id) != place

    def _seal(self, site_id: str, place: tuple[int, int, int]) -> int:
        """Seal one site. A failure is logged and never stops another site."""
        try:
            self._check(site_id)
            seal_records(self._db, site_id, self._keys, self._clock.now_ms())
            count = len(seal_all(self._db, site_id, self._keys, self._clock.now_ms()))
            self._remember(site_id)
            self.file.keep_all(self._db, site_id)
            self._remember(site_id)
        except (JournalChangedError, BadHeadsFileError, EvidenceMissingError) as error:
            log.error("this ledger is not sealed: run `passalong ledger verify`", site=site_id, why=str(error))
            return 0
        except (OSError, SQLAlchemyError) as error:
            log.error("sealing failed; it is tried again", site=site_id, why=str(error)[:200])
            return 0
        self._sealed[site_id] = place
        self._untold.add(site_id)
        return count

    def _check(self, site_id: str) -> None:
        """At the first look by what is there, later by what was seen. Raises EvidenceMissingError."""
        seen = self._seen.get(site_id)
        if seen is None:
            stood = None if self._stood is None else self._stood.get(site_id, (0, 0, 0))[1]
            age = Age(self._clock.now_ms(), within_ms(self._every_s), stood)
            check_evidence(self._db, site_id, self.file, age, after_crash=True)
            return
        now = self._now(site_id)
        if now.database < seen.database or now.file < seen.file:
            raise EvidenceMissingError("Heads that were there a moment ago are gone.")

    def _remember(self, site_id: str) -> None:
        self._seen[site_id] = self._now(site_id)

    def _now(self, site_id: str) -> Seen:
        with self._db.reading() as session:
            newest = heads.newest(session, site_id)
        return Seen(newest.head.size if newest else 0, self.file.kept(site_id).size)

    def _tell(self) -> None:
        """Tell the address of every head that it does not know; sites where it knows all are left out next time."""
        for site_id in sorted(self._untold):
            tell(self._db, site_id, self._told.url, self._clock.now_ms(), private=self._told.private)
            with self._db.reading() as session:
                if not heads.after(session, site_id, heads.told(session, site_id).size, 1):
                    self._untold.discard(site_id)
