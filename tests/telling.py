"""Stories as the docs tell them, run through the product's own HTTP handlers on a real database.

    day 0   Anna shares
    day 2   Cleo comes through Anna's link
    day 9   Cleo buys for 40.00
            → Anna: waiting 3.20, pool 0.80

Each person is one browser: one visitor id, and a guest credential from the first share on. Days are days of the clock;
events of one day are an hour apart. Only the clock is replaced.
"""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from passalong.app import make_instance
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.identity import advocate_id_of
from passalong.core.ledger.entries import owed_account
from passalong.core.ledger.redemptions import Method
from passalong.core.transparency.statement import Statement, check_statement, decode_statement
from passalong.flow import redemptions
from passalong.flow.owners import api_keys
from passalong.flow.owners import sites as flow_sites
from passalong.flow.owners.sites import NewSite
from passalong.flow.replay import compare
from passalong.flow.transparency import ledger_check
from passalong.flow.transparency.heads_check import Evidence
from passalong.flow.transparency.heads_file import read_heads
from passalong.lib.signing import fingerprint, is_signed
from passalong.settings import read_settings
from passalong.store import sites
from passalong.store.books import identities, journal
from passalong.store.engine import Database
from passalong.store.transparency import statements
from tables import make_tables

SITE = "story1"
HOME = "http://bees.example"
START_MS = 1_750_000_000_000
HOUR_MS = 3_600_000
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"


class StoryClock:
    """A clock that a story sets."""

    def __init__(self) -> None:
        self.at_ms = START_MS

    def now_ms(self) -> int:
        """What the story says."""
        return self.at_ms


class Person:
    """One browser: what it would keep."""

    def __init__(self, name: str):
        self.name = name
        self.visitor = f"visitor-of-{name.lower()}-0001"
        self.guest = f"guest-secret-of-{name.lower()}-0001"
        self.link: str | None = None
        self.arrival: tuple[str, str] | None = None


class Telling:
    """One story being told."""

    def __init__(self, database_url: str, folder: Path):
        self.clock = StoryClock()
        env = {"PASSALONG_DATA": str(folder), "DATABASE_URL": database_url}
        settings = read_settings(env)
        tables = Database(settings.database_url)
        make_tables(tables)
        tables.close()
        self.instance = make_instance(settings, self.clock)
        self.db = self.instance.services.db
        flow_sites.new_site(
            self.db, self.clock, NewSite(name="Bee Almanac", home_url=HOME, site_id=SITE, remember="window")
        )
        self.key = api_keys.new(self.db, self.clock, SITE, "story")
        self.browser = self.instance.flask.test_client()
        self.people: dict[str, Person] = {}
        self.sent = 0
        self.order = ""

    def tell(self, text: str) -> int:
        """Run every line; returns how many expectations were checked."""
        checked = 0
        for line in filter(None, (line.strip() for line in text.splitlines())):
            if line.startswith("→"):
                checked += self._expect(line.lstrip("→ "))
            else:
                self._happen(line)
        return checked

    def _happen(self, line: str) -> None:
        found = re.fullmatch(r"day +(\d+) +(.+)", line)
        assert found, f"a line of a story starts with its day: {line!r}"
        self.clock.at_ms = max(self.clock.at_ms + HOUR_MS, START_MS + int(found[1]) * DAY_MS)
        what = found[2]
        if shared := re.fullmatch(r"(\w+) shares", what):
            self._share(self._person(shared[1]))
        elif came := re.fullmatch(r"(\w+) comes through (\w+)'s link", what):
            self._come(self._person(came[1]), self._person(came[2]))
        elif bought := re.fullmatch(r"(\w+) buys for ([\d.]+)", what):
            self._buy(self._person(bought[1]), bought[2])
        elif what == "the order is refunded":
            self._refund()
        elif used := re.fullmatch(r"(\w+) gives ([\d.]+) back to the site", what):
            self._use(self._person(used[1]), used[2])
        elif what == "the clock goes on":
            pass
        else:
            raise AssertionError(f"no story says {what!r}")
        self.instance.worker.fold_all()

    def _person(self, name: str) -> Person:
        return self.people.setdefault(name, Person(name))

    def _post(self, path: str, body: dict[str, Any], key: str = "") -> Any:
        headers = {"User-Agent": BROWSER, "Authorization": f"Bearer {key}"}
        response = self.browser.post(path, json=body, headers=headers)
        assert response.status_code < 300, response.get_data(as_text=True)
        return response.json if response.data else None

    def _id(self) -> str:
        self.sent += 1
        return f"a-note-in-a-story-{self.sent:04d}"

    def _share(self, person: Person) -> None:
        asked = {"site": SITE, "id": self._id(), "guest": person.guest, "page": f"{HOME}/bees", "title": "Bees"}
        if person.arrival:
            asked |= {"parent": person.arrival[0], "visitor": person.visitor}
        person.link = self._post("/v1/links", asked)["token"]
        used = {"site": SITE, "id": self._id(), "kind": "share", "token": person.link, "to": "copy"}
        self._post("/v1/notes", used | {"guest": person.guest})

    def _come(self, person: Person, through: Person) -> None:
        assert through.link, "a link is shared before somebody comes through it"
        note = {"site": SITE, "id": self._id(), "kind": "visit", "token": through.link, "page": f"{HOME}/bees"}
        self._post("/v1/notes", note | {"visitor": person.visitor})
        person.arrival = (through.link, note["id"])

    def _buy(self, person: Person, price: str) -> None:
        self.order = self._id()
        body = {"id": self.order, "goal": "purchase", "amount_minor": _cents(price), "currency": "EUR"}
        if person.arrival:
            body["code"] = ".".join(person.arrival)
        self._post("/api/v1/conversions", body, self.key)
        self.price = price

    def _refund(self) -> None:
        body = {"id": self._id(), "amount_minor": _cents(self.price)}
        self._post(f"/api/v1/conversions/{self.order}/refunds", body, self.key)

    def _use(self, person: Person, amount: str) -> None:
        with self.db.reading() as session:
            site = sites.find_site(session, SITE)
        assert site
        asked = redemptions.Asked(self._id(), Method.GIVE_BACK, "EUR", _cents(amount) * 10_000)
        who = advocate_id_of(SITE, person.guest)
        redemptions.request_redemption(
            self.db, self.instance.worker.collector, site, redemptions.Person(who, signed_in=False), asked
        )

    def _expect(self, line: str) -> int:
        if line == "the ledger is in order":
            return self._seal_and_check()
        if holds := re.fullmatch(r"(\w+)'s statement holds", line):
            return self._check_statement(self._person(holds[1]))
        said = re.findall(r"(?:(\w+): )?(waiting|ready|used|owes|pool) ([\d.]+)", line)
        assert said, f"an expectation names amounts: {line!r}"
        with self.db.reading() as session:
            balances = journal.all_balances(session, SITE)
        for name, kind, amount in said:
            assert _balance(balances, self.people.get(name), kind) == Decimal(amount), (line, balances)
        return len(said)

    def _seal_and_check(self) -> int:
        """As a server does every minute, and `passalong ledger verify` after it."""
        self.instance.sealing.look()
        keys, file = self.instance.services.signing.public, self.instance.sealing.file.path
        with self.db.reading() as session:
            found = ledger_check.check_ledger(session, SITE, keys, Evidence(list(read_heads(file))))
            compare.check_replay(session, SITE, make_tables)
        assert (found.unsealed, found.outside) == (0, found.heads)
        return 1

    def statement(self, name: str) -> Statement:
        """What this person downloads, sealed up to now."""
        self.instance.sealing.look()
        with self.db.reading() as session:
            site = sites.find_site(session, SITE)
            assert site
            mine = identities.account(session, SITE, advocate_id_of(SITE, self._person(name).guest))
            made = statements.statement_of(session, site, mine, self.instance.services.signing, self.clock.now_ms())
            assert made
            return decode_statement(made.whole())

    def _check_statement(self, person: Person) -> int:
        """What the person downloads, checked as `passalong verify` does; its sums are what they have."""
        made = self.statement(person.name)
        with self.db.reading() as session:
            balances = journal.all_balances(session, SITE)
        check_statement(made, is_signed, fingerprint)
        sums = {(one.account, one.unit): int(one.amount_micros) for one in made.sums if one.amount_micros != "0"}
        assert sums == {key: amount for key, amount in balances.items() if made.advocate in key[0]}
        return len(made.lines)


def _cents(price: str) -> int:
    return int(Decimal(price) * 100)


def _balance(balances: dict[tuple[str, str], int], person: Person | None, kind: str) -> Decimal:
    if kind == "pool":
        micros = sum(amount for (name, unit), amount in balances.items() if name.startswith("pool:") and unit == "EUR")
    elif kind == "owes":
        assert person, "somebody owes"
        micros = -balances.get((owed_account(advocate_id_of(SITE, person.guest)), "EUR"), 0)
    else:
        assert person, "an amount that waits or is ready belongs to a person"
        micros = balances.get((f"advocate:{advocate_id_of(SITE, person.guest)}:{kind}", "EUR"), 0)
    return Decimal(micros) / 1_000_000
