"""The waiting client."""

import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx

from passalong.client.calls import TIMEOUT_S, Call, Json, headers_of, without_none


class Client:
    """Calls the API of one site with a key. `call` takes any operation of the reference."""

    def __init__(self, url: str, key: str, timeout_s: float = TIMEOUT_S):
        self._http = httpx.Client(base_url=url.rstrip("/"), headers=headers_of(key), timeout=timeout_s)

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def call(self, method: str, path: str, body: Json | None = None, **query: Any) -> Json:
        """Call an operation by its method and path (`GET`, `/balances`). Raises ProblemError, UnreachableError."""
        call = Call(method, path, body, query)
        while True:
            try:
                response = self._http.request(
                    call.method, call.path, json=call.body, params=call.query, headers=call.headers
                )
            except httpx.TransportError:
                time.sleep(call.wait_s())
                continue
            answer = response.json() if "json" in response.headers.get("Content-Type", "") else None
            wait_s = call.judge(response.status_code, answer, response.headers.get("Retry-After"))
            if wait_s is None:
                found: Json = answer or {}
                return found
            time.sleep(wait_s)

    def each(self, path: str, **query: Any) -> Iterator[Json]:
        """Yield every entry of a list, page by page."""
        after: str | None = None
        while True:
            page = self.call("GET", path, after=after, **query)
            yield from page["data"]
            after = page.get("next")
            if after is None:
                return

    def report_conversion(
        self, *, id: str, goal: str, amount_minor: int | None = None, currency: str | None = None, **more: Any
    ) -> Json:
        """Report a conversion; `more` are the other fields of the call, such as `code`, `customer` or `metadata`."""
        said = {"id": id, "goal": goal, "amount_minor": amount_minor, "currency": currency, **more}
        return self.call("POST", "/conversions", without_none(said))

    def report_refund(self, conversion_id: str, *, id: str, amount_minor: int | None = None) -> Json:
        """Report a refund: an amount, or all that is left."""
        said = {"id": id, "full": True} if amount_minor is None else {"id": id, "amount_minor": amount_minor}
        return self.call("POST", f"/conversions/{quote(conversion_id, safe='')}/refunds", said)

    def read_conversion(self, conversion_id: str) -> Json:
        """Return the receipt of a conversion."""
        return self.call("GET", f"/conversions/{quote(conversion_id, safe='')}")

    def make_link(self, *, id: str, advocate: str, page: str, title: str = "") -> Json:
        """Make a link for an advocate."""
        return self.call("POST", "/links", {"id": id, "advocate": advocate, "page": page, "title": title})
