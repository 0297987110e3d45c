"""The cost of a line of a statement in ledgers of two sizes: `python -m bench.statements [--short]`.

A made-up journal is written straight into a fresh SQLite database (what is measured is reading it), sealed, and one
advocate's statement is made of lines that stand evenly all over it.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy.orm import Session

from passalong import migrate
from passalong.flow.owners import sites as owners
from passalong.flow.owners.sites import NewSite
from passalong.flow.transparency.sealing import seal_all
from passalong.lib.clock import SystemClock
from passalong.lib.signing import SigningKeys
from passalong.store import bulk, sites
from passalong.store.engine import Database
from passalong.store.schema.journal import journal
from passalong.store.transparency.statements import statement_of

KEYS = SigningKeys({1: bytes(32)})
SIZES = {"short": (20_000, 60_000), "long": (40_000, 400_000)}
MINE = {"short": 1_000, "long": 4_000}
ROUNDS = 3
AT_ONCE = 10_000


def a_ledger(db: Database, site_id: str, size: int, mine: int) -> None:
    """Make a journal of this many lines with one advocate's lines at even distances."""
    every = size // mine // 2
    for start in range(0, size // 2, AT_ONCE // 2):
        rows = [row for tx in range(start + 1, start + 1 + AT_ONCE // 2) for row in _transaction(site_id, tx, every)]
        with Session(db.writer) as session:
            bulk.insert_all(session, journal, rows)
            session.commit()


def _transaction(site_id: str, tx: int, every: int) -> list[dict[str, object]]:
    who = "mememememememe22" if tx % every == 0 else f"other{tx % 5_000:011d}"
    shared = {"site_id": site_id, "tx": tx, "seq": tx, "subject": f"visit:{tx}", "unit": "points", "at_ms": tx}
    return [
        shared | {"line": 1, "account": f"advocate:{who}:waiting", "amount_micros": 640_000},
        shared | {"line": 2, "account": "program:issued", "amount_micros": -640_000},
    ]


def measure(folder: Path, size: int, mine: int) -> dict[str, float]:
    """Return microseconds a line, and the statement."""
    db = Database(f"sqlite:///{folder}/{size}.sqlite3")
    migrate.upgrade(db)
    site = owners.new_site(db, SystemClock(), NewSite(name="Bench", home_url="https://bench.example", currency="EUR"))
    a_ledger(db, site.site_id, size, mine)
    seal_all(db, site.site_id, KEYS, 1)
    spent, lines, length = [], 0, 0
    for _ in range(ROUNDS):
        with db.reading_one_moment() as session:
            found = sites.find_site(session, site.site_id)
            assert found
            began = time.process_time()
            made = statement_of(session, found, ["mememememememe22"], KEYS, 1)
            assert made
            body = made.whole()
            spent.append(time.process_time() - began)
        lines, length = len(json.loads(body)["lines"]), len(body)
    db.close()
    return {"lines": lines, "bytes": length, "us_a_line": round(statistics.median(spent) / lines * 1e6, 1)}


def main() -> int:
    """Print one line of JSON for each size, and their ratio."""
    form = "short" if "--short" in sys.argv[1:] else "long"
    with tempfile.TemporaryDirectory(prefix="passalong-statements-") as name:
        found = [measure(Path(name), size, MINE[form]) for size in SIZES[form]]
    for size, row in zip(SIZES[form], found, strict=True):
        print(json.dumps({"bench": "statements", "ledger_lines": size, **row}))
    ratio = found[1]["us_a_line"] / found[0]["us_a_line"]
    print(json.dumps({"bench": "statements", "ratio_of_sizes": round(ratio, 2)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
