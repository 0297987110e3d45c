"""Send mails from the outbox: leased by a conditional UPDATE, retried for three days, then given up."""

import json
import time
from collections.abc import Callable, Sequence

import structlog
from msgspec.structs import replace

from passalong.flow import claims
from passalong.flow.ingest.collector import Collector
from passalong.flow.mail import digests, expiry_notices, messages
from passalong.flow.mail.transports import MailRefusedError, Transport
from passalong.flow.mail.trouble import reason
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.rounds import Rounds
from passalong.store import outbox, sites
from passalong.store.books.decisions import standing_ban
from passalong.store.engine import Database
from passalong.store.outbox import Mail
from passalong.store.people import addresses, invitations, owners, rate_limits
from passalong.store.people import open_sessions as sessions
from passalong.store.people import sessions as store_sessions

LOOK_EVERY_S = 2.0
ROUND_EVERY_S = 900.0
BATCH = 20
LEASE_MS = 120_000
"""The duration of a lease on one mail; if the sender died, another one sends it again under the same Message-ID."""
MINUTE_MS = 60_000
AGAIN_MS = tuple(MINUTE_MS * minutes for minutes in (1, 5, 15, 60, 240, 720, 1_440, 1_440, 1_440))
"""The retry schedule of a mail: nine times, over three days."""
GIVEN_UP = "given up: "
KEEP_MS = 90 * 86_400_000
FORGET_UNCONFIRMED_MS = 86_400_000

log = structlog.get_logger()


class MailSender:
    """One thread, beside the folding worker. `wake` may be called from any thread."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        origin: messages.MailOrigin,
        transport: Transport,
        collector: Collector,
    ):
        self._db = db
        self._clock = clock
        self._origin = origin
        self._transport = transport
        self._collector = collector
        self._schedule = digests.DigestSchedule()
        self.on_given_up: Callable[[], None] = lambda: None
        """Called for each mail that is given up; monitoring counts them."""
        self._next_round_s = 0.0
        self._is_new = True
        self._rounds = Rounds("mail", self._work, LOOK_EVERY_S)

    @property
    def transport(self) -> Transport:
        """The transport, for a test."""
        return self._transport

    @property
    def from_address(self) -> str:
        """The sender's address, for a test."""
        return self._origin.sender

    @property
    def transport_description(self) -> str:
        """The transport in words, for the console: `by the server mail.example.org`, `into the folder …/outbox`."""
        return self._transport.transport_description

    def forget(self, site_id: str, addresses: Sequence[str]) -> None:
        """Delete mails to these addresses that are still here."""
        self._transport.forget(site_id, addresses)

    def start(self) -> None:
        """Start the thread. A start often follows a change of the settings: what waits for hours is tried at once."""
        self._rounds.start()

    def wake(self) -> None:
        """Wake the thread: there is something to send."""
        self._rounds.wake()

    def stop(self) -> None:
        """Finish the current mail, then stop."""
        self._rounds.stop()

    def _work(self) -> None:
        if self._is_new:
            self._hurry()
        if time.monotonic() >= self._next_round_s:
            self._next_round_s = time.monotonic() + ROUND_EVERY_S
            self.enqueue_due()
        self.send_due()

    def _hurry(self) -> None:
        """Try at once what waits for hours; here and not in `start`, which must not wait for another writer."""
        now_ms = self._clock.now_ms()
        with writing(self._db) as session:
            outbox.hurry(session, now_ms, now_ms + LEASE_MS)
        self._is_new = False

    def enqueue_due(self) -> int:
        """Queue the mails that time brings (a month that ended, available credit), and tidy; returns how many."""
        now_ms = self._clock.now_ms()
        written = self._schedule.enqueue_due(self._db, now_ms)
        with writing(self._db) as session:
            store_sessions.forget_old(session, now_ms)
            sessions.forget_old(session, now_ms)
            owners.forget_old(session, now_ms)
            invitations.forget_old(session, now_ms)
            rate_limits.forget_old(session, now_ms - 2 * 86_400_000)
            gone = addresses.forget_unconfirmed(session, now_ms - FORGET_UNCONFIRMED_MS)
            outbox.forget_old(session, now_ms - KEEP_MS)
        for site_id, address in gone:
            self.forget(site_id, [address])
        claims.keep_all_clocks(self._db, self._clock, self._collector)
        return written

    def send_due(self) -> int:
        """Send due mails; returns how many were sent."""
        sent = 0
        while not self._rounds.stopping:
            with self._db.reading() as session:
                due = outbox.due(session, self._clock.now_ms(), BATCH)
            for site_id, mail_id, seen_ms in due:
                sent += self._send_one(site_id, mail_id, seen_ms)
            if len(due) < BATCH:
                break
        return sent

    def _send_one(self, site_id: str, mail_id: str, seen_ms: int) -> bool:
        now_ms = self._clock.now_ms()
        with writing(self._db) as session:
            mail = outbox.claim(session, site_id, mail_id, seen_ms, now_ms + LEASE_MS)
        if mail is None:
            return False
        try:
            why_not = self._send(mail, now_ms)
        except MailRefusedError as error:
            because = f"the server answered {str(error)[:3]}"
            log.warning("a mail was refused", site=mail.site_id, kind=mail.kind, because=because)
            self._give_up(mail, str(error))
            return False
        except Exception as error:
            self._later(mail, error)
            return False
        self._settle(mail, sent_at_ms=None if why_not else now_ms, error=why_not)
        if not why_not and mail.kind in messages.OWNERS_KINDS:
            self._bounced(mail, None)
        return not why_not

    def _send(self, mail: Mail, now_ms: int) -> str:
        """Send a mail; returns the reason if it is not to be sent after all."""
        with self._db.reading() as session:
            site = sites.find_site(session, mail.site_id)
            address = addresses.find(session, mail.site_id, mail.address_hash)
            chosen = addresses.choices(session, mail.site_id, mail.address_hash)
            advocate_ids = [address.advocate_id] if address and address.advocate_id else []
            ban = standing_ban(session, mail.site_id, advocate_ids)
        if site is None or address is None:
            return "the address was erased"
        if not messages.is_wanted(mail.kind, chosen):
            return "not wanted"
        if json.loads(mail.document).get("until_ms", now_ms + 1) <= now_ms:
            return f"{GIVEN_UP}its link is too old by now"
        if mail.kind == expiry_notices.KIND and expiry_notices.is_too_late(mail.document, now_ms):
            return f"{GIVEN_UP}it is too late for this notice"
        if ban is not None:
            site = replace(site, thanks_note="")
        message = messages.message(mail, site, address.address, self._origin)
        self._transport.send(message, address.address, f"{mail.site_id}/{mail.mail_id}")
        if mail.kind == expiry_notices.KIND:
            expiry_notices.sent(self._collector, mail.site_id, mail.document)
        return ""

    def _later(self, mail: Mail, cause: Exception) -> None:
        """Retry later, or give up; no address and no link is ever logged."""
        again, why, error = mail.attempts <= len(AGAIN_MS), reason(cause), f"{type(cause).__name__}: {cause}"[:180]
        facts = {"site": mail.site_id, "kind": mail.kind, "tries": mail.attempts, "again": again}
        log.warning("a mail could not be sent", **facts, because=why)
        if again:
            next_at_ms = self._clock.now_ms() + AGAIN_MS[mail.attempts - 1]
            self._settle(mail, error=error, next_at_ms=next_at_ms)
        else:
            self._give_up(mail, error)

    def _give_up(self, mail: Mail, error: str) -> None:
        """Give up; an owner's address that takes no mail stops the clocks that run against them."""
        self._settle(mail, error=f"{GIVEN_UP}{error}"[:200])
        self._bounced(mail, self._clock.now_ms())

    def _bounced(self, mail: Mail, at_ms: int | None) -> None:
        """Store whether the owner's address takes mail, and the clocks of their site's claims with it."""
        with writing(self._db) as session:
            is_news = addresses.bounce(session, mail.site_id, mail.address_hash, at_ms)
            site = sites.find_site(session, mail.site_id) if is_news else None
        if site is not None:
            claims.keep_clocks(self._db, self._clock, self._collector, site)

    def _settle(self, mail: Mail, **values: object) -> None:
        with writing(self._db) as session:
            outbox.settle(session, mail, **values)
        if str(values.get("error", "")).startswith(GIVEN_UP):
            self.on_given_up()
