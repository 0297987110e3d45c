"""`passalong ledger` on the command line: missing evidence is a failure, as altered evidence is."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import Run
from passalong.flow.transparency import sealing
from passalong.flow.transparency.heads_file import HeadsFile
from passalong.key_files import read_signing_keys
from passalong.lib.clock import SystemClock
from passalong.settings import read_settings
from passalong.store.engine import Database


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder where a demo history is kept for the tests of this file."""
    return tmp_path_factory.mktemp("seeded")


@pytest.fixture
def data(run: Run, seeded: Path, tmp_path: Path) -> Path:
    """A data folder with ninety days of history under one head, which is in the file outside, too."""
    if not (seeded / "data").exists():
        assert run("demo", "seed", "--people", "20")[0] == 0
        shutil.copytree(tmp_path / "data", seeded / "data")
        return tmp_path / "data"
    shutil.copytree(seeded / "data", tmp_path / "data")
    return tmp_path / "data"


def change(data: Path, *statements: str) -> None:
    """Change the database behind the program's back."""
    database = sqlite3.connect(data / "passalong.sqlite3")
    names = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in names:
        database.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()


def without_heads(data: Path) -> None:
    """Every head is gone from the database, and the file with them."""
    change(data, "DELETE FROM heads", "DELETE FROM tree_nodes", "UPDATE journal SET at_ms = at_ms + 1 WHERE tx = 3")
    (data / "heads.jsonl").unlink()


def test_a_missing_file_of_heads_is_a_failure_unless_it_is_said(run: Run, data: Path) -> None:
    assert run("ledger", "verify")[0] == 0
    (data / "heads.jsonl").unlink()
    code, out, _ = run("ledger", "verify", "--without-replay")
    assert code == 1
    assert "the file is gone, or the site's lines were cut out of it" in out
    code, out, _ = run("ledger", "verify", "--no-file", "--without-replay")
    assert code == 0
    assert "none of them compared outside" in out


def test_a_site_whose_lines_were_cut_out_of_the_file_is_a_failure(run: Run, data: Path) -> None:
    (data / "heads.jsonl").write_text("")
    code, out, _ = run("ledger", "verify", "--without-replay")
    assert code == 1
    assert "cut out of it" in out


def test_a_site_that_the_file_knows_and_the_database_does_not_is_a_failure(run: Run, data: Path) -> None:
    path = data / "heads.jsonl"
    head = path.read_text()
    path.write_text(head + head.replace('"site":"', '"site":"z'))
    code, out, _ = run("ledger", "verify", "--without-replay")
    assert code == 1
    assert "which is not in the database, and no signed last head" in out


def test_a_removed_site_leaves_a_signed_last_head(run: Run, data: Path) -> None:
    """The removal itself is a command of its own; what it leaves is enough to tell it from a forgery."""
    settings = read_settings()
    site_id = run("site", "list")[1].split()[0]
    db = Database(settings.database_url)
    last = sealing.last_head(db, site_id, read_signing_keys(settings), SystemClock().now_ms())
    db.close()
    HeadsFile(settings.heads_file).keep_last(last)
    assert "was removed, the outside file says, and it is in the database" in run("ledger", "verify")[1]
    change(data, "DELETE FROM sites")
    assert run("ledger", "verify") == (
        0,
        f"{site_id}: removed. Its signed last head is over {last.size:,} lines.\n",
        "",
    )
    path = data / "heads.jsonl"
    path.write_text(path.read_text().replace(f'"size":{last.size},', f'"size":{last.size + 1},'))
    code, out, _ = run("ledger", "verify")
    assert (code, "signature of" in out) == (1, True)


def test_old_lines_under_no_head_are_a_failure_and_are_not_signed(run: Run, data: Path) -> None:
    """The forgery that a seal used to sign: no head is left anywhere, and a line is another."""
    without_heads(data)
    code, out, _ = run("ledger", "verify", "--without-replay")
    assert code == 1
    assert "under no head" in out
    code, _, error = run("ledger", "seal")
    assert code == 2
    assert "--accept-gap" in error
    assert not (data / "heads.jsonl").exists()
    assert "lines, head " in run("ledger", "seal", "--accept-gap")[1]
    assert run("ledger", "verify", "--without-replay")[0] == 0


MISSING: dict[str, tuple[Callable[[Path], object], str]] = {
    "the file": (lambda data: (data / "heads.jsonl").unlink(), "is not there: put it back"),
    "the lines": (lambda data: (data / "heads.jsonl").write_text(""), "lacks heads that the database has"),
    "the heads": (lambda data: change(data, "DELETE FROM heads"), "the database is an old copy"),
}


@pytest.mark.parametrize("what", MISSING)
def test_nothing_is_signed_over_missing_evidence(run: Run, data: Path, what: str) -> None:
    take, words = MISSING[what]
    take(data)
    code, _, error = run("ledger", "seal")
    assert code == 2
    assert words in error


UNREADABLE = {
    "DELETE FROM terms": "Version 1 of the terms is missing",
    "UPDATE issued_links SET terms_version = 7": "Version 7 of the terms is missing: the link ",
    "UPDATE terms SET document = '{'": "The document of version 1 of the terms cannot be read",
    "DELETE FROM advocates": " is missing: the link ",
    "DELETE FROM events WHERE kind = 'conversion'": "is not in the event log",
    "UPDATE events SET fact = '{}' WHERE kind = 'conversion'": "cannot be read",
    "DELETE FROM numbered WHERE seq = 5": "The fact with number 5 is missing: after 4 comes 6",
    "DELETE FROM numbered WHERE seq = (SELECT max(seq) FROM numbered)": "The fold has numbered ",
}


@pytest.mark.parametrize("statement", UNREADABLE)
def test_a_row_that_a_replay_needs_is_named_where_it_is_missing(run: Run, data: Path, statement: str) -> None:
    change(data, statement)
    code, out, error = run("ledger", "verify")
    assert (code, error) == (1, "")
    assert UNREADABLE[statement] in out


def test_no_statement_is_written_where_sealed_lines_are_missing(run: Run, data: Path, tmp_path: Path) -> None:
    database = sqlite3.connect(data / "passalong.sqlite3")
    [(account,)] = database.execute("SELECT account FROM journal WHERE account LIKE 'advocate:%' LIMIT 1").fetchall()
    database.close()
    advocate_id, out = account.split(":")[1], tmp_path / "statement.json"
    assert run("statement", advocate_id, "--out", str(out))[0] == 0
    out.unlink()
    change(data, f"DELETE FROM journal WHERE tx = (SELECT min(tx) FROM journal WHERE account = '{account}')")
    code, printed, error = run("statement", advocate_id, "--out", str(out))
    assert (code, printed, error.count("\n"), out.exists()) == (2, "", 1, False)
    assert "Sealed lines are missing: `passalong ledger verify` names the difference." in error
    assert run("ledger", "verify", "--without-replay")[0] == 1


NEEDS_KEYS = [["ledger", "verify"], ["ledger", "seal"], ["statement", "nobody"]]


@pytest.mark.parametrize("command", NEEDS_KEYS, ids=" ".join)
def test_a_lost_key_file_is_named_and_no_new_key_is_made(run: Run, data: Path, command: list[str]) -> None:
    """With a new key every signed head would count as signed by a stranger."""
    (data / "ledger-keys.json").unlink()
    code, out, error = run(*command)
    assert (code, out) == (2, "")
    assert f"{data / 'ledger-keys.json'} is missing. Restore it from your backup." in error
    assert not (data / "ledger-keys.json").exists()
