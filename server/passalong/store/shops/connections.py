"""Connections of a site to shop systems."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import and_, insert, select, update
from sqlalchemy.orm import Session

from passalong.core.shops.messages import Basis
from passalong.store.schema.shops import shop_connections, shop_orders


class Connection(Struct, frozen=True, kw_only=True):
    """A connection: secrets newest first, `fields` of the generic system, goals of first and later payments."""

    site_id: str
    connection_id: str
    system: str
    basis: Basis
    goal: str
    later_goal: str
    fields: Mapping[str, str]
    sealed_secrets: tuple[str, ...]
    created_at_ms: int
    ended_at_ms: int | None = None

    @property
    def is_open(self) -> bool:
        """Return True while its deliveries are accepted."""
        return self.ended_at_ms is None


def add(session: Session, connection: Connection) -> None:
    """Insert a connection."""
    values = msgspec.structs.asdict(connection) | {
        "basis": connection.basis.value,
        "fields": msgspec.json.encode(connection.fields).decode(),
        "sealed_secrets": msgspec.json.encode(connection.sealed_secrets).decode(),
    }
    session.execute(insert(shop_connections).values(**values))


def find(session: Session, site_id: str, connection_id: str) -> Connection | None:
    """Return one connection, ended or not."""
    columns = shop_connections.c
    statement = select(shop_connections).where(columns.site_id == site_id, columns.connection_id == connection_id)
    row = session.execute(statement).one_or_none()
    return None if row is None else _connection(dict(row._mapping))


def all_of(session: Session, site_id: str) -> Sequence[Connection]:
    """Return every connection of a site, newest first."""
    columns = shop_connections.c
    statement = select(shop_connections).where(columns.site_id == site_id)
    rows = session.execute(statement.order_by(columns.created_at_ms.desc(), columns.connection_id))
    return [_connection(dict(row._mapping)) for row in rows]


def open_bases(session: Session, site_id: str) -> Sequence[tuple[str, str]]:
    """Return what rewards are taken of, and in which system, by every open connection of a site."""
    columns = shop_connections.c
    own = (columns.site_id == site_id, columns.ended_at_ms.is_(None))
    statement = select(columns.basis, columns.system).where(*own).distinct()
    return [(row.basis, row.system) for row in session.execute(statement.order_by(columns.basis, columns.system))]


def bases_of_order(session: Session, site_id: str, conversion_id: str) -> tuple[tuple[str, str], ...]:
    """Return what the reward of an order was taken of, and its system; nothing for orders that no shop reported."""
    orders, columns = shop_orders.c, shop_connections.c
    same = and_(columns.site_id == orders.site_id, columns.connection_id == orders.connection_id)
    statement = (
        select(columns.basis, columns.system)
        .select_from(shop_orders.join(shop_connections, same))
        .where(orders.site_id == site_id, orders.conversion_id == conversion_id)
        .order_by(orders.at_ms, orders.connection_id)
        .limit(1)
    )
    return tuple((row.basis, row.system) for row in session.execute(statement))


def end(session: Session, site_id: str, connection_id: str, at_ms: int) -> None:
    """End a connection: its deliveries are refused from now on."""
    _update(session, site_id, connection_id, {"ended_at_ms": at_ms})


def set_secrets(session: Session, site_id: str, connection_id: str, sealed: Sequence[str]) -> None:
    """Replace the sealed secrets, newest first."""
    _update(session, site_id, connection_id, {"sealed_secrets": msgspec.json.encode(sealed).decode()})


def _update(session: Session, site_id: str, connection_id: str, values: Mapping[str, object]) -> None:
    columns = shop_connections.c
    where = (columns.site_id == site_id, columns.connection_id == connection_id)
    session.execute(update(shop_connections).where(*where).values(**values))


def _connection(row: dict[str, object]) -> Connection:
    texts = {name: msgspec.json.decode(str(row[name])) for name in ("fields", "sealed_secrets")}
    values = row | texts
    return msgspec.convert({name: values[name] for name in Connection.__struct_fields__}, Connection)
