"""Keys in a backup: encrypted by a passphrase or left out and named, and never those of another instance."""

import json
from pathlib import Path

import pytest

from cast import a_site
from flow.backup.drill import PASSPHRASE, History, opened, place_of, restored
from flow.office import Office
from passalong import migrate
from passalong.flow.backup.make import Source, make_backup
from passalong.flow.backup.manifest import BadBackupError
from passalong.keys import KeyOpener
from passalong.settings import BadSettingsError, Settings, read_settings


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """An instance with a history."""
    folder = tmp_path_factory.mktemp("office")
    return History(Office(f"sqlite:///{folder / 'passalong.db'}", folder))


@pytest.fixture
def elsewhere(tmp_path: Path) -> Settings:
    """The settings of an empty place."""
    return read_settings({"PASSALONG_DATA": str(tmp_path / "elsewhere")})


def test_without_a_passphrase_the_keys_stay_out_and_are_named(
    history: History, elsewhere: Settings, tmp_path: Path
) -> None:
    made = history.back_up(tmp_path / "one.backup", passphrase="")
    known = history.office.instance.services.signing.by_number
    assert made.manifest.keys["ledger"] == known
    for name in ("keys.json", "ledger-keys.json"):
        for secret in secrets_in(history, name):
            assert secret.encode() not in made.path.read_bytes()
    done = restored(history, made.path, elsewhere, passphrase="")
    assert done.missing_keys == made.manifest.keys
    with opened(elsewhere) as db, pytest.raises(BadSettingsError, match="is missing"):
        KeyOpener(elsewhere, db, history.office.clock, {}).open()


def secrets_in(history: History, name: str) -> list[str]:
    """The secrets in one of the key files."""
    return list(json.loads((history.settings.data_dir / name).read_text()).values())


def test_the_keys_in_a_backup_are_not_readable_and_open_by_the_passphrase_alone(
    history: History, elsewhere: Settings, tmp_path: Path
) -> None:
    made = history.back_up(tmp_path / "one.backup")
    for name in ("keys.json", "ledger-keys.json"):
        for secret in secrets_in(history, name):
            assert secret.encode() not in made.path.read_bytes()
    for wrong in ("another passphrase altogether", PASSPHRASE + " "):
        with pytest.raises(BadBackupError, match="does not open the keys"):
            restored(history, made.path, elsewhere, wrong)
    with pytest.raises(BadBackupError, match="set PASSALONG_BACKUP_PASSPHRASE"):
        restored(history, made.path, elsewhere, "")
    assert not any(elsewhere.data_dir.rglob("*")) if elsewhere.data_dir.exists() else True


def test_a_backup_of_another_instance_is_refused(history: History, elsewhere: Settings, tmp_path: Path) -> None:
    """Also with `--replace`: links of the one would verify nowhere on the other."""
    made = history.back_up(tmp_path / "one.backup")
    with opened(elsewhere) as db:
        migrate.upgrade(db)
        KeyOpener(elsewhere, db, history.office.clock, {}).open()
        a_site(db, history.office.clock)
        source = Source(db, place_of(elsewhere), migrate)
        theirs = make_backup(source, history.office.clock, tmp_path / "theirs.backup")
    with pytest.raises(BadBackupError, match="another instance"):
        restored(history, made.path, elsewhere, replace=True)
    with pytest.raises(BadBackupError, match="another instance"):
        restored(history, theirs.path, history.settings, replace=True)
