"""`passalong demo`: a made-up site, its shop and its history."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from passalong.cli import ledger
from passalong.cli.common import CommandError, keys_of, one_site, opened
from passalong.cli.upgrading import bring_up_to_date
from passalong.demo import run, seed, shop
from passalong.flow.owners import sites as flow_sites
from passalong.lib.clock import SystemClock
from passalong.settings import read_settings

CLOCK = SystemClock()


@contextmanager
def _problems() -> Iterator[None]:
    """Report a problem of the demo in one line."""
    try:
        yield
    except (run.DemoRunError, seed.DemoSeedError) as error:
        raise CommandError(str(error)) from error


@click.group()
def demo() -> None:
    """A made-up site to try it with."""


_demo_port = click.option("--demo-port", type=click.IntRange(1, 65535), default=8090, help="The demo site's port.")


@demo.command("run")
@_demo_port
def demo_run(demo_port: int) -> int:
    """Serve Passalong and the demo site together, until Ctrl-C."""
    settings = read_settings()
    with _problems():
        run.check(settings, demo_port)
        bring_up_to_date(settings)
        code: int = run.run_demo(settings, demo_port)
    return code


@demo.command("site")
@_demo_port
def demo_site(demo_port: int) -> None:
    """Serve the demo site alone."""
    with _problems():
        shop.serve_shop(read_settings(), demo_port)


@demo.command("seed")
@click.option("--site", "site_id", help="An empty site to fill; a new one, if left out.")
@click.option("--people", type=click.IntRange(10, 100_000), default=1_200, help="How many people come.")
def demo_seed(site_id: str | None, people: int) -> None:
    """Fill a site with 90 days of made-up history."""
    settings = read_settings()
    bring_up_to_date(settings)
    with opened(settings) as db:
        if site_id is not None:
            one_site(db, site_id)
        with _problems():
            report = seed.seed(db, CLOCK.now_ms(), keys_of(db).links, site_id, people)
        ledger.seal_whole(db, settings, report.site_id)
        print(report.words(settings.url, flow_sites.new_owner_code(db, CLOCK, report.site_id)))
