"""The process whose writes are recorded: the product's collector and worker on the product's engine.

    python -m chaos.power_child FOLDER BATCHES SEED FULL|NORMAL

Every acknowledgement is a line in FOLDER/acks, written (and so recorded) the moment it is given. It ends as by a power
cut: nothing is closed.
"""

import os
import random
import sys
import threading
from pathlib import Path
from typing import Any

from sqlalchemy import event

from cast import an_id
from chaos.place import PAGE, SITE
from passalong.core.facts import Event, LinkVisited, input_hash
from passalong.flow.fold.worker import Worker
from passalong.flow.ingest.recorder import Kept
from passalong.lib.clock import SystemClock
from passalong.store.engine import Database

DATABASE, ACKS = "passalong.sqlite3", "acks"
MOST_IN_BATCH = 20
ANSWER_S = 60.0


def main(folder: Path, batches: int, seed: str, synchronous: str) -> None:
    """Offer facts in small batches of random size, each after the acknowledgement of the one before."""
    db = Database(f"sqlite:///{folder / DATABASE}")
    if synchronous != "FULL":
        _plant(db, synchronous)
    worker = Worker(db, SystemClock())
    worker.start()
    chance = random.Random(seed)
    acks = os.open(folder / ACKS, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    number = 0
    for _ in range(batches):
        size = chance.randint(1, MOST_IN_BATCH)
        _offer(worker, acks, [an_id(seed, number + place) for place in range(size)])
        number += size
    os._exit(0)


def _offer(worker: Worker, acks: int, ids: list[str]) -> None:
    left = threading.Semaphore(0)

    def offer(note_id: str) -> None:
        def answer(result: Kept | Exception) -> None:
            if result is Kept.NEW:
                os.write(acks, f"{note_id}\n".encode())
            left.release()

        fact = LinkVisited(share_id=an_id("share")[:15], visitor_id=an_id("visitor", note_id), page_url=PAGE)
        worker.collector.hand_in(Event(SITE, "browser", note_id, 0, input_hash(id=note_id), fact), answer)

    for note_id in ids:
        offer(note_id)
    for _ in ids:
        if not left.acquire(timeout=ANSWER_S):
            raise TimeoutError


def _plant(db: Database, synchronous: str) -> None:
    @event.listens_for(db.writer, "connect")
    def _weaken(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA synchronous = {synchronous}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
