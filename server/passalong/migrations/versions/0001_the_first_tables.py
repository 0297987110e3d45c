"""The first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "advocate_totals",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("advocate_id", sa.String(length=16), nullable=False),
        sa.Column("pages", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("people", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("passed_on", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("outcomes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("credited_at_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("site_id", "advocate_id", name=op.f("pk_advocate_totals")),
    )
    op.create_index(
        op.f("ix_advocate_totals_site_id_credited_at_ms"),
        "advocate_totals",
        ["site_id", "credited_at_ms"],
        unique=False,
    )
    op.create_table(
        "balances",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=160), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("site_id", "account", "unit", name=op.f("pk_balances")),
    )
    op.create_table(
        "conversions",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("conversion_id", sa.String(length=160), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("goal", sa.String(length=40), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("gross_micros", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=True),
        sa.Column("share_id", sa.String(length=15), nullable=True),
        sa.Column("visit_id", sa.String(length=64), nullable=True),
        sa.Column("visitor_id", sa.String(length=64), nullable=True),
        sa.Column("customer", sa.String(length=66), nullable=True),
        sa.Column("page_url", sa.Text(), nullable=True),
        sa.Column("products", sa.Text(), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("given_to", sa.String(length=16), nullable=True),
        sa.Column("coupon_share_id", sa.String(length=15), nullable=True),
        sa.Column("refused", sa.String(length=32), nullable=True),
        sa.Column("release_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("frozen_seq", sa.BigInteger(), nullable=True),
        sa.Column("held", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("brought_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("site_id", "conversion_id", name=op.f("pk_conversions")),
    )
    op.create_index(
        op.f("ix_conversions_site_id_release_at_ms"), "conversions", ["site_id", "release_at_ms"], unique=False
    )
    op.create_index(op.f("ix_conversions_site_id_visit_id"), "conversions", ["site_id", "visit_id"], unique=False)
    op.create_index(op.f("ix_conversions_site_id_customer"), "conversions", ["site_id", "customer"], unique=False)
    op.create_index(op.f("ix_conversions_site_id_visitor_id"), "conversions", ["site_id", "visitor_id"], unique=False)
    op.create_table(
        "credits",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("conversion_id", sa.String(length=160), nullable=False),
        sa.Column("recipient", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("line_id", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("share_id", sa.String(length=15), nullable=True),
        sa.Column("goal", sa.String(length=40), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("earned_micros", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("direct_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("taken_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("release_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "conversion_id", "recipient", "unit", name=op.f("pk_credits")),
    )
    op.create_index("ix_credits_line", "credits", ["site_id", "line_id"], unique=False)
    op.create_index("ix_credits_newest", "credits", ["site_id", "recipient", "at_ms", "line_id"], unique=False)
    op.create_index("ix_credits_release", "credits", ["site_id", "recipient", "ready", "release_at_ms"], unique=False)
    op.create_table(
        "day_money",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("brought_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("went_back_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("pool_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("site_id", "day", "unit", name=op.f("pk_day_money")),
    )
    op.create_table(
        "day_totals",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("shares", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("people", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("outcomes", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("site_id", "day", name=op.f("pk_day_totals")),
    )
    op.create_table(
        "identities",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("identity", sa.String(length=66), nullable=False),
        sa.Column("person", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "identity", name=op.f("pk_identities")),
    )
    op.create_index(op.f("ix_identities_site_id_person"), "identities", ["site_id", "person"], unique=False)
    op.create_table(
        "inspected",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=True),
        sa.Column("amount_micros", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("site_id", "subject", name=op.f("pk_inspected")),
    )
    op.create_index(op.f("ix_inspected_site_id_at_ms"), "inspected", ["site_id", "at_ms"], unique=False)
    op.create_table(
        "journal",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("tx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("account", sa.String(length=160), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("site_id", "tx", "line", name=op.f("pk_journal")),
    )
    op.create_index(op.f("ix_journal_site_id_account_tx"), "journal", ["site_id", "account", "tx"], unique=False)
    op.create_index(op.f("ix_journal_site_id_subject_tx"), "journal", ["site_id", "subject", "tx"], unique=False)
    op.create_table(
        "claims",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("claim_id", sa.String(length=64), nullable=False),
        sa.Column("advocate_id", sa.String(length=16), nullable=False),
        sa.Column("line_id", sa.String(length=16), nullable=True),
        sa.Column("conversion_id", sa.String(length=160), nullable=True),
        sa.Column("share_id", sa.String(length=15), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("promised_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("answered_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("resolved_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "claim_id", name=op.f("pk_claims")),
    )
    op.create_index(
        op.f("ix_claims_site_id_outcome_promised_at_ms"),
        "claims",
        ["site_id", "outcome", "promised_at_ms"],
        unique=False,
    )
    op.create_index("ix_claims_advocate", "claims", ["site_id", "advocate_id", "at_ms"], unique=False)
    op.create_table(
        "link_totals",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("share_id", sa.String(length=15), nullable=False),
        sa.Column("advocate_id", sa.String(length=16), nullable=False),
        sa.Column("page_hash", sa.String(length=32), nullable=False),
        sa.Column("parent_share_id", sa.String(length=15), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("people", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("site_id", "share_id", name=op.f("pk_link_totals")),
    )
    op.create_index(
        op.f("ix_link_totals_site_id_parent_share_id_people"),
        "link_totals",
        ["site_id", "parent_share_id", "people"],
        unique=False,
    )
    op.create_index(
        op.f("ix_link_totals_site_id_advocate_id_page_hash_people"),
        "link_totals",
        ["site_id", "advocate_id", "page_hash", "people"],
        unique=False,
    )
    op.create_table(
        "link_sent",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("share_id", sa.String(length=15), nullable=False),
        sa.Column("sent_to", sa.String(length=32), nullable=False),
        sa.Column("times", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("site_id", "share_id", "sent_to", name=op.f("pk_link_sent")),
    )
    op.create_table(
        "link_trees",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("share_id", sa.String(length=15), nullable=False),
        sa.Column("branches", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("beneath", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("outcomes", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("site_id", "share_id", name=op.f("pk_link_trees")),
    )
    op.create_table(
        "site_counts",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("site_id", "name", name=op.f("pk_site_counts")),
    )
    op.create_table(
        "site_units",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("waiting_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("taken_back_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("site_id", "unit", name=op.f("pk_site_units")),
    )
    op.create_table(
        "numbered",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("event_id", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "seq", name=op.f("pk_numbered")),
        sa.UniqueConstraint("site_id", "source", "event_id", name=op.f("uq_numbered_site_id_source_event_id")),
    )
    op.create_table(
        "page_totals",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("advocate_id", sa.String(length=16), nullable=False),
        sa.Column("page_hash", sa.String(length=32), nullable=False),
        sa.Column("page_url", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shares", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("people", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("passed_on", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("outcomes", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("site_id", "advocate_id", "page_hash", name=op.f("pk_page_totals")),
    )
    op.create_index(
        op.f("ix_page_totals_site_id_advocate_id_people"),
        "page_totals",
        ["site_id", "advocate_id", "people"],
        unique=False,
    )
    op.create_table(
        "passed_on",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("reacher", sa.String(length=80), nullable=False),
        sa.Column("advocate_id", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "reacher", "advocate_id", name=op.f("pk_passed_on")),
    )
    op.create_table(
        "queue",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("event_id", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "at_ms", "source", "event_id", name=op.f("pk_queue")),
    )
    op.create_table(
        "reached",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("visitor_id", sa.String(length=64), nullable=False),
        sa.Column("reacher", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "visitor_id", "reacher", name=op.f("pk_reached")),
    )
    op.create_table(
        "receipts",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "subject", "version", name=op.f("pk_receipts")),
    )
    op.create_table(
        "refunds",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("conversion_id", sa.String(length=160), nullable=False),
        sa.Column("refund_id", sa.String(length=160), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("site_id", "conversion_id", "refund_id", name=op.f("pk_refunds")),
    )
    op.create_table(
        "refusal_counts",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("events", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("site_id", "day", "kind", "reason", name=op.f("pk_refusal_counts")),
    )
    op.create_table(
        "sites",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("home_url", sa.Text(), nullable=False),
        sa.Column("origins", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("remember", sa.String(length=8), nullable=False),
        sa.Column("credit", sa.String(length=8), nullable=False),
        sa.Column("vanity", sa.String(length=8), server_default="on", nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("answer_days", sa.Integer(), server_default="7", nullable=False),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_sites")),
    )
    op.create_table(
        "unit_totals",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("recipient", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("earned_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("taken_back_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("waiting_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("ready_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("used_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("site_id", "recipient", "unit", name=op.f("pk_unit_totals")),
    )
    op.create_table(
        "pools",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("closed_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("shared_micros", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("people", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("site_id", "period", "unit", name=op.f("pk_pools")),
    )
    op.create_table(
        "uses",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("use_id", sa.String(length=128), nullable=False),
        sa.Column("advocate_id", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fee_micros", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.String(length=128), nullable=True),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "use_id", name=op.f("pk_uses")),
    )
    op.create_index(
        op.f("ix_uses_site_id_advocate_id_at_ms"), "uses", ["site_id", "advocate_id", "at_ms"], unique=False
    )
    op.create_index(op.f("ix_uses_site_id_state_at_ms"), "uses", ["site_id", "state", "at_ms"], unique=False)
    op.create_index(op.f("ix_uses_site_id_batch_id"), "uses", ["site_id", "batch_id"], unique=False)
    op.create_table(
        "grants",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("conversion_id", sa.String(length=160), nullable=False),
        sa.Column("recipient", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=128), nullable=False),
        sa.Column("wanted_micros", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("granted_micros", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("site_id", "conversion_id", "recipient", "event_id", name=op.f("pk_grants")),
    )
    op.create_table(
        "spent",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("goal", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("recipient", sa.String(length=64), nullable=False),
        sa.Column("span", sa.String(length=10), nullable=False),
        sa.Column("granted_micros", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("site_id", "goal", "unit", "recipient", "span", name=op.f("pk_spent")),
    )
    op.create_table(
        "verdicts",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("about", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.String(length=160), nullable=False),
        sa.Column("event_id", sa.String(length=128), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("share_id", sa.String(length=15), nullable=True),
        sa.PrimaryKeyConstraint("site_id", "about", "subject_id", "event_id", name=op.f("pk_verdicts")),
    )
    op.create_table(
        "visits",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("visit_id", sa.String(length=64), nullable=False),
        sa.Column("visitor_id", sa.String(length=64), nullable=False),
        sa.Column("share_id", sa.String(length=15), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("page_url", sa.Text(), nullable=False),
        sa.Column("refused", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("site_id", "visit_id", name=op.f("pk_visits")),
    )
    op.create_index(
        op.f("ix_visits_site_id_visitor_id_at_ms"), "visits", ["site_id", "visitor_id", "at_ms"], unique=False
    )
    op.create_table(
        "advocates",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("advocate_id", sa.String(length=16), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_advocates_site_id")),
        sa.PrimaryKeyConstraint("site_id", "advocate_id", name=op.f("pk_advocates")),
    )
    op.create_table(
        "api_keys",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("last_four", sa.String(length=4), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_api_keys_site_id")),
        sa.PrimaryKeyConstraint("site_id", "key_hash", name=op.f("pk_api_keys")),
    )
    op.create_table(
        "events",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("event_id", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_events_site_id")),
        sa.PrimaryKeyConstraint("site_id", "source", "event_id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_site_id_at_ms"), "events", ["site_id", "at_ms"], unique=False)
    op.create_table(
        "heads",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("tx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_heads_site_id")),
        sa.PrimaryKeyConstraint("site_id", "size", name=op.f("pk_heads")),
    )
    op.create_table(
        "heads_told",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_at_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_heads_told")),
    )
    op.create_table(
        "tree_nodes",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("tx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_tree_nodes_site_id")),
        sa.PrimaryKeyConstraint("site_id", "level", "number", name=op.f("pk_tree_nodes")),
    )
    op.create_table(
        "tree_salts",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_tree_salts_site_id")),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_tree_salts")),
    )
    op.create_table(
        "claim_words",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("claim_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("author", sa.String(length=16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_claim_words_site_id")),
        sa.PrimaryKeyConstraint("site_id", "claim_id", "number", name=op.f("pk_claim_words")),
    )
    op.create_table(
        "refusals",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("refusal_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_refusals_site_id")),
        sa.PrimaryKeyConstraint("site_id", "at_ms", "refusal_id", name=op.f("pk_refusals")),
    )
    op.create_table(
        "set_aside",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("event_id", sa.String(length=128), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("set_aside_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_set_aside_site_id")),
        sa.PrimaryKeyConstraint("site_id", "source", "event_id", name=op.f("pk_set_aside")),
    )
    op.create_table(
        "terms",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_terms_site_id")),
        sa.PrimaryKeyConstraint("site_id", "version", name=op.f("pk_terms")),
    )
    op.create_table(
        "turns",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("worker", sa.String(length=64), nullable=True),
        sa.Column("until_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_tx", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_turns_site_id")),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_turns")),
    )
    op.create_table(
        "payout_destinations",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("advocate_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id", "advocate_id"],
            ["advocates.site_id", "advocates.advocate_id"],
            name=op.f("fk_payout_destinations_site_id_advocate_id"),
        ),
        sa.PrimaryKeyConstraint("site_id", "advocate_id", name=op.f("pk_payout_destinations")),
    )
    op.create_table(
        "ways",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("minimum_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("fee_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("days", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_ways_site_id")),
        sa.PrimaryKeyConstraint("site_id", "way", "unit", name=op.f("pk_ways")),
    )
    op.create_table(
        "advocate_choices",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("advocate_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=80), server_default="", nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("stopped_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("erased_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id", "advocate_id"],
            ["advocates.site_id", "advocates.advocate_id"],
            name=op.f("fk_advocate_choices_site_id"),
        ),
        sa.PrimaryKeyConstraint("site_id", "advocate_id", name=op.f("pk_advocate_choices")),
    )
    op.create_table(
        "guests",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("guest_hash", sa.String(length=64), nullable=False),
        sa.Column("advocate_id", sa.String(length=16), nullable=False),
        sa.Column("closed_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id", "advocate_id"],
            ["advocates.site_id", "advocates.advocate_id"],
            name=op.f("fk_guests_site_id_advocate_id"),
        ),
        sa.PrimaryKeyConstraint("site_id", "guest_hash", name=op.f("pk_guests")),
    )
    op.create_table(
        "issued_links",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("share_id", sa.String(length=15), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("advocate_id", sa.String(length=16), nullable=False),
        sa.Column("visitor_id", sa.String(length=64), nullable=True),
        sa.Column("page_url", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("parent_share_id", sa.String(length=15), nullable=True),
        sa.Column("terms_version", sa.Integer(), nullable=False),
        sa.Column("issued_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id", "advocate_id"],
            ["advocates.site_id", "advocates.advocate_id"],
            name=op.f("fk_issued_links_site_id_advocate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id", "terms_version"],
            ["terms.site_id", "terms.version"],
            name=op.f("fk_issued_links_site_id_terms_version"),
        ),
        sa.PrimaryKeyConstraint("site_id", "share_id", name=op.f("pk_issued_links")),
        sa.UniqueConstraint("site_id", "request_id", name=op.f("uq_issued_links_site_id_request_id")),
    )
    op.create_index("ix_issued_links_share_id", "issued_links", ["share_id"], unique=False)
    op.create_table(
        "codes",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("advocate_id", sa.String(length=16), nullable=False),
        sa.Column("share_id", sa.String(length=15), nullable=False),
        sa.Column("made_by", sa.String(length=16), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("retired_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id", "advocate_id"],
            ["advocates.site_id", "advocates.advocate_id"],
            name=op.f("fk_codes_site_id_advocate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id", "share_id"],
            ["issued_links.site_id", "issued_links.share_id"],
            name=op.f("fk_codes_site_id_share_id"),
        ),
        sa.PrimaryKeyConstraint("site_id", "code", name=op.f("pk_codes")),
    )
    op.create_index(op.f("ix_codes_site_id_advocate_id"), "codes", ["site_id", "advocate_id"], unique=False)
    op.create_table(
        "addresses",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("address_hash", sa.String(length=40), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("advocate_id", sa.String(length=16), nullable=True),
        sa.Column("asked_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("confirmed_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_addresses_site_id")),
        sa.PrimaryKeyConstraint("site_id", "address_hash", name=op.f("pk_addresses")),
    )
    op.create_index(op.f("ix_addresses_site_id_advocate_id"), "addresses", ["site_id", "advocate_id"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("bucket", sa.String(length=80), nullable=False),
        sa.Column("window_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_attempts_site_id")),
        sa.PrimaryKeyConstraint("site_id", "bucket", "window_ms", name=op.f("pk_attempts")),
    )
    op.create_table(
        "mail_choices",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("address_hash", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_mail_choices_site_id")),
        sa.PrimaryKeyConstraint("site_id", "address_hash", "kind", name=op.f("pk_mail_choices")),
    )
    op.create_table(
        "mail_marks",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("address_hash", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_mail_marks_site_id")),
        sa.PrimaryKeyConstraint("site_id", "address_hash", "kind", name=op.f("pk_mail_marks")),
    )
    op.create_table(
        "mails",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("mail_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("address_hash", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("next_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.String(length=200), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_mails_site_id")),
        sa.PrimaryKeyConstraint("site_id", "mail_id", name=op.f("pk_mails")),
    )
    op.create_index("ix_mails_next_at_ms", "mails", ["next_at_ms"], unique=False)
    op.create_index(op.f("ix_mails_site_id_at_ms"), "mails", ["site_id", "at_ms"], unique=False)
    op.create_table(
        "one_time_codes",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("advocate_id", sa.String(length=16), nullable=True),
        sa.Column("label", sa.String(length=80), server_default="", nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("used_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_one_time_codes_site_id")),
        sa.PrimaryKeyConstraint("site_id", "code_hash", name=op.f("pk_one_time_codes")),
    )
    op.create_table(
        "sessions",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("session_hash", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("via", sa.String(length=16), server_default="guest", nullable=False),
        sa.Column("label", sa.String(length=80), server_default="", nullable=False),
        sa.Column("began_at_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.site_id"], name=op.f("fk_sessions_site_id")),
        sa.PrimaryKeyConstraint("site_id", "session_hash", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_site_id_subject"), "sessions", ["site_id", "subject"], unique=False)
    op.create_table(
        "passkeys",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("credential_hash", sa.String(length=64), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("advocate_id", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id", "advocate_id"],
            ["advocates.site_id", "advocates.advocate_id"],
            name=op.f("fk_passkeys_site_id_advocate_id"),
        ),
        sa.PrimaryKeyConstraint("site_id", "credential_hash", name=op.f("pk_passkeys")),
    )
    op.create_index(op.f("ix_passkeys_site_id_advocate_id"), "passkeys", ["site_id", "advocate_id"], unique=False)
    op.create_table(
        "recovery_words",
        sa.Column("site_id", sa.String(length=16), nullable=False),
        sa.Column("words_hash", sa.String(length=64), nullable=False),
        sa.Column("advocate_id", sa.String(length=16), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id", "advocate_id"],
            ["advocates.site_id", "advocates.advocate_id"],
            name=op.f("fk_recovery_words_site_id_advocate_id"),
        ),
        sa.PrimaryKeyConstraint("site_id", "words_hash", name=op.f("pk_recovery_words")),
    )
    op.create_index(
        op.f("ix_recovery_words_site_id_advocate_id"), "recovery_words", ["site_id", "advocate_id"], unique=False
    )


def downgrade() -> None:
    """Back."""
    op.drop_index(op.f("ix_codes_site_id_advocate_id"), table_name="codes")
    op.drop_table("codes")
    op.drop_index(op.f("ix_recovery_words_site_id_advocate_id"), table_name="recovery_words")
    op.drop_table("recovery_words")
    op.drop_index(op.f("ix_passkeys_site_id_advocate_id"), table_name="passkeys")
    op.drop_table("passkeys")
    op.drop_index(op.f("ix_sessions_site_id_subject"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_table("one_time_codes")
    op.drop_index(op.f("ix_mails_site_id_at_ms"), table_name="mails")
    op.drop_index("ix_mails_next_at_ms", table_name="mails")
    op.drop_table("mails")
    op.drop_table("mail_marks")
    op.drop_table("mail_choices")
    op.drop_table("attempts")
    op.drop_index(op.f("ix_addresses_site_id_advocate_id"), table_name="addresses")
    op.drop_table("addresses")
    op.drop_index("ix_issued_links_share_id", table_name="issued_links")
    op.drop_table("issued_links")
    op.drop_table("guests")
    op.drop_table("advocate_choices")
    op.drop_table("ways")
    op.drop_table("payout_destinations")
    op.drop_index(op.f("ix_uses_site_id_batch_id"), table_name="uses")
    op.drop_index(op.f("ix_uses_site_id_state_at_ms"), table_name="uses")
    op.drop_index(op.f("ix_uses_site_id_advocate_id_at_ms"), table_name="uses")
    op.drop_table("uses")
    op.drop_table("pools")
    op.drop_table("turns")
    op.drop_table("terms")
    op.drop_table("set_aside")
    op.drop_table("refusals")
    op.drop_table("claim_words")
    op.drop_table("tree_salts")
    op.drop_table("tree_nodes")
    op.drop_table("heads")
    op.drop_table("heads_told")
    op.drop_index(op.f("ix_events_site_id_at_ms"), table_name="events")
    op.drop_table("events")
    op.drop_table("api_keys")
    op.drop_table("advocates")
    op.drop_index(op.f("ix_visits_site_id_visitor_id_at_ms"), table_name="visits")
    op.drop_table("visits")
    op.drop_table("verdicts")
    op.drop_table("spent")
    op.drop_table("grants")
    op.drop_table("unit_totals")
    op.drop_table("sites")
    op.drop_table("refusal_counts")
    op.drop_table("refunds")
    op.drop_table("receipts")
    op.drop_table("reached")
    op.drop_table("queue")
    op.drop_table("passed_on")
    op.drop_index(op.f("ix_page_totals_site_id_advocate_id_people"), table_name="page_totals")
    op.drop_table("page_totals")
    op.drop_table("numbered")
    op.drop_index("ix_claims_advocate", table_name="claims")
    op.drop_index(op.f("ix_claims_site_id_outcome_promised_at_ms"), table_name="claims")
    op.drop_table("claims")
    op.drop_table("site_units")
    op.drop_table("site_counts")
    op.drop_table("link_trees")
    op.drop_table("link_sent")
    op.drop_index(op.f("ix_link_totals_site_id_advocate_id_page_hash_people"), table_name="link_totals")
    op.drop_index(op.f("ix_link_totals_site_id_parent_share_id_people"), table_name="link_totals")
    op.drop_table("link_totals")
    op.drop_index(op.f("ix_journal_site_id_subject_tx"), table_name="journal")
    op.drop_index(op.f("ix_journal_site_id_account_tx"), table_name="journal")
    op.drop_table("journal")
    op.drop_index(op.f("ix_inspected_site_id_at_ms"), table_name="inspected")
    op.drop_table("inspected")
    op.drop_index(op.f("ix_identities_site_id_person"), table_name="identities")
    op.drop_table("identities")
    op.drop_table("day_totals")
    op.drop_table("day_money")
    op.drop_index("ix_credits_release", table_name="credits")
    op.drop_index("ix_credits_newest", table_name="credits")
    op.drop_index("ix_credits_line", table_name="credits")
    op.drop_table("credits")
    op.drop_index(op.f("ix_conversions_site_id_visitor_id"), table_name="conversions")
    op.drop_index(op.f("ix_conversions_site_id_visit_id"), table_name="conversions")
    op.drop_index(op.f("ix_conversions_site_id_release_at_ms"), table_name="conversions")
    op.drop_index(op.f("ix_conversions_site_id_customer"), table_name="conversions")
    op.drop_table("conversions")
    op.drop_table("balances")
    op.drop_index(op.f("ix_advocate_totals_site_id_credited_at_ms"), table_name="advocate_totals")
    op.drop_table("advocate_totals")
