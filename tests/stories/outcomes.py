"""What comes of a person's visits: who buys, when, for how much, and what goes back; chosen by hashing names."""

from collections.abc import Sequence

from stories.chance import happens_to, number_of, one_of
from stories.happenings import DAY_MS, MINUTE_MS, Bought, GivenBack, Happening, LinkVisited, SitePlan

BUYERS_PERCENT = 10
BUYERS_AMONG_REPEATED_PERCENT = 60
"""Those who came more than once buy more often, because their journeys have something to split."""
WHEN = (
    *("soon after the last visit",) * 10,
    "in the moment of the last visit",
    "after the first visit, before the others",
    "2 days after the first visit",
    "2 days and 1 ms after the first visit",
    "2 days after the last visit",
    "30 days after the first visit",
    "30 days after the last visit",
    "30 days and 1 ms after the last visit",
    "without the visit",
    "without a code",
)
"""Both sides of each window, and codes of every kind."""


def outcomes(site: SitePlan, arrivals: Sequence[LinkVisited]) -> list[Happening]:
    """The purchases and refunds of one person, who came by these visits (oldest first)."""
    percent = BUYERS_PERCENT if len(arrivals) < 2 else BUYERS_AMONG_REPEATED_PERCENT
    if not arrivals or not happens_to(percent, "buys", arrivals[0].person.visitor):
        return []
    told: list[Happening] = []
    for number in range(2 if happens_to(20, "buys twice", arrivals[0].person.visitor) else 1):
        bought = _purchase(site, arrivals, number)
        told += [bought, *_refunds(bought)]
    return told


def _purchase(site: SitePlan, arrivals: Sequence[LinkVisited], number: int) -> Bought:
    name = (arrivals[0].person.visitor, number)
    conversion_id = f"order-{number_of('order', *name):016x}"
    when = one_of(WHEN, "when", *name)
    at_ms = _purchase_ms(when, arrivals, 1 + number_of("minutes", *name) % 90)
    seen = [visit for visit in arrivals if visit.at_ms <= at_ms][-1]
    return Bought(
        at_ms=at_ms,
        site_id=site.site_id,
        conversion_id=conversion_id,
        amount_minor=1 + number_of("amount", *name) % (200 * 10**site.minor_digits),
        link=None if when == "without a code" else seen.link,
        visit=None if when in ("without a code", "without the visit") else seen.note_id,
    )


def _purchase_ms(when: str, arrivals: Sequence[LinkVisited], minutes: int) -> int:
    first_ms, last_ms = arrivals[0].at_ms, arrivals[-1].at_ms
    return {
        "in the moment of the last visit": last_ms,
        "after the first visit, before the others": first_ms + minutes * MINUTE_MS // 2,
        "2 days after the first visit": first_ms + 2 * DAY_MS,
        "2 days and 1 ms after the first visit": first_ms + 2 * DAY_MS + 1,
        "2 days after the last visit": last_ms + 2 * DAY_MS,
        "30 days after the first visit": first_ms + 30 * DAY_MS,
        "30 days after the last visit": last_ms + 30 * DAY_MS,
        "30 days and 1 ms after the last visit": last_ms + 30 * DAY_MS + 1,
    }.get(when, last_ms + minutes * MINUTE_MS)


def _refunds(bought: Bought) -> list[Happening]:
    """Nothing, a part, everything at once, or everything in two steps; always within the hold."""
    amount = bought.amount_minor
    parts = one_of(
        ((),) * 6 + ((1 + amount // 3,), (amount,), (amount // 2 or 1, amount - (amount // 2 or 1))),
        "given back",
        bought.conversion_id,
    )
    return [
        GivenBack(
            at_ms=bought.at_ms + (number_of("given back after", bought.conversion_id, step) % 20_000) * MINUTE_MS,
            site_id=bought.site_id,
            refund_id=f"{bought.conversion_id}-back-{step}",
            conversion_id=bought.conversion_id,
            amount_minor=part,
        )
        for step, part in enumerate(parts)
        if part > 0
    ]
