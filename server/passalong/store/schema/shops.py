"""Tables of shop connections: their secrets, the orders behind references, what waits for one, and the log."""

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table, Text

from passalong.store.schema.columns import key, metadata, number, of_site, site

shop_connections = Table(
    "shop_connections",
    metadata,
    site(),
    key("connection_id", 22),
    Column("system", String(20), nullable=False),
    Column("basis", String(16), nullable=False),
    Column("goal", String(40), nullable=False),
    Column("later_goal", String(40), nullable=False),
    Column("fields", Text, nullable=False),
    Column("sealed_secrets", Text, nullable=False),
    number("created_at_ms"),
    Column("ended_at_ms", BigInteger),
    of_site(to="sites"),
)
"""`sealed_secrets` is a JSON list, the newest first: two of them while a secret is replaced."""

shop_orders = Table(
    "shop_orders",
    metadata,
    site(),
    key("connection_id", 22),
    key("reference", 200),
    Column("conversion_id", String(128), nullable=False),
    Column("sealed_code", Text, nullable=False),
    number("total_minor"),
    number("base_minor"),
    number("at_ms"),
    of_site("connection_id", to="shop_connections"),
    Index("ix_shop_orders_conversion", "site_id", "conversion_id"),
)
"""The order behind a reference of the system, with its code for later payments, and its amounts for refunds."""

shop_refunds = Table(
    "shop_refunds",
    metadata,
    site(),
    key("connection_id", 22),
    key("refund_id", 200),
    Column("conversion_id", String(128), nullable=False),
    number("total_minor"),
    number("base_minor"),
    Column("is_full", Boolean, nullable=False),
    of_site("connection_id", to="shop_connections"),
    Index(None, "site_id", "connection_id", "conversion_id"),
)
"""A refund as it was recorded, so that a repeated delivery says the same again."""

shop_waiting = Table(
    "shop_waiting",
    metadata,
    site(),
    key("connection_id", 22),
    key("message_id", 200),
    Column("reference", String(200), nullable=False),
    Column("sealed_message", Text, nullable=False),
    number("at_ms"),
    of_site("connection_id", to="shop_connections"),
    Index(None, "site_id", "connection_id", "reference"),
)
"""Messages that wait for the order behind a reference: deliveries may come in any order."""

shop_deliveries = Table(
    "shop_deliveries",
    metadata,
    site(),
    key("connection_id", 22),
    number("at_ms", primary_key=True),
    key("delivery_id", 22),
    Column("kind", String(80), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("words", Text, nullable=False),
    of_site("connection_id", to="shop_connections"),
)
"""The log of deliveries, forgotten after the site's retention."""
