"""Wait a moment for a recorded fact to be folded, so that the next page shows it."""

import time
from collections.abc import Callable

from sqlalchemy.orm import Session

from passalong.store.engine import Database

LONGEST_S = 2.0
LOOK_S = 0.02


def until(db: Database, is_there: Callable[[Session], bool]) -> bool:
    """Poll until it is there, two seconds at most; if folding takes longer, the page comes without it."""
    over = time.monotonic() + LONGEST_S
    while time.monotonic() < over:
        with db.reading() as session:
            if is_there(session):
                return True
        time.sleep(LOOK_S)
    return False
