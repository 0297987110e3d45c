"""The log of deliveries: what came, and what became of it."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from passalong.store.schema.shops import shop_deliveries


class LoggedDelivery(Struct, frozen=True):
    """One delivery: its kind as the system names it, the outcome as a stable word, and a sentence."""

    at_ms: int
    delivery_id: str
    kind: str
    outcome: str
    words: str


def add(session: Session, site_id: str, connection_id: str, delivery: LoggedDelivery) -> None:
    """Append to the log."""
    values = msgspec.structs.asdict(delivery)
    session.execute(insert(shop_deliveries).values(site_id=site_id, connection_id=connection_id, **values))


def newest(session: Session, site_id: str, connection_id: str, limit: int) -> Sequence[LoggedDelivery]:
    """Return the newest deliveries of a connection."""
    columns = shop_deliveries.c
    statement = select(*(columns[name] for name in LoggedDelivery.__struct_fields__)).where(
        columns.site_id == site_id, columns.connection_id == connection_id
    )
    rows = session.execute(statement.order_by(columns.at_ms.desc(), columns.delivery_id).limit(limit))
    return [LoggedDelivery(*row) for row in rows]


def forget_before(session: Session, site_id: str, at_ms: int) -> None:
    """Delete deliveries that are older than the site's retention."""
    columns = shop_deliveries.c
    session.execute(delete(shop_deliveries).where(columns.site_id == site_id, columns.at_ms < at_ms))
