"""Handlers: which function folds which kind of fact. A new kind of `core.facts` adds its line here.

A handler looks up and stores what the fact says, and puts the conversions that it changes into `work.touched`: they are
settled after it. Its own postings go through `work.post`.
"""

from collections.abc import Callable
from typing import Any

from passalong.core.claim_facts import ClaimPromised
from passalong.core.facts import (
    AdvocateNamed,
    ClaimAnswered,
    ClaimOpened,
    ClaimResolved,
    ClockTicked,
    ConversionRefunded,
    ConversionReported,
    CreditGiven,
    DecisionMade,
    Event,
    ExpiryNoticed,
    Fact,
    LimitsDecided,
    LinkShared,
    LinkVisited,
)
from passalong.core.identity_facts import (
    AccountJoined,
    AddressProved,
    CustomerBound,
    PersonErased,
    PersonIdentified,
    StatementWithdrawn,
)
from passalong.core.pools.facts import PoolAdded, PoolClosed, PoolShared
from passalong.core.redemptions.facts import (
    PayoutPrepared,
    RedemptionApproved,
    RedemptionHonoured,
    RedemptionRejected,
    RedemptionRequested,
    RedemptionSettled,
    RedemptionWithdrawn,
)
from passalong.core.thanks.facts import LinkThanked
from passalong.core.tries.facts import TriesDeleted, TryReported
from passalong.flow.fold import (
    caps,
    claims,
    conversions,
    decisions,
    expiry,
    holds,
    manual_credit,
    persons,
    pool,
    redemptions,
    refunds,
    shares,
    thanks,
    tries,
    visits,
)
from passalong.flow.fold.slice import Slice

Handler = Callable[[Slice, Event, Any], None]
"""(the slice, the event, its fact of the handler's kind)"""

HANDLERS: dict[type[Fact], Handler] = {
    LinkShared: shares.shared,
    LinkVisited: visits.visited,
    ConversionReported: conversions.reported,
    ConversionRefunded: refunds.refunded,
    PersonIdentified: persons.identified,
    StatementWithdrawn: persons.withdrawn,
    AccountJoined: persons.account_joined,
    AddressProved: persons.address_proved,
    CustomerBound: persons.customer_bound,
    PersonErased: persons.erased,
    DecisionMade: decisions.judged,
    AdvocateNamed: manual_credit.named,
    CreditGiven: manual_credit.given,
    LimitsDecided: caps.decided,
    ClockTicked: holds.ticked,
    RedemptionRequested: redemptions.requested,
    RedemptionApproved: redemptions.approved,
    PayoutPrepared: redemptions.prepared,
    RedemptionHonoured: redemptions.honoured,
    RedemptionSettled: redemptions.settled,
    RedemptionRejected: redemptions.rejected,
    RedemptionWithdrawn: redemptions.withdrawn,
    ClaimOpened: claims.opened,
    ClaimAnswered: claims.answered,
    ClaimPromised: claims.promised,
    ClaimResolved: claims.resolved,
    PoolAdded: pool.added,
    PoolClosed: pool.closed,
    PoolShared: pool.shared,
    ExpiryNoticed: expiry.noticed,
    LinkThanked: thanks.thanked,
    TryReported: tries.reported,
    TriesDeleted: tries.deleted,
}
