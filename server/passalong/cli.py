"""The command `passalong`. Exit codes: 0 ok, 1 found problems, 2 wrong use. Errors say what to do next."""

import os
import sys
from collections.abc import Sequence

import click
from sqlalchemy.exc import OperationalError

from passalong import __version__, cli_database, cli_ledger, cli_money, cli_review, cli_rule, migrate
from passalong.cli_common import Problem, current_database, one_site, opened
from passalong.clock import SystemClock
from passalong.core.terms_check import BadTerms
from passalong.demo import run, seed, shop
from passalong.flow import limits, manage, owners
from passalong.flow.door import BadAddress, clean_address
from passalong.languages import ENGLISH, LANGUAGES
from passalong.serving import Server, is_port_free
from passalong.settings import CHOICES, BadSettings, read_keys, read_settings, read_signing_keys
from passalong.store import addresses, durability, sites
from passalong.store.engine import Database
from passalong.web.install import loader

CLOCK = SystemClock()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    try:
        code: object = passalong.main(argv, prog_name="passalong", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return 2
    except (BadSettings, BadTerms) as error:
        return _say(error.problems)
    except (Problem, manage.BadSite, run.CannotRun, seed.CannotSeed) as error:
        return _say([str(error)])
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        return _say([f"{error.filename} cannot be written: choose another folder with PASSALONG_DATA."])
    except OperationalError as error:
        return _say([f"The database does not answer: {str(error.orig).splitlines()[0]}. Check DATABASE_URL."])


def _say(problems: Sequence[str]) -> int:
    for problem in problems:
        print(f"passalong: {problem}", file=sys.stderr)
    return 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def passalong() -> None:
    """Share buttons that credit the people who share."""


@passalong.command()
def version() -> None:
    """Print the version."""
    print(__version__)


@passalong.command()
@click.option("--role", type=click.Choice(CHOICES["PASSALONG_ROLE"]), help="On PostgreSQL: only this part of the work.")
def serve(role: str | None) -> None:
    """Run the server: migrations first, then pages, notes and folding in one process, or one role of it."""
    settings = read_settings(os.environ | ({"PASSALONG_ROLE": role} if role else {}))
    if not is_port_free(settings.bind, settings.port):
        raise Problem(f"Port {settings.port} is in use: end what listens there, or set PASSALONG_PORT to another.")
    read_keys(settings)
    read_signing_keys(settings)
    with opened(settings) as db:
        migrate.upgrade(db)
        weak = durability.weaknesses(db)
    if weak and not settings.unsafe_durability:
        raise Problem(" ".join([*weak, "PASSALONG_UNSAFE_DURABILITY=yes starts all the same: facts can then be lost."]))
    Server(settings).run()


@passalong.group()
def site() -> None:
    """Sites."""


@site.command("add")
@click.argument("url")
@click.option("--name", help="What people call it; its host name, if left out.")
@click.option("--currency", default="EUR", help="The one currency that it pays in.")
@click.option("--time-zone", default="UTC", help="For days and months, like Europe/Berlin.")
@click.option("--remember", default="visit", help="What a browser keeps of an arrival: visit, window or none.")
@click.option("--email", help="The owner's address; it gets a link to confirm it, and nothing before.")
def site_add(url: str, name: str | None, currency: str, time_zone: str, remember: str, email: str | None) -> None:
    """Add a site, by its address (https://example.org), and print the lines to paste."""
    origin = manage.origin_of(url)
    settings = read_settings()
    if email:
        _check_address(email)
    with current_database() as db:
        made = manage.new_site(
            db,
            CLOCK,
            name=name or origin.split("://")[1],
            home_url=url,
            currency=currency,
            time_zone=time_zone,
            remember=remember,
        )
        said = _ask_owner(db, made.site_id, email, ENGLISH) if email else ""
    print(f"Site {made.site_id} is there. Paste this into its pages:")
    print(loader(settings.url, made.site_id))
    if said:
        print(said)


@site.command("email")
@click.argument("site_id", metavar="SITE")
@click.argument("address", required=False)
@click.option("--language", type=click.Choice(LANGUAGES), default=ENGLISH, help="The language of its e-mails.")
@click.option("--forget", is_flag=True, help="Write to the owner no more.")
def site_email(site_id: str, address: str | None, language: str, forget: bool) -> None:
    """Show the owner's address, or give one: a link is sent to it, and nothing else until it is confirmed."""
    with current_database() as db:
        known = one_site(db, site_id)
        if address:
            print(_ask_owner(db, known.site_id, address, language))
        elif forget:
            owners.forget(db, known.site_id)
        else:
            with db.reading() as session:
                for one in addresses.owners(session, known.site_id, confirmed=False):
                    print(f"{one.address}\t{'confirmed' if one.confirmed_at_ms else 'not confirmed yet'}")


def _ask_owner(db: Database, site_id: str, address: str, language: str) -> str:
    """Have a link sent; returns what is to be said of it. Raises Problem."""
    _check_address(address)
    try:
        asked = owners.ask(db, CLOCK, read_keys(read_settings()), site_id, address, language)
    except limits.TooMany as error:
        raise Problem(f"Too many links were asked for: try again in {error.retry_after_s} s.") from None
    if asked.confirmed:
        return f"{asked.address} is confirmed already."
    return f"A running server sends a link to {asked.address}: open it within a day, and e-mails to the owner go there."


def _check_address(address: str) -> None:
    try:
        clean_address(address)
    except BadAddress:
        raise Problem(f"{address[:80]!r} is no e-mail address: write it like otto@example.org.") from None


@site.command("list")
def site_list() -> None:
    """List the sites: key, address, name."""
    with current_database() as db, db.reading() as session:
        for known in sites.all_sites(session):
            print(f"{known.site_id}\t{known.home_url}\t{known.name}")


@passalong.group()
def key() -> None:
    """API keys."""


@key.command("new")
@click.argument("site_id", metavar="SITE")
@click.option("--name", default="made on the command line", help="What it is for.")
def key_new(site_id: str, name: str) -> None:
    """Make an API key for a site; it is shown once."""
    with current_database() as db:
        print(manage.new_api_key(db, CLOCK, one_site(db, site_id).site_id, name))


@passalong.group()
def owner() -> None:
    """Owners."""


@owner.command("link")
@click.argument("site_id", metavar="SITE")
def owner_link(site_id: str) -> None:
    """Print a link that opens a site's console, once, within an hour."""
    settings = read_settings()
    with current_database() as db:
        code = manage.new_owner_code(db, CLOCK, one_site(db, site_id).site_id)
    print(f"{settings.url}/start?k={site_id}.{code}")


@passalong.group()
def demo() -> None:
    """A made-up site to try it with."""


_demo_port = click.option("--demo-port", type=click.IntRange(1, 65535), default=8090, help="The demo site's port.")


@demo.command("run")
@_demo_port
def demo_run(demo_port: int) -> int:
    """Serve Passalong and the demo site together, until Ctrl-C."""
    code: int = run.run_demo(read_settings(), demo_port)
    return code


@demo.command("site")
@_demo_port
def demo_site(demo_port: int) -> None:
    """Serve the demo site alone."""
    shop.serve_shop(read_settings(), demo_port)


@demo.command("seed")
@click.option("--site", "site_id", help="An empty site to fill; a new one, if left out.")
@click.option("--people", type=click.IntRange(10, 100_000), default=1_200, help="How many people come.")
def demo_seed(site_id: str | None, people: int) -> None:
    """Fill a site with 90 days of made-up history."""
    settings = read_settings()
    with opened(settings) as db:
        migrate.upgrade(db)
        if site_id is not None:
            one_site(db, site_id)
        report = seed.seed(db, CLOCK.now_ms(), read_keys(settings), site_id, people)
        print(report.words(settings.url, manage.new_owner_code(db, CLOCK, report.site_id)))


for command in (
    *cli_database.COMMANDS,
    *cli_ledger.COMMANDS,
    *cli_rule.COMMANDS,
    *cli_review.COMMANDS,
    *cli_money.COMMANDS,
):
    passalong.add_command(command)
