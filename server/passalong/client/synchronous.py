"""The waiting client."""

import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, cast, overload

import httpx

from passalong.client import operations, types
from passalong.client.calls import (
    TIMEOUT_S,
    Answer,
    Call,
    Entry,
    Json,
    ListOperation,
    Operation,
    headers_of,
    tls_context,
    without_none,
)


class Client:
    """Calls the API of one site with a key. `call` takes any operation of the reference."""

    def __init__(self, url: str, key: str, timeout_s: float = TIMEOUT_S):
        self._http = httpx.Client(
            base_url=url.rstrip("/"), headers=headers_of(key), timeout=timeout_s, verify=tls_context()
        )

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
        return self.run(Call[Json](method, path, body, query))

    def run(self, call: Call[Answer]) -> Answer:
        """Run a call of an operation, as `read_conversion(conversion_id="order-17")` of `passalong.client.operations`.

        Raises ProblemError, UnreachableError.
        """
        call.begin()
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
                return cast(Answer, answer or {})
            time.sleep(wait_s)

    @overload
    def each(self, of: ListOperation[Any, Entry], **named: Any) -> Iterator[Entry]: ...

    @overload
    def each(self, of: str, **named: Any) -> Iterator[Json]: ...

    def each(self, of: ListOperation[Any, Any] | str, **named: Any) -> Iterator[Any]:
        """Yield every entry of a list, page by page: an operation, or the path of one."""
        listing = Operation[None, Json]("GET", of) if isinstance(of, str) else of
        after: str | None = None
        while True:
            page = self.run(listing(**{**named, "after": after}))
            yield from page["data"]
            after = page.get("next")
            if after is None:
                return

    def report_conversion(
        self, *, id: str, goal: str, amount_minor: int | None = None, currency: str | None = None, **more: Any
    ) -> types.ConversionRecorded:
        """Report a conversion; `more` are the other fields of the call, such as `code`, `customer` or `metadata`."""
        said = {"id": id, "goal": goal, "amount_minor": amount_minor, "currency": currency, **more}
        return self.run(operations.report_conversion(cast(types.ConversionBody, without_none(said))))

    def report_refund(self, conversion_id: str, *, id: str, amount_minor: int | None = None) -> types.RefundRecorded:
        """Report a refund: an amount, or all that is left."""
        body: types.RefundBody = (
            {"id": id, "full": True} if amount_minor is None else {"id": id, "amount_minor": amount_minor}
        )
        return self.run(operations.report_refund(body, conversion_id=conversion_id))

    def read_conversion(self, conversion_id: str) -> types.ConversionReceipt | types.ConversionPending:
        """Return the receipt of a conversion."""
        return self.run(operations.read_conversion(conversion_id=conversion_id))

    def make_link(self, *, id: str, advocate: str, page: str, title: str = "") -> types.LinkMade:
        """Make a link for an advocate."""
        return self.run(operations.make_link({"id": id, "advocate": advocate, "page": page, "title": title}))
