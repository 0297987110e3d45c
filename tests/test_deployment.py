"""The roles as separate processes behind nginx, by the very configuration that docs/deployment.md shows.

Slower than most: four servers start for one story.
"""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from cast import a_site, an_id, anna, cleo
from client import Client
from passalong.flow.fold.worker import LOOK_AGAIN_S
from passalong.lib.clock import SystemClock
from plumbing.nginx import documented, run_nginx
from plumbing.ports import free_port
from plumbing.postgres import Postgres
from serving import Passalong, Start, start


class Fleet:
    """Three roles and an nginx in front."""

    def __init__(self, collect: Passalong, web: Passalong, work: Passalong, port: int):
        self.collect, self.web, self.work, self.port = collect, web, work, port


@pytest.fixture(scope="module")
def fleet(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """The roles, each a process of its own on one PostgreSQL, reached through nginx. A test has its own site."""
    port, folder = free_port(), tmp_path_factory.mktemp("fleet")
    shared = {"PASSALONG_PROXY_HOPS": "1", "PASSALONG_URL": f"http://127.0.0.1:{port}"}
    with ExitStack() as stack:
        url = stack.enter_context(postgres.fresh_database())
        roles = []
        for role in ("collect", "web", "work"):
            roles.append(start(url, folder, None, PASSALONG_ROLE=role, **shared))
            stack.callback(roles[-1].stop)
        nginx = start_nginx(folder, {"8080": port, "8081": roles[0].port, "8082": roles[1].port})
        yield Fleet(roles[0], roles[1], roles[2], port)
        nginx.terminate()
        nginx.wait(10)


def start_nginx(folder: Path, ports: dict[str, int]) -> subprocess.Popen[bytes]:
    """nginx with the documented configuration, on free ports."""
    return run_nginx(folder, documented("upstream along_collect", ports), ports["8080"])


def test_the_roles_behind_nginx_are_one_product(fleet: Fleet) -> None:
    otto = a_site(fleet.collect.db, SystemClock())
    with Client(fleet.port) as browser:
        token = browser.issue_link(otto.site_id, guest=anna.guest, page=otto.page(), request_id=an_id("link"))
        browser.share(otto.site_id, token, guest=anna.guest, note_id=an_id("share"))
        browser.visit(otto.site_id, token, visitor=cleo.visitor, page=otto.page(), note_id=an_id("visit"))
        browser.convert(otto.api_key, "order-1", amount_minor=4200, currency="EUR", code=f"{token}.{an_id('visit')}")
        fleet.work.settled()
        assert browser.receipt(otto.api_key, "order-1")["status"] == "credited"
        assert browser.send("GET", f"/along/{otto.site_id}.js").status == 200
        assert browser.send("GET", f"/h/{token}").status == 302
        assert browser.send("GET", f"/open/{otto.site_id}").status == 200
        code = browser.send("POST", "/v1/credit", {"site": otto.site_id, "guest": anna.guest}).json()["url"]
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        opened = browser.send("POST", "/me/in", f"code={code.split('#')[1]}".encode(), form)
        cookie = opened.headers["set-cookie"].split(";")[0]
        page = browser.send("GET", "/me", headers={"Cookie": cookie})
    assert opened.status == 303
    assert "1 person" in page.body.decode()


def test_a_visit_that_one_process_took_in_wakes_the_worker_in_another(fleet: Fleet) -> None:
    otto = a_site(fleet.collect.db, SystemClock(), site_id="bees02")
    with Client(fleet.port) as browser:
        token = browser.issue_link(otto.site_id, guest=anna.guest, page=otto.page(), request_id=an_id("other"))
        fleet.work.settled()  # so that the worker has nothing to do and waits
        browser.visit(otto.site_id, token, visitor=cleo.visitor, page=otto.page(), note_id=an_id("wakes"))
    fleet.work.settled(within_s=LOOK_AGAIN_S / 2)


PARTS = (
    ("collect", "GET", "/me", 404),
    ("collect", "GET", "/readyz", 200),
    ("web", "GET", "/me", 401),
    ("web", "POST", "/v1/notes", 404),
    ("web", "GET", "/readyz", 200),
    ("work", "GET", "/me", 404),
    ("work", "POST", "/v1/notes", 404),
    ("work", "GET", "/readyz", 200),
)


def test_a_role_serves_its_own_part_only(fleet: Fleet) -> None:
    ports = {"collect": fleet.collect.port, "web": fleet.web.port, "work": fleet.work.port}
    answered = []
    for role, method, path, _ in PARTS:
        with Client(ports[role]) as client:
            answered.append(client.send(method, path, b"{}" if method == "POST" else None).status)
    assert answered == [status for *_, status in PARTS]


def test_sqlite_has_no_roles(start_passalong: Start, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="SQLite wants one process"):
        start_passalong(f"sqlite:///{tmp_path / 'one.db'}", PASSALONG_ROLE="web")
