"""Commands find the service's settings and data by themselves, and never touch another instance by mistake."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from commands import Run, a_site
from passalong.cli import environment
from passalong.cli.common import CommandError
from passalong.cli.environment import read_file


def command(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The command as somebody runs it in a shell of their own."""
    return subprocess.run(
        [sys.executable, "-m", "passalong", *words],
        env={"PATH": os.environ["PATH"], **env},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_command_uses_the_services_settings_and_says_whose_they_are(run: Run, tmp_path: Path) -> None:
    site = a_site(run)
    file = tmp_path / "passalong.env"
    file.write_text(f"# the service's\nPASSALONG_DATA={tmp_path / 'data'}\nPASSALONG_URL='https://along.example'\n\n")
    said = command("owner", "link", PASSALONG_CONFIG=str(file))
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith(f"https://along.example/start?k={site}.")
    said = command("owner", "link", PASSALONG_CONFIG=str(file), PASSALONG_URL="https://other.example")
    assert said.stdout.startswith("https://other.example/")
    assert site in command("--data", str(tmp_path / "data"), "site", "list").stdout
    wrong = command("--data", str(tmp_path / "elsewhere"), "site", "list", PASSALONG_CONFIG=str(file))
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert "There is no Passalong data in" in wrong.stderr
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("PASSALONG_PROT=8080\n", "Line 1 of"),
        ("PASSALONG_PORT=8080\nhello\n", "Line 2 of"),
        ("export PASSALONG_PORT=8080\n", "leave `export` out"),
        ("PASSALONG_PORTT=8080\n", "write it like PASSALONG_PORT="),
        ("passalong_port=8080\n", "write it like PASSALONG_PORT="),
        ("PASSALONG_PORT: 8080\n", "write it like PASSALONG_PORT="),
        ("DATABASE_URL=sqlite:////a \\\nb\n", "Line 1 of .* backslash"),
        ('PASSALONG_PORT=1\nPASSALONG_URL="https://a.example\n', "Line 2 of .* quote"),
        ("PASSALONG_URL='https://a.example' ours\n", "quote"),
        ("\ufeffPASSALONG_PORT=8080\n", "without a byte order mark"),
    ],
)
def test_a_line_that_is_no_setting_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "passalong.env"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=said):
        read_file(file)


def test_a_file_of_windows_is_read_in_utf_8_and_refused_in_utf_16(tmp_path: Path) -> None:
    file = tmp_path / "passalong.env"
    file.write_bytes(b"PASSALONG_PORT=8080\r\nPASSALONG_LOG=info\r\n")
    assert read_file(file) == {"PASSALONG_PORT": "8080", "PASSALONG_LOG": "info"}
    file.write_text("PASSALONG_PORT=8080\r\n", encoding="utf-16")
    with pytest.raises(CommandError, match="is not plain UTF-8"):
        read_file(file)
    with pytest.raises(CommandError, match="cannot be read: is a directory"):
        read_file(tmp_path)


def test_a_file_that_is_named_and_missing_is_a_mistake(tmp_path: Path) -> None:
    said = command("site", "list", PASSALONG_CONFIG=str(tmp_path / "none.env"))
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert "cannot be read" in said.stderr
    assert command("version", PASSALONG_CONFIG=str(tmp_path / "none.env")).returncode == 0


def test_quotes_comments_and_blanks_are_read_as_systemd_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "passalong.env"
    file.write_text("; one\n  PASSALONG_BIND = \"::1\"  \nPASSALONG_MAIL_FROM=a=b@example.org\nPASSALONG_LOG='info'\n")
    assert read_file(file) == {
        "PASSALONG_BIND": "::1",
        "PASSALONG_MAIL_FROM": "a=b@example.org",
        "PASSALONG_LOG": "info",
    }


@pytest.mark.skipif(os.geteuid() != 0, reason="only root could work in another user's folder")
def test_root_does_not_work_in_another_users_folder(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What root makes there, the server could not open."""
    a_site(run)
    os.chown(tmp_path / "data", 65534, 65534)
    code, out, err = run("site", "list")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "sudo -u nobody passalong" in err
    os.chown(tmp_path / "data", 0, 0)
    assert run("site", "list")[0] == 0


def test_the_usual_place_is_one_that_systemd_can_name() -> None:
    assert Path("/etc/passalong.env") == environment.USUAL


def test_a_locked_out_owner_with_one_site_needs_no_key(run: Run) -> None:
    site = a_site(run)
    assert f"/start?k={site}." in run("owner", "link")[1]
    run("site", "add", "https://wasps.example", "--name", "Wasps")
    code, _, err = run("owner", "link")
    assert code == 2
    assert "There are 2 sites: name one." in err


def test_a_variable_that_is_no_setting_is_named_when_the_server_starts(tmp_path: Path) -> None:
    env = {
        "PASSALONG_DATA": str(tmp_path / "data"),
        "PASSALONG_PORTT": "1",
        "PASSALONG_KEY": "x",
        "PASSALONG_ROLE": "web",
    }
    assert list(environment.unknown_variables(env)) == [
        "PASSALONG_PORTT is no setting and is ignored: is it PASSALONG_PORT?"
    ]
    assert list(environment.unknown_variables({"PASSALONG_ZZZ": "", "HOME": "/"})) == [
        "PASSALONG_ZZZ is no setting and is ignored."
    ]
    (tmp_path / "data").write_text("no folder")
    assert "is it PASSALONG_PORT?" in command("serve", **env | {"PASSALONG_ROLE": "all"}).stderr
