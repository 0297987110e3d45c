"""`passalong demo run`: Passalong and the demo site side by side, until Ctrl-C.

check → set up, once → start both → wait until they answer → say what to open → wait for the end
"""

import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from passalong import migrate
from passalong.demo import kept
from passalong.demo.almanac import ARTICLES, CURRENCY, NAME, SITE_ID, home_url, terms
from passalong.demo.children import Child, end_all
from passalong.demo.kept import DemoRunError, Kept
from passalong.demo.shop import BIND
from passalong.flow.owners import api_keys
from passalong.flow.owners import sites as flow_sites
from passalong.flow.owners.sites import NewSite
from passalong.keys import KeyOpener
from passalong.lib.clock import SystemClock
from passalong.lib.tokens import hashed
from passalong.serving import network_address, why_not_listen
from passalong.settings import Settings
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.people import api_keys as stored_keys

__all__ = ["DemoRunError", "run_demo"]

CLOCK = SystemClock()
START_S = 60.0
"""How long the two may take until they answer: a slow machine imports for a while."""
LOOK_S = 0.1


def run_demo(settings: Settings, demo_port: int) -> int:
    """Run both until SIGINT or SIGTERM; returns 0 then, 1 when one of them died. Raises DemoRunError."""
    check(settings, demo_port)
    with _told_to_stop() as stop:
        owner_code = set_up(settings, demo_port)
        children: list[Child] = []
        try:
            children += _start(settings, demo_port)
            fault = _wait_for_answers(settings, demo_port, children, stop)
            if not fault and not stop.told:
                print("\n".join(_words(settings, demo_port, owner_code)), flush=True)
                fault = _wait_for_the_end(children, stop)
        finally:
            end_all(children)
    if fault and not stop.told:  # Ctrl-C reaches them a moment before us; that is no error
        print(f"passalong: {fault}", file=sys.stderr)
        return 1
    return 0


# --- can it work? -----------------------------------------------------------------------------------------------------


def check(settings: Settings, demo_port: int) -> None:
    """Raise DemoRunError, with what to do, for everything that would only fail later."""
    _check_folder(settings.data_dir)
    if demo_port == settings.port:
        raise DemoRunError(
            f"Passalong and the demo site cannot share port {demo_port}: choose another with --demo-port."
        )
    ours, other = (
        "choose another for Passalong with PASSALONG_PORT",
        "choose another for the demo site with --demo-port",
    )
    for host, port, otherwise in ((settings.bind, settings.port, ours), (BIND, demo_port, other)):
        if why := why_not_listen(host, port, otherwise=otherwise):
            raise DemoRunError(why)


def _check_folder(folder: Path) -> None:
    probe = folder / f".{secrets.token_hex(8)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        raise DemoRunError(f"{folder} cannot hold the data ({why}): choose a folder with PASSALONG_DATA.") from None


# --- set up, once -----------------------------------------------------------------------------------------------------


def set_up(settings: Settings, demo_port: int) -> str:
    """Upgrade the database, create the demo site and its key if needed; returns a code that opens its console."""
    db = Database(settings.database_url)
    try:
        migrate.upgrade(db)
        KeyOpener(settings, db, CLOCK).open()
        _make_site(db, demo_port)
        _make_key(db, settings.data_dir, demo_port)
        return flow_sites.new_owner_code(db, CLOCK, SITE_ID)
    finally:
        db.close()


def _make_site(db: Database, demo_port: int) -> None:
    address = home_url(demo_port)
    with db.reading() as session:
        site = sites.find_site(session, SITE_ID)
    if site is None:
        flow_sites.new_site(
            db,
            CLOCK,
            NewSite(
                site_id=SITE_ID,
                name=NAME,
                home_url=address,
                currency=CURRENCY,
                time_zone="UTC",
                remember="window",
                terms=terms(),
            ),
        )
    elif address not in site.origins:
        port = site.home_url.rpartition(":")[2]
        raise DemoRunError(
            f"The demo site in this data is at {site.home_url}: add --demo-port {port}, "
            "or begin a new one with PASSALONG_DATA set to another folder."
        )


def _make_key(db: Database, data_dir: Path, demo_port: int) -> None:
    """Create and store the API key for the shop; a key that this database does not know is replaced."""
    state = kept.read(data_dir)
    api_key = state.api_key if state else ""
    with db.reading() as session:
        good = stored_keys.find(session, SITE_ID, hashed(api_key), CLOCK.now_ms()) is not None
    if not good:
        api_key = api_keys.new(db, CLOCK, SITE_ID, "the demo's shop")
    kept.write(data_dir, Kept(SITE_ID, api_key, demo_port))


# --- run --------------------------------------------------------------------------------------------------------------


class Stop:
    """A stop request. A plain flag: an event's lock, set by two signals at once, would deadlock."""

    def __init__(self) -> None:
        self.told = False

    def wait(self, seconds: float) -> bool:
        """Sleep, and return whether a stop was requested meanwhile."""
        time.sleep(seconds)
        return self.told


@contextmanager
def _told_to_stop() -> Iterator[Stop]:
    """Set a flag on SIGINT and SIGTERM, instead of ending this program in the middle of something."""
    stop = Stop()

    def _stop(_number: int, _frame: Any) -> None:
        stop.told = True

    before = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start(settings: Settings, demo_port: int) -> Iterator[Child]:
    env = os.environ | {
        "PASSALONG_DATA": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "PASSALONG_URL": settings.url,
        "PASSALONG_BIND": settings.bind,
        "PASSALONG_PORT": str(settings.port),
        "PASSALONG_PROXY_HOPS": str(settings.proxy_hops),
        "PASSALONG_LOG": settings.log_level,
        "PASSALONG_ROLE": "all",
        "PASSALONG_PROCESSES": "1",
    }
    yield Child("Passalong", ["serve"], env)
    yield Child("The demo site", ["demo", "site", "--demo-port", str(demo_port)], env)


def _wait_for_answers(settings: Settings, demo_port: int, children: Sequence[Child], stop: Stop) -> str | None:
    """Return None when all answer or a stop was requested, otherwise the problem."""
    shop = Request(f"http://{network_address(BIND, demo_port)}/")  # by number: a bare system may not know `localhost`
    shop.add_header("Host", urlsplit(home_url(demo_port)).netloc)
    waiting = [Request(f"http://{network_address(settings.bind, settings.port)}/healthz"), shop]
    until = time.monotonic() + START_S
    while waiting and not stop.told:
        if fault := _fault(children):
            return fault
        if time.monotonic() > until:
            return f"{waiting[0].full_url} does not answer after {START_S:.0f} seconds."
        waiting = [request for request in waiting if not _answers(request)]
        if waiting:
            stop.wait(LOOK_S)
    return None


def _answers(request: Request) -> bool:
    try:
        build_opener(ProxyHandler({})).open(request, timeout=1).close()
    except (OSError, HTTPException):
        return False
    return True


def _wait_for_the_end(children: Sequence[Child], stop: Stop) -> str | None:
    while not stop.wait(LOOK_S):
        if fault := _fault(children):
            return fault
    return None


def _fault(children: Sequence[Child]) -> str | None:
    """Return the last output of the first program that died; None while all are alive."""
    dead = [child for child in children if not child.is_alive]
    return dead[0].words() if dead else None


def _words(settings: Settings, demo_port: int, owner_code: str) -> list[str]:
    """Return the lines that say what to open, in order: at most eight."""
    return [
        f"Passalong and a demo site, the {NAME}, are running. Try it in this order:",
        f"1. Open {home_url(demo_port)}/{ARTICLES[0].slug}, press Share and copy the link.",
        "2. Open that link in a private window, then buy something in the shop there.",
        "3. Back in the first window: press Share, then “Your credit”.",
        "4. What the owner sees (this link works once, within an hour):",
        f"   {settings.url}/start?k={SITE_ID}.{owner_code}",
        f"Everything is kept in {settings.data_dir}. Ctrl-C stops both.",
    ]
