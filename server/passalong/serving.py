"""`passalong serve`: gunicorn with its `asgi` worker; one process for everything, or one role in several."""

import os
import resource
import signal
import socket
from typing import Any

from gunicorn.app.base import BaseApplication

from passalong.app import make_instance
from passalong.asgi import App
from passalong.settings import Settings

MOST_FILES = 65_536


def _end_gently_on_interrupt(_arbiter: object) -> None:
    """Make Ctrl-C what SIGTERM is: gunicorn would cut off what is under way."""
    signal.signal(signal.SIGINT, lambda *_: os.kill(os.getpid(), signal.SIGTERM))


def _leave_interrupts_to_the_master(_worker: object) -> None:
    """A terminal sends Ctrl-C to every process; a thread worker that is told twice to end waits for itself for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class GunicornInCode(BaseApplication):
    """Gunicorn with the options it is given, and nothing from files or the command line."""

    def __init__(self, **options: Any):
        self._options = {
            "workers": 1,
            "graceful_timeout": 10,
            "loglevel": "warning",
            "control_socket_disable": True,
            "when_ready": _end_gently_on_interrupt,
            "post_worker_init": _leave_interrupts_to_the_master,
            **options,
        }
        super().__init__()  # type: ignore[no-untyped-call]

    def load_config(self) -> None:
        """Hand gunicorn the options."""
        for name, value in self._options.items():
            self.cfg.set(name, value)  # type: ignore[union-attr]

    def run(self) -> None:
        """Serve until a signal ends it."""
        super().run()  # type: ignore[no-untyped-call]


class Server(GunicornInCode):
    """Passalong on gunicorn, as `docs/settings.md` says."""

    def __init__(self, settings: Settings):
        self._settings = settings
        let_many_connect()
        super().__init__(
            bind=f"{settings.bind}:{settings.port}",
            workers=settings.processes,
            worker_class="asgi",
            asgi_lifespan="on",
            timeout=60,
            keepalive=15,
            # gunicorn's own debug lines hold addresses, and an address may hold a token
            loglevel="error" if settings.log_level == "error" else "warning",
            proc_name="passalong",
        )

    def load(self) -> App:
        """Called in the worker: threads and connections belong to the process that uses them."""
        return App(make_instance(self._settings))


def let_many_connect() -> None:
    """Use as many files as the system lets us: with the usual 1,024 as many slow connections keep everybody out."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def is_port_free(bind: str, port: int) -> bool:
    """True when nothing listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError:
            return False
    return True
