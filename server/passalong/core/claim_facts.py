"""The fact by which a claim's clock starts and stands still (`core/facts.py` has the others)."""

from enum import StrEnum

from msgspec import Struct

NO_CLOCK_MS = 253_402_300_799_000
"""The promise of a claim whose clock stands still (the end of the year 9999): nobody confirmed an owner's address."""


ONLY_OWNER_MS = NO_CLOCK_MS + 1
"""The promise of a claim of which silence gives nothing: its clock never starts, only the owner's answer gives
anything."""


class ClaimPromised(Struct, frozen=True, tag="promise", tag_field="kind"):
    """The clock of a claim starts with a full period; it stands still while no owner can be written to."""

    claim_id: str
    promised_at_ms: int


class Nothing(StrEnum):
    """The outcomes of a claim that was granted, or decided by silence, and gave nothing."""

    REFUNDED = "refunded"
    """The order was refunded in full."""
    VOID = "voided"
    """The owner decided that the order does not count."""
    BANNED = "banned"
    """A ban holds the credit, or the link brought nothing because of one."""
    HAS_IT = "has_it"
    """The person has the credit already."""
    USED_UP = "used_up"
    """All that the order pays was given to other people who had asked about it."""
    UNPAID = "unpaid"
    """The rule pays nothing for it."""
