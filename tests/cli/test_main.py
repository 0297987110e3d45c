"""The command line: what it prints, what it answers, and one clear line for what is wrong."""

import inspect
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from commands import Run, a_site, tables_made
from passalong.cli.main import passalong


def test_the_first_minutes_of_an_owner(run: Run) -> None:
    key = a_site(run)
    assert run("site", "list")[1] == f"{key}\thttps://bees.example\tBee Almanac\n"
    assert run("key", "new", key)[1].startswith(f"ak_{key}_")
    assert run("owner", "link", key)[1].startswith(f"http://127.0.0.1:8080/start?k={key}.")
    assert run("db", "check") == (0, "The database is as it should be.\n", "")
    assert run("queue", "aside", key)[:2] == (0, "0 facts are set aside.\n")


def test_a_new_site_prints_the_very_lines_to_paste(run: Run) -> None:
    tables_made()
    out = run("site", "add", "https://bees.example")[1]
    key = out.split()[1]
    snippet = (Path(__file__).parents[2] / "snippets/html.html").read_text()
    lines = snippet.replace("HOST", "http://127.0.0.1:8080").replace("SITE_KEY", key)
    assert lines.partition("<pass-along>")[0] in out


def test_an_owner_gives_an_address_that_is_to_be_confirmed(run: Run) -> None:
    tables_made()
    out = run("site", "add", "https://bees.example", "--email", "otto@example.org")[1]
    assert "sends a link to otto@example.org" in out.splitlines()[-1]
    key = out.split()[1]
    assert run("site", "email", key)[1] == "otto@example.org\tnot confirmed yet\n"
    assert "sends a link to otto@example.net" in run("site", "email", key, "otto@example.net", "--language", "de")[1]
    assert run("site", "email", key, "--forget")[:2] == (0, "")
    assert run("site", "email", key)[1] == ""


def test_a_demo_history_replays_to_the_same_journal_and_copies_to_the_same_rows(run: Run, tmp_path: Path) -> None:
    assert run("demo", "seed", "--people", "40")[0] == 0
    code, out, _ = run("replay")
    assert code == 0
    assert "the same" in out
    assert run("rollups", "rebuild")[0] == 0
    source, target = (f"sqlite:///{tmp_path / name}" for name in ("data/passalong.sqlite3", "copy.sqlite3"))
    code, out, _ = run("db", "copy", source, target)
    assert code == 0
    assert "are the same on both sides" in out
    assert "nothing waits" in run("db", "stats")[1]


WRONG_WORDS = {
    ("serv",): "Did you mean 'serve'?",
    ("key", "new"): "Missing argument 'SITE'. See `passalong key new --help`.",
    ("key", "new", "bees01", "--scope", "reprot"): "'reprot' is not one of 'read', 'report'",
    ("site", "list", "--jsn"): "--jsn",
    ("site", "list", "more"): "unexpected extra argument",
    ("--data",): "'--data' requires an argument",
    ("verify", "nowhere.json"): "'nowhere.json' does not exist",
}


@pytest.mark.parametrize("words", WRONG_WORDS)
def test_words_that_are_no_command_are_one_line_that_names_the_help(run: Run, words: tuple[str, ...]) -> None:
    code, out, err = run(*words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("passalong: ")
    assert WRONG_WORDS[words] in err
    assert err.rstrip().endswith("--help`.") or words == ("--data",)


def test_a_group_without_a_command_prints_its_help(run: Run) -> None:
    code, _, err = run("site")
    assert code == 2
    assert "Usage: passalong site" in err
    assert "add" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("key", "new", "nobody"), "`passalong site list` shows them"),
        (("owner", "link", "nobody"), "`passalong site list` shows them"),
        (("queue", "retry", "nobody"), "`passalong site list` shows them"),
        (("site", "add", "bees"), "write it like https://example.org"),
        (("site", "add", "ftp://bees.example"), "not an http or https address"),
        (("site", "add", "https://bees.example", "--currency", "euro"), "three capital letters"),
        (("site", "add", "https://bees.example", "--time-zone", "Bee/Hive"), "Europe/Berlin"),
        (("site", "add", "https://bees.example", "--remember", "all"), "visit, window, none"),
        (("site", "add", "https://bees.example", "--email", "otto"), "write it like otto@example.org"),
        (("db", "distribute"), "Citus is an extension of PostgreSQL"),
        (("serve", "--role", "work"), "SQLite wants one process"),
        (("demo", "seed", "--people", "3"), "--people"),
        (("fly",), "No such command"),
    ],
)
def test_a_problem_is_reported_in_one_line_that_says_what_to_do(run: Run, words: tuple[str, ...], said: str) -> None:
    tables_made()
    code, _, err = run(*words)
    assert code == 2
    assert said in err
    assert "Traceback" not in err


def test_a_database_of_another_version_is_not_touched(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    sqlite3.connect(tmp_path / "data" / "passalong.sqlite3").close()
    (tmp_path / "data" / "passalong.sqlite3").touch()
    assert run("site", "list")[2] == (
        "passalong: The database is empty: `passalong restore FILE` restores a backup, `passalong db upgrade` begins a "
        "new instance.\n"
    )
    with sqlite3.connect(tmp_path / "data" / "passalong.sqlite3") as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        database.execute("INSERT INTO alembic_version VALUES ('0001')")
    database.close()
    assert run("site", "list")[2] == (
        "passalong: The database is not at this version's tables: run `passalong db upgrade` first.\n"
    )


def test_a_database_that_is_away_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    code, _, err = run("site", "list")
    assert code == 2
    assert err.startswith("passalong: The database does not answer:")
    assert len(err.splitlines()) == 1


def test_a_folder_that_is_in_the_way_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PASSALONG_DATA", str(tmp_path / "file" / "data"))
    code, _, err = run("db", "upgrade")
    assert code == 2
    assert "PASSALONG_DATA" in err
    assert len(err.splitlines()) == 1


def test_a_ledger_is_sealed_and_checked_and_a_statement_is_checked_without_it(run: Run, tmp_path: Path) -> None:
    """From a made-up history to a statement in a file, and every way in which one of them can be wrong."""
    assert run("demo", "seed", "--people", "40")[0] == 0
    assert "nothing is new" in run("ledger", "seal")[1]
    code, out, _ = run("ledger", "verify")
    assert code == 0
    assert "0 lines are not sealed yet. " in out
    assert " A replay of the facts gives the same " in out
    with sqlite3.connect(tmp_path / "data" / "passalong.sqlite3") as database:
        credited = "SELECT recipient FROM credits WHERE length(recipient) = 16 ORDER BY amount_micros DESC"
        [advocate] = database.execute(credited).fetchone()
    path = tmp_path / "statement.json"
    assert run("statement", advocate, "--out", str(path)) == (0, "", "")
    code, out, _ = run("verify", str(path))
    assert (code, out.partition(":")[0]) == (2, "Checked against an unknown key")
    key = json.loads(path.read_text())["public_key"]
    code, out, _ = run("verify", str(path), "--key", key)
    assert (code, out[:6]) == (0, "Holds:")
    assert "the one that you gave" in out
    assert run("verify", str(path), "--key", "00" * 32)[0] == 1
    assert run("verify", str(path), "--key", key, "--earlier", str(path))[0] == 0
    path.write_text(path.read_text().replace('"unit":"EUR"', '"unit":"USD"'))
    code, _, error = run("verify", str(path))
    assert (code, error) == (1, "Not valid. The sums are not what the lines add up to.\n")
    assert run("statement", "nobody")[0] == 2
    with sqlite3.connect(tmp_path / "data" / "passalong.sqlite3") as database:
        database.execute("DROP TRIGGER journal_no_update")
        database.execute("UPDATE journal SET at_ms = at_ms + 1 WHERE tx = 3")
    database.close()
    code, out, _ = run("ledger", "verify", "--without-replay")
    assert code == 1
    assert "NOT IN ORDER. The lines 1 to " in out


READING = [
    ("site", "list"),
    ("site", "add", "https://bees.example"),
    ("site", "origin", "list", "nobody"),
    ("key", "new", "nobody"),
    ("owner", "link", "nobody"),
    ("terms", "show", "nobody"),
    ("db", "check"),
    ("db", "stats"),
    ("db", "copy", "sqlite:///nothing/here.sqlite3", "sqlite:///nothing/there.sqlite3"),
    ("replay",),
    ("rollups", "rebuild"),
    ("queue", "aside", "nobody"),
    ("ledger", "verify"),
    ("ledger", "seal"),
    ("statement", "nobody"),
    ("explain", "order-1"),
    ("serve",),
]
"""All but `serve` refuse an empty folder too; a server may begin there, and never among other files."""


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_a_command_in_another_folder_begins_no_empty_instance_there(
    run: Run, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PASSALONG_DATA")
    monkeypatch.chdir(tmp_path)
    files = ["of-something-else"] if words == ("serve",) else []
    for name in files:
        (tmp_path / name).touch()
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert ("four slashes" if "copy" in words else "PASSALONG_DATA=/path/to/data") in err
    assert [path.name for path in tmp_path.iterdir()] == files


def test_a_new_instance_begins_where_it_is_asked_for_and_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PASSALONG_DATA")
    monkeypatch.chdir(tmp_path)
    assert f"A new instance begins in {tmp_path / 'data'}." in run("db", "upgrade")[1]
    assert "A new instance" not in run("db", "upgrade")[1]
    assert run("site", "list") == (0, "", "")


def test_a_command_loads_only_what_it_needs() -> None:
    """The moment of a backup comes after its modules are loaded."""
    code = "import sys; from passalong.cli.main import passalong; passalong.commands['backup']; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "passalong.cli.backup" in loaded
    assert {"passalong.serving", "passalong.demo", "flask", "alembic"}.isdisjoint(loaded)


def test_every_command_takes_the_parameters_that_click_gives_it() -> None:
    for name, command in commands_of(passalong):
        assert command.callback
        signature = inspect.signature(inspect.unwrap(command.callback))
        passed = {parameter.name: None for parameter in command.params if parameter.expose_value}
        try:
            signature.bind_partial(**passed)
        except TypeError as error:
            pytest.fail(f"{name}: {error}; it takes {signature}")


def commands_of(group: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Each command with its callback, by its path."""
    if not isinstance(group, click.Group):
        yield path, group
        return
    for name, command in group.commands.items():
        yield from commands_of(command, f"{path} {name}")
