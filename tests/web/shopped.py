"""An instance on which something has happened: Anna shared, Ben passed it on, Cleo bought."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from cast import Person, anna, ben, cleo, mallory
from flow.office import SITE, Office, an_office


def a_shopped_office(request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance on `request.param` in which Anna shared, Ben passed it on, and Cleo bought."""
    for made in an_office(request, folders):
        annas = made.link("annas", anna)
        bens = made.link("bens", ben, parent=annas)
        note = made.visit("cleo", bens, cleo)
        assert made.note("flask", note).status == 202
        order = {"id": "order-1", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
        assert made.api("POST", "/conversions", order | {"code": f"{bens}.{note['id']}"}).status == 202
        made.api("POST", "/conversions", order | {"id": "order-2"})
        made.link("mallorys", mallory)
        made.fold()
        yield made


def line_of(office: Office, who: Person) -> str:
    """The id of a line of somebody's ledger: their credit for Cleo's order."""
    with office.db.reading() as session:
        statement = text("SELECT line_id FROM credits WHERE recipient = :who AND unit = 'EUR'")
        return str(session.scalar(statement, {"who": who.advocate_id(SITE)}))
