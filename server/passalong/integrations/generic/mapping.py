"""Read the JSON of any system by the owner's list of fields, one `name = path.to.field` a line."""

from collections.abc import Mapping, Sequence
from typing import Any

from passalong.core.shops.codes import read_code
from passalong.core.shops.fields import currency, decimal, minor, must, text
from passalong.core.shops.messages import Amounts, Buyer, Ignored, Message, Paid, Refunded, UnreadableMessageError
from passalong.core.shops.signatures import BadSignatureError, Delivery, base64_matches, hex_matches

SIGNATURE = "x-signature"


def verify(delivery: Delivery, secrets: Sequence[str]) -> None:
    """Check the header `X-Signature`: HMAC-SHA256 of the body, hexadecimal (`sha256=` may stand before it) or base64.

    Raises BadSignatureError.
    """
    given = delivery.header(SIGNATURE).removeprefix("sha256=")
    if not hex_matches(secrets, delivery.body, [given.lower()]) and not base64_matches(secrets, delivery.body, given):
        raise BadSignatureError("The signature is not by this secret: `X-Signature` is the HMAC-SHA256 of the body.")


def kind(delivery: Delivery, payload: Mapping[str, Any]) -> str:
    """Return what the delivery's own header calls it, if it has one."""
    return delivery.header("x-event")


def read(delivery: Delivery, payload: Mapping[str, Any], settings: Mapping[str, str]) -> list[Message]:
    """Return the order, or the refund where its field is there. Raises UnreadableMessageError."""
    paths = {name: tuple(path.split(".")) for name, path in settings.items() if name != "amounts"}
    if "order" not in paths or "total" not in paths:
        raise UnreadableMessageError("The list of fields has no `order` or no `total`.")
    refund_id = text(payload, *paths["refund"]) if "refund" in paths else ""
    if not text(payload, *paths["order"]):
        return [Ignored("It names no order.")]
    if not refund_id:
        return [_order(payload, paths, settings)]
    reference = must(payload, *paths["order"])
    if "refunded" not in paths:
        return [Refunded(refund_id=refund_id, reference=reference)]
    return [
        Refunded(
            refund_id=refund_id, reference=reference, amounts=Amounts(_amount(payload, paths, settings, "refunded"))
        )
    ]


def _order(payload: Mapping[str, Any], paths: Mapping[str, tuple[str, ...]], settings: Mapping[str, str]) -> Message:
    def said(name: str) -> str:
        return text(payload, *paths[name]) if name in paths else ""

    return Paid(
        order_id=must(payload, *paths["order"]),
        amounts=Amounts(*(_amount(payload, paths, settings, name) for name in ("total", "tax", "shipping"))),
        currency=_unit(payload, paths, settings),
        references=(must(payload, *paths["order"]),),
        code=read_code(said("code")),
        coupon=said("coupon"),
        buyer=Buyer(said("customer"), said("email"), said("country")),
    )


def _unit(payload: Mapping[str, Any], paths: Mapping[str, tuple[str, ...]], settings: Mapping[str, str]) -> str:
    """Return the order's currency; `currency = EUR` names one for all orders."""
    fixed = settings.get("currency", "")
    if len(fixed) == 3 and fixed.isupper():
        return fixed
    return currency(payload, *paths.get("currency", ("currency",)))


def _amount(
    payload: Mapping[str, Any], paths: Mapping[str, tuple[str, ...]], settings: Mapping[str, str], name: str
) -> int:
    if name not in paths:
        return 0
    if settings.get("amounts") == "minor":
        return minor(payload, *paths[name])
    return decimal(_unit(payload, paths, settings), payload, *paths[name])
