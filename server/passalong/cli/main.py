"""The command `passalong`. Exit codes: 0 ok, 1 found problems, 2 wrong use. Errors say what to do next."""

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import DBAPIError, OperationalError

from passalong import __version__, migrate
from passalong.cli.common import CommandError
from passalong.cli.environment import take_environment
from passalong.core.terms.validation import BadTermsError
from passalong.flow.backup.manifest import BadBackupError
from passalong.flow.owners.sites import BadSiteError
from passalong.settings import BadSettingsError
from passalong.store.database_errors import Blame, blame, first_line, is_damaged, is_forbidden, is_locked, is_sqlite
from passalong.store.engine import DatabaseEncodingError

COMMANDS = {
    "version": "main.version",
    "serve": "serve.serve",
    "demo": "demo.demo",
    "site": "sites.site",
    "settings": "settings.settings",
    "key": "access.key",
    "owner": "access.owner",
    "team": "team.team",
    "doctor": "doctor.doctor",
    "backup": "backup.backup",
    "restore": "backup.restore",
    "db": "database.database",
    "rollups": "database.rollups",
    "replay": "database.replay_log",
    "queue": "database.facts",
    "ledger": "ledger.ledger",
    "statement": "ledger.write_statement",
    "verify": "ledger.verify_statement",
    "vectors": "rule.vectors",
    "terms": "terms.terms",
    "explain": "receipts.explain_one",
    "report": "reports.report",
    "code": "decisions.code",
    "review": "decisions.review",
    "method": "redemptions.methods",
    "way": "redemptions.old_name",
    "payout": "redemptions.payout",
    "pool": "redemptions.pool",
    "webhook": "webhooks.webhook",
    "import": "imports.imports",
    "listen": "listen.listen",
    "mcp": "mcp.mcp",
}
"""The file and the variable of each command."""


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
    except (CommandError, BadBackupError, BadSiteError) as error:
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


class LazyCommands(dict[str, click.Command]):
    """Commands by name that are imported when they are looked up: one command needs few of their modules."""

    def __init__(self, places: Mapping[str, str]):
        super().__init__(dict.fromkeys(places))  # type: ignore[arg-type]
        self._places = places

    def get(self, name: str, default: Any = None) -> Any:
        """Return the command of that name."""
        return self[name] if name in self._places else default

    def __getitem__(self, name: str) -> click.Command:
        module, attribute = self._places[name].split(".")
        command: click.Command = getattr(import_module(f"passalong.cli.{module}"), attribute)
        return command

    def items(self) -> Any:
        """Return all commands with their names."""
        return [(name, self[name]) for name in self]


@click.group(commands=LazyCommands(COMMANDS), context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder, before all else.")
@click.pass_context
def passalong(context: click.Context, data: Path | None) -> None:
    """Share buttons that credit the people who share."""
    if context.invoked_subcommand != "version":
        take_environment(data)


@click.command()
def version() -> None:
    """Print the version."""
    print(__version__)
