"""Assembly: settings become an instance, an instance becomes apps."""

import gc
import sys

from flask import Flask
from gunicorn.errors import AppImportError
from msgspec import Struct
from werkzeug.middleware.proxy_fix import ProxyFix

from passalong.agents import mounted
from passalong.blueprints import BLUEPRINTS
from passalong.flow.backup.schedule import Backups, Watched, run_command
from passalong.flow.fold.worker import Worker
from passalong.flow.ingest.refusals import Refusals
from passalong.flow.mail.messages import MailOrigin
from passalong.flow.mail.sender import MailSender
from passalong.flow.mail.transports import transport_of
from passalong.flow.owners.removal import remove_due
from passalong.flow.owners.upkeep import Upkeep
from passalong.flow.owners.webhooks import Webhooks
from passalong.flow.signin.last_used import LastUsed
from passalong.flow.transparency.heads_file import HeadsFile
from passalong.flow.transparency.sealer import Sealing, SealingOptions, Told
from passalong.flow.webhooks.sending import Sender
from passalong.flow.webhooks.worker import WebhookWorker
from passalong.keys import KeyOpener
from passalong.lib.clock import Clock, SystemClock
from passalong.lib.openid import OpenId
from passalong.lib.signing import SigningKeys
from passalong.logs import log_plainly
from passalong.migrate import NewerDatabaseError, is_current
from passalong.private_files import keep_private
from passalong.server_lock import AnotherServerError, lock_database
from passalong.settings import BadSettingsError, Settings, read_settings
from passalong.store.engine import Database, DatabaseEncodingError
from passalong.web.api import own_routes, routes
from passalong.web.browser import credit, notes, script
from passalong.web.browser.first_party import FirstParty
from passalong.web.console import menu, openid_signin
from passalong.web.http import assets, errors, headers, metrics, query
from passalong.web.http.meters import Meters, Monitoring
from passalong.web.http.services import Services, SiteCache
from passalong.web.http.url_rules import LazyRule
from passalong.web.http.wire import MAX_FORM

SWITCH_S = 0.0002
"""The GIL switch interval: the usual 5 ms are many times what a commit takes."""
GARBAGE = 10_000, 20, 20
"""Look for garbage this rarely: a slice of the fold keeps thousands of rows until its end, none of them garbage."""
LOCK_WAITS_S = 5.0
"""How long a page or a note waits for what another program locks before it is answered with 503."""
SUCCESSOR_WAITS_S = 15.0
"""How long a gunicorn worker waits for one that began shortly before it: less than gunicorn gives a worker to start."""
TAKES_NOTES = ("all", "collect")
FOLDS = ("all", "work")


class Instance(Struct, frozen=True):
    """Everything that one process runs."""

    services: Services
    flask: Flask
    worker: Worker
    sealing: Sealing
    mail_sender: MailSender
    upkeep: Upkeep
    backups: Backups
    role: str = "all"
    folds: bool = True

    def start(self) -> None:
        """Start the folding worker, sealing and mail, in a role that has them."""
        gc.freeze()  # freeze long-lived objects: scanning them for garbage halts everything for 60 ms
        gc.set_threshold(*GARBAGE)
        sys.setswitchinterval(SWITCH_S)
        if self.folds:
            self.sealing.start()
            self.worker.start()
            self.mail_sender.start()
            self.upkeep.start()
            self.backups.start()
            self.services.webhook_worker.start()

    def close(self) -> None:
        """Write queued facts, finish the current slice, close the database."""
        self.backups.stop()
        self.upkeep.stop()
        self.mail_sender.stop()
        self.services.webhook_worker.stop()
        self.worker.stop()
        self.sealing.stop()
        self.services.refusals.close()
        self.services.last_used.close()
        self.services.db.close()


def make_instance(settings: Settings, clock: Clock | None = None, *, is_asgi: bool = True) -> Instance:
    """Assemble one process, of which nothing runs yet. `is_asgi` False is for a server that does not answer `/mcp`."""
    log_plainly(settings.log_level)
    db = Database(settings.database_url, waits_s=LOCK_WAITS_S)
    told = clock or SystemClock()
    worker, meters = Worker(db, told), Meters()
    worker.collector.observe = meters.commit
    try:
        opened = KeyOpener(settings, db, told).open_in_worker()
    except BaseException:
        db.close()
        raise
    signing, keys = opened.ledger, opened.links
    sealing = _sealing(settings, db, told, signing)
    origin = MailOrigin(settings.mail.sender, settings.url, keys)
    mail_sender = MailSender(db, told, origin, transport_of(settings.mail), worker.collector)
    mail_sender.on_given_up = meters.mail_given_up
    services = Services(
        url=settings.url,
        db=db,
        clock=told,
        keys=keys,
        collector=worker.collector,
        refusals=Refusals(db, told),
        sites=SiteCache(db),
        signing=signing,
        mail_sender=mail_sender,
        last_used=LastUsed(db, told),
        webhooks=Webhooks(db, told, keys, settings.private_webhooks),
        webhook_worker=WebhookWorker(db, told, Sender(keys, settings.private_webhooks)),
        monitoring=Monitoring(meters, settings.metrics_token, settings.role in FOLDS),
        openid=_openid(settings, told),
        assistants=is_asgi and mounted.is_installed(),
        backups=Watched(settings.data_dir, settings.backup.every_h if settings.backup.folder else None),
    )
    flask = make_flask(services, settings.proxy_hops, settings.role)
    backups = Backups(settings.backup, settings.data_dir, told, run_command)
    return Instance(
        services, flask, worker, sealing, mail_sender, Upkeep(db, told), backups, settings.role, settings.role in FOLDS
    )


def _sealing(settings: Settings, db: Database, clock: Clock, signing: SigningKeys) -> Sealing:
    file = HeadsFile(settings.heads_file)
    return Sealing(
        db,
        clock,
        signing,
        file,
        SealingOptions(
            every_s=settings.seal_s,
            told=Told(settings.heads_url, settings.private_addresses),
            before=lambda: remove_due(db, signing, file, clock.now_ms()),
        ),
    )


def _openid(settings: Settings, clock: Clock) -> OpenId | None:
    return OpenId(settings.provider, clock, f"{settings.url}{openid_signin.BACK}") if settings.provider else None


def make_flask(services: Services, proxy_hops: int = 0, role: str = "all") -> Flask:
    """Make the Flask app of a role: pages, API, and the WSGI middleware for notes."""
    app = Flask("passalong.web", template_folder=".")
    app.url_rule_class = LazyRule
    app.extensions["passalong"] = services
    app.config["MAX_CONTENT_LENGTH"] = MAX_FORM
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False  # an address with a trailing slash is the same one
    for blueprint in BLUEPRINTS[role]:
        app.register_blueprint(blueprint)
    metrics.install(app)
    headers.install(app)
    errors.install(app)
    query.install(app, routes.parameters() | own_routes.parameters())
    routes.install(app)
    assets.install(app)
    menu.install(app)
    script.install(app.extensions)
    credit.install(app.extensions)
    if role in TAKES_NOTES:
        app.wsgi_app = notes.NotesFirst(app.wsgi_app, services)  # type: ignore[method-assign]
    app.wsgi_app = FirstParty(app.wsgi_app, services.url)  # type: ignore[method-assign]
    if proxy_hops:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxy_hops, x_proto=proxy_hops, x_host=proxy_hops
        )
    return app


def wsgi() -> Flask:
    """WSGI entry point: `gunicorn 'passalong.app:wsgi()'`. The folding worker runs in a thread of each process.

    On SQLite one process holds the database's lock; one that replaces it waits until it has ended.
    """
    keep_private()
    try:
        settings = read_settings()
        lock = lock_database(settings, successor_waits_s=SUCCESSOR_WAITS_S)
        _demand_tables(settings)
        instance = make_instance(settings, is_asgi=False)
    except (BadSettingsError, NewerDatabaseError, AnotherServerError, DatabaseEncodingError) as error:
        raise StartError(str(error)) from error
    instance.start()
    instance.flask.extensions["passalong_lock"] = lock  # held while the process lives
    return instance.flask


class StartError(AppImportError):
    """A configuration or database that no worker can start with: gunicorn prints the sentence and stops."""


def _demand_tables(settings: Settings) -> None:
    """Raise StartError unless the database has this version's tables."""
    db = Database(settings.database_url)
    try:
        if not is_current(db):
            raise StartError("The database is not at this version's tables: run `passalong db upgrade` first.")
    finally:
        db.close()
