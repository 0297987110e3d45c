"""Each file of the data folder, broken in each way: one clear line from `serve`, `doctor` and `db check`."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import Run, a_site
from passalong.cli.starting import warn_about_files
from passalong.settings import read_settings

Break = Callable[[Path], None]


def _lose(path: Path) -> None:
    path.unlink()


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _replace(path: Path) -> None:
    path.write_text("[]\n")


def _open_to_all(path: Path) -> None:
    path.chmod(0o666)


def _make_a_folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir(mode=0o700)


DATABASE, KEYS, LEDGER, HEADS, LAST = (
    "passalong.sqlite3",
    "keys.json",
    "ledger-keys.json",
    "heads.jsonl",
    "last-backup.json",
)
LOCKS = (".upgrade.lock", ".passalong.sqlite3.server.lock")
ALL = (_lose, _empty, _cut, _replace, _make_a_folder)
STOPS = [(name, fault) for name in (DATABASE, KEYS, LEDGER) for fault in ALL]
GOES_ON = [(HEADS, fault) for fault in ALL]
GOES_ON += [(LAST, fault) for fault in (_empty, _cut, _replace, _make_a_folder)]
GOES_ON += [(lock, _make_a_folder) for lock in LOCKS]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the folder of an instance is kept that has every file."""
    return tmp_path_factory.mktemp("whole") / "data"


@pytest.fixture
def folder(run: Run, tmp_path: Path, whole: Path) -> Path:
    """The data folder of an instance that has every file."""
    data = tmp_path / "data"
    if not whole.exists():
        a_site(run)
        run("demo", "seed", "--people", "10")
        assert run("backup", str(tmp_path / "a.backup"))[0] == 0
        for lock in LOCKS:
            (data / lock).touch(mode=0o600)
        shutil.copytree(data, whole)
    else:
        shutil.copytree(whole, data)
    return data


def lines_about(run: Run, *words: str) -> list[str]:
    """What a command names as a fault, one line each; it ends with 1 or 2."""
    code, out, err = run(*words)
    assert code in (1, 2), (words, out)
    assert "Traceback" not in err
    if words == ("doctor",):
        out = "\n".join(line for line in out.splitlines() if line.startswith("to fix"))
    return [line for line in (out + err).splitlines() if line != "Mend what is listed."]


@pytest.mark.parametrize(("name", "fault"), [*STOPS, *GOES_ON])
def test_doctor_and_db_check_name_it_in_one_line(run: Run, folder: Path, name: str, fault: Break) -> None:
    fault(folder / name)
    for words in (("doctor",), ("db", "check")):
        [line] = lines_about(run, *words)
        assert any(word in line for word in (str(folder), "database", "keys of"))


@pytest.mark.parametrize(("name", "fault"), STOPS)
def test_serve_does_not_start_and_says_why_in_one_line(run: Run, folder: Path, name: str, fault: Break) -> None:
    fault(folder / name)
    code, out, err = run("serve")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "backup" in err or "data folder" in err or name in err


@pytest.mark.parametrize(("name", "fault"), [(name, _make_a_folder) for name in (HEADS, LAST, *LOCKS)])
def test_serve_warns_where_it_can_go_on(
    folder: Path, name: str, fault: Break, capsys: pytest.CaptureFixture[str]
) -> None:
    fault(folder / name)
    warn_about_files(read_settings())
    [line] = capsys.readouterr().err.splitlines()
    assert str(folder / name) in line


@pytest.mark.parametrize("name", [DATABASE, KEYS, LEDGER, HEADS, LAST])
def test_a_file_that_others_can_open_is_named_by_all(
    run: Run, folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _open_to_all(folder / name)
    warn_about_files(read_settings())
    said = [capsys.readouterr().err.splitlines(), lines_about(run, "doctor"), lines_about(run, "db", "check")]
    for lines in said:
        assert str(folder / name) in lines[0]


def test_a_whole_folder_is_named_by_none(run: Run, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert folder.is_dir()
    warn_about_files(read_settings())
    assert capsys.readouterr().err == ""
    assert run("doctor")[0] == 0
    assert run("db", "check")[0] == 0
