"""Fold the whole queue of DATABASE_URL in one process, and print the number of facts and the seconds.

python -m bench.fold_child DATABASE_URL
"""

import json
import sys
import time

from passalong.flow.fold.worker import Worker
from passalong.lib.clock import SystemClock
from passalong.store.engine import Database


def main(url: str) -> None:
    """Fold the queue and print the rate."""
    db = Database(url)
    worker = Worker(db, SystemClock())
    began, cpu = time.perf_counter(), time.process_time()
    folded = worker.fold_all()
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    worker.stop()
    db.close()
    print(json.dumps({"folded": folded, "rate": folded / took, "cpu_us": 1e6 * cpu / folded}))


if __name__ == "__main__":
    main(*sys.argv[1:])
