"""Accounting: compare the answers to all notes with the rows of the tables; the difference must be 0.

sent = kept + duplicate + dropped, by reason + answers of 4xx and 5xx. Control: one row less in the tables.
"""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Callable

from sqlalchemy import func, select, text

from cast import an_id
from chaos.outcome import Outcome, begin
from chaos.place import PAGE, SITE, Place, a_place
from chaos.sending import Answered, ask, request
from passalong.core.facts import decode_fact
from passalong.store.engine import Database
from passalong.store.schema.event_log import events
from passalong.store.schema.refusals import refusal_counts
from plumbing.ports import HOST
from plumbing.postgres import running_postgres

NOTES = {"short": 1_500, "long": 20_000}
CONNECTIONS = 16
AGAIN = 0.15


class Mixture:
    """Notes of every kind, valid and invalid."""

    def __init__(self, place: Place):
        self._tokens = place.tokens
        self._chance = random.Random(23)
        self._made = 0
        self._kinds: tuple[Callable[[], bytes], ...] = (
            lambda: request(self._visit()),
            lambda: request(self._visit()),
            lambda: request(self._share()),
            lambda: request(self._visit() | {"id": an_id("note", self._chance.randrange(1, self._made + 1))}),
            lambda: request(self._visit(), user_agent="Googlebot/2.1"),
            lambda: request(self._visit(), "Origin: https://elsewhere.example\r\n"),
            lambda: request(self._visit(), "Sec-Purpose: prefetch\r\n"),
            lambda: request(self._visit(), "Sec-GPC: 1\r\n"),
            lambda: request(self._visit() | {"page": "https://elsewhere.example/"}),
            lambda: request(self._visit() | {"token": "A" * 27}),
            lambda: request(self._visit() | {"token": "not one of ours"}),
            lambda: request(self._visit() | {"site": "nosite1"}),
            lambda: request(self._visit() | {"unknown": "field"}),
            lambda: request(self._visit() | {"page": "x" * 20_000}),
        )

    def make(self, count: int) -> list[bytes]:
        """Make this many notes in random order, some more than once."""
        made = [self._chance.choice(self._kinds)() for _ in range(count)]
        made += self._chance.sample(made, int(count * AGAIN))
        self._chance.shuffle(made)
        return made

    def _visit(self) -> dict[str, str]:
        self._made += 1
        token, visitor = self._chance.choice(self._tokens), an_id("visitor", self._made)
        note_id = an_id("note", self._made)
        return {"site": SITE, "id": note_id, "kind": "visit", "token": token, "visitor": visitor, "page": PAGE}

    def _share(self) -> dict[str, str]:
        self._made += 1
        number = self._chance.randrange(len(self._tokens))
        token, guest = self._tokens[number], an_id("guest", number)
        note_id = an_id("note", self._made)
        return {"site": SITE, "id": note_id, "kind": "share", "token": token, "guest": guest, "to": "copy"}


def main() -> int:
    """Run on SQLite; in the long form on PostgreSQL, too."""
    outcome = begin("accounting")
    with a_place() as place:
        _experiment(outcome, place)
    if not outcome.short:
        with running_postgres() as server, a_place(server.create_database()) as place:
            _experiment(outcome, place)
    return outcome.end()


def _experiment(outcome: Outcome, place: Place) -> None:
    notes = Mixture(place).make(NOTES["short" if outcome.short else "long"])
    answers = asyncio.run(_send(place.port, notes))
    told = Counter(map(_column, answers))
    difference = _difference(told, place.database_url)
    database = place.database_url.partition(":")[0].partition("+")[0]
    outcome.claim(
        f"what was answered is what is there, {database}",
        len(answers) == len(notes) and difference == 0 and not any(name.startswith("5") for name in told),
        sent=len(notes),
        **{name.replace(" ", "_"): count for name, count in sorted(told.items())},
        difference=difference,
    )
    _drop_one_row(place.database_url)
    planted = _difference(told, place.database_url)
    outcome.control("one row is gone", planted == 1, difference=planted)


async def _send(port: int, notes: list[bytes]) -> list[Answered]:
    waiting, answers = iter(notes), list[Answered]()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection(HOST, port)
        for note in waiting:
            answer = await ask(reader, writer, note)
            answers.append(answer)
            if answer.headers.get("connection") == "close":
                reader, writer = await asyncio.open_connection(HOST, port)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return answers


def _column(answer: Answered) -> str:
    """Return the column of the account for an answer."""
    if answer.status != 202:
        return str(answer.status)
    dropped = answer.headers.get("along-dropped")
    return f"dropped {dropped}" if dropped else f"kept {answer.headers['along-kept']}"


def _difference(told: Counter[str], database_url: str) -> int:
    """Return how many notes are only in the answers or only in the tables."""
    there: Counter[str] = Counter()
    db = Database(database_url)
    with db.reading() as session:
        for row in session.execute(select(events.c.kind, events.c.fact).where(events.c.site_id == SITE)):
            refused = getattr(decode_fact(row.fact), "refused", None)
            there[f"dropped {refused.value}" if refused else f"kept {row.kind}"] += 1
        counts = select(refusal_counts.c.reason, func.sum(refusal_counts.c.events)).group_by(refusal_counts.c.reason)
        for reason, count in session.execute(counts):
            there[f"dropped {reason}"] += int(count)
    db.close()
    without_rows = {name for name in told if name == "kept duplicate" or name.isdigit()}
    return sum(abs(told[name] - there[name]) for name in (told.keys() | there.keys()) - without_rows)


def _drop_one_row(database_url: str) -> None:
    """Delete one row with the triggers off."""
    db = Database(database_url)
    with db.writer.begin() as connection:
        if db.is_sqlite:
            named = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'events'")
            for name in connection.scalars(named).all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("ALTER TABLE events DISABLE TRIGGER ALL")
        one = "SELECT min(event_id) FROM events WHERE source = 'browser'"
        connection.exec_driver_sql(f"DELETE FROM events WHERE source = 'browser' AND event_id = ({one})")
    db.close()


if __name__ == "__main__":
    sys.exit(main())
