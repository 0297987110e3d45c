"""Damaged, foreign and newer backups are refused in one line, and nothing is changed."""

import hashlib
import io
import random
import tarfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from flow.backup.drill import History, restored
from flow.office import Office
from passalong import migrate
from passalong.flow.backup import manifest
from passalong.flow.backup.manifest import BadBackupError, Manifest
from passalong.flow.backup.restore import verify
from passalong.settings import Settings, read_settings


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """An instance with a history."""
    folder = tmp_path_factory.mktemp("office")
    return History(Office(f"sqlite:///{folder / 'passalong.db'}", folder))


@pytest.fixture(scope="module")
def whole(history: History, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup that is whole."""
    return history.back_up(tmp_path_factory.mktemp("backups") / "whole.backup").path


@pytest.fixture
def elsewhere(tmp_path: Path) -> Settings:
    """The settings of an empty place."""
    return read_settings({"PASSALONG_DATA": str(tmp_path / "elsewhere")})


def test_a_whole_backup_verifies(whole: Path) -> None:
    found = verify(whole, migrate)
    assert {manifest.DATABASE, manifest.HEADS, manifest.KEYS} <= found.members.keys()
    assert whole.stat().st_mode & 0o777 == 0o600
    assert list(whole.parent.iterdir()) == [whole]


def test_every_truncation_is_found(whole: Path, tmp_path: Path, history: History, elsewhere: Settings) -> None:
    text, cut = whole.read_bytes(), tmp_path / "cut.backup"
    last = max(place for place in range(0, len(text), 512) if text[place : place + 512].strip(b"\0"))
    for length in [0, 1, 511, 512, 700, *(last * part // 12 for part in range(1, 12)), last - 1, last]:
        cut.write_bytes(text[:length])
        with pytest.raises(BadBackupError):
            restored(history, cut, elsewhere)
    assert not (elsewhere.data_dir / "passalong.sqlite3").exists()


def test_a_flipped_byte_is_found_wherever_it_means_something(
    whole: Path, tmp_path: Path, history: History, elsewhere: Settings
) -> None:
    text, changed = whole.read_bytes(), tmp_path / "changed.backup"
    with tarfile.open(whole) as tar:
        places = [(entry.offset_data, entry.size) for entry in tar]
        headers = [entry.offset + 10 for entry in tar]
    chance = random.Random("flip")
    spots = [start + chance.randrange(size) for start, size in places for _ in range(3)] + headers
    for spot in spots:
        changed.write_bytes(text[:spot] + bytes([text[spot] ^ 0x20]) + text[spot + 1 :])
        with pytest.raises(BadBackupError):
            restored(history, changed, elsewhere)
    assert not (elsewhere.data_dir / "passalong.sqlite3").exists()
    restored(history, whole, elsewhere)
    assert (elsewhere.data_dir / "passalong.sqlite3").exists()


def rewritten(whole: Path, path: Path, change: Callable[[Manifest], Manifest], name: str = "") -> Path:
    """The backup with another manifest, whose digest fits; a member may be called otherwise."""
    with tarfile.open(whole) as old, tarfile.open(path, "w") as new:
        text = manifest.encode(change(manifest.decode(old.extractfile(manifest.NAME).read())))  # type: ignore[union-attr]
        parts = {manifest.NAME: text, manifest.CHECK: hashlib.sha256(text).hexdigest().encode()}
        for entry in old:
            content = parts.get(entry.name) or old.extractfile(entry).read()  # type: ignore[union-attr]
            entry.size = len(content)
            if name and entry.name == manifest.HEADS:
                entry.name = name
            new.addfile(entry, io.BytesIO(content))
    return path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda old: msgspec.structs.replace(old, format=2, version="9.0.0"), "newer Passalong (9.0.0)"),
        (lambda old: msgspec.structs.replace(old, revision="9999", version="9.0.0"), "newer than this version's"),
        (lambda old: msgspec.structs.replace(old, database="postgresql"), "the backup is of postgresql"),
        (lambda old: msgspec.structs.replace(old, journals=dict.fromkeys(old.journals, "0" * 64)), "journal of bees01"),
        (lambda old: msgspec.structs.replace(old, keys={"links": {1: "0" * 64}}), "does not open"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(
    whole: Path,
    tmp_path: Path,
    history: History,
    elsewhere: Settings,
    change: Callable[[Manifest], Manifest],
    said: str,
) -> None:
    other = rewritten(whole, tmp_path / "other.backup", change)
    with pytest.raises(BadBackupError) as refused:
        restored(history, other, elsewhere)
    assert said.lower() in str(refused.value).lower()
    assert "\n" not in str(refused.value)
    assert not (elsewhere.data_dir / "passalong.sqlite3").exists()


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "files/../../outside", "files/.hidden", "unknown"])
def test_no_member_leads_out_of_the_backup(
    whole: Path, tmp_path: Path, history: History, elsewhere: Settings, name: str
) -> None:
    def renamed(old: Manifest) -> Manifest:
        members = {name if member == manifest.HEADS else member: found for member, found in old.members.items()}
        return old if name == "unknown" else msgspec.structs.replace(old, members=members)

    with pytest.raises(BadBackupError):
        restored(history, rewritten(whole, tmp_path / "other.backup", renamed, name), elsewhere)
    assert not (tmp_path / "outside").exists()


def test_a_file_that_is_no_backup_is_refused(history: History, tmp_path: Path, elsewhere: Settings) -> None:
    for content in (b"", b"hello", b"SQLite format 3\0" * 100):
        path = tmp_path / "not.backup"
        path.write_bytes(content)
        with pytest.raises(BadBackupError):
            restored(history, path, elsewhere)


def test_a_backup_replaces_no_file_and_leaves_nothing_half_made(history: History, whole: Path, tmp_path: Path) -> None:
    before = whole.read_bytes()
    with pytest.raises(BadBackupError, match="exists already"):
        history.back_up(whole)
    assert whole.read_bytes() == before
    with pytest.raises(BadBackupError, match="does not exist"):
        history.back_up(tmp_path / "nowhere" / "one.backup")


def test_a_database_that_is_damaged_is_restored_over(history: History, whole: Path, elsewhere: Settings) -> None:
    elsewhere.data_dir.mkdir(parents=True)
    (elsewhere.data_dir / "passalong.sqlite3").write_bytes(b"SQLite format 3\0" + b"\xff" * 5_000)
    with pytest.raises(BadBackupError, match="--replace"):
        restored(history, whole, elsewhere)
    restored(history, whole, elsewhere, replace=True)
    [kept] = elsewhere.data_dir.glob("before-restore-*")
    assert (kept / "passalong.sqlite3").read_bytes().endswith(b"\xff" * 100)
