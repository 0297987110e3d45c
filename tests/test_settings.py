"""Settings complain about everything at once, each with a hint; the signing secrets are made once and stay private."""

import json
import os
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from passalong.key_files import read_keys, read_signing_keys
from passalong.lib.signing import SigningKeys, is_signed
from passalong.lib.tokens import Keyring
from passalong.settings import DEFAULTS, BadSettingsError, read_settings


def problems_of(**env: str) -> list[str]:
    """What is wrong with these variables."""
    try:
        read_settings(env)
    except BadSettingsError as bad:
        assert str(bad) == "\n".join(bad.problems)
        return bad.problems
    return []


# --- settings ---------------------------------------------------------------------------------------------------------


def test_without_any_variable_there_is_a_server_on_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = read_settings({})
    assert (found.url, found.bind, found.port, found.proxy_hops, found.log_level) == (
        "http://127.0.0.1:8080",
        "127.0.0.1",
        8080,
        0,
        "info",
    )
    assert found.data_dir == tmp_path / "data"
    assert found.database_url == f"sqlite:///{tmp_path}/data/passalong.sqlite3"


@pytest.mark.parametrize("name", DEFAULTS)
@pytest.mark.parametrize("empty", ["", " ", "\t\n"])
def test_an_empty_variable_is_none(name: str, empty: str) -> None:
    assert read_settings({name: empty}) == read_settings({})


@pytest.mark.parametrize(
    ("text", "host"), [("0.0.0.0:9000", "0.0.0.0"), ("localhost:9000", "localhost"), ("[::1]:9000", "[::1]")]
)
def test_a_port_beside_the_address_is_named_with_the_two_variables(text: str, host: str) -> None:
    (problem,) = problems_of(PASSALONG_BIND=text)
    assert problem.endswith(f"PASSALONG_BIND={host} PASSALONG_PORT=9000.")
    assert problems_of(PASSALONG_BIND=host) == []


def test_all_problems_are_told_at_once_each_with_a_hint() -> None:
    found = problems_of(
        PASSALONG_PORT="0",
        PASSALONG_PROXY_HOPS="6",
        PASSALONG_URL="along.example.org",
        DATABASE_URL="mysql://localhost/x",
        PASSALONG_LOG="loud",
    )
    assert [problem.split()[0] for problem in found] == [
        "PASSALONG_PORT",
        "PASSALONG_PROXY_HOPS",
        "PASSALONG_URL",
        "DATABASE_URL",
        "PASSALONG_LOG",
    ]
    hints = ["1 to 65535", "0 to 5", "like https://", "like postgresql://", "debug, info, warning, error"]
    assert all(hint in problem for hint, problem in zip(hints, found, strict=True))


LIMITS = {
    "PASSALONG_PORT": (
        ["1", "80", "65535", " 8080 ", "0080"],
        ["0", "-1", "65536", "8080.0", "http", "0x50", "8 0", "²"],
    ),
    "PASSALONG_PROXY_HOPS": (["0", "1", "5"], ["-1", "6", "one", "1.5", "٣"]),
    "PASSALONG_UNSAFE_DURABILITY": (["no", "yes"], ["true", "1", "NO"]),
    "PASSALONG_SEAL_SECONDS": (["1", "60", "86400"], ["0", "86401", "-1", "often"]),
    "PASSALONG_PRIVATE_ADDRESSES": (["no", "yes"], ["true", "1"]),
    "PASSALONG_PRIVATE_WEBHOOKS": (["no", "yes"], ["true", "1"]),
    "PASSALONG_HEADS_URL": (
        ["https://witness.example/heads", "http://10.0.0.1"],
        ["witness.example", "ftp://w.example"],
    ),
    "PASSALONG_PROCESSES": (["1", "2", "64"], ["0", "65", "-1", "many"]),
    "PASSALONG_ROLE": (["all", "collect", "web", "work"], ["everything", "ALL"]),
    "PASSALONG_LOG": (["debug", "info", "warning", "error"], ["INFO", "critical", "0"]),
    "PASSALONG_URL": (
        [
            "https://along.example.org",
            "http://localhost:8080",
            "https://a.example/",
            "http://[::1]:8080",
            "https://a:8443",
            "HTTPS://Along.Example.org",
            "https://xn--bcher-kva.example",
        ],
        [
            "along.example.org",
            "ftp://a.example",
            "https://",
            "https://a.example/path",
            "https://a.example?x=1",
            "https://a.example#x",
            "https://user@a.example",
            "//a.example",
            "http://[::1",
            "http://a.example:port",
            "http://a.example:99999",
            "https://a b.example",
            "https://bücher.example",
            "https://-.example",
        ],
    ),
    "DATABASE_URL": (
        [
            "sqlite:////tmp/x.db",
            "sqlite:///x.db",
            "postgresql://name@host/database",
            "postgresql+psycopg://name:secret@host:5432/database?sslmode=require",
            "postgres://name@host/database",
            "postgresql+asyncpg://name@host/database",
            "postgresql://name@server:secret@server.example/database",
            "postgresql+psycopg2://name:p%40ss@host/database?options=-c%20a=b@c",
            "sqlite+aiosqlite:////tmp/x.db",
        ],
        [
            "x",
            "mysql://host/x",
            "sqlite://",
            "postgresql://host",
            "postgresql://host/",
            "postgresql://host:port/x",
            "://",
            "sqlite://data/x.db",
            "postgresql://name:p@ss@host/database",
        ],
    ),
}
TYPED = {
    "quotes": ({"PASSALONG_URL": '"https://along.example.org"'}, "PASSALONG_URL has quotes around its value"),
    "quotes of the other kind": ({"PASSALONG_PORT": "'80'"}, "PASSALONG_PORT has quotes"),
    "home": ({"PASSALONG_DATA": "~/data"}, "PASSALONG_DATA begins with ~"),
    "a variable": ({"PASSALONG_BACKUP_DIR": "$HOME/backups"}, "PASSALONG_BACKUP_DIR begins with $"),
    "a comment": ({"PASSALONG_DATA": "/var/lib/passalong   # my data"}, "PASSALONG_DATA has a # in it"),
    "home in an address": ({"DATABASE_URL": "sqlite:///~/passalong.db"}, "The path in DATABASE_URL begins with ~"),
    "a variable in an address": ({"DATABASE_URL": "sqlite:///$HOME/x.db"}, "The path in DATABASE_URL begins with $"),
    "a comment behind an address": ({"DATABASE_URL": "sqlite:////a.db # mine"}, "The path in DATABASE_URL has a #"),
    "capitals": ({"PASSALONG_URL": "https://ALONG.example.org/me"}, "without a path"),
    "other letters": ({"PASSALONG_URL": "https://bücher.example"}, "xn--bcher-kva.example"),
    "an @": ({"DATABASE_URL": "postgresql://name:p@ss@host/database"}, "write @ as %40"),
}


@pytest.mark.parametrize("mistake", TYPED)
def test_a_mistake_of_typing_is_one_line_that_says_what_to_write(mistake: str) -> None:
    env, words = TYPED[mistake]
    (problem,) = problems_of(**env)
    assert words in problem


def test_a_secret_may_have_quotes_and_a_number_sign() -> None:
    found = read_settings({"PASSALONG_BACKUP_PASSPHRASE": "'a # long sentence'"})
    assert found.backup.passphrase == "'a # long sentence'"


def test_an_address_is_taken_in_small_letters_and_a_database_with_the_driver_that_is_there() -> None:
    found = read_settings(
        {"PASSALONG_URL": "HTTPS://Along.Example.org/", "DATABASE_URL": "postgresql+psycopg2://n@h/d"}
    )
    assert (found.url, found.database_url) == ("https://along.example.org", "postgresql+psycopg://n@h/d")


LONG = "9" * 5_000
for _bad in LIMITS.values():
    _bad[1].append(LONG)


@pytest.mark.parametrize("name", LIMITS)
def test_both_sides_of_each_limit(name: str) -> None:
    good, bad = LIMITS[name]
    rest = {} if name == "DATABASE_URL" else {"DATABASE_URL": "postgresql://name@host/database"}
    assert {value: problems_of(**rest, **{name: value}) for value in good} == {value: [] for value in good}
    for value in bad:
        found = problems_of(**rest, **{name: value})
        assert [problem.split()[0] for problem in found] == [name], value[:40]
        assert len(found[0]) < 300


@pytest.mark.parametrize("split", [{"PASSALONG_PROCESSES": "2"}, {"PASSALONG_ROLE": "work"}], ids=str)
def test_sqlite_is_for_one_process(split: dict[str, str]) -> None:
    assert [problem[:23] for problem in problems_of(**split)] == ["SQLite wants one proces"]
    assert problems_of(**split, DATABASE_URL="postgresql://name@host/database") == []


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://a@h/d", "postgresql+psycopg://a@h/d"),
        ("postgres://a@h/d", "postgresql+psycopg://a@h/d"),
        ("postgresql+psycopg://a@h/d", "postgresql+psycopg://a@h/d"),
        ("postgresql://a:p%40ss@h/d", "postgresql+psycopg://a:p%40ss@h/d"),
        ("sqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
    ],
)
def test_a_database_is_spoken_to_with_our_driver(given: str, used: str) -> None:
    assert read_settings({"DATABASE_URL": given}).database_url == used


def test_an_address_has_no_slash_at_its_end() -> None:
    assert read_settings({"PASSALONG_URL": "https://a.example/"}).url == "https://a.example"
    assert read_settings({"PASSALONG_BIND": "0.0.0.0", "PASSALONG_PORT": "81"}).url == "http://0.0.0.0:81"


def test_a_problem_does_not_tell_a_password() -> None:
    assert "hunter2" not in "".join(problems_of(DATABASE_URL="mysql://otto:hunter2@host/x"))


# --- the secrets that sign --------------------------------------------------------------------------------------------


def keys_of(folder: Path, **env: str) -> Keyring:
    """The keyring of an instance whose data is there."""
    return read_keys(read_settings({"PASSALONG_DATA": str(folder)}), env)


def test_the_first_start_makes_a_secret_that_only_this_user_can_read(tmp_path: Path) -> None:
    folder = tmp_path / "not there yet" / "data"
    before = os.umask(0)
    try:
        made = keys_of(folder)
    finally:
        os.umask(before)
    assert list(made.secrets) == [1]
    assert len(made.secrets[1]) >= 48
    assert stat.S_IMODE((folder / "keys.json").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["keys.json"]


def test_the_first_start_makes_a_signing_key_in_the_same_way(tmp_path: Path) -> None:
    settings = read_settings({"PASSALONG_DATA": str(tmp_path)})
    made = read_signing_keys(settings, {})
    path = tmp_path / "ledger-keys.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_signing_keys(settings, {}).public == made.public
    given = read_signing_keys(settings, {"PASSALONG_LEDGER_KEYS": json.dumps({"1": "00" * 32, "2": "11" * 32})})
    assert len(given.public) == 2
    assert given.newest == SigningKeys({1: b"\x11" * 32}).newest
    assert is_signed(given.public[given.newest], given.sign(b"a head"), b"a head")


@pytest.mark.parametrize("keys", ["{}", "[]", "x", '{"1": "00"}', '{"1": 5}', '{"one": "' + "00" * 32 + '"}', "null"])
def test_a_signing_key_that_is_none_is_refused(keys: str, tmp_path: Path) -> None:
    settings = read_settings({"PASSALONG_DATA": str(tmp_path)})
    with pytest.raises(BadSettingsError, match="64 hex digits"):
        read_signing_keys(settings, {"PASSALONG_LEDGER_KEYS": keys})


def test_the_second_start_keeps_it(tmp_path: Path) -> None:
    made = keys_of(tmp_path)
    content = (tmp_path / "keys.json").read_bytes()
    assert keys_of(tmp_path) == made
    assert (tmp_path / "keys.json").read_bytes() == content


def test_two_instances_have_two_secrets(tmp_path: Path) -> None:
    assert keys_of(tmp_path / "one") != keys_of(tmp_path / "other")


def test_32_threads_that_start_at_once_have_one_secret(tmp_path: Path) -> None:
    together = threading.Barrier(32)

    def start(_number: int) -> str:
        together.wait()
        return keys_of(tmp_path / "data").secrets[1]

    with ThreadPoolExecutor(32) as threads:
        assert len(set(threads.map(start, range(32)))) == 1
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["keys.json"]


def test_four_processes_that_start_at_once_have_one_secret(tmp_path: Path) -> None:
    program = "from passalong import key_files as k, settings as s; print(k.read_keys(s.read_settings()).secrets[1])"
    environment = {"PATH": os.environ["PATH"], "PASSALONG_DATA": str(tmp_path / "data")}
    started = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = {process.communicate(timeout=60)[0] for process in started}
    assert [process.returncode for process in started] == [0] * 4
    assert len(said) == 1


def test_the_environments_secrets_go_before_the_file(tmp_path: Path) -> None:
    keys = keys_of(tmp_path, PASSALONG_KEYS=json.dumps({"1": "a" * 32, "7": "b" * 32}))
    assert keys.secrets == {1: "a" * 32, 7: "b" * 32}
    assert keys.newest == 7
    assert not (tmp_path / "keys.json").exists()


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "[]",
        "1",
        "null",
        "{}",
        '{"1": ""}',
        json.dumps({"1": "a" * 31}),
        json.dumps({"-1": "a" * 32}),
        json.dumps({"0": "a" * 32}),
        json.dumps({"256": "a" * 32}),
        json.dumps({"one": "a" * 32}),
        '{"1": 12345678901234567890123456789012}',
        '{"1": null}',
        json.dumps({"1": ["a"] * 32}),
        json.dumps({"1": "a" * 32, "2": "short"}),
    ],
    ids=lambda text: text[:24],
)
def test_secrets_that_cannot_be_are_refused_in_words(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadSettingsError, match="PASSALONG_KEYS has no signing secrets like"):
        keys_of(tmp_path, PASSALONG_KEYS=text)
    (tmp_path / "keys.json").write_text(text)
    with pytest.raises(BadSettingsError) as bad:
        keys_of(tmp_path)
    assert str(tmp_path / "keys.json") in bad.value.problems[0]
    assert (tmp_path / "keys.json").read_text() == text


@pytest.mark.parametrize("number", ["1", "2", "255"])
def test_a_keys_number_fits_into_a_byte(tmp_path: Path, number: str) -> None:
    assert keys_of(tmp_path, PASSALONG_KEYS=json.dumps({number: "a" * 32})).newest == int(number)


def test_a_refusal_does_not_tell_the_secret(tmp_path: Path) -> None:
    with pytest.raises(BadSettingsError) as bad:
        keys_of(tmp_path, PASSALONG_KEYS=json.dumps({"256": "hunter2" * 8}))
    assert "hunter2" not in str(bad.value)
