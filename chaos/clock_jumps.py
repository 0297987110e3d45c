"""The machine's clock jumps by a day, both ways, under load and over a crash: nothing is lost, no time goes back.

Control: a recorder that believes the clock.
"""

import sys
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from sqlalchemy import select

from chaos.books import audit
from chaos.outcome import Outcome, begin
from chaos.place import SITE, Place, a_place
from chaos.sending import Sender
from chaos.server_child import SHIFT
from passalong.core.attribution.allocate import DAY_MS
from passalong.store.engine import Database
from passalong.store.schema.event_log import events, numbered
from plumbing.postgres import running_postgres

JUMPS = {"short": (DAY_MS, 0), "long": (DAY_MS, 0, -DAY_MS, 0, DAY_MS, -DAY_MS) * 5}
ACKS_A_JUMP = {"short": 100, "long": 1_000}
WITHIN_S = 60.0


def main() -> int:
    """Jump on SQLite, at full length on PostgreSQL, too, then with the fault."""
    outcome = begin("clock_jumps")
    with a_place(CHAOS_CLOCK=_clock()) as place:
        _experiment(outcome, place, "sqlite")
    if not outcome.short:
        with running_postgres() as server, a_place(server.create_database(), CHAOS_CLOCK=_clock()) as place:
            _experiment(outcome, place, "postgresql")
    with a_place(fault="believes-the-clock", CHAOS_CLOCK=_clock()) as place:
        _jump(outcome, place)
        place.settle()
        back = _times_that_go_back(place)
        outcome.control("events are stamped by a clock that goes back", back > 0, times=back)
    return outcome.end()


def _clock() -> str:
    """Return a new file of a clock that is right."""
    file = Path(tempfile.mkdtemp(prefix="passalong-clock-")) / "shift"
    file.write_text("0")
    return str(file)


def _experiment(outcome: Outcome, place: Place, name: str) -> None:
    sender = _jump(outcome, place)
    settled_s = place.settle()
    found = audit(place.database_url, sender)
    back = _times_that_go_back(place)
    outcome.claim(
        f"the clock jumps by a day, {name}",
        found.is_good and not back and settled_s < WITHIN_S and set(sender.statuses) <= {202, 503},
        jumps=len(_jumps(outcome)),
        acks=sum(sender.acked.values()),
        lost=found.lost,
        double=found.double,
        problems=found.problems,
        times_that_go_back=back,
        folded_after_s=round(settled_s, 1),
    )


def _jump(outcome: Outcome, place: Place) -> Sender:
    """Jump under load; before the last jump everything is killed, so that no lease is given back."""
    sender, file = Sender(place.port, place.tokens), Path(place.settings[SHIFT])
    acks = ACKS_A_JUMP["short" if outcome.short else "long"]
    with sender.sending():
        for number, shift in enumerate(_jumps(outcome), start=1):
            sender.wait_for_acks(acks)
            if number == len(_jumps(outcome)):
                place.kill_all()
                file.write_text(str(shift))
                place.start()
            file.write_text(str(shift))
        sender.wait_for_acks(acks)
    return sender


def _jumps(outcome: Outcome) -> Sequence[int]:
    return JUMPS["short" if outcome.short else "long"]


def _times_that_go_back(place: Place) -> int:
    """Count the events that are numbered after one with a later time."""
    same = (events.c.site_id == numbered.c.site_id, events.c.source == numbered.c.source)
    in_order = select(events.c.at_ms).join(numbered, (events.c.event_id == numbered.c.event_id) & same[0] & same[1])
    db = Database(place.database_url)
    with db.reading() as session:
        times = session.scalars(in_order.where(events.c.site_id == SITE).order_by(numbered.c.seq)).all()
    db.close()
    return sum(later < earlier for earlier, later in pairwise(times))


if __name__ == "__main__":
    sys.exit(main())
