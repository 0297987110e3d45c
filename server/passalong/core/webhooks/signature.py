"""Standard Webhooks signatures, version 1: HMAC-SHA256 over the id, the time and the body.

https://www.standardwebhooks.com: the header `webhook-signature` has one signature for each secret that is valid.
"""

import base64
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32


def secret_text(raw: bytes) -> str:
    """Return a secret as its owner copies it."""
    return PREFIX + base64.b64encode(raw).decode()


def headers(secrets: Sequence[bytes], event_id: str, at_ms: int, body: str) -> dict[str, str]:
    """Return the headers of one attempt; the time is the attempt's, in seconds."""
    seconds = str(at_ms // 1000)
    signed = f"{event_id}.{seconds}.{body}".encode()
    signatures = (base64.b64encode(hmac.digest(secret, signed, "sha256")).decode() for secret in secrets)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
