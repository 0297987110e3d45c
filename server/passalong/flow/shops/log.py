"""Write the log of deliveries, and forget what is older than the site's retention."""

from collections.abc import Sequence

from passalong.flow.shops.record import Outcome, State
from passalong.flow.transaction import writing
from passalong.lib.tokens import new_secret
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.shops import deliveries
from passalong.store.shops.connections import Connection
from passalong.store.shops.deliveries import LoggedDelivery

DAY_MS = 86_400_000
LONGEST_WORDS = 2_000
WEIGHT = (State.IGNORED, State.REPEATED, State.WAITS, State.RECORDED, State.REFUSED)
"""The outcome that stands for a delivery of several messages is the last of these."""


def log_delivery(db: Database, connection: Connection, now_ms: int, kind: str, outcomes: Sequence[Outcome]) -> None:
    """Append a delivery to the log, with the outcome of its weightiest message and the words of all."""
    worst = max((one.state for one in outcomes), key=WEIGHT.index, default=State.IGNORED)
    words = " ".join(dict.fromkeys(outcome.words for outcome in outcomes))[:LONGEST_WORDS]
    logged = LoggedDelivery(now_ms, new_secret()[:22], kind[:80], worst.value, words)
    with writing(db) as session:
        deliveries.add(session, connection.site_id, connection.connection_id, logged)


def delete_old_deliveries(db: Database, now_ms: int) -> None:
    """Delete logged deliveries after each site's `retention_days`, those of removed sites too."""
    with db.reading() as session:
        found = sites.retentions(session)
    for site_id, days in found:
        with writing(db) as session:
            deliveries.forget_before(session, site_id, now_ms - days * DAY_MS)
