"""What an owner's server says of an order, and what it is told."""

from typing import Any
from urllib.parse import quote

from flow.office import Answer, Json, Office
from passalong.core.money import MAX_MICROS

MOST_MINOR = MAX_MICROS // 100


def an_order(name: str = "order", **change: Any) -> Json:
    """A conversion with some things changed; `...` takes one away."""
    said = {"id": name, "goal": "purchase", "amount_minor": 4_200, "currency": "EUR"}
    return {field: value for field, value in (said | change).items() if value is not ...}


def report(office: Office, said: Json) -> Answer:
    """Report a conversion."""
    return office.api("POST", "/conversions", said)


def receipt(office: Office, name: str) -> Any:
    """The receipt as the API gives it, after folding."""
    office.fold()
    return office.api("GET", f"/conversions/{quote(name, safe='')}").json
