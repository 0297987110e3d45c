"""Asks a running Passalong as browsers and shops do, and says plainly when an answer is not the expected one."""

import http.client
import json
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from plumbing.ports import HOST

ANSWER_S = 60.0
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
"""Programs that say so are bots to us, and bots never count."""


class UnexpectedAnswerError(AssertionError):
    """An answer that a helper does not take for success."""


@dataclass(frozen=True)
class Answer:
    """What came back; header names in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def kept(self) -> str | None:
        """What a note was kept as."""
        return self.headers.get("along-kept")

    @property
    def dropped(self) -> str | None:
        """Why a note was not counted."""
        return self.headers.get("along-dropped")

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Client:
    """One keep-alive connection. `send` answers whatever comes; the verbs fail unless the server took it.

    Like the widget, a verb comes again with the same id while the server is busy (503).
    """

    def __init__(self, port: int, user_agent: str = USER_AGENT, patience_s: float = ANSWER_S):
        self._connection = http.client.HTTPConnection(HOST, port, timeout=patience_s)
        self._headers = {"User-Agent": user_agent}
        self._patience_s = patience_s

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        """One request; a kept connection that the server has ended meanwhile is opened anew, once."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        sent = self._headers | ({} if data is None else {"Content-Type": "text/plain"}) | (headers or {})
        try:
            return self._once(method, path, data, sent)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self._connection.close()
            return self._once(method, path, data, sent)

    def _once(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Answer:
        try:
            self._connection.request(method, path, data, headers)
            response = self._connection.getresponse()
            got = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, got, response.read())
        except BaseException:
            self._connection.close()
            raise

    def issue_link(self, site_id: str, *, guest: str, page: str, request_id: str, **more: str | None) -> str:
        """The token of a link that was asked for; `parent`, `visitor` and `title` as in docs/wire.md."""
        said = {"site": site_id, "id": request_id, "guest": guest, "page": page} | _given(more)
        token: str = self._say("POST", "/v1/links", said, wanted=(201, 200)).json()["token"]
        return token

    def visit(self, site_id: str, token: str, *, visitor: str, page: str, note_id: str, **more: Any) -> Answer:
        """Somebody looks at a page that they reached through a link; `guest` and `hidden` as in docs/wire.md."""
        said = {"site": site_id, "id": note_id, "kind": "visit", "token": token, "visitor": visitor, "page": page}
        return self._say("POST", "/v1/notes", said | _given(more), wanted=(202,))

    def share(self, site_id: str, token: str, *, guest: str, note_id: str, to: str = "copy") -> Answer:
        """Somebody uses the link that they were given."""
        said = {"site": site_id, "id": note_id, "kind": "share", "token": token, "guest": guest, "to": to}
        return self._say("POST", "/v1/notes", said, wanted=(202,))

    def convert(self, api_key: str, conversion_id: str, *, goal: str = "purchase", **more: Any) -> Answer:
        """The owner's server reports an outcome; `amount_minor`, `currency` and `code` as in docs/wire.md."""
        said = {"id": conversion_id, "goal": goal} | _given(more)
        return self._say("POST", "/api/v1/conversions", said, _key(api_key), wanted=(202, 200))

    def refund(self, api_key: str, conversion_id: str, *, refund_id: str, amount_minor: int) -> Answer:
        """The owner's server reports value that was given back."""
        said = {"id": refund_id, "amount_minor": amount_minor}
        path = f"/api/v1/conversions/{conversion_id}/refunds"
        return self._say("POST", path, said, _key(api_key), wanted=(202, 200))

    def receipt(self, api_key: str, conversion_id: str) -> Any:
        """A conversion's receipt as it stands."""
        path = f"/api/v1/conversions/{conversion_id}"
        return self._say("GET", path, headers=_key(api_key), wanted=(200,)).json()

    def _say(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        *,
        wanted: tuple[int, ...],
    ) -> Answer:
        until = time.monotonic() + self._patience_s
        answer = self.send(method, path, body, headers)
        while answer.status == 503 and time.monotonic() < until:
            time.sleep(float(answer.headers.get("retry-after", "1")))
            answer = self.send(method, path, body, headers)
        if answer.status not in wanted:
            raise UnexpectedAnswerError(f"{method} {path}: {answer.status} instead of {wanted}: {answer.body[:500]!r}")
        return answer


def _given(more: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in more.items() if value is not None}


def _key(api_key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
