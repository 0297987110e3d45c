"""`passalong demo run`: one command that ends with what to open, and Ctrl-C that ends everything."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from msgspec.structs import replace
from werkzeug.serving import make_server

from demo.places import LINES, START_S, Place, ask, command, eventually, running, started, submit
from passalong.demo import kept, run
from passalong.demo.run import DemoRunError, Stop
from passalong.demo.shop import ShopSettings, make_shop
from passalong.serving import is_port_free
from passalong.store import sites
from passalong.store.engine import Database
from plumbing.ports import free_port

END_S = 10


def children_of(pid: int) -> list[int]:
    return [int(found) for found in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def refused(place: Place) -> str:
    """What it says instead of running."""
    done = subprocess.run(command(place), env=place.env, capture_output=True, text=True, timeout=START_S)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    return line


def test_it_says_what_to_open_in_which_order_and_all_of_it_opens(place: Place) -> None:
    with running(place) as (_, lines):
        text = "\n".join(lines)
        assert [line[:2] for line in lines if line[1:2] == "."] == ["1.", "2.", "3.", "4."]
        assert "Ctrl-C" in lines[-1]
        article, console = re.findall(r"http://[^\s,]+", text)
        assert article == f"{place.shop}/bees-in-winter"
        script = re.findall(r'<script src="([^"]+)" async>', ask(article).text)
        assert script == [f"{place.host}/along/bees.js"]
        assert '"key":"bees"' in ask(script[0]).text.replace(" ", "")
        assert "Open the console" in ask(console).text
        code = console.partition("?k=")[2]
        assert submit(f"{place.host}/start", k=code).status == 200
        assert submit(f"{place.host}/start", k=code).status == 400


@pytest.mark.parametrize(
    "how",
    [
        "Ctrl-C in a terminal",
        pytest.param("SIGINT", marks=pytest.mark.slow),
        pytest.param("SIGTERM", marks=pytest.mark.slow),
    ],
)
def test_it_ends_quietly_within_ten_seconds_and_leaves_nothing_behind(place: Place, how: str) -> None:
    with running(place) as (process, _):
        began = time.monotonic()
        if how == "Ctrl-C in a terminal":
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.Signals[how])
        assert process.communicate(timeout=END_S) == ("", "")
        assert process.returncode == 0
        assert time.monotonic() - began < END_S
    assert is_port_free("127.0.0.1", place.settings.port)
    assert is_port_free("127.0.0.1", place.demo_port)


@pytest.mark.slow
@pytest.mark.parametrize("after_s", [0, 0.4, 0.8, 1.2])
def test_ctrl_c_while_the_two_still_start_is_as_quiet(place: Place, after_s: float) -> None:
    with started(place) as process:
        eventually(lambda: bool(children_of(process.pid)))
        time.sleep(after_s)
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=END_S)
        assert (process.returncode, said[1]) == (0, "")
    assert is_port_free("127.0.0.1", place.settings.port)
    assert is_port_free("127.0.0.1", place.demo_port)


@pytest.mark.parametrize("between_s", [0.0, 0.15])
def test_ctrl_c_pressed_twice_ends_it_as_well(place: Place, between_s: float) -> None:
    """Two signals at once once left both sides waiting: a lock that a handler takes, and a worker told twice to end."""
    with running(place) as (process, _):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(between_s)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(END_S) == 0
    assert is_port_free("127.0.0.1", place.settings.port)


@pytest.mark.slow
def test_when_one_dies_it_says_so_and_ends_the_other(place: Place) -> None:
    with running(place) as (process, _):
        shop = next(pid for pid in children_of(process.pid) if b"site" in Path(f"/proc/{pid}/cmdline").read_bytes())
        os.kill(shop, signal.SIGKILL)
        _, said = process.communicate(timeout=END_S)
        assert process.returncode == 1
        assert said.splitlines()[0] == "passalong: The demo site ended by itself with code -9."
    assert is_port_free("127.0.0.1", place.settings.port)


def test_both_are_found_where_the_machine_has_no_name_localhost(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare Debian tree has no /etc/hosts: the start must not wait for a name that only browsers know."""
    by_name = socket.getaddrinfo

    def by_number_alone(host: str, *rest: Any, **more: Any) -> Any:
        if host == "localhost":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return by_name(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", by_number_alone)
    shop = make_shop(ShopSettings(place.host, "bees", "no key", place.shop))
    ours = Flask("ours")
    ours.add_url_rule("/healthz", view_func=lambda: "ok")
    servers = [
        make_server("127.0.0.1", port, app) for port, app in ((place.demo_port, shop), (place.settings.port, ours))
    ]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        waiting = run._wait_for_answers(place.settings, place.demo_port, [], Stop())
        assert waiting is None
    finally:
        for server in servers:
            server.shutdown()


@pytest.mark.slow
def test_a_second_run_keeps_what_there_is(place: Place) -> None:
    with running(place):
        first = kept.read(place.settings.data_dir)
    with running(place) as (_, lines):
        assert kept.read(place.settings.data_dir) == first
        assert ask(f"{place.host}/open/bees").status == 200
        assert len(lines) == LINES


# --- set up, once -----------------------------------------------------------------------------------------------------


def test_the_key_is_kept_for_this_user_alone(place: Place) -> None:
    run.set_up(place.settings, place.demo_port)
    path = place.settings.data_dir / "demo.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == {"site_id": "bees", "api_key": place.api_key, "port": place.demo_port}


def test_a_key_that_the_database_does_not_know_is_made_anew(place: Place) -> None:
    run.set_up(place.settings, place.demo_port)
    before = place.api_key
    run.set_up(place.settings, place.demo_port)
    assert place.api_key == before
    (place.settings.data_dir / "demo.json").write_text("{")
    run.set_up(place.settings, place.demo_port)
    assert place.api_key not in ("", before)


def test_the_site_has_the_terms_of_the_demo(place: Place) -> None:
    run.set_up(place.settings, place.demo_port)
    db = Database(place.settings.database_url)
    with db.reading() as session:
        site = sites.find_site(session, "bees")
        (version,) = sites.terms_versions(session, "bees")
    db.close()
    assert site is not None
    assert (site.name, site.home_url, site.remember, site.currency, site.time_zone) == (
        "Bee Almanac",
        place.shop,
        "window",
        "EUR",
        "UTC",
    )
    assert (version.terms.window_days, version.terms.hold_days) == (30, 14)
    assert {goal.name: (goal.unit, goal.fixed_micros, goal.rate_bp) for goal in version.terms.goals} == {
        "new_visitor": ("points", 10_000_000, None),
        "purchase": ("EUR", None, 1_000),
    }


def test_another_port_than_at_first_is_told_what_to_do(place: Place) -> None:
    run.set_up(place.settings, place.demo_port)
    with pytest.raises(
        DemoRunError, match=f"add --demo-port {place.demo_port}, or begin a new one with PASSALONG_DATA"
    ):
        run.set_up(place.settings, place.demo_port + 1)


# --- where it cannot run ----------------------------------------------------------------------------------------------


def test_a_port_in_use_is_said_in_one_line_with_what_to_do(place: Place) -> None:
    with socket.create_server(("127.0.0.1", place.settings.port)):
        assert refused(place).endswith(
            f"Port {place.settings.port} is in use: choose another for Passalong with PASSALONG_PORT."
        )
    with socket.create_server(("127.0.0.1", place.demo_port)):
        assert refused(place).endswith(
            f"Port {place.demo_port} is in use: choose another for the demo site with --demo-port."
        )


def test_one_port_for_both_is_refused(place: Place) -> None:
    with pytest.raises(DemoRunError, match="cannot share port"):
        run.check(place.settings, place.settings.port)


def test_a_folder_that_cannot_be_written_is_said_in_one_line(place: Place) -> None:
    place.settings.data_dir.write_text("a file in the way")
    assert refused(place).endswith(
        f"{place.settings.data_dir} cannot hold the data (file exists): choose a folder with PASSALONG_DATA."
    )


def test_a_folder_below_a_file_cannot_be_made(place: Place, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = replace(place.settings, data_dir=tmp_path / "file" / "data")
    with pytest.raises(DemoRunError, match="not a directory"):
        run.check(settings, place.demo_port)


def test_the_demo_site_alone_needs_to_have_been_set_up(place: Place) -> None:
    port = free_port()
    site = [sys.executable, "-m", "passalong", "demo", "site", "--demo-port", str(port)]
    done = subprocess.run(site, env=place.env, capture_output=True, text=True, timeout=START_S)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "`passalong demo run` makes it" in done.stderr
    run.set_up(place.settings, place.demo_port)
    done = subprocess.run(site, env=place.env, capture_output=True, text=True, timeout=START_S)
    assert f"made for port {place.demo_port}: add --demo-port {place.demo_port}" in done.stderr
