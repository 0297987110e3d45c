"""`passalong serve`: everything that is checked before the server runs."""

import os
import sys
from pathlib import Path

import click

from passalong import __version__
from passalong.cli.common import CommandError, demand_data, opened
from passalong.cli.environment import unknown_variables
from passalong.cli.starting import only_server, warn_about_backups, warn_about_files
from passalong.cli.upgrading import bring_up_to_date
from passalong.flow.owners import first_run
from passalong.keys import KeyOpener
from passalong.lib.clock import SystemClock
from passalong.serving import Server, why_not_listen
from passalong.settings import CHOICES, Settings, read_settings
from passalong.store import durability

CLOCK = SystemClock()


@click.command()
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
