"""What the owner does about pools: set something aside for a month, and let a month's pool be shared out."""

from msgspec.structs import asdict

from passalong.core.days import period_start_ms
from passalong.core.facts import Event, PoolAdded, input_hash
from passalong.core.money import MAX_MICROS, POINTS
from passalong.core.settlement import step_micros
from passalong.flow.collect import Collector
from passalong.flow.record import Kept
from passalong.flow.settlement import ACK_S, OWNER, CannotSettle
from passalong.store.sites import Site


def add_to_pool(
    collector: Collector, site: Site, request_id: str, period: str, unit: str, amount_micros: int, by: str
) -> Kept:
    """Set something aside for a month's pool; `request_id` makes doing it twice doing it once. Raises CannotSettle."""
    try:
        period_start_ms(period, site.time_zone)
    except ValueError:
        raise CannotSettle(f"A month is written like 2026-11, not {period[:20]!r}.") from None
    if unit not in (site.currency, POINTS):
        raise CannotSettle(f"This site pays in {site.currency} and in points, not in {unit[:8]!r}.")
    if not 0 < amount_micros <= MAX_MICROS or amount_micros % step_micros(unit):
        raise CannotSettle(f"Name an amount above nothing, in steps that {unit} has.")
    fact = PoolAdded(period, unit, amount_micros, by)
    event = Event(site.site_id, OWNER, f"pool:{request_id}", 0, input_hash(**asdict(fact)), fact)
    return collector.offer(event).result(timeout=ACK_S)
