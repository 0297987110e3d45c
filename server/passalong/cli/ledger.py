"""`passalong ledger`, `statement` and `verify`: prove that nothing was changed, removed or cut off."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path

import click
from msgspec import Struct

from passalong import migrate
from passalong.cli.common import CommandError, current_database, keys_of, one_site
from passalong.core.money import figures
from passalong.core.transparency.leaves import Head
from passalong.core.transparency.records import RecordHead
from passalong.core.transparency.statement import (
    UNSIGNED,
    BadStatementError,
    Statement,
    check_continues,
    check_statement,
    decode_statement,
)
from passalong.flow.replay import compare
from passalong.flow.transparency import ledger_check, sealing
from passalong.flow.transparency.evidence import Age, EvidenceMissingError, check_evidence, within_ms
from passalong.flow.transparency.heads_check import DifferenceError, Evidence, check_removed
from passalong.flow.transparency.heads_file import BadHeadsFileError, HeadsFile, read_heads, read_lines
from passalong.flow.transparency.recording import seal_records
from passalong.flow.transparency.records_check import RecordEvidence, check_records
from passalong.flow.transparency.sources_check import check_sources
from passalong.lib.clock import SystemClock
from passalong.lib.signing import SigningKeys, fingerprint, is_signed
from passalong.settings import Settings, read_settings
from passalong.store import sites
from passalong.store.books import identities
from passalong.store.engine import Database
from passalong.store.transparency import statements

UNKNOWN_KEY = 2
"""The exit code of `verify` for a statement that is valid under a key that nobody vouched for."""
APPENDED_S = 1.0
"""How long a running server may take to append a head to the file after it has signed it."""


@click.group()
def ledger() -> None:
    """Seal the ledger and check it."""


@ledger.command("verify")
@click.argument("site_id", metavar="SITE", required=False)
@click.option("--without-replay", is_flag=True, help="Leave out what takes longest: folding every fact once more.")
@click.option("--no-file", is_flag=True, help="Accept that there is no file of heads outside the database.")
def verify_ledger(site_id: str | None, without_replay: bool, no_file: bool) -> int:
    """Check every line, sum, head and receipt and name the first difference; exit code 1 if there is one.

    Missing evidence is a difference, too: the file of heads outside the database, or a head over old lines.
    """
    settings = read_settings()
    with current_database() as db:
        check = Check(keys_of(db).ledger.public, settings, not without_replay, not no_file)
        good = [_is_in_order(db, each_id, check) for each_id in _sites(db, site_id)]
        if site_id is None and check.with_file:
            good.append(_are_all_there(db, check))
    return 0 if all(good) else 1


class Check(Struct, frozen=True):
    """The options of `ledger verify`."""

    keys: Mapping[str, bytes]
    settings: Settings
    with_replay: bool
    with_file: bool

    def outside(self, site_id: str) -> list[Head]:
        """Return the heads of a site in the heads file, as it is now. Raises BadHeadsFileError."""
        return [head for head in read_heads(self.settings.heads_file) if head.site == site_id]

    def evidence(self, site_id: str) -> Evidence:
        """Return what a site's ledger is checked against."""
        age = Age(SystemClock().now_ms(), within_ms(self.settings.seal_s))
        if not self.with_file:
            return Evidence(age=age)
        return Evidence(self.outside(site_id), lambda: self._once_more(site_id), age)

    def records(self, site_id: str) -> list[RecordHead]:
        """Return the heads over facts and terms of a site in the heads file, as it is now. Raises BadHeadsFileError."""
        lines = read_lines(self.settings.heads_file)
        return [line for line in lines if isinstance(line, RecordHead) and line.site == site_id]

    def record_evidence(self, site_id: str) -> RecordEvidence:
        """Return what a site's facts and terms are checked against."""
        age = Age(SystemClock().now_ms(), within_ms(self.settings.seal_s))
        if not self.with_file:
            return RecordEvidence(age=age)
        return RecordEvidence(self.records(site_id), lambda: self.records(site_id), age)

    def _once_more(self, site_id: str) -> list[Head]:
        """Read the file again after a moment: a running server appends a head right after it has signed it."""
        time.sleep(APPENDED_S)
        return self.outside(site_id)


def _is_in_order(db: Database, site_id: str, check: Check) -> bool:
    try:
        evidence, of_records = check.evidence(site_id), check.record_evidence(site_id)
        with db.reading_one_moment() as session:
            checked = ledger_check.check_ledger(session, site_id, check.keys, evidence)
            check_sources(session, site_id)
            facts = check_records(session, site_id, check.keys, of_records)
            rows = compare.check_replay(session, site_id, migrate.upgrade) if check.with_replay else 0
    except (DifferenceError, BadHeadsFileError) as difference:
        print(f"{site_id}: NOT IN ORDER. {difference}")
        return False
    outside = (
        f"{checked.outside:,} of them outside the database" if check.with_file else "none of them compared outside"
    )
    print(
        f"{site_id}: in order. {checked.lines:,} lines in {checked.transactions:,} transactions balance; "
        f"{checked.heads:,} signed heads hold, {outside}; {checked.unsealed:,} lines are not sealed yet. "
        f"{facts:,} facts and the terms are those that were sealed."
        + (f" A replay of the facts gives the same {rows:,} rows." if rows else "")
    )
    return True


def _are_all_there(db: Database, check: Check) -> bool:
    """Check that sites of the heads file are in the database, or were removed with a signed last head."""
    try:
        removed = check_removed(read_lines(check.settings.heads_file), _sites(db, None), check.keys)
    except (DifferenceError, BadHeadsFileError) as difference:
        print(f"NOT IN ORDER. {difference}")
        return False
    for site_id, head in removed.items():
        print(f"{site_id}: removed. Its signed last head is over {head.size:,} lines.")
    return True


@ledger.command("seal")
@click.argument("site_id", metavar="SITE", required=False)
@click.option("--accept-gap", is_flag=True, help="Sign although evidence of earlier seals is missing.")
def seal_ledger(site_id: str | None, accept_gap: bool) -> None:
    """Seal new lines now, of one site or of all, instead of waiting for the server."""
    settings = read_settings()
    file, age = HeadsFile(settings.heads_file), Age(SystemClock().now_ms(), within_ms(settings.seal_s))
    with current_database() as db:
        for each_id in _sites(db, site_id):
            try:
                if not accept_gap:
                    check_evidence(db, each_id, file, age)
                heads = seal_whole(db, settings, each_id)
            except (sealing.JournalChangedError, BadHeadsFileError, EvidenceMissingError) as error:
                raise CommandError(f"{each_id}: {error} Run `passalong ledger verify`.") from None
            print(
                f"{each_id}: {heads[-1].size:,} lines, head {heads[-1].root}" if heads else f"{each_id}: nothing is new"
            )


def seal_whole(db: Database, settings: Settings, site_id: str) -> list[Head]:
    """Seal a site's new lines, whatever is missing, and append its heads to the file; returns them."""
    keys, now_ms = keys_of(db).ledger, SystemClock().now_ms()
    seal_records(db, site_id, keys, now_ms)
    heads = sealing.seal_all(db, site_id, keys, now_ms)
    HeadsFile(settings.heads_file).keep_all(db, site_id)
    return heads


@click.command("statement")
@click.argument("advocate")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it there instead of printing it.")
def write_statement(advocate: str, out: Path | None) -> None:
    """Write an advocate's statement as JSON: their lines with proofs, under the newest signed head."""
    with current_database() as db:
        _write_statement(db, keys_of(db).ledger, advocate, out)


def _write_statement(db: Database, signer: SigningKeys, advocate: str, out: Path | None) -> None:
    with db.reading_one_moment() as session:
        site_of_person = statements.site_of_advocate(session, advocate)
        site = sites.find_site(session, site_of_person[0]) if len(site_of_person) == 1 else None
        if site is None:
            raise CommandError(f"No advocate has the id {advocate[:40]!r}.")
        advocate_ids = identities.account(session, site.site_id, advocate)
        statement = statements.statement_of(session, site, advocate_ids, signer, SystemClock().now_ms())
        if statement is None:
            raise CommandError("Nothing is sealed yet, or its key is not ours: run `passalong ledger seal` first.")
        try:
            whole = statement.whole()
        except statements.SealedLinesMissingError:
            raise CommandError("Sealed lines are missing: `passalong ledger verify` names the difference.") from None
    if out is None:
        print(whole.decode(), end="")
    else:
        out.write_bytes(whole)


@click.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", help="The public key, or its fingerprint, from a place that you trust: 64 hex digits.")
@click.option(
    "--earlier",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An earlier statement to compare it with.",
)
def verify_statement(file: Path, key: str | None, earlier: Path | None) -> int:
    """Check a statement, offline: signatures, every line's proof, and the sums.

    Exits with 0 if it is valid under the key that you give, with 2 if it is only valid under the key that is in it, and
    with 1 if it is not valid. With --earlier also that every line of that statement is still in this one.
    """
    try:
        statement = _checked(file)
        if earlier is not None:
            check_continues(_checked(earlier), statement)
    except BadStatementError as bad:
        print(f"Not valid. {bad}", file=sys.stderr)
        return 1
    if key is not None and key.strip().lower() not in (statement.public_key, statement.head.key):
        print("Not valid. It was signed with another key than the one that you gave.", file=sys.stderr)
        return 1
    _tell(statement, trusted=key is not None)
    return 0 if key is not None else UNKNOWN_KEY


def _checked(file: Path) -> Statement:
    statement = decode_statement(file.read_bytes())
    check_statement(statement, is_signed, fingerprint)
    return statement


def _tell(statement: Statement, *, trusted: bool) -> None:
    head, count = statement.head, len(statement.lines)
    opening = "Holds" if trusted else "Checked against an unknown key"
    print(f"{opening}: {count:,} lines are in the ledger of {head.site} under the head over {head.size:,}.")
    for sum_row in statement.sums:
        print(f"{figures(int(sum_row.amount_micros), sum_row.unit):>16} {sum_row.unit:<6} {sum_row.account}")
    if statement.format == UNSIGNED:
        print(
            "Its header is not signed, as in all statements of 0.2.0: lines may be missing, and its date is not proved."
        )
    print(f"Signed with the key {head.key}" + (", the one that you gave." if trusted else "."))
    if not trusted:
        print(
            "Anybody can sign a ledger with a key of their own. Compare this key with the one that the site publishes "
            f"at /open/{head.site}/heads, or that an earlier statement has, and give it with --key."
        )


def _sites(db: Database, site_id: str | None) -> list[str]:
    if site_id is not None:
        return [one_site(db, site_id).site_id]
    with db.reading() as session:
        return [site.site_id for site in sites.all_sites(session)]


COMMANDS: tuple[click.Command, ...] = (ledger, write_statement, verify_statement)
