"""The drill: a backup is made while the instance is in use, restored elsewhere, and everything of before holds."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from cast import anna
from flow.backup.drill import (
    NAME,
    History,
    bytes_of,
    journal,
    leads_to,
    opened,
    place_of,
    restored,
    verify_ledger,
)
from flow.office import BOTH, Office, an_office
from passalong import migrate
from passalong.flow.backup.manifest import BadBackupError
from passalong.keys import KeyOpener
from passalong.settings import Settings, read_settings
from plumbing.lending import leave_alone


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance on each database."""
    yield from an_office(request, tmp_path_factory)


@pytest.fixture
def history(office: Office) -> History:
    """What happened on it."""
    return History(office)


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, office: Office, tmp_path: Path) -> Settings:
    """The settings of another machine, whose database is empty."""
    folder = tmp_path / "elsewhere"
    url = "" if office.db.is_sqlite else request.getfixturevalue("empty_postgresql_url")
    return read_settings({"PASSALONG_DATA": str(folder), "DATABASE_URL": url, "PASSALONG_URL": "https://along.example"})


def stop(office: Office) -> None:
    """End everything that has the database open; closing it a second time does nothing."""
    office.instance.close()
    gc.collect()
    if not office.db.is_sqlite:
        leave_alone(office.db.url.render_as_string(hide_password=False))


def test_a_backup_restored_elsewhere_is_the_same_instance(
    history: History, elsewhere: Settings, tmp_path: Path
) -> None:
    """Journal, ledger, heads and keys are those of before, and a link that was shared leads where it led."""
    made = history.back_up(tmp_path / "one.backup")
    history.sell("later")
    history.office.fold()
    done = restored(history, made.path, elsewhere)
    assert done.missing_keys == {}
    assert done.aside == ""
    with opened(elsewhere) as db:
        assert journal(db) == made.manifest.journals["bees01"] != journal(history.office.db)
        assert migrate.differences(db) == []
        KeyOpener(elsewhere, db, history.office.clock, {}).open()
    assert verify_ledger(elsewhere, history) > 0
    where = leads_to(elsewhere, history.annas)
    assert where is not None
    assert where.startswith("https://bees.example/")


def test_people_who_were_erased_before_the_backup_are_not_in_it(
    history: History, elsewhere: Settings, tmp_path: Path
) -> None:
    office = history.office
    assert NAME.encode() in bytes_of(history.settings)
    assert office.send("POST", "/me/privacy/erase", client=office.signed_in(anna), form={"read": "yes"}).status == 200
    made = history.back_up(tmp_path / "one.backup")
    assert NAME.encode() not in made.path.read_bytes()
    restored(history, made.path, elsewhere)
    assert NAME.encode() not in bytes_of(elsewhere)


def test_people_who_were_erased_after_the_backup_are_erased_again(history: History, tmp_path: Path) -> None:
    office = history.office
    made = history.back_up(tmp_path / "one.backup")
    assert NAME.encode() in made.path.read_bytes()
    assert office.send("POST", "/me/privacy/erase", client=office.signed_in(anna), form={"read": "yes"}).status == 200
    office.fold()
    stop(office)
    done = restored(history, made.path, history.settings, replace=True)
    assert done.erased_again == 1
    here = bytes_of(history.settings)
    if office.db.is_sqlite:
        here = place_of(history.settings).database.read_bytes()  # type: ignore[union-attr]
    assert NAME.encode() not in here


def test_a_standing_instance_is_replaced_only_on_request_and_kept_aside(history: History, tmp_path: Path) -> None:
    office = history.office
    made = history.back_up(tmp_path / "one.backup")
    history.sell("later")
    office.fold()
    history.seal()
    later = journal(office.db)
    stop(office)
    with pytest.raises(BadBackupError, match="--replace"):
        restored(history, made.path, history.settings)
    assert journal(office.db) == later
    office.db.close()
    done = restored(history, made.path, history.settings, replace=True)
    assert journal(office.db) == made.manifest.journals["bees01"]
    assert verify_ledger(history.settings, history) > 0
    [kept] = history.settings.data_dir.glob("before-restore-*")
    assert str(kept) in done.aside
    assert (kept / "heads.jsonl").stat().st_size > history.settings.heads_file.stat().st_size
    if office.db.is_sqlite:
        name = place_of(history.settings).database.name  # type: ignore[union-attr]
        aside = read_settings({"PASSALONG_DATA": str(kept), "DATABASE_URL": f"sqlite:///{kept / name}"})
        with opened(aside) as db:
            assert journal(db) == later


def test_nothing_is_restored_under_a_running_server(history: History, tmp_path: Path) -> None:
    made = history.back_up(tmp_path / "one.backup")
    before = journal(history.office.db)  # keeps a connection open, as a server does
    with pytest.raises(BadBackupError, match="stop it first"):
        restored(history, made.path, history.settings, replace=True)
    assert journal(history.office.db) == before
