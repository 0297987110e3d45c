"""Write the log of deliveries, and forget what is older than the site's retention."""

from collections.abc import Sequence

from passalong.flow.shops.record import Outcome, State
from passalong.flow.transaction import writing
from passalong.lib.tokens import new_secret
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.shops import deliveries, orders
from passalong.store.shops.connections import Connection
from passalong.store.shops.deliveries import LoggedDelivery

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
MOST_UNSIGNED = 10
LONGEST_WORDS = 2_000
WEIGHT = (State.IGNORED, State.REPEATED, State.WAITS, State.RECORDED, State.REFUSED)
"""The outcome that stands for a delivery of several messages is the last of these."""


def log_delivery(db: Database, connection: Connection, now_ms: int, kind: str, outcomes: Sequence[Outcome]) -> None:
    """Append a delivery to the log, with the outcome of its weightiest message and the words of all."""
    worst = max((outcome.state for outcome in outcomes), key=WEIGHT.index, default=State.IGNORED)
    words = " ".join(dict.fromkeys(outcome.words for outcome in outcomes))[:LONGEST_WORDS]
    logged = LoggedDelivery(now_ms, new_secret()[:22], kind[:80], worst.value, words)
    with writing(db) as session:
        deliveries.add(session, connection.site_id, connection.connection_id, logged)


def log_unsigned(db: Database, connection: Connection, now_ms: int, outcome: Outcome) -> None:
    """Append a delivery without a valid signature, the first ten of an hour only: forged ones must not fill the log."""
    named = (connection.site_id, connection.connection_id)
    with db.reading() as session:
        latest = deliveries.newest(session, *named, MOST_UNSIGNED)
    if len(latest) < MOST_UNSIGNED or any(delivery.kind for delivery in latest) or latest[-1].at_ms <= now_ms - HOUR_MS:
        log_delivery(db, connection, now_ms, "", [outcome])


def delete_old_deliveries(db: Database, now_ms: int) -> None:
    """Delete logged deliveries and waiting messages after each site's `retention_days`, those of removed sites too."""
    with db.reading() as session:
        retentions = sites.retentions(session)
    for site_id, days in retentions:
        with writing(db) as session:
            deliveries.forget_before(session, site_id, now_ms - days * DAY_MS)
            orders.forget_waiting_before(session, site_id, now_ms - days * DAY_MS)
