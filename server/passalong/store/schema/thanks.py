"""Thanks whose visit is still to come: made from the facts."""

from sqlalchemy import Column, String, Table

from passalong.store.schema.columns import FROM_FACTS, key, metadata, site

early_thanks = Table(
    "early_thanks",
    metadata,
    site(),
    key("visit_id", 64),
    Column("share_id", String(15), nullable=False),
    info=FROM_FACTS,
)
"""A note of thanks may overtake the note of its visit; it counts when the visit does."""
