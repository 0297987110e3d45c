"""A statement over a ledger with missing or altered lines is never taken for whole, and says what to do."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from cast import a_person, anna
from flow.office import BOTH, SITE, Office, an_office
from flow.seal_props import unlock
from passalong.flow.transparency.sealing import seal_all
from passalong.store.schema.journal import journal

SENTENCE = "signed lines are missing from the ledger. Please tell The Bee Almanac"
PEOPLE = 130
"""Three lines each: more than a tile of the tree, whose leaves are kept apart from the lines."""


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Many people came by Anna's link, and all of it is sealed."""
    for made in an_office(request, tmp_path_factory):
        token = made.link("annas", anna)
        for number in range(PEOPLE):
            made.note("flask", made.visit(f"v{number}", token, a_person("came", number)))
            made.clock.at_ms += 60_000
        made.fold()
        seal_all(made.db, SITE, made.instance.services.signing, made.clock.now_ms())
        yield made


def alter(office: Office, which: int) -> None:
    """Change one of Anna's lines behind the program's back."""
    unlock(office.db, "journal")
    with office.db.writer.begin() as connection:
        own = journal.c.account.startswith(f"advocate:{anna.advocate_id(SITE)}")
        places = select(journal.c.tx, journal.c.line).where(own).order_by(journal.c.tx, journal.c.line)
        tx, line = connection.execute(places).all()[which]
        one = (journal.c.tx == tx, journal.c.line == line)
        connection.execute(update(journal).where(*one).values(amount_micros=7))


def statement(office: Office) -> tuple[int, str]:
    """What a browser downloads."""
    answer = office.send("GET", "/me/statement.json", client=office.signed_in(anna))
    return answer.status, answer.text


def test_one_that_cannot_begin_is_answered_as_an_error(office: Office) -> None:
    assert json.loads(statement(office)[1])["signature"]
    alter(office, 0)
    status, page = statement(office)
    assert (status, SENTENCE in page, "passalong ledger verify" in page) == (500, True, True)
    assert statement(office)[0] == 500, "it has let go of the person's turn"
    answer = office.api("GET", f"/advocates/{anna.advocate_id(SITE)}/statement.json")
    assert (answer.status, "`passalong ledger verify`" in answer.json["detail"]) == (500, True)


def test_one_that_breaks_off_later_ends_with_a_sentence_and_is_no_json(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("passalong.store.transparency.statements.AT_ONCE", 10)
    alter(office, 60)
    status, text = statement(office)
    assert (status, text.count('"proof"') >= 50, SENTENCE in text.splitlines()[-1]) == (200, True, True)
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
