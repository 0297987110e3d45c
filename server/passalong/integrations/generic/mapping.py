"""Read the JSON of any system by the owner's list of fields, one `name = path.to.field` a line."""

from collections.abc import Mapping, Sequence
from typing import Any

from passalong.core.shops.generic import read_fields
from passalong.core.shops.messages import Message
from passalong.core.shops.signatures import BadSignatureError, Delivery, base64_matches, hex_matches

SIGNATURE = "x-signature"


def verify(delivery: Delivery, secrets: Sequence[str]) -> None:
    """Check the header `X-Signature`: HMAC-SHA256 of the body, hexadecimal (`sha256=` may stand before it) or base64.

    Raises BadSignatureError.
    """
    signature_hex = delivery.header(SIGNATURE).removeprefix("sha256=")
    if not hex_matches(secrets, delivery.body, [signature_hex.lower()]) and not base64_matches(
        secrets, delivery.body, signature_hex
    ):
        raise BadSignatureError("The signature is not by this secret: `X-Signature` is the HMAC-SHA256 of the body.")


def kind(delivery: Delivery, payload: Mapping[str, Any]) -> str:
    """Return what the delivery's own header calls it, if it has one."""
    return delivery.header("x-event")


def read(delivery: Delivery, payload: Mapping[str, Any], settings: Mapping[str, str]) -> list[Message]:
    """Return the order, or the refund where its field is there. Raises UnreadableMessageError."""
    return read_fields(payload, settings)
