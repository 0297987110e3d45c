"""`passalong vectors`, `terms`, `explain`, `report`: what an owner or an accountant checks about the rule."""

from pathlib import Path

import click
import msgspec

from passalong import cli_explain, cli_report, cli_terms
from passalong.cli_common import FILE, Problem, read_json
from passalong.core import vectors as core_vectors


@click.command("vectors")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def vectors(file: Path, as_json: bool) -> int:
    """Run a file of vectors against the rule as it is built; 1 if anything differs."""
    try:
        outcome = core_vectors.check(read_json(file))
    except core_vectors.BadVectors as error:
        raise Problem(f"{file}: {error}") from None
    if as_json:
        print(msgspec.json.encode(outcome).decode())
    else:
        for mismatch in outcome.mismatches:
            print(mismatch)
        for name in outcome.skipped:
            print(f"skipped, theory only: {name}")
        differ = len(outcome.mismatches)
        print(
            f"{outcome.compared} values compared, {differ or 'none'} of them {'differs' if differ == 1 else 'differ'}."
        )
    return 1 if outcome.mismatches else 0


COMMANDS: tuple[click.Command, ...] = (vectors, cli_terms.terms, cli_explain.explain_one, cli_report.report)
