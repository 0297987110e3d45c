"""Send one delivery to its receiver: signed, to a checked address, within one deadline."""

import time

from msgspec import Struct

from passalong import __version__
from passalong.core.webhooks import signature
from passalong.core.webhooks.schedule import Answer
from passalong.lib.http_client import Post, Response, SendError, send
from passalong.lib.tokens import Keyring, webhook_secret
from passalong.store.webhooks.bodies import StreamEvent
from passalong.store.webhooks.endpoints import Webhook

TIMEOUT_S = 15.0
"""The deadline of a whole attempt: name, connection, TLS and answer."""
LONGEST_EXCERPT = 500


class Sender(Struct, frozen=True):
    """The instance's keys, and whether receivers may be inside the network and without TLS."""

    keys: Keyring
    private: bool = False
    timeout_s: float = TIMEOUT_S


def secrets_of(keys: Keyring, webhook: Webhook, now_ms: int) -> list[bytes]:
    """Return the secrets that sign: the newest, and the one before while it still counts. KeyError for a lost key."""
    secrets = [webhook_secret(keys, webhook.key_id, webhook.site_id, webhook.webhook_id, webhook.nonce)]
    if webhook.old_until_ms > now_ms:
        old = (webhook.old_key_id, webhook.site_id, webhook.webhook_id, webhook.old_nonce)
        secrets.append(webhook_secret(keys, *old))
    return secrets


def attempt(sender: Sender, webhook: Webhook, event: StreamEvent, now_ms: int) -> Answer:
    """Send an event once; whatever happens is an answer."""
    try:
        secrets = secrets_of(sender.keys, webhook, now_ms)
    except KeyError:
        return Answer(None, 0, error="the key that its secret was made with is gone: replace the secret")
    headers = signature.headers(secrets, event.event_id, now_ms, event.body)
    headers |= {"User-Agent": f"Passalong/{__version__} (webhooks)"}
    began_s = time.monotonic()
    try:
        if not sender.private and not webhook.url.startswith("https://"):
            raise SendError("plain http is not allowed here")
        post = Post(webhook.url, event.body.encode(), headers, sender.private, sender.timeout_s)
        response = send(post)
    except SendError as error:
        return Answer(None, _since_ms(began_s), error=str(error)[:200])
    return _answer(response, _since_ms(began_s))


def _answer(response: Response, took_ms: int) -> Answer:
    header = response.headers.get("retry-after", "")
    seconds = int(header) if header.isascii() and header.isdigit() and len(header) < 8 else 0
    error = "" if 200 <= response.status < 300 else f"answered {response.status}"
    return Answer(response.status, took_ms, _excerpt(response.body), error, seconds * 1000)


def _excerpt(body: bytes) -> str:
    """Return the beginning of an answer as text that can be shown and logged."""
    text = body[: 4 * LONGEST_EXCERPT].decode("utf-8", "replace")
    return "".join(character if character.isprintable() else " " for character in text)[:LONGEST_EXCERPT]


def _since_ms(began_s: float) -> int:
    return round((time.monotonic() - began_s) * 1000)
