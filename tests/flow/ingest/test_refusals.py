"""What is refused at the door is counted, all of it, and keeps nobody's facts waiting."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, text

from cast import HOME, a_person, an_id, cleo
from flow.office import BOTH, SITE, Office, an_office
from passalong.core.reasons import Reason
from passalong.flow.ingest.collector import QueueFullError
from passalong.flow.ingest.refusals import MOST_WAITING, SAMPLES_AN_HOUR, Refused

NOTES = 160


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance on which nothing happened yet."""
    yield from an_office(request, tmp_path_factory)


def forged(office: Office, door: str, number: int) -> tuple[int, str | None, str | None]:
    """A visit with a token that nobody signed."""
    note = office.visit(f"forged {number}", an_id("forged", number)[:22] + "AAAAA", a_person("nobody", number))
    return office.note(door, note, {"Origin": HOME}).note


@pytest.mark.parametrize("door", ["asgi", "flask"])
def test_forged_notes_that_come_together_are_written_together_and_counted_each(office: Office, door: str) -> None:
    """Each had a transaction of its own: 32 connections were enough to let everybody else wait for seconds."""
    written: list[int] = []
    event.listen(office.db.writer, "commit", lambda _: written.append(1))
    with ThreadPoolExecutor(32) as hands:
        found = set(hands.map(lambda number: forged(office, door, number), range(NOTES)))
    assert found == {(202, None, "bad_signature")}
    assert len(written) <= NOTES // 4
    with office.db.reading() as session:
        counted = session.scalar(text(f"SELECT sum(events) FROM refusal_counts WHERE site_id = '{SITE}'"))
    assert counted == NOTES
    assert office.count("refusals") == SAMPLES_AN_HOUR


def test_too_many_refusals_are_turned_away_and_the_next_ones_are_not(office: Office) -> None:
    """Memory has a bound, as for facts: whoever is not counted is told to come again."""
    services = office.instance.services
    refused = Refused(office.bees.site, "note", Reason.BAD_SIGNATURE, "/")
    with office.db.writer.begin():  # the writer is held, so nothing can be counted
        taken = [services.refusals.offer(refused) for _ in range(MOST_WAITING)]
        with pytest.raises(QueueFullError):
            for _ in range(MOST_WAITING + 2):
                taken.append(services.refusals.offer(refused))
    for counted in taken:
        counted.result(timeout=30)
    token = office.link("cleos", cleo)
    assert office.note("asgi", office.visit("after", token, a_person("somebody"))).note == (202, "visit", None)
