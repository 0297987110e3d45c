"""The shop systems that can report orders, by the name in the address of their endpoint."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from passalong.core.shops.messages import Message
from passalong.core.shops.signatures import Delivery
from passalong.integrations.generic import mapping as generic
from passalong.integrations.lemonsqueezy import mapping as lemonsqueezy
from passalong.integrations.paddle import mapping as paddle
from passalong.integrations.shopify import mapping as shopify
from passalong.integrations.stripe import mapping as stripe
from passalong.integrations.woocommerce import mapping as woocommerce


class System(Protocol):
    """A system: check a delivery's signature, name its kind, and read what it says."""

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None: ...

    def kind(self, delivery: Delivery, payload: Mapping[str, Any]) -> str: ...

    def read(self, delivery: Delivery, payload: Mapping[str, Any], settings: Mapping[str, str]) -> list[Message]: ...


SYSTEMS: Mapping[str, System] = {
    "stripe": stripe,
    "paddle": paddle,
    "shopify": shopify,
    "woocommerce": woocommerce,
    "lemonsqueezy": lemonsqueezy,
    "generic": generic,
}
