"""`passalong vectors`: what an owner, an accountant or a programmer checks about the rule."""

from pathlib import Path

import click
import msgspec

from passalong.cli_common import Problem
from passalong.core import vectors as core_vectors

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def read_json(file: Path) -> object:
    """What a JSON file holds; raises Problem."""
    try:
        return msgspec.json.decode(file.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(f"{file} is not JSON: {error}.") from None


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


COMMANDS: tuple[click.Command, ...] = (vectors,)
