"""The check that every test of the fold ends with sees books that are not in order."""

from pathlib import Path

import pytest

from flow.histories import a_history
from flow.seal_props import unlock
from flow.world import World

FAULTS = {
    "a balance": "UPDATE balances SET amount_micros = amount_micros + 1 WHERE account LIKE 'advocate:%'",
    "a sum on a page": "UPDATE unit_totals SET waiting_micros = waiting_micros + 1, ready_micros = ready_micros - 1",
    "a credit": "UPDATE credits SET amount_micros = amount_micros + 1 WHERE recipient NOT IN ('pool', 'unattributed')",
    "a line": "UPDATE journal SET amount_micros = amount_micros + 1 WHERE tx = 2 AND line = 1",
    "a number": "DELETE FROM numbered WHERE seq = 2",
    "a receipt": "DELETE FROM receipts WHERE subject LIKE 'visit:%'",
}


@pytest.mark.parametrize("what", FAULTS)
def test_one_that_is_wrong_is_found(tmp_path: Path, what: str) -> None:
    world = World(f"sqlite:///{tmp_path}/here.db")
    a_history(world)
    world.check()
    unlock(world.db, "journal", "receipts", "numbered")
    with world.db.writer.begin() as connection:
        connection.exec_driver_sql(FAULTS[what])
    with pytest.raises(AssertionError):
        world.check()
    world.close()
