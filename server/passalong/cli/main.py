"""The command `passalong`. Exit codes: 0 ok, 1 found problems, 2 wrong use. Errors say what to do next."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy.exc import DBAPIError, OperationalError

from passalong import __version__, migrate
from passalong.cli import access as cli_access
from passalong.cli import backup, database, decisions, doctor, ledger, redemptions, rule, sites
from passalong.cli import imports as cli_imports
from passalong.cli import listen as cli_listen
from passalong.cli import mcp as cli_mcp
from passalong.cli import settings as cli_settings
from passalong.cli import team as cli_team
from passalong.cli import webhooks as cli_webhooks
from passalong.cli.common import CommandError, demand_data, keys_of, one_site, opened
from passalong.cli.environment import take_environment, unknown_variables
from passalong.cli.starting import only_server, warn_about_backups, warn_about_files
from passalong.cli.upgrading import bring_up_to_date
from passalong.core.terms.validation import BadTermsError
from passalong.demo import run, seed, shop
from passalong.flow.backup.manifest import BadBackupError
from passalong.flow.owners import first_run
from passalong.flow.owners import sites as flow_sites
from passalong.keys import KeyOpener
from passalong.lib.clock import SystemClock
from passalong.serving import Server, why_not_listen
from passalong.settings import CHOICES, BadSettingsError, Settings, read_settings
from passalong.store import durability
from passalong.store.database_errors import Blame, blame, first_line, is_damaged, is_forbidden, is_locked, is_sqlite
from passalong.store.engine import DatabaseEncodingError

CLOCK = SystemClock()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    try:
        code: object = passalong.main(argv, prog_name="passalong", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Abort:
        return 130
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.ClickException as error:
        return _say([_about_words(error)])
    except (BadSettingsError, BadTermsError) as error:
        return _say(error.problems)
    except (CommandError, BadBackupError, flow_sites.BadSiteError, run.DemoRunError, seed.DemoSeedError) as error:
        return _say([str(error)])
    except (migrate.NewerDatabaseError, DatabaseEncodingError) as error:
        return _say([str(error)])
    except DBAPIError as error:
        is_connecting = error.statement is None  # what the driver refuses then is in DATABASE_URL
        if blame(error) is not Blame.DATABASE and not isinstance(error, OperationalError) and not is_connecting:
            raise
        return _say([_about_database(error)])
    except OSError as error:
        return _say([_about_file(error)])


def _about_words(error: click.ClickException) -> str:
    """Return one line about words that are no command, and where its help is."""
    words = " ".join(error.format_message().split())
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{words} See `{context.command_path} --help`." if context else words


def _about_database(error: DBAPIError) -> str:
    """Return one line about a database that cannot be used."""
    if is_damaged(error.orig):
        return (
            f"The database is damaged ({first_line(error)}). Stop the server, keep the file apart, and restore the "
            "newest backup with `passalong restore FILE`."
        )
    if is_locked(error.orig):
        return "Another program keeps the database locked, like a long upgrade: try again when it is done."
    if is_forbidden(error.orig):
        return (
            f"The database refuses its user: {first_line(error)}. Make that user the owner, like "
            "`ALTER DATABASE passalong OWNER TO passalong`, and of the tables that are there."
        )
    check = "the data folder, its permissions and the disk" if is_sqlite(error.orig) else "DATABASE_URL"
    return f"The database does not answer: {first_line(error)}. Check {check}."


def _about_file(error: OSError) -> str:
    """Return one line about a file or folder that could not be used. Raises the error again if there is none."""
    if not isinstance(error.filename, str):
        raise error
    named, data = Path(error.filename).absolute(), Path(os.environ.get("PASSALONG_DATA") or "data").absolute()
    hint = ": choose another folder with PASSALONG_DATA" if named in (data, *data.parents) else ""
    if data in named.parents:
        hint = ": it must be a file that this user can read and write"
    return f"{named} cannot be used ({os.strerror(error.errno or 0).lower()}){hint}."


def _say(problems: Sequence[str]) -> int:
    for problem in problems:
        print(f"passalong: {problem}", file=sys.stderr)
    return 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder, before all else.")
@click.pass_context
def passalong(context: click.Context, data: Path | None) -> None:
    """Share buttons that credit the people who share."""
    if context.invoked_subcommand != "version":
        take_environment(data)


@passalong.command()
def version() -> None:
    """Print the version."""
    print(__version__)


@passalong.command()
@click.option("--role", type=click.Choice(CHOICES["PASSALONG_ROLE"]), help="On PostgreSQL: run only this role.")
@click.option(
    "--accept-new-keys", is_flag=True, help="Start although the keys differ from those the database was used with."
)
def serve(role: str | None, accept_new_keys: bool) -> None:
    """Run the server: migrations first, then pages, notes and folding in one process, or one role of it."""
    settings = read_settings(os.environ | ({"PASSALONG_ROLE": role} if role else {}))
    for line in unknown_variables(os.environ):
        print(f"passalong: {line}", file=sys.stderr)
    is_named = any(os.environ.get(name, "").strip() for name in ("PASSALONG_DATA", "DATABASE_URL"))
    if not is_named and any(Path.cwd().iterdir()):
        demand_data(settings)  # never create an instance among the files of something else
    otherwise = "end what listens there, or set PASSALONG_PORT to another"
    if why := why_not_listen(settings.bind, settings.port, otherwise=otherwise):
        raise CommandError(why)
    with only_server(settings):
        warn_about_backups(settings)
        start_code = _prepare(settings, accept_new_keys=accept_new_keys)
        warn_about_files(settings)
        Server(settings, start_code).run()


def _prepare(settings: Settings, *, accept_new_keys: bool) -> str | None:
    """Bring the instance to this version and check keys and durability; returns the code that begins a new one."""
    _upgrade(settings)
    with opened(settings) as db:
        KeyOpener(settings, db, CLOCK).open(accept_new=accept_new_keys)
        weak = durability.weaknesses(db)
        begins = settings.role in ("all", "web") and not (weak and not settings.unsafe_durability)
        start_code = first_run.new_start_code(db, CLOCK) if begins else None
    if weak and not settings.unsafe_durability:
        raise CommandError(
            " ".join([*weak, "PASSALONG_UNSAFE_DURABILITY=yes starts all the same: facts can then be lost."])
        )
    return start_code


def _upgrade(settings: Settings) -> None:
    """Bring the instance to this version, and say so where something was changed."""
    upgraded = bring_up_to_date(settings, may_begin=False)
    if upgraded.backup is not None:
        print(f"Upgraded to {__version__}. A backup from before is in {upgraded.backup}.", flush=True)
    if upgraded.outcomes is not None:
        print("The credit of 0.2.0 was folded anew by today's rules: docs/upgrading.md.", flush=True)


@passalong.group()
def demo() -> None:
    """A made-up site to try it with."""


_demo_port = click.option("--demo-port", type=click.IntRange(1, 65535), default=8090, help="The demo site's port.")


@demo.command("run")
@_demo_port
def demo_run(demo_port: int) -> int:
    """Serve Passalong and the demo site together, until Ctrl-C."""
    settings = read_settings()
    run.check(settings, demo_port)
    bring_up_to_date(settings)
    code: int = run.run_demo(settings, demo_port)
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
    bring_up_to_date(settings)
    with opened(settings) as db:
        if site_id is not None:
            one_site(db, site_id)
        report = seed.seed(db, CLOCK.now_ms(), keys_of(db).links, site_id, people)
        ledger.seal_whole(db, settings, report.site_id)
        print(report.words(settings.url, flow_sites.new_owner_code(db, CLOCK, report.site_id)))


for command in (
    *sites.COMMANDS,
    *cli_settings.COMMANDS,
    *cli_access.COMMANDS,
    *cli_team.COMMANDS,
    doctor.doctor,
    *backup.COMMANDS,
    *database.COMMANDS,
    *ledger.COMMANDS,
    *rule.COMMANDS,
    *decisions.COMMANDS,
    *redemptions.COMMANDS,
    cli_webhooks.webhook,
    cli_imports.imports,
    cli_listen.listen,
    cli_mcp.mcp,
):
    passalong.add_command(command)
