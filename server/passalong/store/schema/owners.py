"""Tables of the people who run sites: their accounts, roles, invitations and sessions, and what they changed.

A person may run several sites: accounts, memberships and sessions are the instance's own tables. Only hashes of secrets
are stored.
"""

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, String, Table, Text, UniqueConstraint

from passalong.store.schema.columns import key, metadata, number, of_site, site

owners = Table(
    "owners",
    metadata,
    key("owner_id", 16),
    Column("address_hash", String(40), nullable=False),
    Column("address", Text, nullable=False),
    number("created_at_ms"),
    Column("confirmed_at_ms", BigInteger),
    UniqueConstraint("address_hash"),
)
"""An address signs in by mail once its reader has confirmed it, in a browser that was signed in already."""

memberships = Table(
    "memberships",
    metadata,
    site(),
    key("owner_id", 16),
    Column("role", String(16), nullable=False),
    number("since_ms"),
    ForeignKeyConstraint(["owner_id"], ["owners.owner_id"]),
    Index(None, "owner_id", "site_id"),
)

owner_sessions = Table(
    "owner_sessions",
    metadata,
    key("session_hash", 64),
    Column("owner_id", String(16), nullable=False),
    Column("via", String(16), nullable=False),
    Column("label", String(80), nullable=False),
    number("began_at_ms"),
    number("expires_at_ms"),
    number("seen_at_ms"),
    ForeignKeyConstraint(["owner_id"], ["owners.owner_id"]),
    Index(None, "owner_id"),
)

owner_codes = Table(
    "owner_codes",
    metadata,
    key("code_hash", 64),
    Column("owner_id", String(16), nullable=False),
    number("expires_at_ms"),
    ForeignKeyConstraint(["owner_id"], ["owners.owner_id"]),
    Index(None, "owner_id"),
)
"""One row for each magic link that was not used; using it deletes it."""

owner_challenges = Table(
    "owner_challenges",
    metadata,
    key("code_hash", 64),
    Column("subject", String(80), nullable=False),
    number("expires_at_ms"),
    Index(None, "subject"),
)
"""One row for each challenge of a passkey that waits for its answer: of an account that makes one, or of a caller."""

owner_passkeys = Table(
    "owner_passkeys",
    metadata,
    key("credential_hash", 64),
    Column("credential_id", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("owner_id", String(16), nullable=False),
    Column("label", String(80), nullable=False),
    number("created_at_ms"),
    ForeignKeyConstraint(["owner_id"], ["owners.owner_id"]),
    Index(None, "owner_id"),
)

owner_identities = Table(
    "owner_identities",
    metadata,
    key("identity_hash", 64),
    Column("issuer", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("owner_id", String(16), nullable=False),
    number("created_at_ms"),
    ForeignKeyConstraint(["owner_id"], ["owners.owner_id"]),
    Index(None, "owner_id"),
)
"""Accounts at an OpenID provider, by a hash of the provider and its id of the person, and what they are shown as."""

invitations = Table(
    "invitations",
    metadata,
    site(),
    key("invitation_id", 22),
    Column("code_hash", String(64), nullable=False),
    Column("address_hash", String(40), nullable=False),
    Column("address", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("invited_by", String(80), nullable=False),
    number("at_ms"),
    number("expires_at_ms"),
    Column("ended_at_ms", BigInteger),
    of_site(to="sites"),
    UniqueConstraint("site_id", "code_hash"),
    Index(None, "site_id", "address_hash"),
)
"""One row for each invitation; it ends when it is accepted or withdrawn, and its address is erased then."""

owner_changes = Table(
    "owner_changes",
    metadata,
    site(),
    key("change_id", 40),
    number("at_ms"),
    Column("actor", String(80), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(160), nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    of_site(to="sites"),
    Index(None, "site_id", "at_ms", "change_id"),
    Index(None, "site_id", "action", "at_ms", "change_id"),
    Index(None, "site_id", "actor", "at_ms", "change_id"),
    Index(None, "site_id", "subject", "at_ms", "change_id"),
)
"""One row for each change; triggers keep every row as it is."""
