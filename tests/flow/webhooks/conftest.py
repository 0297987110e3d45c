"""A site with facts that a test folds, and a delivery worker that it drives."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from flow.conftest import migrated_file as migrated_file
from flow.webhooks.receivers import Receiver, a_receiver
from flow.world import KEYS, SITE, World
from passalong.core.webhooks.events import EventType
from passalong.flow.owners.changes import By
from passalong.flow.owners.webhooks import Wanted, Webhooks
from passalong.flow.webhooks.sending import Sender
from passalong.flow.webhooks.worker import WebhookWorker
from passalong.store.webhooks import deliveries, feed
from passalong.store.webhooks import deliveries as log
from passalong.store.webhooks.bodies import StreamEvent
from passalong.store.webhooks.deliveries import Delivery
from passalong.store.webhooks.endpoints import Webhook

OTTO = By("owner:otto")


class Post:
    """The webhooks of Otto's site, with a worker whose attempts end after `timeout_s`."""

    def __init__(self, world: World, timeout_s: float = 2.0):
        self.world = world
        self.clock = world.clock
        self.manage = Webhooks(world.db, world.clock, KEYS, private=True)
        self.worker = WebhookWorker(world.db, world.clock, Sender(KEYS, private=True, timeout_s=timeout_s))

    def add(self, receiver: Receiver | str, *types: str) -> Webhook:
        """Otto adds a webhook."""
        url = receiver if isinstance(receiver, str) else receiver.url
        return self.manage.add(SITE, Wanted(url, "", types), OTTO)[0]

    def events(self) -> list[StreamEvent]:
        """Every event of the stream in order."""
        with self.world.db.reading() as session:
            return feed.after(session, SITE, 0, (), 10_000).events

    def data(self, kind: EventType) -> list[dict[str, Any]]:
        """The payloads of one type, in order."""
        return [json.loads(event.body)["data"] for event in self.events() if event.type == kind]

    def log(self, webhook: Webhook) -> list[Delivery]:
        """The delivery log, the newest first."""
        with self.world.db.reading() as session:
            return deliveries.page(session, SITE, webhook.webhook_id, log.Wanted(limit=1_000))

    def states(self, webhook: Webhook) -> list[str]:
        """The states of its deliveries, the oldest first."""
        return [one.state for one in reversed(self.log(webhook))]

    def deliver(self, after_ms: int = 0) -> None:
        """Let time pass, and send what is due."""
        self.clock.at_ms += after_ms
        self.worker.deliver_all()


@pytest.fixture
def post(world: World) -> Iterator[Post]:
    """Webhooks of the test's site."""
    made = Post(world)
    yield made
    made.worker.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes everything."""
    with a_receiver() as made:
        yield made
