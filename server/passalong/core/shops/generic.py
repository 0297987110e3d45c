"""Read the JSON of any shop system by the owner's list of fields, one `name = path.to.field` a line."""

from collections.abc import Mapping
from typing import Any

from passalong.core.shops.codes import read_code
from passalong.core.shops.fields import currency, decimal, minor, must, text
from passalong.core.shops.messages import Amounts, Buyer, Ignored, Message, Paid, Refunded, UnreadableMessageError

AMOUNTS = ("total", "tax", "shipping", "refunded")


def read_fields(payload: Mapping[str, Any], settings: Mapping[str, str]) -> list[Message]:
    """Return the order, or the refund where its field is there. Raises UnreadableMessageError."""
    paths = paths_of(settings)
    if "order" not in paths or "total" not in paths:
        raise UnreadableMessageError("The list of fields has no `order` or no `total`.")
    refund_id = text(payload, *paths["refund"]) if "refund" in paths else ""
    if not text(payload, *paths["order"]):
        return [Ignored("It names no order.")]
    if not refund_id:
        return [_order(payload, settings)]
    reference = must(payload, *paths["order"])
    if "refunded" not in paths:
        return [Refunded(refund_id=refund_id, reference=reference)]
    unit = "" if settings.get("amounts") == "minor" else unit_of(payload, settings)
    amounts = Amounts(amount(payload, settings, "refunded"))
    return [Refunded(refund_id=refund_id, reference=reference, amounts=amounts, currency=unit)]


def paths_of(settings: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the path of each field that the owner named."""
    return {name: tuple(path.split(".")) for name, path in settings.items() if name != "amounts"}


def unit_of(payload: Mapping[str, Any], settings: Mapping[str, str]) -> str:
    """Return the order's currency; `currency = EUR` names one for all orders. Raises UnreadableMessageError."""
    fixed = fixed_unit(settings)
    return fixed or currency(payload, *paths_of(settings).get("currency", ("currency",)))


def fixed_unit(settings: Mapping[str, str]) -> str:
    """Return the currency that the owner named for all orders; empty where it is read from each."""
    fixed = settings.get("currency", "")
    return fixed if len(fixed) == 3 and fixed.isupper() else ""


def amount(payload: Mapping[str, Any], settings: Mapping[str, str], name: str) -> int:
    """Return an amount in minor units, 0 where the owner named no field for it. Raises UnreadableMessageError."""
    path = paths_of(settings).get(name)
    if path is None:
        return 0
    if settings.get("amounts") == "minor":
        return minor(payload, *path)
    return decimal(unit_of(payload, settings), payload, *path)


def _order(payload: Mapping[str, Any], settings: Mapping[str, str]) -> Message:
    paths = paths_of(settings)

    def said(name: str) -> str:
        return text(payload, *paths[name]) if name in paths else ""

    return Paid(
        order_id=must(payload, *paths["order"]),
        amounts=Amounts(*(amount(payload, settings, name) for name in ("total", "tax", "shipping"))),
        currency=unit_of(payload, settings),
        references=(must(payload, *paths["order"]),),
        code=read_code(said("code")),
        coupon=said("coupon"),
        buyer=Buyer(said("customer"), said("email"), said("country")),
    )
