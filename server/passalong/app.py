"""Assembly: settings become an instance, an instance becomes apps."""

import gc
import logging
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog
from flask import Flask
from msgspec import Struct
from werkzeug.middleware.proxy_fix import ProxyFix

from passalong.clock import Clock, SystemClock
from passalong.flow.carrier import Carrier
from passalong.flow.outside import HeadsFile
from passalong.flow.post import post_of
from passalong.flow.refuse import Refusals
from passalong.flow.sealing import Sealing
from passalong.flow.worker import Worker
from passalong.settings import Settings, read_keys, read_settings, read_signing_keys
from passalong.store.engine import Database
from passalong.web import (
    api,
    api_door,
    api_owner,
    api_review,
    card,
    claims,
    console,
    console_mail,
    console_payouts,
    console_words,
    door,
    errors,
    headers,
    health,
    inbox,
    install,
    keep,
    letters,
    links,
    notes,
    openbook,
    pages,
    portal,
    privacy,
    proofs,
    script,
    use,
    word,
)
from passalong.web.first_party import FirstParty
from passalong.web.parts import Parts, SiteCache
from passalong.web.wire import MAX_FORM

API = (api.bp, api_door.bp, api_owner.bp, api_review.bp)
COLLECT = (notes.bp, links.bp, script.bp, *API, health.bp)
"""What takes in: browsers' endpoints and the API."""
WEB = (
    door.bp,
    keep.bp,
    letters.bp,
    portal.bp,
    privacy.bp,
    card.bp,
    use.bp,
    word.bp,
    claims.bp,
    console.bp,
    inbox.bp,
    console_mail.bp,
    console_words.bp,
    console_payouts.bp,
    install.bp,
    openbook.bp,
    proofs.bp,
    pages.bp,
    health.bp,
)
"""What people read."""
SWITCH_S = 0.0002
"""How long a busy thread keeps Python when another wants it: the usual 5 ms are many times what a commit takes."""
TAKES_NOTES = ("all", "collect")
BLUEPRINTS = {"all": (*COLLECT, *WEB[:-1]), "collect": COLLECT, "web": WEB, "work": (health.bp,)}


class Instance(Struct, frozen=True):
    """Everything one process runs."""

    parts: Parts
    flask: Flask
    worker: Worker
    sealing: Sealing
    carrier: Carrier
    role: str = "all"
    folds: bool = True

    def start(self) -> None:
        """Start the folding worker and what seals its journals, in a role that has them."""
        gc.freeze()  # what stands by now stays: looking through it for garbage halts everything for 60 ms
        sys.setswitchinterval(SWITCH_S)
        if self.folds:
            self.worker.start()
            self.sealing.start()
            self.carrier.start()

    def close(self) -> None:
        """Write what is waiting, finish the slice at hand, close the database."""
        self.carrier.stop()
        self.sealing.stop()
        self.worker.stop()
        self.parts.refusals.close()
        self.parts.db.close()


def make_instance(settings: Settings, clock: Clock | None = None) -> Instance:
    """Assemble one process. Nothing runs yet: the ASGI app starts the worker, the first fact the collector."""
    log_plainly(settings.log_level)
    db = Database(settings.database_url)
    told = clock or SystemClock()
    worker = Worker(db, told)
    signing = read_signing_keys(settings)
    file = HeadsFile(settings.heads_file)
    sealing = Sealing(db, told, signing, file, settings.heads_url, settings.private_addresses, settings.seal_s)
    keys = read_keys(settings)
    post = post_of(settings.mail)
    carrier = Carrier(db, told, keys, settings.url, settings.mail.sender, post, worker.collector)
    known = Parts(
        url=settings.url,
        db=db,
        clock=told,
        keys=keys,
        collector=worker.collector,
        refusals=Refusals(db, told),
        sites=SiteCache(db),
        signing=signing,
        carrier=carrier,
    )
    folds = settings.role in ("all", "work")
    flask = make_flask(known, settings.proxy_hops, settings.role)
    return Instance(known, flask, worker, sealing, carrier, settings.role, folds)


def make_flask(known: Parts, proxy_hops: int = 0, role: str = "all") -> Flask:
    """The Flask app of a role: pages, API, and in front of it the notes' door for servers that speak only WSGI."""
    app = Flask("passalong.web")
    app.extensions["passalong"] = known
    app.config["MAX_CONTENT_LENGTH"] = MAX_FORM
    app.json.sort_keys = False  # type: ignore[attr-defined]
    for blueprint in BLUEPRINTS[role]:
        app.register_blueprint(blueprint)
    headers.install(app)
    errors.install(app)
    pages.install(app)
    script.install(app.extensions)
    if role in TAKES_NOTES:
        app.wsgi_app = notes.NotesFirst(app.wsgi_app, known)  # type: ignore[method-assign]
    app.wsgi_app = FirstParty(app.wsgi_app, known.url)  # type: ignore[method-assign]
    if proxy_hops:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxy_hops, x_proto=proxy_hops, x_host=proxy_hops
        )
    return app


def wsgi() -> Flask:
    """For any WSGI server: `gunicorn 'passalong.app:wsgi()'`. The folding worker runs in a thread of each process."""
    instance = make_instance(read_settings())
    instance.start()
    return instance.flask


def log_plainly(level: str) -> None:
    """Structured logs on standard error: one line of JSON each; no token, secret or body is ever a field."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", Patient(sys.stderr))),
    )


class Patient:
    """Standard error, on a disk that may be full: a line that cannot be written is lost, and nothing else stops."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, if it is possible."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, if it is possible."""
        with suppress(OSError):
            self._stream.flush()
