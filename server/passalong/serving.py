"""`passalong serve`: gunicorn with its `asgi` worker, one process that does everything."""

import socket
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication

from passalong.app import make_instance
from passalong.asgi import App
from passalong.settings import Settings


class Server(BaseApplication):
    """Gunicorn, configured in code. `load_app` runs in the worker: threads and connections belong to their process."""

    def __init__(self, options: dict[str, Any], load_app: Callable[[], Any]):
        self._options = options
        self._load_app = load_app
        super().__init__()  # type: ignore[no-untyped-call]

    def load_config(self) -> None:
        """Take our options, and nothing from files or the command line."""
        for name, value in self._options.items():
            self.cfg.set(name, value)  # type: ignore[union-attr]

    def load(self) -> Any:
        """The app that the worker serves."""
        return self._load_app()


def serve(settings: Settings) -> None:
    """Serve the whole product until a signal ends it; on SQLite one process, because one file wants one writer."""
    options = {
        "bind": f"{settings.bind}:{settings.port}",
        "workers": 1,
        "worker_class": "asgi",
        "asgi_lifespan": "on",
        "graceful_timeout": 10,
        "timeout": 60,
        "keepalive": 15,
        "loglevel": "warning" if settings.log_level == "info" else settings.log_level,
        "proc_name": "passalong",
        "control_socket_disable": True,
    }
    Server(options, lambda: App(make_instance(settings))).run()  # type: ignore[no-untyped-call]


def is_port_free(bind: str, port: int) -> bool:
    """True when nothing listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError:
            return False
    return True
