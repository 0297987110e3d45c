"""An assembled instance without a server: Flask's own client, and the ASGI app called as a server would call it."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from cast import HOME, Person, a_site, an_id, anna
from flow.world import HandClock
from passalong import migrate
from passalong.app import make_instance
from passalong.asgi import App
from passalong.flow import manage
from passalong.settings import read_settings
from passalong.store.engine import Database
from passalong.web import patience

URL = "https://along.example"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
SITE = "bees01"
OTHER = "wasps1"
PAGE = f"{HOME}/bees"
WAIT_S = 30
Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What came back; header names in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def message(self) -> str:
        """The sentence of an error; empty where there is no body."""
        return str(self.json["error"]["message"]) if self.body else ""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def note(self) -> tuple[int, str | None, str | None]:
        """What became of a note: the status, what it was kept as, why it was dropped."""
        return self.status, self.headers.get("along-kept"), self.headers.get("along-dropped")


class Office:
    """An instance with two sites: Otto's bees, and the wasps next door."""

    def __init__(self, database_url: str, folder: Path):
        db = Database(database_url)
        migrate.upgrade(db)
        db.close()
        self.clock = HandClock()
        self.folder = folder
        env = {"PASSALONG_DATA": str(folder), "DATABASE_URL": database_url, "PASSALONG_URL": URL}
        patience.LONGEST_S = 0.0  # nothing is folded until a test folds it, so there is nothing to wait for
        self.instance = make_instance(read_settings(env), self.clock)
        self.db = self.instance.parts.db
        self.bees = a_site(self.db, self.clock)
        self.wasps = a_site(self.db, self.clock, site_id=OTHER, name="Wasps", home_url="https://wasps.example")
        self._app = App(self.instance)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End everything."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.instance.close()

    # --- asking -------------------------------------------------------------------------------------------------------

    def client(self) -> FlaskClient:
        """A browser of its own, with its own cookies."""
        return self.instance.flask.test_client()

    def send(
        self,
        method: str,
        path: str,
        body: bytes | Json | None = None,
        headers: dict[str, str] | None = None,
        client: FlaskClient | None = None,
        form: dict[str, str] | None = None,
    ) -> Answer:
        """One request through Flask."""
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        sent = {"User-Agent": CHROME, **({} if data is None else {"Content-Type": "text/plain"}), **(headers or {})}
        asked = client or self.client()
        response = asked.open(
            path, base_url=URL, method=method, data=data if form is None else form, headers=sent, buffered=True
        )
        found = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, found, response.data)

    def note(self, door: str, body: bytes | Json, headers: dict[str, str] | None = None) -> Answer:
        """A browser's note, through `flask` or `asgi`."""
        if door == "flask":
            return self.send("POST", "/v1/notes", body, headers)
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        sent = {"User-Agent": CHROME, "Content-Type": "text/plain", **(headers or {})}
        asked = asyncio.run_coroutine_threadsafe(self.ask("POST", "/v1/notes", data, sent), self._loop)
        return asked.result(WAIT_S)

    async def ask(self, method: str, path: str, data: bytes, headers: dict[str, str]) -> Answer:
        """One request through the ASGI app, the body in pieces as they come over a network."""
        pieces = [data[start : start + 4_000] for start in range(0, len(data), 4_000)] or [b""]
        messages = [
            {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
            for number, piece in enumerate(pieces, start=1)
        ]
        said: list[Any] = []

        async def receive() -> Any:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            said.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "scheme": "https",
            "http_version": "1.1",
            "root_path": "",
            "server": ("along.example", 443),
            "client": ("192.0.2.1", 4711),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
        }
        await self._app(scope, receive, send)
        found = {name.decode().lower(): value.decode() for name, value in said[0]["headers"]}
        return Answer(said[0]["status"], found, b"".join(message.get("body", b"") for message in said[1:]))

    def via_asgi(self, method: str, path: str) -> Answer:
        """A page through the ASGI app."""
        headers = {"User-Agent": CHROME, "Host": "along.example"}
        return asyncio.run_coroutine_threadsafe(self.ask(method, path, b"", headers), self._loop).result(WAIT_S)

    # --- what people do -----------------------------------------------------------------------------------------------

    def link(self, name: str, who: Person = anna, site_id: str = SITE, page: str = PAGE, **more: str) -> str:
        """A token of a new link; `name` makes the request's id."""
        said = {"site": site_id, "id": an_id("link", name), "guest": who.guest, "page": page} | more
        answer = self.send("POST", "/v1/links", said)
        assert answer.status in (200, 201), answer
        token: str = answer.json["token"]
        return token

    def visit(self, name: str, token: str, who: Person, page: str = PAGE, **more: object) -> Json:
        """The note of a visit."""
        said = {"site": SITE, "id": an_id("visit", name), "kind": "visit", "token": token}
        return said | {"visitor": who.visitor, "page": page} | more

    def api(self, method: str, path: str, body: bytes | Json | None = None, key: str | None = None) -> Answer:
        """Otto's shop speaks."""
        headers = {"Authorization": f"Bearer {key or self.bees.api_key}", "Content-Type": "application/json"}
        return self.send(method, f"/api/v1{path}", body, headers)

    def signed_in(self, who: Person, site_id: str = SITE) -> FlaskClient:
        """A browser in which this person has opened the portal."""
        url = self.send("POST", "/v1/credit", {"site": site_id, "guest": who.guest}).json["url"]
        browser = self.client()
        answer = self.send("POST", "/me/in", client=browser, form={"code": url.partition("#")[2]})
        assert answer.status == 303, answer
        return browser

    def owner(self, site_id: str = SITE) -> FlaskClient:
        """A browser in which the owner has opened the console."""
        code = manage.new_owner_code(self.db, self.clock, site_id)
        browser = self.client()
        answer = self.send("POST", "/start", client=browser, form={"k": f"{site_id}.{code}"})
        assert answer.status == 303, answer
        return browser

    def fold(self) -> None:
        """Fold all that waits."""
        self.instance.worker.fold_all()

    def count(self, table: str, site_id: str = SITE) -> int:
        """How many rows of a site a table has."""
        with self.db.reading() as session:
            counted = session.scalar(text(f"SELECT count(*) FROM {table} WHERE site_id = '{site_id}'"))
        return int(counted or 0)

    def counts(self, *tables: str) -> dict[str, int]:
        """How many rows of Otto's site each of these tables has."""
        return {table: self.count(table) for table in tables}


def an_office(request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance on `request.param` (sqlite or postgresql), closed afterwards; tests keep apart by their ids."""
    folder = folders.mktemp("office")
    opened: AbstractContextManager[str] = nullcontext(f"sqlite:///{folder}/here.db")
    if request.param == "postgresql":
        opened = request.getfixturevalue("postgres").fresh_database()
    with opened as url:
        made = Office(url, folder)
        yield made
        made.close()


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
