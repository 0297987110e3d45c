"""Facts about pools: what the owner sets aside, a month's closing, and some people's shares of it at a time."""

from msgspec import Struct


class PoolAdded(Struct, frozen=True, tag="pool_add", tag_field="kind"):
    """The owner set something aside for a period's pool (like 2026-11); `by` is who of them."""

    period: str
    unit: str
    amount_micros: int
    by: str


class PoolClosed(Struct, frozen=True, tag="pool_closed", tag_field="kind"):
    """A month's pool is shared out to `people`, all but `kept_micros`, which the open month gets.

    `amount_micros` was in it when the shares were worked out; they follow as facts of their own.
    """

    period: str
    unit: str
    amount_micros: int
    kept_micros: int
    people: int
    terms_version: int


class PoolShare(Struct, frozen=True, array_like=True):
    """One person's share of a pool; `part` is their exact part of the whole as p/q."""

    advocate_id: str
    amount_micros: int
    part: str


class PoolShared(Struct, frozen=True, tag="pool_shared", tag_field="kind"):
    """Some people's shares of a pool that is closed."""

    pool: PoolClosed
    shares: tuple[PoolShare, ...]
