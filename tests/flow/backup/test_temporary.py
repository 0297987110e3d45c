"""What a backup that was killed left is deleted by the next one, and what may still be in use is not."""

import os
from pathlib import Path

from passalong.flow.backup.temporary import LEFT_MS, temporary_folder
from passalong.lib.clock import SystemClock


def test_only_folders_of_the_same_kind_that_are_hours_old_are_deleted(tmp_path: Path) -> None:
    old_s = (SystemClock().now_ms() - 2 * LEFT_MS) / 1_000
    names = (
        ".passalong-backup-killed",
        ".passalong-backup-running",
        ".passalong-restore-other",
        "passalong-backup-mine",
    )
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "half").write_text("half")
        if name != ".passalong-backup-running":
            os.utime(tmp_path / name, (old_s, old_s))
    with temporary_folder(tmp_path, "backup", SystemClock()) as folder:
        assert {path.name for path in tmp_path.iterdir()} == {*names[1:], folder.name}
    assert {path.name for path in tmp_path.iterdir()} == set(names[1:])
