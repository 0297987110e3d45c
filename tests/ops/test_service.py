"""The systemd unit: as closed as systemd itself counts it, and with settings that the commands read."""

import shutil
import subprocess
from pathlib import Path

import pytest

from passalong.cli.environment import USUAL, read_file

SYSTEMD = Path(__file__).parents[2] / "ops" / "systemd"
EXPOSURE = 20
"""In tenths, of 100: systemd calls that OK."""


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_counts_little_exposure(tmp_path: Path) -> None:
    def judge(unit: Path) -> int:
        command = ["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE}", str(unit)]
        done = subprocess.run(command, capture_output=True, text=True)
        if "Overall exposure" not in done.stdout:
            pytest.skip(f"systemd-analyze cannot judge a file here: {done.stderr[:200]}")
        return done.returncode

    assert judge(SYSTEMD / "passalong.service") == 0
    open_one = tmp_path / "passalong.service"
    text = (SYSTEMD / "passalong.service").read_text()
    open_one.write_text("\n".join(line for line in text.splitlines() if not line.startswith(("Protect", "SystemCall"))))
    assert judge(open_one) != 0, "a unit without its walls was not found"


def test_the_units_settings_are_those_that_commands_read() -> None:
    unit = (SYSTEMD / "passalong.service").read_text()
    assert f"EnvironmentFile={USUAL}" in unit
    assert read_file(SYSTEMD / "passalong.env")["PASSALONG_DATA"] == "/var/lib/passalong"
    assert "StateDirectory=passalong" in unit
