"""Scheduled backups: due by age, kept by count and age, one process at a time, and their failure is noted."""

from pathlib import Path

import pytest

from flow.world import HandClock
from passalong.flow.backup.schedule import (
    HOUR_MS,
    BackupFailedError,
    Backups,
    Watched,
    backups_in,
    is_due,
    last_of,
    surplus,
)
from passalong.settings import BackupSettings

DAY_MS = 24 * HOUR_MS


class Maker:
    """Writes a file where a backup should be; fails when it is told to."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.fails = False

    def __call__(self, path: Path) -> None:
        if self.fails:
            raise BackupFailedError("the disk is full")
        path.write_bytes(b"backup")
        self.made.append(path.name)


@pytest.fixture
def maker() -> Maker:
    """What makes backups here."""
    return Maker()


def schedule(tmp_path: Path, clock: HandClock, maker: Maker, *, keep: int = 3, days: int = 5) -> Backups:
    """A backup a day into the test's folder."""
    chosen = BackupSettings(folder=tmp_path / "backups", every_h=24, keep=keep, keep_days=days)
    return Backups(chosen, tmp_path, clock, maker)


def test_a_backup_is_made_when_the_newest_is_a_period_old(tmp_path: Path, maker: Maker) -> None:
    clock = HandClock()
    backups = schedule(tmp_path, clock, maker)
    backups.look()
    for passed, count in ((0, 1), (DAY_MS - 1_000, 1), (1_000, 2)):
        clock.at_ms += passed
        backups.look()
        assert len(maker.made) == count
    assert (tmp_path / "backups").stat().st_mode & 0o777 == 0o700


def test_backups_are_kept_by_count_and_by_age(tmp_path: Path, maker: Maker) -> None:
    clock = HandClock()
    backups = schedule(tmp_path, clock, maker)
    (tmp_path / "backups").mkdir()
    mine = tmp_path / "backups" / "before-the-move.backup"
    mine.write_bytes(b"made by hand")
    for _ in range(5):
        backups.look()
        clock.at_ms += DAY_MS
    assert [path.name for path in backups_in(tmp_path / "backups").values()] == maker.made[-3:]
    clock.at_ms += 9 * DAY_MS
    backups.look()
    assert [path.name for path in backups_in(tmp_path / "backups").values()] == maker.made[-1:]
    assert mine.exists()


@pytest.mark.parametrize(("keep", "days", "left"), [(1, 100, [5]), (9, 2, [3, 4, 5]), (2, 2, [4, 5]), (9, 1, [4, 5])])
def test_the_newest_always_stays(keep: int, days: int, left: list[int]) -> None:
    found = {day * DAY_MS: Path(str(day)) for day in range(1, 6)}
    chosen = BackupSettings(folder=None, every_h=24, keep=keep, keep_days=days)
    gone = surplus(found, chosen, now_ms=5 * DAY_MS)
    assert sorted(int(path.name) for path in found.values() if path not in gone) == left
    assert Path("5") not in surplus(found, chosen, now_ms=1_000 * DAY_MS)


def test_a_backup_from_the_future_stops_none(tmp_path: Path) -> None:
    """After a clock that was a day ahead was set right, one is made at once."""
    found = {10 * DAY_MS: tmp_path / "a"}
    assert is_due(found, 24, 9 * DAY_MS)
    assert not is_due(found, 24, 10 * DAY_MS)


def test_a_failure_is_noted_and_tried_again(tmp_path: Path, maker: Maker) -> None:
    clock = HandClock()
    backups, watched = schedule(tmp_path, clock, maker), Watched(tmp_path, 24)
    maker.fails = True
    with pytest.raises(BackupFailedError):
        backups.look()
    assert last_of(tmp_path).because == "the disk is full"
    assert watched.is_late(clock.at_ms)
    assert not Watched(tmp_path, None).is_late(clock.at_ms)
    maker.fails = False
    backups.look()
    assert maker.made


def test_two_processes_make_one_backup(tmp_path: Path, maker: Maker) -> None:
    """The second finds the folder taken, and the backup there when it looks the next time."""
    clock = HandClock()
    second = schedule(tmp_path, clock, maker)

    def make_and_look(path: Path) -> None:
        second.look()
        maker(path)

    chosen = BackupSettings(folder=tmp_path / "backups", every_h=24, keep=3, keep_days=5)
    Backups(chosen, tmp_path, clock, make_and_look).look()
    second.look()
    assert len(maker.made) == 1
