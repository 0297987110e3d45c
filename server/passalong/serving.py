"""`passalong serve`: gunicorn with its `asgi` worker; one process for everything, or one role in several."""

import atexit
import errno
import os
import resource
import shutil
import signal
import socket
import tempfile
from typing import Any

import structlog
from gunicorn.app.base import BaseApplication
from sqlalchemy import make_url

from passalong import __version__
from passalong.app import make_instance
from passalong.asgi import App
from passalong.asgi_worker import Worker
from passalong.logs import log_plainly
from passalong.settings import Settings
from passalong.web.http.meters import SHARED

MOST_FILES = 65_536
log = structlog.get_logger()


def _end_gently_on_interrupt(_arbiter: object) -> None:
    """Make Ctrl-C what SIGTERM is: gunicorn would abort running requests."""
    signal.signal(signal.SIGINT, lambda *_: os.kill(os.getpid(), signal.SIGTERM))


def _leave_interrupts_to_the_master(_worker: object) -> None:
    """Ignore Ctrl-C in workers: a terminal sends it to every process, and a worker that gets two signals hangs."""
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
        """Set gunicorn's options."""
        for name, value in self._options.items():
            self.cfg.set(name, value)  # type: ignore[union-attr]

    def run(self) -> None:
        """Serve until a signal ends it."""
        super().run()  # type: ignore[no-untyped-call]


class Server(GunicornInCode):
    """Passalong on gunicorn, as `docs/settings.md` says."""

    def __init__(self, settings: Settings, start_code: str | None = None):
        self._settings = settings
        self._start_code = start_code
        let_many_connect()
        if settings.processes > 1:
            _share_meters()
        super().__init__(
            bind=network_address(settings.bind, settings.port),
            workers=settings.processes,
            worker_class=Worker,
            asgi_lifespan="on",
            timeout=60,
            keepalive=15,
            # gunicorn's own debug lines hold addresses, and an address may hold a token
            loglevel="error" if settings.log_level == "error" else "warning",
            proc_name="passalong",
            when_ready=self._ready,
            child_exit=_forget_meters,
        )

    def _ready(self, arbiter: object) -> None:
        """Print the addresses of the pages, once connections are accepted."""
        _end_gently_on_interrupt(arbiter)
        log_plainly(self._settings.log_level)
        log.info("ready", **self._facts())
        listens = f"http://{network_address(self._settings.bind, self._settings.port)}"
        where = self._settings.url if self._settings.url == listens else f"{self._settings.url}, listening on {listens}"
        part = "" if self._settings.role == "all" else f" (the part `{self._settings.role}`)"
        print(f"Passalong is at {where}{part}. Its data is in {self._settings.data_dir}. Ctrl-C ends it.", flush=True)
        if self._start_code:
            link = f"{self._settings.url}/start/new?k={self._start_code}"
            print(f"Open this to begin (it works once, within an hour): {link}", flush=True)

    def _facts(self) -> dict[str, object]:
        """Return what a start is asked about first; no password and no secret is among it."""
        chosen = self._settings
        return {
            "version": __version__,
            "url": chosen.url,
            "listens": network_address(chosen.bind, chosen.port),
            "database": make_url(chosen.database_url).render_as_string(hide_password=True),
            "data": str(chosen.data_dir),
            "role": chosen.role,
            "processes": chosen.processes,
            "mail": chosen.mail.host or "folder",
            "backups": str(chosen.backup.folder or "none"),
        }

    def load(self) -> App:
        """Load the app in the worker: threads and connections belong to the process that uses them."""
        return App(make_instance(self._settings))


def _share_meters() -> None:
    """Give the processes a folder in which they share what they count for `/metrics`; it begins empty."""
    folder, master = tempfile.mkdtemp(prefix="passalong-metrics-"), os.getpid()

    @atexit.register
    def _tidy() -> None:
        if os.getpid() == master:  # workers are forked, and end, too
            shutil.rmtree(folder, ignore_errors=True)

    os.environ[SHARED] = folder


def _forget_meters(_arbiter: object, worker: Any) -> None:
    """Keep what a process counted when it has ended, and forget what was true of it alone."""
    if os.environ.get(SHARED):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def let_many_connect() -> None:
    """Raise the limit of open files: with the usual 1,024, as many slow connections would block everybody."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def network_address(host: str, port: int) -> str:
    """Return host and port as one text; an IPv6 address gets brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def why_not_listen(host: str, port: int, *, otherwise: str) -> str | None:
    """Return why this address cannot be listened on, in one sentence; None if it can.

    `otherwise` says what to do when another program has the port.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError):
        return f"{host!r} is no address of this machine: set PASSALONG_BIND to one, like 127.0.0.1, 0.0.0.0 or ::1."
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return _why(error, host, port, otherwise)
    return None


def _why(error: OSError, host: str, port: int, otherwise: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use: {otherwise}."
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port}: choose one above 1023."
    if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        return f"This machine has no address {host}: set PASSALONG_BIND to one of its own, like 127.0.0.1."
    return f"{network_address(host, port)} cannot be listened on ({os.strerror(error.errno or 0).lower()})."


def is_port_free(host: str, port: int) -> bool:
    """True when this address can be listened on."""
    return why_not_listen(host, port, otherwise="") is None
