"""Tables of people: sign-in, mail and public choices. All can be erased; no fact refers to any.

Only hashes of secrets are stored. An address is stored in one table (`addresses`), keyed by the HMAC of its normalised
form.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from passalong.store.schema.columns import key, metadata, number, of_site, site

one_time_codes = Table(
    "one_time_codes",
    metadata,
    site(),
    key("code_hash", 64),
    Column("purpose", String(16), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("advocate_id", String(16)),
    Column("label", String(80), nullable=False, server_default=""),
    number("expires_at_ms"),
    Column("used_at_ms", BigInteger),
    of_site(to="sites"),
)

sessions = Table(
    "sessions",
    metadata,
    site(),
    key("session_hash", 64),
    Column("role", String(16), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("via", String(16), nullable=False, server_default="guest"),
    Column("label", String(80), nullable=False, server_default=""),
    Column("began_at_ms", BigInteger, nullable=False, server_default="0"),
    number("expires_at_ms"),
    Column("proved_at_ms", BigInteger, nullable=False, server_default="0"),
    Column("seen_at_ms", BigInteger, nullable=False, server_default="0"),
    of_site(to="sites"),
    Index(None, "site_id", "subject"),
)

addresses = Table(
    "addresses",
    metadata,
    site(),
    key("address_hash", 40),
    Column("address", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("advocate_id", String(16)),
    number("asked_at_ms"),
    Column("confirmed_at_ms", BigInteger),
    Column("role", String(16), nullable=False, server_default="advocate"),
    Column("bounced_at_ms", BigInteger),
    of_site(to="sites"),
    Index(None, "site_id", "advocate_id"),
)

passkeys = Table(
    "passkeys",
    metadata,
    site(),
    key("credential_hash", 64),
    Column("credential_id", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("advocate_id", String(16), nullable=False),
    Column("label", String(80), nullable=False),
    number("created_at_ms"),
    of_site("advocate_id", to="advocates"),
    Index(None, "site_id", "advocate_id"),
)

recovery_words = Table(
    "recovery_words",
    metadata,
    site(),
    key("words_hash", 64),
    Column("advocate_id", String(16), nullable=False),
    number("created_at_ms"),
    of_site("advocate_id", to="advocates"),
    Index(None, "site_id", "advocate_id"),
)

attempts = Table(
    "attempts",
    metadata,
    site(),
    key("bucket", 80),
    number("window_ms", primary_key=True),
    Column("tries", Integer, nullable=False),
    of_site(to="sites"),
)

cards = Table(
    "cards",
    metadata,
    site(),
    key("card_code", 64),
    Column("advocate_id", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    Column("document", Text, nullable=False),
    number("at_ms"),
    of_site("advocate_id", to="advocates"),
    Index(None, "site_id", "advocate_id"),
)

# --- mail -------------------------------------------------------------------------------------------------------------

mails = Table(
    "mails",
    metadata,
    site(),
    key("mail_id", 80),
    Column("kind", String(16), nullable=False),
    Column("address_hash", String(40), nullable=False),
    Column("language", String(8), nullable=False),
    Column("document", Text, nullable=False),
    number("at_ms"),
    Column("next_at_ms", BigInteger),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("sent_at_ms", BigInteger),
    Column("error", String(200), nullable=False, server_default=""),
    of_site(to="sites"),
    Index("ix_mails_next_at_ms", "next_at_ms"),
    Index(None, "site_id", "at_ms"),
)

mail_choices = Table(
    "mail_choices",
    metadata,
    site(),
    key("address_hash", 40),
    key("kind", 16),
    Column("wanted", Boolean, nullable=False),
    of_site(to="sites"),
)

mail_marks = Table(
    "mail_marks",
    metadata,
    site(),
    key("address_hash", 40),
    key("kind", 16),
    number("at_ms"),
    Column("seen", Text, nullable=False),
    of_site(to="sites"),
)
