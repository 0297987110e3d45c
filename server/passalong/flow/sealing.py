"""The thread that seals: every so often it looks at each site, seals what is new, and keeps the heads outside."""

import threading

import structlog

from passalong.clock import Clock
from passalong.flow.outside import BadFile, HeadsFile, tell
from passalong.flow.seal import NotWhatWasSealed, seal_all
from passalong.signing import SigningKeys
from passalong.store import sites
from passalong.store.engine import Database

log = structlog.get_logger()


class Sealing:
    """One thread, beside the folding worker. Every effect may be repeated, so it can stop anywhere."""

    def __init__(
        self, db: Database, clock: Clock, keys: SigningKeys, file: HeadsFile, url: str, private: bool, every_s: float
    ):
        self._db = db
        self._clock = clock
        self._keys = keys
        self.file = file
        self._url = url
        self._private = private
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="seal", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the site at hand, then end."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=15)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
            except Exception:  # the database is away, the disk is full: nothing is lost, it is all done next time
                log.exception("sealing failed; it is tried again")
            self._stop.wait(self._every_s)

    def look(self) -> int:
        """Seal what is new, on every site; returns how many heads were made."""
        with self._db.reading() as session:
            found = [site.site_id for site in sites.all_sites(session)]
        return sum(self._seal(site_id) for site_id in found if not self._stop.is_set())

    def _seal(self, site_id: str) -> int:
        try:
            made = len(seal_all(self._db, site_id, self._keys, self._clock.now_ms()))
            while self.file.keep(self._db, site_id):
                pass
        except (NotWhatWasSealed, BadFile) as error:
            log.error("this ledger is not what was sealed: run `passalong ledger verify`", site=site_id, why=str(error))
            return 0
        if self._url:
            tell(self._db, site_id, self._url, self._clock.now_ms(), private=self._private)
        return made
