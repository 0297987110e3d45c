"""The awaited client."""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx

from passalong.client.calls import TIMEOUT_S, Call, Json, headers_of, without_none


class AsyncClient:
    """Calls the API of one site with a key. `call` takes any operation of the reference."""

    def __init__(self, url: str, key: str, timeout_s: float = TIMEOUT_S):
        self._http = httpx.AsyncClient(base_url=url.rstrip("/"), headers=headers_of(key), timeout=timeout_s)

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def call(self, method: str, path: str, body: Json | None = None, **query: Any) -> Json:
        """Call an operation by its method and path (`GET`, `/balances`). Raises ProblemError, UnreachableError."""
        call = Call(method, path, body, query)
        while True:
            try:
                response = await self._http.request(
                    call.method, call.path, json=call.body, params=call.query, headers=call.headers
                )
            except httpx.TransportError:
                await asyncio.sleep(call.wait_s())
                continue
            answer = response.json() if "json" in response.headers.get("Content-Type", "") else None
            wait_s = call.judge(response.status_code, answer, response.headers.get("Retry-After"))
            if wait_s is None:
                found: Json = answer or {}
                return found
            await asyncio.sleep(wait_s)

    async def each(self, path: str, **query: Any) -> AsyncIterator[Json]:
        """Yield every entry of a list, page by page."""
        after: str | None = None
        while True:
            page = await self.call("GET", path, after=after, **query)
            for entry in page["data"]:
                yield entry
            after = page.get("next")
            if after is None:
                return

    async def report_conversion(
        self, *, id: str, goal: str, amount_minor: int | None = None, currency: str | None = None, **more: Any
    ) -> Json:
        """Report a conversion; `more` are the other fields of the call, such as `code`, `customer` or `metadata`."""
        said = {"id": id, "goal": goal, "amount_minor": amount_minor, "currency": currency, **more}
        return await self.call("POST", "/conversions", without_none(said))

    async def report_refund(self, conversion_id: str, *, id: str, amount_minor: int | None = None) -> Json:
        """Report a refund: an amount, or all that is left."""
        said = {"id": id, "full": True} if amount_minor is None else {"id": id, "amount_minor": amount_minor}
        return await self.call("POST", f"/conversions/{quote(conversion_id, safe='')}/refunds", said)

    async def read_conversion(self, conversion_id: str) -> Json:
        """Return the receipt of a conversion."""
        return await self.call("GET", f"/conversions/{quote(conversion_id, safe='')}")

    async def make_link(self, *, id: str, advocate: str, page: str, title: str = "") -> Json:
        """Make a link for an advocate."""
        return await self.call("POST", "/links", {"id": id, "advocate": advocate, "page": page, "title": title})
