"""Pool funding: add to a month's pool."""

from msgspec.structs import asdict

from passalong.core.dates import period_start_ms
from passalong.core.facts import input_hash
from passalong.core.money import MAX_MICROS, step_micros
from passalong.core.pools.facts import PoolAdded
from passalong.flow.ingest.collector import Collector
from passalong.flow.ingest.recorder import Kept
from passalong.flow.redemptions import OWNER, RedemptionError
from passalong.store.sites import Site


def add_to_pool(collector: Collector, site: Site, request_id: str, added: PoolAdded) -> Kept:
    """Add to a month's pool; idempotent by `request_id`. Raises RedemptionError."""
    try:
        period_start_ms(added.period, site.time_zone)
    except ValueError:
        raise RedemptionError(f"A month is written like 2026-11, not {added.period[:20]!r}.") from None
    if added.unit not in site.units:
        raise RedemptionError(
            f"This site pays in {', '.join(site.currencies)} and in points, not in {added.unit[:8]!r}."
        )
    if not 0 < added.amount_micros <= MAX_MICROS or added.amount_micros % step_micros(added.unit):
        raise RedemptionError(f"Enter an amount above zero, in the steps that {added.unit} has.")
    return collector.record(site.site_id, OWNER, f"pool:{request_id}", added, input_hash(**asdict(added)))
