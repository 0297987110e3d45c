"""Ports for servers of tests: no two processes are given the same one, and no connection going out takes it meanwhile.

Asking the system for any free port promises neither. So each process has a hundred ports of its own, below those that
Linux gives to outgoing connections, for as long as it lives.
"""

import atexit
import random
import socket
from collections.abc import Iterator
from functools import cache
from itertools import cycle

HOST = "127.0.0.1"
FIRST, EACH, BLOCKS = 20_000, 100, 125


def free_port() -> int:
    """A port on loopback that nobody uses and nobody else is given."""
    return next(port for port in _ours()[1] if _is_free(port))


@cache
def _ours() -> tuple[socket.socket, Iterator[int]]:
    """This process's ports, and the name that keeps others off them; the system takes it back when the process ends."""
    for block in random.sample(range(BLOCKS), BLOCKS):
        held = socket.socket(socket.AF_UNIX)
        try:
            held.bind(f"\0passalong-ports-{block}")
        except OSError:
            held.close()
            continue
        atexit.register(held.close)
        return held, cycle(range(FIRST + block * EACH, FIRST + (block + 1) * EACH))
    raise RuntimeError("no ports are left: does an old run still go on?")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
