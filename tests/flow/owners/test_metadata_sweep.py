"""The sweep of metadata that waits for its fact: in parts, with a few statements each, whatever their number."""

from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from cast import a_site
from flow.world import HandClock
from passalong.core.facts import ConversionReported, encode_fact
from passalong.flow.owners import upkeep
from passalong.flow.owners.upkeep import sweep_metadata
from passalong.flow.transaction import writing
from passalong.store.attached import attached_metadata as metadata
from passalong.store.engine import Database
from passalong.store.schema.attached import attached_metadata
from passalong.store.schema.event_log import events
from plumbing.statements import statements
from tables import make_tables

SITE = "bees01"
ORDERS = 25
SLOW = """
    CREATE TRIGGER slow AFTER UPDATE ON attached_metadata WHEN new.about < 'conversion:order-11' BEGIN
        SELECT count(*) FROM (
            WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10000)
            SELECT n FROM numbers
        );
    END
"""


def test_a_part_is_settled_by_few_statements_and_only_lost_metadata_goes(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 25 orders every fifth has no fact, as after a crash; parts of ten."""
    monkeypatch.setattr(metadata, "READ_AT_ONCE", 10)
    monkeypatch.setattr(upkeep, "FIRST_PART", 10)
    monkeypatch.setattr(upkeep, "next_size", lambda size, *_: size)
    db, clock = Database(database_url), HandClock()
    make_tables(db)
    a_site(db, clock, site_id=SITE)
    with writing(db) as session:
        session.execute(insert(events), [_event(number) for number in range(ORDERS) if number % 5])
        session.execute(insert(attached_metadata), [_metadata(number) for number in range(ORDERS)])
    with statements(db) as found:
        sweep_metadata(db, SITE, clock.at_ms)
    assert len(found) <= 3 * 4, found
    with db.reading() as session:
        waits = attached_metadata.c.unrecorded_since_ms.is_not(None)
        assert session.scalar(select(func.count()).select_from(attached_metadata).where(waits)) == 0
        left = set(session.scalars(select(attached_metadata.c.about)))
    assert left == {f"conversion:order-{number}" for number in range(ORDERS) if number % 5}
    db.close()


def test_a_slow_part_is_followed_by_a_smaller_one_and_a_fast_one_by_a_larger_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trigger makes the disk of this test slow: for the metadata of the first orders it counts to a million."""
    db, clock = Database(f"sqlite:///{tmp_path / 'bees.sqlite3'}"), HandClock()
    make_tables(db)
    a_site(db, clock, site_id=SITE)
    with writing(db) as session:
        session.execute(insert(events), [_event(number) for number in range(2_000)])
        session.execute(insert(attached_metadata), [_metadata(number) for number in range(2_000)])
        session.execute(text(SLOW))
    sizes, settle = list[int](), metadata.settle

    def settle_some(session: Session, site_id: str, part: metadata.Waiting, before_ms: int) -> None:
        sizes.append(len(part))
        settle(session, site_id, part, before_ms)

    monkeypatch.setattr(metadata, "settle", settle_some)
    sweep_metadata(db, SITE, clock.at_ms)
    assert sum(sizes) == 2_000
    assert sizes[0] == upkeep.FIRST_PART
    assert sizes[1] < sizes[0] / 2
    assert max(sizes) > 2 * min(sizes)
    db.close()


def _event(number: int) -> dict[str, object]:
    fact = ConversionReported("purchase", 10_000_000, "EUR", metadata_hash=f"{number:032x}")
    key = {"site_id": SITE, "source": "api", "event_id": f"order-{number}", "kind": "conversion"}
    return key | {"at_ms": 1, "input_hash": "", "fact": encode_fact(fact)}


def _metadata(number: int) -> dict[str, object]:
    this = {"site_id": SITE, "about": f"conversion:order-{number}", "metadata_hash": f"{number:032x}"}
    return this | {"entries": "{}", "unrecorded_since_ms": 0}
