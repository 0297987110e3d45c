"""Which function folds which kind of fact: a new kind of `core.facts` adds its line here.

A handler looks up and keeps what the fact says, and puts the conversions that it changes into `work.touched`: they are
settled after it. What it posts itself goes through `work.post`.
"""

from collections.abc import Callable
from typing import Any

from passalong.core.facts import (
    AdvocateNamed,
    ClaimAnswered,
    ClaimOpened,
    ClaimResolved,
    ClockTicked,
    ConversionRefunded,
    ConversionReported,
    CreditGiven,
    CreditUsed,
    Event,
    ExpiryNoticed,
    Fact,
    LimitsDecided,
    LinkShared,
    LinkVisited,
    PayoutPrepared,
    PersonIdentified,
    PoolAdded,
    UseApproved,
    UseRejected,
    UseSettled,
    VerdictGiven,
)
from passalong.flow import by_hand, caps, claims, expiring, happened, persons, pooling, release, review, using
from passalong.flow.slice import Slice

Handler = Callable[[Slice, Event, Any], None]
"""(the slice at hand, the event, its fact of the kind that the handler stands for)"""

HANDLERS: dict[type[Fact], Handler] = {
    LinkShared: happened.shared,
    LinkVisited: happened.visited,
    ConversionReported: happened.reported,
    ConversionRefunded: happened.refunded,
    PersonIdentified: persons.identified,
    VerdictGiven: review.judged,
    AdvocateNamed: by_hand.named,
    CreditGiven: by_hand.given,
    LimitsDecided: caps.decided,
    ClockTicked: release.ticked,
    CreditUsed: using.used,
    UseApproved: using.approved,
    PayoutPrepared: using.prepared,
    UseSettled: using.settled,
    UseRejected: using.rejected,
    ClaimOpened: claims.opened,
    ClaimAnswered: claims.answered,
    ClaimResolved: claims.resolved,
    PoolAdded: pooling.added,
    ExpiryNoticed: expiring.noticed,
}
