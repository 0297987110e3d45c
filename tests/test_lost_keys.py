"""Lost keys: nothing starts with others in silence, and what is to be restored is named."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cast import OttosSite, a_site, an_id, anna
from commands import Run
from flow.world import HandClock
from passalong.app import make_instance
from passalong.flow.signin import guests
from passalong.keys import InstanceKeys, KeyOpener
from passalong.lib.tokens import share_id_of
from passalong.serving import Server
from passalong.settings import BadSettingsError, read_settings
from passalong.store.engine import Database
from tables import make_tables

FILES = ["keys.json", "ledger-keys.json"]


class Instance:
    """An instance's data folder and database, with a link and a signed head."""

    def __init__(self, folder: Path, database_url: str):
        self.folder = folder
        self.settings = read_settings({"PASSALONG_DATA": str(folder), "DATABASE_URL": database_url})
        self.db = Database(database_url)
        self.clock = HandClock()
        make_tables(self.db)
        self.site: OttosSite = a_site(self.db, self.clock)

    def open(self, env: dict[str, str] | None = None, *, accept_new: bool = False) -> InstanceKeys:
        """What a start does."""
        return KeyOpener(self.settings, self.db, self.clock, env or {}).open(accept_new=accept_new)

    def refused(self, env: dict[str, str] | None = None) -> str:
        """The one line that a start ends with."""
        with pytest.raises(BadSettingsError) as bad:
            self.open(env)
        (line,) = bad.value.problems
        return line

    def keys(self, name: str) -> dict[str, str]:
        """What a file holds."""
        found: dict[str, str] = json.loads((self.folder / name).read_text())
        return found

    def keep(self, name: str, keys: dict[str, str]) -> None:
        """Write a file."""
        (self.folder / name).write_text(json.dumps(keys))


NEW = {"keys.json": "another secret that is long enough for it", "ledger-keys.json": "ab" * 32}


@pytest.fixture
def instance(tmp_path: Path, database_url: str) -> Iterator[Instance]:
    """An instance that was started once."""
    made = Instance(tmp_path, database_url)
    made.open()
    yield made
    made.db.close()


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_was_lost_is_named_and_none_is_made(instance: Instance, name: str) -> None:
    before = instance.keys(name)
    (instance.folder / name).unlink()
    line = instance.refused()
    assert line.startswith(f"{instance.folder / name} is missing. Restore it from your backup.")
    assert "passalong serve --accept-new-keys" in line
    assert not (instance.folder / name).exists()
    instance.keep(name, before)
    instance.open()


@pytest.mark.parametrize("name", FILES)
def test_other_keys_are_refused_until_they_are_accepted(instance: Instance, name: str) -> None:
    instance.keep(name, {"1": NEW[name]})
    assert "key 1 is another one" in instance.refused()
    instance.open(accept_new=True)
    instance.open()


@pytest.mark.parametrize("name", FILES)
def test_a_key_may_be_added_and_older_ones_retired(instance: Instance, name: str) -> None:
    old = instance.keys(name)["1"]
    instance.keep(name, {"1": old, "2": NEW[name]})
    instance.open()
    instance.keep(name, {"2": NEW[name]})
    instance.open()


@pytest.mark.parametrize("name", FILES)
def test_a_backup_from_before_a_rotation_is_refused(instance: Instance, name: str) -> None:
    old = instance.keys(name)["1"]
    instance.keep(name, {"1": old, "2": NEW[name]})
    instance.open()
    instance.keep(name, {"1": old})
    assert "key 2 is missing" in instance.refused()
    instance.keep(name, {"1": old, "2": NEW[name]})
    instance.open()


@pytest.mark.parametrize(("name", "variable"), [*zip(FILES, ["PASSALONG_KEYS", "PASSALONG_LEDGER_KEYS"], strict=True)])
def test_keys_in_a_variable_are_held_to_the_same(instance: Instance, name: str, variable: str) -> None:
    given = json.dumps(instance.keys(name))
    (instance.folder / name).unlink()
    instance.open({variable: given})
    line = instance.refused({variable: json.dumps({"1": NEW[name]})})
    assert line.startswith(f"{variable} does not have the")


def test_a_database_of_an_older_version_takes_the_keys_that_are_there_and_makes_none(
    tmp_path: Path, database_url: str
) -> None:
    """Before there were fingerprints the links say that there must have been a key."""
    old = Instance(tmp_path, database_url)
    keys = old.open().links
    asked = guests.LinkRequest(an_id("request", 1), anna.guest, "https://bees.example/bees", "Bees", None, None)
    token = guests.issue_link(old.db, old.clock, keys, old.site.site, asked).token
    with old.db.writer.begin() as connection:
        connection.exec_driver_sql("DELETE FROM key_fingerprints")
    kept = old.keys("keys.json")
    (tmp_path / "keys.json").unlink()
    assert "keys.json is missing" in old.refused()
    old.keep("keys.json", kept)
    assert share_id_of(old.open().links, old.site.site.site_id, token)
    old.keep("keys.json", {"1": NEW["keys.json"]})
    assert "key 1 is another one" in old.refused()
    old.db.close()


def test_no_secret_stands_in_the_database(instance: Instance, database_url: str) -> None:
    secret = instance.keys("keys.json")["1"]
    with instance.db.reading() as session:
        rows = session.connection().exec_driver_sql("SELECT * FROM key_fingerprints").all()
    assert len(rows) == 2
    assert secret not in str(rows)
    assert secret[:12] not in str(rows)


def test_a_worker_that_starts_again_makes_no_keys_either(instance: Instance) -> None:
    (instance.folder / "keys.json").unlink()
    with pytest.raises(BadSettingsError):
        make_instance(instance.settings)
    assert not (instance.folder / "keys.json").exists()


def test_a_worker_starts_while_the_database_is_away(instance: Instance) -> None:
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    opened = KeyOpener(instance.settings, away, instance.clock, {}).open_in_worker()
    assert list(opened.links.secrets.values()) == list(instance.keys("keys.json").values())
    away.close()


@pytest.mark.parametrize("words", [("serve",), ("demo", "run"), ("demo", "seed")])
def test_every_start_says_what_to_restore(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert run("demo", "seed", "--people", "10")[0] == 0
    (tmp_path / "data" / "keys.json").unlink()
    code, _, err = run(*words)
    assert code == 2
    assert err.startswith(f"passalong: {tmp_path}/data/keys.json is missing. Restore it")
    assert len(err.splitlines()) == 1


def test_other_keys_are_accepted_on_the_command_line(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[object] = []
    monkeypatch.setattr(Server, "run", lambda server: served.append(server))
    monkeypatch.setenv("PASSALONG_PORT", "18999")
    assert run("demo", "seed", "--people", "10")[0] == 0
    (tmp_path / "data" / "keys.json").unlink()
    assert run("serve")[0] == 2
    assert served == []
    assert run("serve", "--accept-new-keys")[0] == 0
    assert run("serve")[0] == 0
    assert len(served) == 2
