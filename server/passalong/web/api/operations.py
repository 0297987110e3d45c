"""Every operation of `/api/v1`. Each resource has its rows at the end of its file."""

from passalong.web.api import (
    advocates,
    batches,
    claims,
    codes,
    conversions,
    credit_tokens,
    decision_lists,
    decisions,
    deliveries,
    events,
    hand_over,
    keys,
    links,
    persons,
    proposals,
    redemptions,
    refunds,
    reports,
    sites,
    terms,
    visits,
    webhooks,
)
from passalong.web.api.operation import Operation

_DIRECT: tuple[Operation, ...] = (
    *conversions.OPERATIONS,
    *refunds.OPERATIONS,
    *decisions.OPERATIONS,
    *decision_lists.OPERATIONS,
    *codes.OPERATIONS,
    *persons.OPERATIONS,
    *hand_over.OPERATIONS,
    *credit_tokens.OPERATIONS,
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
    *reports.OPERATIONS,
)
OPERATIONS: tuple[Operation, ...] = (*_DIRECT, *proposals.operations_with(_DIRECT))
PROPOSABLE = {operation.name: operation for operation in _DIRECT if proposals.may_be_proposed(operation)}
"""The operations that a key may propose, by name."""
