"""The order behind each reference of a connection, its refunds, and messages that wait for it."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from passalong.store.engine import insert_new
from passalong.store.schema.shops import shop_orders, shop_refunds, shop_waiting


class KnownOrder(Struct, frozen=True):
    """An order as it was recorded: all that was paid, and the part that is rewarded, in minor units."""

    conversion_id: str
    sealed_code: str
    total_minor: int
    base_minor: int


class KnownRefund(Struct, frozen=True):
    """A refund as it was recorded: all that went back, and the rewarded part of it; `is_full` for all that was left."""

    refund_id: str
    conversion_id: str
    total_minor: int
    base_minor: int
    is_full: bool


class WaitingMessage(Struct, frozen=True):
    """A sealed message that waits for the order behind a reference."""

    message_id: str
    reference: str
    sealed_message: str


def find(session: Session, site_id: str, connection_id: str, reference: str) -> KnownOrder | None:
    """Return the order behind a reference."""
    columns = shop_orders.c
    statement = select(*(columns[name] for name in KnownOrder.__struct_fields__)).where(
        columns.site_id == site_id, columns.connection_id == connection_id, columns.reference == reference
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else KnownOrder(*row)


def add(session: Session, site_id: str, connection_id: str, named: tuple[str, KnownOrder], now_ms: int) -> None:
    """Let a reference lead to an order, unless it leads to one already."""
    reference, order = named
    values = msgspec.structs.asdict(order) | {"reference": reference, "at_ms": now_ms}
    insert_new(session, shop_orders, site_id=site_id, connection_id=connection_id, **values)


def find_refund(session: Session, site_id: str, connection_id: str, refund_id: str) -> KnownRefund | None:
    """Return a refund that was recorded."""
    columns = shop_refunds.c
    statement = select(*(columns[name] for name in KnownRefund.__struct_fields__)).where(
        columns.site_id == site_id, columns.connection_id == connection_id, columns.refund_id == refund_id
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else KnownRefund(*row)


def add_refund(session: Session, site_id: str, connection_id: str, refund: KnownRefund) -> None:
    """Remember a refund."""
    insert_new(session, shop_refunds, site_id=site_id, connection_id=connection_id, **msgspec.structs.asdict(refund))


def refunded_minor(session: Session, site_id: str, connection_id: str, conversion_id: str) -> int:
    """Return all that went back of an order so far, in minor units."""
    columns = shop_refunds.c
    statement = select(func.coalesce(func.sum(columns.total_minor), 0)).where(
        columns.site_id == site_id, columns.connection_id == connection_id, columns.conversion_id == conversion_id
    )
    return int(session.execute(statement).scalar_one())


def wait(session: Session, site_id: str, connection_id: str, message: WaitingMessage, now_ms: int) -> None:
    """Let a message wait for its reference."""
    values = msgspec.structs.asdict(message) | {"at_ms": now_ms}
    insert_new(session, shop_waiting, site_id=site_id, connection_id=connection_id, **values)


def waiting(session: Session, site_id: str, connection_id: str, reference: str) -> Sequence[WaitingMessage]:
    """Return what waits for a reference, in the order of arrival."""
    columns = shop_waiting.c
    statement = select(*(columns[name] for name in WaitingMessage.__struct_fields__)).where(
        columns.site_id == site_id, columns.connection_id == connection_id, columns.reference == reference
    )
    rows = session.execute(statement.order_by(columns.at_ms, columns.message_id))
    return [WaitingMessage(*row) for row in rows]


def forget_waiting_before(session: Session, site_id: str, at_ms: int) -> None:
    """Delete messages that have waited in vain: their buyer's address is kept no longer than the site's retention."""
    columns = shop_waiting.c
    session.execute(delete(shop_waiting).where(columns.site_id == site_id, columns.at_ms < at_ms))


def waited(session: Session, site_id: str, connection_id: str, message_id: str) -> None:
    """Remove a message that no longer waits."""
    columns = shop_waiting.c
    session.execute(
        delete(shop_waiting).where(
            columns.site_id == site_id, columns.connection_id == connection_id, columns.message_id == message_id
        )
    )
