"""A key that proposes calls, and the page where a person decides them."""

from itertools import count
from typing import Any

from cast import anna
from flow.office import SITE, Answer, Json, Office
from passalong.core.privileges import Role, Scope
from passalong.flow.owners import api_keys
from passalong.flow.owners.api_keys import NewKey

NUMBERS = count()
PAGE = f"/console/{SITE}/proposals"


def agents_key(office: Office, *scopes: Scope) -> str:
    """A key for an assistant: it reads and proposes."""
    return api_keys.new(
        office.db, office.clock, SITE, NewKey("Otto's assistant", scopes or (Scope.READ, Scope.PROPOSE))
    )


def a_gift(name: str, **change: Any) -> Json:
    """A proposal to give Anna 5 euros."""
    body = {"id": f"gift-{name}", "advocate": anna.advocate_id(SITE), "amount_minor": 500, "unit": "EUR"}
    return {"operation": "give_credit", "body": {**body, "note": "she asked", **change}, "reason": "Anna wrote"}


def propose(office: Office, key: str, said: Json) -> Json:
    """Propose a call, which must be taken."""
    answer = office.api("POST", "/proposals", said, key=key)
    assert answer.status == 201, answer
    return dict(answer.json)


def decide(office: Office, proposal: Json, act: str = "approve", role: Role | None = None) -> Answer:
    """Press a button of the page."""
    address = f"{next(NUMBERS)}@bees.example"
    browser = office.owner() if role is None else office.teammate(role, address=address)
    return office.send("POST", f"{PAGE}/{proposal['id']}", client=browser, form={"act": act})


def result(office: Office, key: str, proposal: Json) -> Json:
    """The proposal as its key reads it."""
    return dict(office.api("GET", f"/proposals/{proposal['id']}", key=key).json)


def facts(office: Office) -> int:
    """The number of facts of the site."""
    return office.count("events")
