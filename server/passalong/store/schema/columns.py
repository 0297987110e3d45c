"""Table metadata, and column types in the project's own words."""

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

FROM_FACTS = {"from_facts": True}
"""The `info` of tables that are made from facts: a replay makes them again and compares them."""

INSTANCE = frozenset(
    {
        *("key_fingerprints", "start_codes"),
        *("owners", "memberships", "owner_sessions", "owner_codes"),
        *("owner_challenges", "owner_passkeys", "owner_identities"),
    }
)
"""The tables of the instance itself: the only ones whose keys do not begin with `site_id`."""


def site() -> Column[str]:
    """Return the first column of every key."""
    return Column("site_id", String(16), primary_key=True)


def key(name: str, length: int = 160) -> Column[str]:
    """Return a text column of the primary key."""
    return Column(name, String(length), primary_key=True)


def number(name: str, *, primary_key: bool = False) -> Column[int]:
    """Return a 64-bit integer column: milliseconds, micros or a gap-free number."""
    return Column(name, BigInteger, primary_key=primary_key, nullable=False, autoincrement=False)


def count(name: str) -> Column[int]:
    """Return a counter column that starts at 0."""
    return Column(name, BigInteger, nullable=False, default=0, server_default="0")


def of_site(*columns: str, to: str, at: str | None = None) -> ForeignKeyConstraint:
    """Return a foreign key within the site."""
    theirs = [f"{to}.site_id", *(f"{to}.{at or column}" for column in columns)]
    return ForeignKeyConstraint(["site_id", *columns], theirs)
