"""Every operation of `/api/v1`. Each resource has its rows at the end of its file."""

from passalong.web.api import (
    advocates,
    batches,
    claims,
    codes,
    conversions,
    decisions,
    deliveries,
    events,
    hand_over,
    keys,
    links,
    persons,
    redemptions,
    refunds,
    sites,
    terms,
    visits,
    webhooks,
)
from passalong.web.api.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    *conversions.OPERATIONS,
    *refunds.OPERATIONS,
    *decisions.OPERATIONS,
    *codes.OPERATIONS,
    *persons.OPERATIONS,
    *hand_over.OPERATIONS,
    *events.OPERATIONS,
    *webhooks.OPERATIONS,
    *deliveries.OPERATIONS,
    *visits.OPERATIONS,
    *advocates.OPERATIONS,
    *redemptions.OPERATIONS,
    *claims.OPERATIONS,
    *sites.OPERATIONS,
    *terms.OPERATIONS,
    *keys.OPERATIONS,
    *links.OPERATIONS,
    *batches.OPERATIONS,
)
