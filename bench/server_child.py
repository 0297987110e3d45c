"""The server processes that are compared, configured by environment variables.

python -m bench.server_child flask | as-served | collect-only | wsgi
"""

import sys

from flask import Flask
from msgspec.structs import replace

from passalong.app import make_instance
from passalong.asgi import App
from passalong.serving import GunicornInCode, Server
from passalong.settings import Settings, read_settings

THREADS = {"flask": 8, "wsgi": 64}
"""Over WSGI a batch of notes is no larger than there are threads that wait for it."""


class CollectOnly(Server):
    """The product without its worker: the equivalent of `PASSALONG_ROLE=collect` on SQLite."""

    def __init__(self, settings: Settings):
        self._kept = settings
        super().__init__(settings)

    def load(self) -> App:
        """Called in the worker."""
        return App(replace(make_instance(self._kept), folds=False))


class Threaded(GunicornInCode):
    """A WSGI app on gunicorn's own threaded worker."""

    def __init__(self, settings: Settings, name: str):
        self._kept, self._name = settings, name
        super().__init__(
            bind=f"{settings.bind}:{settings.port}",
            workers=settings.processes,
            worker_class="gthread",
            threads=THREADS[name],
            timeout=60,
            keepalive=15,
        )

    def load(self) -> Flask:
        """Called in the worker."""
        return empty() if self._name == "flask" else make_instance(self._kept).flask


def empty() -> Flask:
    """Make the baseline of all rows: a Flask app with one view that does nothing."""
    app = Flask("empty")

    @app.post("/v1/notes")
    def nothing() -> tuple[str, int]:
        return "", 202

    @app.get("/healthz")
    def health() -> str:
        return "ok"

    return app


def main(name: str) -> None:
    """Serve until a signal."""
    settings = read_settings()
    if name in ("flask", "wsgi"):
        Threaded(settings, name).run()
    else:
        (CollectOnly if name == "collect-only" else Server)(settings).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
