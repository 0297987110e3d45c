"""Signatures of webhooks, checked with the public library of Standard Webhooks."""

import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from passalong.core.webhooks import signature

NEW, OLD = b"n" * signature.SECRET_BYTES, b"o" * signature.SECRET_BYTES
BODY = '{"type":"share.created","data":{"title":"Bienenwachs für Anfänger"}}'


def test_the_public_library_accepts_our_signature_and_body() -> None:
    headers = signature.headers([NEW], "evt_1", time.time_ns() // 1_000_000, BODY)
    assert Webhook(signature.secret_text(NEW)).verify(BODY, headers)["type"] == "share.created"


def test_while_secrets_overlap_the_new_and_the_old_one_both_verify() -> None:
    headers = signature.headers([NEW, OLD], "evt_1", time.time_ns() // 1_000_000, BODY)
    for secret in (NEW, OLD):
        Webhook(signature.secret_text(secret)).verify(BODY, headers)


@pytest.mark.parametrize(
    ("secret", "event_id", "body", "age_s"),
    [
        (b"m" * 32, "evt_1", BODY, 0),
        (NEW, "evt_2", BODY, 0),
        (NEW, "evt_1", BODY.replace("share", "visit"), 0),
        (NEW, "evt_1", BODY, 3_600),
    ],
    ids=["another secret", "another id", "another body", "an hour old"],
)
def test_the_public_library_refuses_what_was_changed(secret: bytes, event_id: str, body: str, age_s: int) -> None:
    headers = signature.headers([NEW], "evt_1", (int(time.time()) - age_s) * 1000, BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(signature.secret_text(secret)).verify(body, headers | {"webhook-id": event_id})
