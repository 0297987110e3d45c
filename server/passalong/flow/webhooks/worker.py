"""The delivery worker: a lane for each webhook that has something to be sent, so that none waits for another.

A lane is a thread with one delivery under way. It leases a few deliveries, sends them one after the other and ends when
nothing is due, or when its receiver fails: the webhook then has a break. Whatever happens to this process, leases lapse
and the deliveries are sent again, under the same ids.
"""

import threading
import time

import structlog

from passalong.core.webhooks.schedule import DAY_MS, KEEP_DAYS
from passalong.flow.transaction import writing
from passalong.flow.webhooks.sending import Sender, attempt
from passalong.flow.webhooks.settling import settle
from passalong.lib.clock import Clock
from passalong.lib.rounds import Rounds
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.webhooks import deliveries, endpoints, feed
from passalong.store.webhooks.bodies import StreamEvent
from passalong.store.webhooks.deliveries import Delivery, Lease
from passalong.store.webhooks.endpoints import Webhook

LOOK_EVERY_S = 1.0
TIDY_EVERY_S = 3_600.0
BATCH = 8
"""The number of deliveries that a lane leases at once; one, for a webhook that failed the last time."""
MOST_LANES = 64
MOST_SLOW_LANES = 48
"""The number of lanes that slow or failing receivers may take: the others always find room."""
SLOW_S = 2.0
LEASE_MORE_MS = 30_000
SETTLED_AFTER_S = 3.0
"""How long a stop waits for attempts under way; one that is cut off is made again, under the same id."""

Name = tuple[str, str]
log = structlog.get_logger()


class WebhookWorker:
    """One thread that looks for webhooks with due deliveries, and one for each of those."""

    def __init__(self, db: Database, clock: Clock, sender: Sender):
        self._db = db
        self._clock = clock
        self._sender = sender
        self._lanes: dict[Name, threading.Thread] = {}
        self._slow: set[Name] = set()
        self._lock = threading.Lock()
        self._next_tidy_s = 0.0
        self._rounds = Rounds("webhooks", self._work, LOOK_EVERY_S)

    def start(self) -> None:
        """Start the thread."""
        self._rounds.start()

    def wake(self) -> None:
        """Wake the thread: there is something to send."""
        self._rounds.wake()

    def stop(self) -> None:
        """Let the attempts under way end, then stop; what is left is sent after the next start."""
        self._rounds.stop()
        until_s = time.monotonic() + SETTLED_AFTER_S
        for lane in list(self._lanes.values()):
            lane.join(timeout=max(0.0, until_s - time.monotonic()))

    def _work(self) -> None:
        if time.monotonic() >= self._next_tidy_s:
            self._next_tidy_s = time.monotonic() + TIDY_EVERY_S
            self.tidy()
        self.look()

    def look(self) -> int:
        """Start a lane for each webhook that has something due and has none yet; returns how many."""
        with self._db.reading() as session:
            due = endpoints.due(session, self._clock.now_ms(), 4 * MOST_LANES)
        return sum(self._open(name) for name in due if not self._rounds.stopping)

    def _open(self, name: Name) -> bool:
        with self._lock:
            slow = sum(lane in self._slow for lane in self._lanes)
            full = len(self._lanes) >= MOST_LANES or (name in self._slow and slow >= MOST_SLOW_LANES)
            if full or name in self._lanes:
                return False
            lane = threading.Thread(target=self._drive, args=name, name=f"webhook {name[1]}", daemon=True)
            self._lanes[name] = lane
        lane.start()
        return True

    def deliver_all(self) -> None:
        """Send all that is due and wait until it is done: for tests and the command line."""
        while self.look() or self._lanes:
            for lane in list(self._lanes.values()):
                lane.join()

    def _drive(self, site_id: str, webhook_id: str) -> None:
        try:
            while not self._rounds.stopping and self._send_some(site_id, webhook_id):
                pass
            with writing(self._db) as session:
                endpoints.rest(session, site_id, webhook_id)
        except Exception:
            log.exception("delivering to a webhook failed; it is tried again", site=site_id, webhook=webhook_id)
            self._rounds.pause(LOOK_EVERY_S)
        finally:
            with self._lock:
                del self._lanes[site_id, webhook_id]

    def _send_some(self, site_id: str, webhook_id: str) -> bool:
        """Lease and send the next deliveries; False if nothing is due, or the receiver needs a break."""
        now_ms = self._clock.now_ms()
        with writing(self._db) as session:
            webhook = endpoints.find(session, site_id, webhook_id)
            if webhook is None or webhook.retry_at_ms > now_ms or sites.find_site(session, site_id) is None:
                session.rollback()
                return False
            limit = 1 if webhook.failures else BATCH
            lease_ms = int(limit * self._sender.timeout_s * 1000) + LEASE_MORE_MS
            leased = deliveries.claim(session, webhook, Lease(now_ms, now_ms + lease_ms, limit))
            bodies = feed.numbered(session, site_id, [delivery.number for delivery in leased])
        for place, delivery in enumerate(leased):
            going_on = not self._rounds.stopping and self._send(webhook, delivery, bodies[delivery.number])
            if not going_on:
                self._give_back(leased[place + 1 :] if not self._rounds.stopping else leased[place:])
                return False
        return bool(leased)

    def _send(self, webhook: Webhook, delivery: Delivery, event: StreamEvent) -> bool:
        began_s = time.monotonic()
        answer = attempt(self._sender, webhook, event, self._clock.now_ms())
        is_slow = not answer.good or time.monotonic() - began_s > SLOW_S
        with self._lock:
            (self._slow.add if is_slow else self._slow.discard)((webhook.site_id, webhook.webhook_id))
        with writing(self._db) as session:
            going_on = settle(session, delivery, answer, self._clock.now_ms())
        if not answer.good:
            fields = {"site": webhook.site_id, "webhook": webhook.webhook_id, "event_id": delivery.event_id}
            log.warning("a webhook was not taken", **fields, attempt=delivery.attempts + 1, status=answer.status)
        return going_on

    def _give_back(self, leased: list[Delivery]) -> None:
        """End the leases on what was not sent; a delivery that was held or removed meanwhile stays so."""
        with writing(self._db) as session:
            for delivery in leased:
                deliveries.give_back(session, delivery, self._clock.now_ms())

    def tidy(self) -> int:
        """Delete events, deliveries and attempts that are older than KEEP_DAYS; returns how many events."""
        before_ms = self._clock.now_ms() - KEEP_DAYS * DAY_MS
        with self._db.reading() as session:
            site_ids = [site.site_id for site in sites.all_sites(session)]
        return sum(self._tidy_site(site_id, before_ms) for site_id in site_ids)

    def _tidy_site(self, site_id: str, before_ms: int) -> int:
        deleted, count = 0, 1
        while count and not self._rounds.stopping:
            with writing(self._db) as session:
                count = feed.forget_old(session, site_id, before_ms)
            deleted += count
        return deleted
