"""Servers on loopback that misbehave: they answer one connection, in time or a byte at a time."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from plumbing.ports import HOST


@contextmanager
def a_server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server on loopback that answers one connection as `talk` does; its port."""

    def serve() -> None:
        try:
            with listening.accept()[0] as connection:
                talk(connection)
        except OSError:
            pass  # the caller has hung up

    with socket.create_server((HOST, 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def drips(head: bytes) -> Callable[[socket.socket], None]:
    """A server that says this, and then a byte every 20 ms for as long as anybody listens."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(head)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            connection.sendall(b"a")
            time.sleep(0.02)

    return talk
