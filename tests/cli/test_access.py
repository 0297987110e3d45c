"""API keys and console sessions on the command line: list, revoke, rotate with an overlap, end."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from commands import Run, a_site
from passalong.cli import access
from passalong.core.privileges import USUAL
from passalong.flow.signin import guests
from passalong.lib.clock import SystemClock
from passalong.lib.tokens import hashed
from passalong.store.engine import Database
from passalong.store.people import api_keys, open_sessions
from passalong.web.console.overview import OWNERS_ENTRY


def works(data: Path, site_id: str, secret: str, later_ms: int = 0) -> bool:
    """Whether a key is good, now or later."""
    db = Database(f"sqlite:///{data}/passalong.sqlite3")
    with db.reading() as session:
        found = api_keys.find(session, site_id, hashed(secret), SystemClock().now_ms() + later_ms)
    db.close()
    return found is not None


def test_a_key_is_listed_revoked_and_never_shown_again(run: Run, tmp_path: Path) -> None:
    site_id = a_site(run)
    secret = run("key", "new", site_id, "--name", "the shop")[1].strip()
    listed = run("key", "list", site_id)[1]
    handle, last_four, name, made, used, state = listed.strip().split("\t")
    assert (last_four, name, used, state) == (f"…{secret[-4:]}", "the shop", "last used never", "works")
    assert made.startswith("made 20") and made.endswith("UTC")
    assert secret not in listed
    assert works(tmp_path / "data", site_id, secret)
    assert run("key", "revoke", site_id, handle)[1] == f"The key {handle} (…{secret[-4:]}, the shop) is revoked.\n"
    assert not works(tmp_path / "data", site_id, secret)
    assert "\tended 20" in run("key", "list", site_id)[1]


@pytest.mark.parametrize("scopes", [(), ("report",), ("read", "manage")])
def test_a_key_has_the_scopes_that_are_named_in_small_letters_as_the_documentation_has_them(
    run: Run, tmp_path: Path, scopes: tuple[str, ...]
) -> None:
    site_id = a_site(run)
    named = [word for scope in scopes for word in ("--scope", scope)]
    code, secret, said = run("key", "new", site_id, *named)
    assert code == 0, said
    db = Database(f"sqlite:///{tmp_path}/data/passalong.sqlite3")
    with db.reading() as session:
        found = api_keys.find(session, site_id, hashed(secret.strip()), SystemClock().now_ms())
    db.close()
    assert found is not None
    assert found.scopes == " ".join(scopes or USUAL)
    assert run("key", "new", site_id, "--scope", "everything")[0] == 2


def test_a_rotated_key_and_its_successor_both_work_for_the_overlap(run: Run, tmp_path: Path) -> None:
    site_id, data, hour_ms = a_site(run), tmp_path / "data", 3_600_000
    old = run("key", "new", site_id, "--name", "the shop")[1].strip()
    handle = run("key", "list", site_id)[1].split("\t")[0]
    new = run("key", "rotate", site_id, handle, "--overlap-hours", "2")[1].strip()
    assert new != old and new.startswith(f"ak_{site_id}_")
    assert [works(data, site_id, key, 2 * hour_ms - 60_000) for key in (old, new)] == [True, True]
    assert [works(data, site_id, key, 2 * hour_ms) for key in (old, new)] == [False, True]
    states = sorted(line.split("\t")[-1][:11] for line in run("key", "list", site_id)[1].splitlines())
    assert states == ["works", "works until"]


@pytest.mark.parametrize("command", ["revoke", "rotate"])
def test_a_key_that_is_not_there_or_has_ended_is_said_to_be(run: Run, command: str) -> None:
    site_id = a_site(run)
    for handle in ("0" * 8, "", "%", "ab"):
        code, _, said = run("key", command, site_id, handle)
        assert (code, "`passalong key list` shows them" in said) == (2, True), handle
    run("key", "new", site_id)
    handle = run("key", "list", site_id)[1].split("\t")[0]
    run("key", "revoke", site_id, handle)
    assert "has ended already" in run("key", command, site_id, handle)[2]


def test_console_sessions_are_listed_and_ended_with_links_that_were_not_used(run: Run, tmp_path: Path) -> None:
    site_id = a_site(run)
    db, clock = Database(f"sqlite:///{tmp_path}/data/passalong.sqlite3"), SystemClock()

    def link() -> str:
        return run("owner", "link", site_id)[1].strip().partition(f"k={site_id}.")[2]

    for browser in ("Firefox · Linux", "Safari · Mac"):
        guests.open_session(db, clock, site_id, link(), replace(OWNERS_ENTRY, label=browser))
    listed = run("owner", "sessions", site_id)[1]
    assert re.findall("Firefox · Linux|Safari · Mac", listed) != []
    assert len(listed.splitlines()) == 2
    handle = listed.split("\t")[0]
    assert run("owner", "out", site_id, handle)[1] == "1 sessions are ended.\n"
    assert run("owner", "out", site_id, handle)[0] == 2
    unused = link()
    assert run("owner", "out", site_id)[1] == "1 sessions are ended.\n"
    assert run("owner", "sessions", site_id)[1] == ""
    with pytest.raises(guests.BadSignInCodeError):
        guests.open_session(db, clock, site_id, unused, OWNERS_ENTRY)
    with db.reading() as session:
        assert open_sessions.all_of(session, site_id, "owner", clock.now_ms()) == []
    db.close()


def test_every_command_of_this_file_is_registered() -> None:
    assert {command.name for command in access.COMMANDS} == {"key", "owner"}
