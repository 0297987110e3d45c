"""`passalong backup` and `passalong restore`: the whole instance in one file, and back."""

from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from passalong import migrate
from passalong.cli.common import FILE, demand_data, keys_of, opened
from passalong.cli.stopping import stopped_by_sigterm
from passalong.flow.backup.files import Place
from passalong.flow.backup.make import Made, Source, make_backup
from passalong.flow.backup.manifest import Manifest
from passalong.flow.backup.restore import Restored, Target, verify
from passalong.flow.backup.restore import restore as restore_backup
from passalong.flow.backup.schedule import remember
from passalong.keys import fingerprints_there, secrets_of
from passalong.lib.clock import SystemClock
from passalong.settings import Settings, read_settings


def place_of(settings: Settings) -> Place:
    """Return where these settings keep their data."""
    return Place(settings.data_dir, settings.heads_file, settings.database_url)


def back_up(settings: Settings, path: Path) -> Made:
    """Back up the instance of these settings, and note that it was done. Raises BadBackupError."""
    demand_data(settings)
    with opened(settings) as db:
        passphrase = settings.backup.passphrase
        if passphrase:
            keys_of(db)  # wrong or missing keys are found now, and not when they are needed
        keys = secrets_of(settings) if passphrase else {}
        size = make_backup(Source(db, place_of(settings), migrate, keys, passphrase), SystemClock(), path)
    remember(settings.data_dir, size)
    return size


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def backup(file: Path, as_json: bool) -> None:
    """Back up everything into FILE, while the server runs: database, heads, mails in the folder and, if
    PASSALONG_BACKUP_PASSPHRASE is set, the signing keys, encrypted."""
    with stopped_by_sigterm(f"The backup was stopped: nothing of it is left in {file.absolute().parent}."):
        result = back_up(read_settings(), file.absolute())
    if as_json:
        print(msgspec.json.encode(_as_json(result.path, result.size, result.manifest)).decode())
        return
    print(f"{result.path}  {result.size:,} bytes, {_sites(result.manifest)}")
    print(f"Everything that was acknowledged before {_moment(result.manifest)} is in it.")
    _say_keys(result.manifest)


@click.command()
@click.argument("file", type=FILE)
@click.option("--replace", is_flag=True, help="Replace the instance that is here; it is kept aside.")
@click.option("--verify", "only_verify", is_flag=True, help="Only verify the file, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def restore(file: Path, replace: bool, only_verify: bool, as_json: bool) -> None:
    """Restore everything from FILE, with the server stopped. It is verified before anything is replaced."""
    if only_verify:
        with stopped_by_sigterm("The check was stopped, and says nothing about the file."):
            manifest = verify(file.absolute(), migrate)
        result = _as_json(file.absolute(), file.stat().st_size, manifest)
        print(msgspec.json.encode(result).decode() if as_json else f"{file} is whole, from {_moment(manifest)}.")
        return
    settings = read_settings()
    target = Target(
        place_of(settings), migrate, fingerprints_there(settings), settings.backup.passphrase, replace=replace
    )
    with stopped_by_sigterm("The restore was stopped before it changed anything."):
        restored = restore_backup(file.absolute(), target, SystemClock())
    if as_json:
        result = _as_json(file.absolute(), file.stat().st_size, restored.manifest)
        print(msgspec.json.encode({**result, "aside": restored.aside, "erased_again": restored.erased_again}).decode())
    else:
        _say_restored(restored)


def _say_restored(restored: Restored) -> None:
    print(f"Restored {_sites(restored.manifest)} as of {_moment(restored.manifest)}.")
    if restored.aside:
        print(f"What was here before is kept in {restored.aside}: delete it when you do not need it any more.")
    if restored.erased_again:
        print(f"{restored.erased_again} people who were erased since then were erased again.")
    if restored.left_to_erase:
        print(
            f"Up to {restored.left_to_erase} people who were erased since then are in it again: erase them once more."
        )
    for purpose, numbers in restored.missing_keys.items():
        for number, fingerprint in numbers.items():
            print(f"Missing: key {number} of {purpose}, fingerprint {fingerprint}. Put it in place before you start.")
    print("Next: `passalong ledger verify`, then start the server.")


def _say_keys(manifest: Manifest) -> None:
    if manifest.has_keys:
        print("The signing keys are in it, encrypted by your passphrase.")
        return
    print("The signing keys are not in it: keep keys.json and ledger-keys.json, or set PASSALONG_BACKUP_PASSPHRASE.")
    for purpose, numbers in manifest.keys.items():
        for number, fingerprint in numbers.items():
            print(f"  belongs to it: key {number} of {purpose}, fingerprint {fingerprint}")


def _moment(manifest: Manifest) -> str:
    return datetime.fromtimestamp(manifest.moment_ms / 1000, UTC).isoformat(timespec="milliseconds")


def _as_json(path: Path, size: int, manifest: Manifest) -> dict[str, object]:
    return {
        "file": str(path),
        "bytes": size,
        "moment_ms": manifest.moment_ms,
        "version": manifest.version,
        "database": manifest.database,
        "keys": manifest.keys,
        "has_keys": manifest.has_keys,
        "journals": manifest.journals,
    }


COMMANDS: tuple[click.Command, ...] = (backup, restore)


def _sites(manifest: Manifest) -> str:
    return f"{len(manifest.journals)} site{'s' if len(manifest.journals) != 1 else ''}"
