"""Before a refund is taken in: no more can be given back than there was."""

from sqlalchemy.orm import Session

from passalong.core.money import MICROS, exponent
from passalong.store import event_log, past

REFUND = "refund"


class TooMuch(ValueError):
    """More would be given back than the conversion was worth; the text says how much is left."""


def check(
    session: Session, site_id: str, refund_id: str, conversion_id: str, gross_micros: int, amount_micros: int, unit: str
) -> None:
    """Raise TooMuch for a new refund that, with those before it, is above the sum; one sent again is none.

    Two that come in at one moment may both pass: what is left is never below zero when they are folded.
    """
    if event_log.find_event(session, site_id, REFUND, refund_id) is not None:
        return
    left = gross_micros - past.refunded_micros(session, site_id, conversion_id)
    if amount_micros > left:
        said = f"{max(0, left) / MICROS:.{exponent(unit)}f} {unit}"
        raise TooMuch(f"`amount_minor` is more than what is left of this conversion: at most {said} can be given back.")
