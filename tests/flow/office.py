"""An assembled instance without a server: Flask's own client, and the ASGI app called as a server would call it."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from cast import HOME, Person, a_site, an_id, anna
from flow.world import HandClock
from passalong.app import make_instance
from passalong.asgi import App
from passalong.core.identity_facts import AccountJoined
from passalong.core.privileges import Role
from passalong.flow.owners import sites, team
from passalong.flow.signin.magic_links import prove
from passalong.flow.transaction import writing
from passalong.lib.tokens import hashed, mail_code
from passalong.settings import read_settings
from passalong.store import outbox
from passalong.store.engine import Database
from passalong.store.people import addresses, open_sessions, sign_in_methods
from passalong.store.schema.columns import INSTANCE
from passalong.web.http import await_fold
from tables import BOTH as BOTH
from tables import make_tables

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
        """The body as text, without a mark of its encoding."""
        return self.body.decode("utf-8-sig")

    @property
    def note(self) -> tuple[int, str | None, str | None]:
        """What became of a note: the status, what it was kept as, why it was dropped."""
        return self.status, self.headers.get("along-kept"), self.headers.get("along-dropped")


class Office:
    """An instance with two sites: Otto's bees, and the wasps next door."""

    def __init__(self, database_url: str, folder: Path, **more: str):
        db = Database(database_url)
        make_tables(db)
        db.close()
        self.clock = HandClock()
        self.folder = folder
        env = {"PASSALONG_DATA": str(folder), "DATABASE_URL": database_url, "PASSALONG_URL": URL} | more
        await_fold.LONGEST_S = 0.0  # nothing is folded until a test folds it, so there is nothing to wait for
        self.instance = make_instance(read_settings(env), self.clock)
        self.db = self.instance.services.db
        self.followed: set[str] = set()  # mails whose link a test has followed
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
            if not messages:  # the client reads, and stays
                await asyncio.sleep(WAIT_S)
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

    def via_asgi(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = MappingProxyType({})
    ) -> Answer:
        """A page through the ASGI app."""
        sent = {"User-Agent": CHROME, "Host": "along.example", "Content-Length": str(len(body)), **headers}
        return asyncio.run_coroutine_threadsafe(self.ask(method, path, body, sent), self._loop).result(WAIT_S)

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

    def join(self, *these: Person) -> None:
        """Somebody proves that these browsers are theirs: one account."""
        ids = tuple(sorted(who.advocate_id(SITE) for who in these))
        prove(self.instance.services.collector, SITE, "join " + " ".join(ids), AccountJoined(ids, "mail"))
        self.fold()

    def owner(self, site_id: str = SITE) -> FlaskClient:
        """A browser in which the owner has opened the console."""
        code = sites.new_owner_code(self.db, self.clock, site_id)
        browser = self.client()
        answer = self.send("POST", "/start", client=browser, form={"k": f"{site_id}.{code}"})
        assert answer.status == 303, answer
        return browser

    def teammate(self, role: Role, site_id: str = SITE, address: str = "") -> FlaskClient:
        """A browser of somebody who followed the link of an invitation."""
        known = self.instance.services
        typed = address or f"{role.name.lower()}@{site_id}.example"
        team.invite(self.db, self.clock, known.keys, site_id, team.Invite(typed, role, "cli", "en"))
        browser = self.client()
        answer = self.send("POST", self.mailed("team_invite", site_id), client=browser)
        assert answer.status == 303, answer
        return browser

    def mailed(self, kind: str, site_id: str = SITE) -> str:
        """Return the path of the link in the newest mail of a kind to a team member, a new mail before a followed one.

        The clock stands still in most tests, so mails often share their time.
        """
        with self.db.reading() as session:
            mails = [mail for mail in outbox.newest(session, site_id, 100) if mail.kind == kind]
        mail = next((mail for mail in mails if mail.mail_id not in self.followed), mails[0])
        self.followed.add(mail.mail_id)
        keys = self.instance.services.keys
        return f"/console/in/{site_id}.{mail_code(keys, keys.newest, site_id, mail.mail_id)}"

    def save_access(self, who: Person, site_id: str = SITE) -> None:
        """This person, who has shared, keeps recovery words: their account has a sign-in method."""
        mine = [who.advocate_id(site_id)]
        with writing(self.db) as session:
            sign_in_methods.set_words(session, site_id, mine, hashed(who.guest), self.clock.at_ms)

    def prove(self, browser: FlaskClient) -> None:
        """The session of this browser has just been signed in with recovery words."""
        cookie = browser.get_cookie("__Host-along-advocate", "along.example")
        assert cookie is not None
        site_id, _, secret = cookie.value.partition(".")
        with writing(self.db) as session:
            open_sessions.prove(session, site_id, hashed(secret), "words", self.clock.at_ms)

    def reach_owner(self, site_id: str = SITE) -> None:
        """Otto confirms an address, as clocks of questions ask."""
        with writing(self.db) as session:
            new = addresses.NewAddress("o" * 40, "otto@bees.example", "en", self.clock.at_ms, addresses.OWNER)
            addresses.ask(session, site_id, new)
            addresses.confirm_owner(session, site_id, "o" * 40, self.clock.at_ms)

    def fold(self) -> None:
        """Fold all that waits."""
        self.instance.worker.fold_all()

    def count(self, table: str, site_id: str = SITE) -> int:
        """How many rows of a site a table has."""
        with self.db.reading() as session:
            of_site = "" if table in INSTANCE else f" WHERE site_id = '{site_id}'"
            counted = session.scalar(text(f"SELECT count(*) FROM {table}{of_site}"))
        return int(counted or 0)

    def counts(self, *tables: str) -> dict[str, int]:
        """How many rows of Otto's site each of these tables has."""
        return {table: self.count(table) for table in tables}


def an_office(request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance on `request.param` (sqlite or postgresql), closed afterwards; tests keep apart by their ids."""
    folder = folders.mktemp("office")
    opened: AbstractContextManager[str] = nullcontext(f"sqlite:///{folder}/here.db")
    if request.param == "postgresql":
        opened = request.getfixturevalue("postgresql_databases").lent()
    with opened as url:
        made = Office(url, folder)
        yield made
        made.close()
