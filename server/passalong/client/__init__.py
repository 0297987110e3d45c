"""A client of the API for Python: `Client` waits, `AsyncClient` is awaited; both need `pip install passalong[client]`.

from passalong.client import Client, operations

with Client("https://along.example.org", "ak_…") as passalong:
    passalong.report_conversion(id="order-17", goal="purchase", amount_minor=4200, currency="EUR", code=code)
    receipt = passalong.run(operations.read_conversion(conversion_id="order-17"))
    for credit in passalong.each(operations.list_credits):
        ...

`operations` has every operation of the API with the types of its body and answer (`types`).

A call that fails on the way, or is answered 429 or 503, is sent again with the same id: it happens once.
"""

from passalong.client.asynchronous import AsyncClient
from passalong.client.calls import ProblemError, UnreachableError
from passalong.client.synchronous import Client

__all__ = ["AsyncClient", "Client", "ProblemError", "UnreachableError"]
