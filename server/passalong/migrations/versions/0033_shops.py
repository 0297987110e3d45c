"""Shop connections: orders and refunds that shop systems deliver."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

CONNECTION = ("site_id", "connection_id")


def upgrade() -> None:
    """Forward."""
    _make("shop_connections", _connection_columns(), ("site_id", "connection_id"), ("site_id",), "sites")
    _make("shop_orders", _order_columns(), (*CONNECTION, "reference"))
    _make("shop_refunds", _refund_columns(), (*CONNECTION, "refund_id"))
    _make("shop_waiting", _waiting_columns(), (*CONNECTION, "message_id"))
    _make("shop_deliveries", _delivery_columns(), (*CONNECTION, "at_ms", "delivery_id"))
    op.create_index(
        "ix_shop_refunds_site_id_connection_id_conversion_id", "shop_refunds", [*CONNECTION, "conversion_id"]
    )
    op.create_index("ix_shop_waiting_site_id_connection_id_reference", "shop_waiting", [*CONNECTION, "reference"])


def downgrade() -> None:
    """Back."""
    for name in ("shop_deliveries", "shop_waiting", "shop_refunds", "shop_orders", "shop_connections"):
        op.drop_table(name)


def _make(
    name: str,
    columns: list[sa.Column[Any]],
    key: tuple[str, ...],
    of: tuple[str, ...] = CONNECTION,
    to: str = "shop_connections",
) -> None:
    op.create_table(
        name,
        *columns,
        sa.ForeignKeyConstraint(of, [f"{to}.{column}" for column in of], name=f"fk_{name}_{'_'.join(of)}"),
        sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"),
    )


def _text(name: str, length: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=False)


def _long(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _connection_columns() -> list[sa.Column[Any]]:
    return [
        *(_text("site_id", 16), _text("connection_id", 22), _text("system", 20), _text("basis", 16)),
        *(_text("goal", 40), _text("later_goal", 40), _long("fields"), _long("sealed_secrets")),
        _number("created_at_ms"),
        sa.Column("ended_at_ms", sa.BigInteger()),
    ]


def _order_columns() -> list[sa.Column[Any]]:
    return [
        *(_text("site_id", 16), _text("connection_id", 22), _text("reference", 200), _text("conversion_id", 128)),
        *(_long("sealed_code"), _number("total_minor"), _number("base_minor"), _number("at_ms")),
    ]


def _refund_columns() -> list[sa.Column[Any]]:
    return [
        *(_text("site_id", 16), _text("connection_id", 22), _text("refund_id", 200), _text("conversion_id", 128)),
        *(_number("total_minor"), _number("base_minor")),
        sa.Column("is_full", sa.Boolean(), nullable=False),
    ]


def _waiting_columns() -> list[sa.Column[Any]]:
    return [
        *(_text("site_id", 16), _text("connection_id", 22), _text("message_id", 200), _text("reference", 200)),
        *(_long("sealed_message"), _number("at_ms")),
    ]


def _delivery_columns() -> list[sa.Column[Any]]:
    return [
        *(_text("site_id", 16), _text("connection_id", 22), _number("at_ms"), _text("delivery_id", 22)),
        *(_text("kind", 80), _text("outcome", 16), _long("words")),
    ]
