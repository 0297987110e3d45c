"""`passalong ledger`, `statement` and `verify`: proving that nothing was changed, removed or cut off."""

import sys
from pathlib import Path

import click
import msgspec

from passalong import migrate
from passalong.cli_common import Problem, current_database, one_site
from passalong.clock import SystemClock
from passalong.core.statement import BadStatement, Statement, check_continues, check_statement, decode_statement
from passalong.flow import ledger_check, replay_check, seal
from passalong.flow.outside import BadFile, HeadsFile, read_heads
from passalong.settings import read_settings, read_signing_keys
from passalong.signing import fingerprint, is_signed
from passalong.store import sites, statements
from passalong.store.engine import Database


@click.group()
def ledger() -> None:
    """The ledger: seal it, check it."""


@ledger.command("verify")
@click.argument("site_id", metavar="SITE", required=False)
@click.option("--without-replay", is_flag=True, help="Leave out what takes longest: folding every fact once more.")
def verify_ledger(site_id: str | None, without_replay: bool) -> int:
    """Check every line, sum, head and receipt and name the first difference; 1 if there is one."""
    settings = read_settings()
    keys, good = read_signing_keys(settings).public, True
    with current_database() as db:
        for known in _sites(db, site_id):
            try:
                outside = [head for head in read_heads(settings.heads_file) if head.site == known]
                with db.reading_one_moment() as session:
                    found = ledger_check.check_ledger(session, known, keys, outside)
                    rows = 0 if without_replay else replay_check.check_replay(session, known, migrate.upgrade)
            except (ledger_check.Difference, BadFile) as difference:
                print(f"{known}: NOT IN ORDER. {difference}")
                good = False
                continue
            print(
                f"{known}: in order. {found.lines:,} lines in {found.transactions:,} transactions balance; "
                f"{found.heads:,} signed heads hold, {found.outside:,} of them outside the database; "
                f"{found.unsealed:,} lines are not sealed yet."
                + (f" A replay of the facts gives the same {rows:,} rows." if rows else "")
            )
    return 0 if good else 1


@ledger.command("seal")
@click.argument("site_id", metavar="SITE", required=False)
def seal_ledger(site_id: str | None) -> None:
    """Seal what is new now, of one site or of all, instead of waiting for the server to do it."""
    settings = read_settings()
    keys, file = read_signing_keys(settings), HeadsFile(settings.heads_file)
    with current_database() as db:
        for known in _sites(db, site_id):
            try:
                made = seal.seal_all(db, known, keys, SystemClock().now_ms())
                file.keep(db, known)
            except (seal.NotWhatWasSealed, BadFile) as error:
                raise Problem(f"{known}: {error}. Run `passalong ledger verify`.") from None
            print(f"{known}: {made[-1].size:,} lines, head {made[-1].root}" if made else f"{known}: nothing is new")


@click.command("statement")
@click.argument("advocate")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it there instead of printing it.")
def write_statement(advocate: str, out: Path | None) -> None:
    """Write an advocate's statement as JSON: their lines with proofs, under the newest signed head."""
    settings = read_settings()
    with current_database() as db, db.reading_one_moment() as session:
        found = statements.site_of_advocate(session, advocate)
        site = sites.find_site(session, found[0]) if len(found) == 1 else None
        if site is None:
            raise Problem(f"No advocate has the id {advocate[:40]!r}.")
        keys = read_signing_keys(settings).public
        made = statements.statement_of(session, site, advocate, keys, SystemClock().now_ms())
    if made is None:
        raise Problem("Nothing is sealed yet, or its key is not ours: run `passalong ledger seal` first.")
    body = msgspec.json.format(msgspec.json.encode(made), indent=1)
    if out is None:
        print(body.decode())
    else:
        out.write_bytes(body + b"\n")


@click.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", help="The public key, or its fingerprint, from a place that you trust: 64 hex digits.")
@click.option(
    "--earlier", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A statement kept before."
)
def verify_statement(file: Path, key: str | None, earlier: Path | None) -> int:
    """Check a statement, offline: signature, every line's proof, and the sums. 1 if it does not hold.

    With --earlier also that every line of that statement is still in this one.
    """
    try:
        statement = _checked(file)
        if earlier is not None:
            check_continues(_checked(earlier), statement)
    except BadStatement as bad:
        print(f"Does not hold. {bad}", file=sys.stderr)
        return 1
    if key is not None and key.strip().lower() not in (statement.public_key, statement.head.key):
        print("Does not hold. It was signed with another key than the one that you gave.", file=sys.stderr)
        return 1
    _tell(statement, key is not None)
    return 0


def _checked(file: Path) -> Statement:
    statement = decode_statement(file.read_bytes())
    check_statement(statement, is_signed, fingerprint)
    return statement


def _tell(statement: Statement, trusted: bool) -> None:
    head = statement.head
    print(f"Holds: {len(statement.lines):,} lines are in the ledger of {head.site} under the head over {head.size:,}.")
    for one in statement.sums:
        print(f"{int(one.amount_micros) / 1_000_000:>16,.2f} {one.unit:<6} {one.account}")
    print(f"Signed with the key {head.key}" + (", the one that you gave." if trusted else "."))
    if not trusted:
        print("Compare it with the one that the site publishes, or that an earlier statement has.")


def _sites(db: Database, site_id: str | None) -> list[str]:
    if site_id is not None:
        return [one_site(db, site_id).site_id]
    with db.reading() as session:
        return [site.site_id for site in sites.all_sites(session)]


COMMANDS: tuple[click.Command, ...] = (ledger, write_statement, verify_statement)
