"""Carries e-mails from the outbox: claimed by a conditional UPDATE, tried again for three days, then given up."""

import json
import threading
import time
from collections.abc import Sequence

import structlog

from passalong.clock import Clock
from passalong.flow import letters, notices, rounds
from passalong.flow.collect import Collector
from passalong.flow.post import Post, Refused
from passalong.flow.transaction import writing
from passalong.store import access, addresses, attempts, mails, sites
from passalong.store.engine import Database
from passalong.store.mails import Mail
from passalong.tokens import Keyring

LOOK_EVERY_S = 2.0
ROUND_EVERY_S = 900.0
BATCH = 20
LEASE_MS = 120_000
"""How long a carrier has for one mail; after that, if it died, another one sends it again under the same Message-ID."""
MINUTE_MS = 60_000
AGAIN_MS = tuple(MINUTE_MS * minutes for minutes in (1, 5, 15, 60, 240, 720, 1_440, 1_440, 1_440))
"""When a mail that could not be sent is tried again: nine times, over three days."""
GIVEN_UP = "given up: "
KEEP_MS = 90 * 86_400_000
FORGET_UNCONFIRMED_MS = 86_400_000

log = structlog.get_logger()


class Carrier:
    """One thread, beside the folding worker. `wake` may be called from any thread."""

    def __init__(
        self, db: Database, clock: Clock, keys: Keyring, url: str, sender: str, post: Post, collector: Collector
    ):
        self._db = db
        self._clock = clock
        self._keys = keys
        self._url = url
        self._sender = sender
        self._post = post
        self._collector = collector
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mail", daemon=True)

    @property
    def way_out(self) -> str:
        """Where mails go, for the console: `by the server mail.example.org`, `into the folder …/outbox`."""
        return self._post.way_out

    def forget(self, site_id: str, addresses: Sequence[str]) -> None:
        """Delete what was written to these addresses and is still here."""
        self._post.forget(site_id, addresses)

    def start(self) -> None:
        """Begin to carry."""
        self._thread.start()

    def wake(self) -> None:
        """There is something to carry."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the mail at hand, then end."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        next_round_s = 0.0
        while not self._stop.is_set():
            self._wake.clear()
            try:
                if time.monotonic() >= next_round_s:
                    next_round_s = time.monotonic() + ROUND_EVERY_S
                    self.go_round()
                self.carry()
            except Exception:
                log.exception("carrying mail failed; it is tried again")
            self._wake.wait(LOOK_EVERY_S)

    def go_round(self) -> int:
        """Write what time brings (a month that ended, credit that is ready), and tidy; returns how many mails."""
        now_ms = self._clock.now_ms()
        written = rounds.go(self._db, now_ms)
        with writing(self._db) as session:
            access.forget_old(session, now_ms)
            attempts.forget_old(session, now_ms - 2 * 86_400_000)
            gone = addresses.forget_unconfirmed(session, now_ms - FORGET_UNCONFIRMED_MS)
            mails.forget_old(session, now_ms - KEEP_MS)
        for site_id, address in gone:
            self.forget(site_id, [address])
        return written

    def carry(self) -> int:
        """Send what is due; returns how many mails were sent."""
        sent = 0
        while not self._stop.is_set():
            with self._db.reading() as session:
                due = mails.due(session, self._clock.now_ms(), BATCH)
            for site_id, mail_id, seen_ms in due:
                sent += self._carry_one(site_id, mail_id, seen_ms)
            if len(due) < BATCH:
                break
        return sent

    def _carry_one(self, site_id: str, mail_id: str, seen_ms: int) -> bool:
        now_ms = self._clock.now_ms()
        with writing(self._db) as session:
            mail = mails.claim(session, site_id, mail_id, seen_ms, now_ms + LEASE_MS)
        if mail is None:
            return False
        try:
            why_not = self._send(mail, now_ms)
        except Refused as error:
            self._settle(mail, error=f"{GIVEN_UP}{error}"[:200])
            return False
        except Exception as error:
            self._later(mail, f"{type(error).__name__}: {error}"[:180])
            return False
        self._settle(mail, sent_at_ms=None if why_not else now_ms, error=why_not)
        return not why_not

    def _send(self, mail: Mail, now_ms: int) -> str:
        """Send it; returns why it is not to be sent after all, if so."""
        with self._db.reading() as session:
            site = sites.find_site(session, mail.site_id)
            address = addresses.find(session, mail.site_id, mail.address_hash)
            chosen = addresses.choices(session, mail.site_id, mail.address_hash)
        if site is None or address is None:
            return "the address was erased"
        if not letters.is_wanted(mail.kind, chosen):
            return "not wanted"
        if json.loads(mail.document).get("until_ms", now_ms + 1) <= now_ms:
            return f"{GIVEN_UP}its link is too old by now"
        if mail.kind == notices.KIND and notices.is_too_late(mail.document, now_ms):
            return f"{GIVEN_UP}it is too late for this notice"
        message = letters.message(mail, site, address.address, self._sender, self._url, self._keys)
        self._post.send(message, address.address, f"{mail.site_id}/{mail.mail_id}")
        if mail.kind == notices.KIND:
            notices.sent(self._collector, mail.site_id, mail.document)
        return ""

    def _later(self, mail: Mail, error: str) -> None:
        """Try again when it is time, or give up; no address and no link is ever in the log."""
        again = mail.attempts <= len(AGAIN_MS)
        log.warning("a mail could not be sent", site=mail.site_id, kind=mail.kind, tries=mail.attempts, again=again)
        if again:
            next_at_ms = self._clock.now_ms() + AGAIN_MS[mail.attempts - 1]
            self._settle(mail, error=error, next_at_ms=next_at_ms)
        else:
            self._settle(mail, error=f"{GIVEN_UP}{error}"[:200])

    def _settle(self, mail: Mail, **values: object) -> None:
        with writing(self._db) as session:
            mails.settle(session, mail, **values)
