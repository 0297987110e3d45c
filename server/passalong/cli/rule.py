"""`passalong vectors`, `terms`, `explain`, `report`: check the rule."""

from pathlib import Path

import click
import msgspec

from passalong.cli import receipts, reports, terms
from passalong.cli.common import FILE, CommandError, read_json
from passalong.core.vectors import run as core_vectors


@click.command("vectors")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def vectors(file: Path, as_json: bool) -> int:
    """Run a file of vectors against the rule; exit code 1 if anything differs."""
    try:
        outcome = core_vectors.check(read_json(file))
    except core_vectors.BadVectorsError as error:
        raise CommandError(f"{file}: {error}") from None
    if as_json:
        print(msgspec.json.encode(outcome).decode())
    else:
        for mismatch in outcome.mismatches:
            print(mismatch)
        for name in outcome.skipped:
            print(f"skipped, theory only: {name}")
        for name in outcome.unknown:
            print(f"not checked, unknown kind: {name}")
        differ = len(outcome.mismatches)
        print(
            f"{outcome.compared} values compared, {differ or 'none'} of them {'differs' if differ == 1 else 'differ'}."
        )
    return 1 if outcome.mismatches else 0


COMMANDS: tuple[click.Command, ...] = (vectors, terms.terms, receipts.explain_one, reports.report)
