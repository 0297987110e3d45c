"""Programs of Debian packages that the tests want and no machine needs: the system's, or unpacked into .venv."""

import shutil
import subprocess
from pathlib import Path

import pytest

KEPT = Path(__file__).parents[2] / ".venv" / "debian"
FETCH_S = 60


def debian_programs(package: str, program: str) -> Path:
    """The folder with a program of a package; skips the test, with the reason, where it cannot be had."""
    if found := shutil.which(program):
        return Path(found).parent
    folder = KEPT / package
    if not (folder / "usr/bin" / program).exists():
        folder.mkdir(parents=True, exist_ok=True)
        fetch = ["apt-get", "download", package]
        try:
            subprocess.run(fetch, cwd=folder, check=True, timeout=FETCH_S, capture_output=True)
            [archive] = folder.glob("*.deb")
            subprocess.run(["dpkg", "-x", archive, folder], check=True, capture_output=True)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            pytest.skip(f"Debian's package {package} cannot be had here: {error}")
    return folder / "usr/bin"
