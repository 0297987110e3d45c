"""`passalong serve`: gunicorn with its `asgi` worker; one process for everything, or one role in several."""

import socket
from typing import Any

from gunicorn.app.base import BaseApplication

from passalong.app import make_instance
from passalong.asgi import App
from passalong.settings import Settings


class GunicornInCode(BaseApplication):
    """Gunicorn with the options it is given, and nothing from files or the command line."""

    def __init__(self, **options: Any):
        self._options = {
            "workers": 1,
            "graceful_timeout": 10,
            "loglevel": "warning",
            "control_socket_disable": True,
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


def is_port_free(bind: str, port: int) -> bool:
    """True when nothing listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError:
            return False
    return True
