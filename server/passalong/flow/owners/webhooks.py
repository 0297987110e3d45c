"""Webhooks as their owner manages them: the same functions for the console, the API and the command line."""

import secrets
from collections.abc import Sequence
from ipaddress import ip_address

import ada_url
from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.names.lines import is_one_line
from passalong.core.webhooks import signature
from passalong.core.webhooks.events import CHOOSABLE, EventType
from passalong.core.webhooks.payloads import Test
from passalong.core.webhooks.schedule import HOUR_MS
from passalong.flow.owners.changes import By, record_change, state
from passalong.flow.transaction import writing
from passalong.flow.webhooks import settling
from passalong.lib.clock import Clock
from passalong.lib.http_client import is_metadata, is_outside, is_web_url
from passalong.lib.tokens import Keyring, webhook_secret
from passalong.store.engine import Database
from passalong.store.people.changes import Change
from passalong.store.webhooks import deliveries, endpoints, feed
from passalong.store.webhooks.endpoints import ACTIVE, EVERY_TYPE, Webhook
from passalong.store.webhooks.feed import Draft

MOST_WEBHOOKS = 10
LONGEST_URL = 500
LONGEST_DESCRIPTION = 120
LONGEST_OVERLAP_HOURS = 24 * 30


class WebhookError(ValueError):
    """Something about a webhook that is not possible; `field` is what to correct: url, types, description or empty."""

    def __init__(self, message: str, field: str = ""):
        super().__init__(message)
        self.field = field


class NoWebhookError(WebhookError):
    """The site has no webhook with this id."""


class WebhookChangedError(WebhookError):
    """The webhook was changed after the form was opened; `now` is how it is."""

    def __init__(self, now: Webhook):
        super().__init__("This webhook was changed meanwhile. What you typed is still here: compare, and save again.")
        self.now = now


class Wanted(Struct, frozen=True):
    """A webhook as its owner wants it; no types stand for every type, today's and later ones."""

    url: str
    description: str = ""
    types: Sequence[str] = ()


class Webhooks(Struct, frozen=True):
    """The webhooks of an instance; `private` allows receivers inside the network and without TLS."""

    db: Database
    clock: Clock
    keys: Keyring
    private: bool = False

    def add(self, site_id: str, wanted: Wanted, by: By) -> tuple[Webhook, str]:
        """Make a webhook; returns it with its secret, which is shown only once. Raises WebhookError."""
        url, types = checked(wanted, private=self.private)
        webhook_id, now_ms = f"wh_{secrets.token_urlsafe(12)}", self.clock.now_ms()
        webhook = Webhook(
            site_id=site_id,
            webhook_id=webhook_id,
            url=url,
            description=wanted.description.strip(),
            types=types,
            created_at_ms=now_ms,
            nonce=secrets.token_urlsafe(16),
            key_id=self.keys.newest,
        )
        with writing(self.db) as session:
            _record(session, ("webhook.add", by), None, webhook, now_ms)
            if len(endpoints.all_of(session, site_id)) >= MOST_WEBHOOKS:
                raise WebhookError(f"A site has at most {MOST_WEBHOOKS} webhooks: remove one first.")
            endpoints.add(session, webhook)
        return webhook, self._secret(webhook)

    def edit(self, site_id: str, webhook_id: str, wanted: Wanted, version: int | None, by: By) -> Webhook:
        """Change address, description and types; `version` is the one that was seen. Raises WebhookError."""
        url, types = checked(wanted, private=self.private)
        values = {"url": url, "types": types, "description": wanted.description.strip()}
        return self._change(site_id, webhook_id, ("webhook.edit", by), values, version)

    def pause(self, site_id: str, webhook_id: str, by: By) -> Webhook:
        """Pause a webhook: its events wait until it is resumed, for thirty days. Raises NoWebhookError."""
        with writing(self.db) as session:
            webhook = self._locked(session, site_id, webhook_id, ("webhook.pause", by))
            if webhook.is_active:
                settling.pause(session, webhook, "owner")
                endpoints.rest(session, site_id, webhook_id)
        return self.get(site_id, webhook_id)

    def resume(self, site_id: str, webhook_id: str, by: By) -> Webhook:
        """Resume a webhook: what was held is sent now. Raises NoWebhookError."""
        with writing(self.db) as session:
            webhook = self._locked(session, site_id, webhook_id, ("webhook.resume", by))
            values = {"state": ACTIVE, "paused_because": "", "version": webhook.version + 1}
            well = {"failures": 0, "failing_since_ms": None, "retry_at_ms": 0}
            endpoints.change(session, site_id, webhook_id, **values, **well)
            deliveries.resume(session, site_id, webhook_id, self.clock.now_ms())
            endpoints.rest(session, site_id, webhook_id)
        return self.get(site_id, webhook_id)

    def rotate(self, site_id: str, webhook_id: str, hours: int, by: By) -> str:
        """Make a new secret, shown only once; the old one signs along for so many hours. Raises WebhookError."""
        if not 0 <= hours <= LONGEST_OVERLAP_HOURS:
            raise WebhookError(f"The old secret can stay valid for at most {LONGEST_OVERLAP_HOURS} hours.")
        with writing(self.db) as session:
            webhook = self._locked(session, site_id, webhook_id, ("webhook.rotate", by))
            new = {"nonce": secrets.token_urlsafe(16), "key_id": self.keys.newest, "version": webhook.version + 1}
            until_ms = self.clock.now_ms() + hours * HOUR_MS
            old = {"old_nonce": webhook.nonce, "old_key_id": webhook.key_id, "old_until_ms": until_ms}
            endpoints.change(session, site_id, webhook_id, **new, **old)
        return self._secret(self.get(site_id, webhook_id))

    def remove(self, site_id: str, webhook_id: str, by: By) -> None:
        """Delete a webhook with its log. Raises NoWebhookError."""
        with writing(self.db) as session:
            self._locked(session, site_id, webhook_id, ("webhook.remove", by))
            endpoints.remove(session, site_id, webhook_id)

    def test(self, site_id: str, webhook_id: str, by: By) -> int:
        """Send a test event to one webhook, paused or not, at once and once; returns its number.

        Raises NoWebhookError.
        """
        now_ms = self.clock.now_ms()
        with writing(self.db) as session:
            webhook = self._found(session, site_id, webhook_id)
            _record(session, ("webhook.test", by), webhook, webhook, now_ms)
            data = Test(webhook_id=webhook_id, note="A test from Passalong.")
            numbers = feed.append(session, site_id, [Draft(EventType.WEBHOOK_TEST, now_ms, data, webhook_id)], now_ms)
            endpoints.change(session, site_id, webhook_id, retry_at_ms=0, due_ms=now_ms)
        return numbers[0]

    def replay(self, site_id: str, webhook_id: str, number: int | None, by: By) -> int:
        """Send one event again under its old id, or all that were given up (None); returns how many.

        For a paused webhook they are held until it is resumed. Raises NoWebhookError.
        """
        now_ms = self.clock.now_ms()
        with writing(self.db) as session:
            webhook = self._locked(session, site_id, webhook_id, ("webhook.replay", by))
            count = deliveries.again(session, webhook, now_ms, number)
            if count and webhook.is_active:
                endpoints.change(session, site_id, webhook_id, retry_at_ms=0)
            endpoints.rest(session, site_id, webhook_id)
        return count

    def get(self, site_id: str, webhook_id: str) -> Webhook:
        """Return a webhook. Raises NoWebhookError."""
        with self.db.reading() as session:
            return self._found(session, site_id, webhook_id)

    def _secret(self, webhook: Webhook) -> str:
        own = (webhook.key_id, webhook.site_id, webhook.webhook_id, webhook.nonce)
        return signature.secret_text(webhook_secret(self.keys, *own))

    def _change(
        self, site_id: str, webhook_id: str, change: tuple[str, By], values: dict[str, str], version: int | None
    ) -> Webhook:
        with writing(self.db) as session:
            webhook = self._found(session, site_id, webhook_id, lock=True)
            if version is not None and version != webhook.version:
                raise WebhookChangedError(webhook)
            after = Webhook(**{**{name: getattr(webhook, name) for name in webhook.__struct_fields__}, **values})
            _record(session, change, webhook, after, self.clock.now_ms())
            endpoints.change(session, site_id, webhook_id, **values, version=webhook.version + 1)
        return self.get(site_id, webhook_id)

    def _locked(self, session: Session, site_id: str, webhook_id: str, change: tuple[str, By]) -> Webhook:
        webhook = self._found(session, site_id, webhook_id, lock=True)
        _record(session, change, webhook, webhook, self.clock.now_ms())
        return webhook

    def _found(self, session: Session, site_id: str, webhook_id: str, *, lock: bool = False) -> Webhook:
        webhook = endpoints.find(session, site_id, webhook_id, lock=lock)
        if webhook is None:
            raise NoWebhookError(f"No webhook is called {webhook_id[:40]!r}.")
        return webhook


def checked(wanted: Wanted, *, private: bool) -> tuple[str, str]:
    """Return the address as browsers write it, and the types as they are stored. Raises WebhookError."""
    description = wanted.description.strip()
    if len(description) > LONGEST_DESCRIPTION or not is_one_line(description):
        raise WebhookError(f"A description has at most {LONGEST_DESCRIPTION} printable characters.", "description")
    unknown = [name for name in wanted.types if name != EVERY_TYPE and name not in CHOOSABLE]
    if unknown:
        raise WebhookError(f"There is no event {unknown[0][:40]!r}: the reference lists them.", "types")
    every = not wanted.types or EVERY_TYPE in wanted.types
    return _checked_url(wanted.url.strip(), private=private), EVERY_TYPE if every else " ".join(
        kind for kind in CHOOSABLE if kind in wanted.types
    )


def _checked_url(text: str, *, private: bool) -> str:
    if not is_web_url(text) or len(text) > LONGEST_URL:
        raise WebhookError("Enter the address of your receiver, such as https://shop.example/hooks/passalong.", "url")
    url = ada_url.URL(text)
    if url.protocol != "https:" and not private:
        raise WebhookError("The address begins with https://, so that nobody on the way can read events.", "url")
    host = url.hostname.strip("[]")
    try:
        address = ip_address(host)
    except ValueError:
        inside = host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
    else:
        inside = not is_outside(address)
        if is_metadata(address):
            raise WebhookError("That address belongs to a cloud's own services.", "url")
    if inside and not private:
        raise WebhookError(
            "That address is inside a private network, where Passalong sends nothing. To try it on your own machine, "
            "use `passalong listen`.",
            "url",
        )
    return str(url.href)


def _record(session: Session, change: tuple[str, By], before: Webhook | None, after: Webhook, now_ms: int) -> None:
    action, by = change
    was = "" if before is None or before == after else _state(before)
    change_entry = Change(after.site_id, by.actor, action, after.webhook_id, was, _state(after), by.once)
    record_change(session, change_entry, now_ms)


def _state(webhook: Webhook) -> str:
    """Return what the audit log keeps: of the address only its origin, because the rest may hold a secret."""
    origin = ada_url.URL(webhook.url).origin
    return state({"origin": origin, "description": webhook.description, "types": webhook.types})
