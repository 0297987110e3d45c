"""A folder in memory for the files of databases: a commit waits for the disk, and the suite makes many thousands."""

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 << 30
"""Free memory for files, from which on it is used: each of three PostgreSQL servers takes up to half a GB."""


def in_memory() -> Path | None:
    """Return a folder in memory if it has room for databases, and programs may run from it."""
    has_room = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM_BYTES
    return MEMORY if has_room and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC else None
