"""Read what agents' protocols send with an order: UCP's `attribution` and ACP's `affiliate_attribution`.

An order that an agent placed never saw a browser, so no page could keep the token of a link. Both protocols carry it to
the shop instead; only the tokens are read here, everything else is ignored (docs/agent_orders.md has the sources).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from passalong.core.reasons import Reason

Place = Literal["first", "last"]
PLACES: tuple[Place, ...] = ("first", "last")
UCP_KEYS: dict[Place, str] = {"first": "ht_first", "last": "ht"}
"""UCP's map has the parameters of an address: ours is `ht`, as in a browser's."""
PROVIDER = "passalong"
"""Our name among ACP's providers; tokens of other providers are not ours to judge."""

Parameters = Annotated[
    dict[str, Annotated[str, Meta(max_length=2_000)]],
    Meta(
        max_length=100,
        description="the `attribution` of a UCP checkout or order: at most 100 parameters, `ht` the token of the last"
        " link, `ht_first` that of the first",
    ),
]
Moment = Annotated[
    datetime, Meta(tz=True, description="a time with its zone, as in RFC 3339, such as `2026-12-24T10:30:00Z`")
]
Provider = Annotated[
    str,
    Meta(min_length=1, max_length=200, description="the name of a provider in 1 to 200 characters, `passalong` for us"),
]
Token = Annotated[str, Meta(max_length=2_000, description="the token of a link, in at most 2,000 characters")]


class AffiliateAttribution(Struct, frozen=True, kw_only=True):
    """An `affiliate_attribution` of ACP, as far as it is read here; without `touchpoint` it is the last touch."""

    provider: Provider
    token: Token | None = None
    touchpoint: Place | None = None
    expires_at: Moment | None = None


Affiliates = Annotated[
    tuple[AffiliateAttribution, ...],
    Meta(
        max_length=10,
        description="a list of at most 10 `affiliate_attribution` objects of an ACP checkout: that of its creation,"
        " and that of its completion",
    ),
]


class Attribution(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The attribution of an order that an agent placed, by protocol and in the protocol's own shape."""

    ucp: Parameters | None = None
    acp: Affiliates | None = None


AgentAttribution = Annotated[
    Attribution,
    Meta(
        description="what an agent's protocol sent with the order: `ucp`, an object of strings, and `acp`, a list of"
        " objects with a `provider`"
    ),
]


class TouchToken(Struct, frozen=True):
    """The token that a protocol names for the first or last touch of an order, unverified."""

    place: Place
    token: str
    expires_at_ms: int | None = None


class OrderTouch(Struct, frozen=True, omit_defaults=True):
    """The first or last touch of an order, with its token read: the link behind it, or the reason why there is none."""

    place: Place
    share_id: str | None = None
    refused: Reason | None = None
    expires_at_ms: int | None = None

    def refusal(self, at_ms: int) -> Reason | None:
        """Return why it does not count for an order of that time; None if it may."""
        if self.refused is None and self.expires_at_ms is not None and self.expires_at_ms < at_ms:
            return Reason.OUTSIDE_WINDOW
        return self.refused


def touch_tokens(attribution: Attribution | None) -> tuple[TouchToken, ...]:
    """Return the tokens for the first and the last touch, at most one each: of several the first stands, as ACP asks.

    What is not for this provider, or has no token, is left out.
    """
    found: dict[Place, TouchToken] = {}
    if attribution is not None:
        for named in (*_of_ucp(attribution.ucp or {}), *_of_acp(attribution.acp or ())):
            found.setdefault(named.place, named)
    return tuple(found[place] for place in PLACES if place in found)


def _of_ucp(parameters: dict[str, str]) -> Iterator[TouchToken]:
    for place, key in UCP_KEYS.items():
        if token := parameters.get(key):
            yield TouchToken(place, token)


def _of_acp(affiliates: tuple[AffiliateAttribution, ...]) -> Iterator[TouchToken]:
    for affiliate in affiliates:
        if affiliate.provider.casefold() == PROVIDER and affiliate.token:
            expires_at_ms = int(affiliate.expires_at.timestamp() * 1000) if affiliate.expires_at else None
            yield TouchToken(affiliate.touchpoint or "last", affiliate.token, expires_at_ms)


def encode_touches(touches: tuple[OrderTouch, ...]) -> str | None:
    """Return the touches as they are stored with a conversion; None without any."""
    return msgspec.json.encode(touches).decode() if touches else None


def decode_touches(stored: str | None) -> tuple[OrderTouch, ...]:
    """Return the touches that were stored with a conversion."""
    return _decoder.decode(stored) if stored else ()


_decoder = msgspec.json.Decoder(tuple[OrderTouch, ...])
