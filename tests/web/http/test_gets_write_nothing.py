"""A GET changes nothing and waits for no writer: every route of the URL map, for every role, before and after.

Browsers and mail programs fetch pages ahead of time; what counts happens in a POST that a person caused.
"""

import re
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
from flask.testing import FlaskClient
from msgspec.structs import replace
from sqlalchemy import Column, Table, insert, select, text

from cast import a_person, anna
from flow.office import BOTH, CHROME, GOOGLEBOT, SITE, Office, an_office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.ledger.expiry import ends_ms
from passalong.core.reasons import Reason
from passalong.core.terms.model import default_terms
from passalong.flow.ingest.collector import Collector
from passalong.flow.ingest.refusals import Refusals
from passalong.flow.transaction import writing
from passalong.store import sites
from passalong.store.schema.columns import metadata
from passalong.store.schema.refusals import refusal_counts

_SESSION = ("seen_at_ms", "expires_at_ms")
TIMES_OF_USE = {"sessions": _SESSION, "owner_sessions": _SESSION, "api_keys": ("last_used_at_ms",)}
Rows = dict[str, list[tuple[object, ...]]]


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna has credit that expires soon and was told nothing of it; the owner and a shop have something to read."""
    for made in an_office(request, tmp_path_factory):
        with writing(made.db) as session:
            terms = replace(default_terms("EUR"), expiry_months=12)
            sites.add_terms(session, SITE, terms, made.clock.at_ms, "Credit does not wait for ever.")
        token = made.link("annas", anna)
        note = made.visit("came", token, a_person("buyer"))
        made.note("flask", note)
        order = {"id": "order-1", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
        made.api("POST", "/conversions", order | {"code": f"{token}.{note['id']}"})
        made.api("POST", "/codes", {"code": "ana", "advocate": anna.advocate_id(SITE)})
        made.fold()
        made.clock.at_ms += 31 * DAY_MS
        made.fold()
        made.clock.at_ms = ends_ms("2027-02", "UTC") - 60 * DAY_MS
        made.fold()
        yield made


def readers(office: Office) -> dict[str, FlaskClient]:
    """A browser for each role."""
    return {"nobody": office.client(), "anna": office.signed_in(anna), "otto": office.owner()}


def rows(office: Office) -> Rows:
    """Everything in the database."""
    with office.db.reading() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(*_counted(table)).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }


def written(office: Office) -> object:
    """What stays the same while nothing at all is written: reading every table after each address takes long."""
    with office.db.reading() as session:
        if not office.db.is_sqlite:
            return session.scalar(text("SELECT pg_current_wal_insert_lsn()"))
        journal = office.folder / "here.db-wal"
        return journal.stat().st_mtime_ns, journal.stat().st_size


def _counted(table: Table) -> list[Column[Any]]:
    """The columns of a table without the times of last use, which a thread records at most hourly."""
    return [column for column in table.columns if column.name not in TIMES_OF_USE.get(table.name, ())]


def paths(office: Office) -> list[str]:
    """The address of every route that answers a GET, with ids that exist in it."""
    with office.db.reading() as session:
        mine = {"who": anna.advocate_id(SITE)}
        line = session.scalar(text("SELECT line_id FROM credits WHERE recipient = :who AND unit = 'EUR'"), mine)
        share = session.scalar(text("SELECT share_id FROM issued_links WHERE advocate_id = :who"), mine)
        page = session.scalar(text("SELECT page_hash FROM page_totals WHERE advocate_id = :who"), mine)
    ids = {"site_id": SITE, "name": SITE, "version": "0.2.0", "token": office.link("annas", anna), "word": "ana"}
    ids |= {"line_id": str(line), "share_id": str(share), "page_hash": str(page), "subject": "conversion:order-1"}
    ids |= {"conversion_id": "order-1", "filename": "app.css"}
    rules = office.instance.flask.url_map.iter_rules()
    found = {rule.rule for rule in rules if "GET" in (rule.methods or ())}
    return sorted(re.sub(r"<(?:\w+:)?(\w+)>", lambda part: ids.get(part[1], "x"), rule) for rule in found)


def changed(before: Rows, after: Rows) -> list[str]:
    """The tables that are not as they were."""
    return [name for name in before if before[name] != after[name]]


def ask(office: Office, path: str, agent: str, client: FlaskClient) -> int:
    """One GET, with a key where a program asks."""
    headers = {"User-Agent": agent}
    if path.startswith("/api/"):
        headers["Authorization"] = f"Bearer {office.bees.api_key}"
    return office.send("GET", path, headers=headers, client=client).status


def wait_refused(*_: object) -> NoReturn:
    """Stands where a GET would hand something in to be written."""
    raise AssertionError("a GET handed something in to be written")


def writers(office: Office, monkeypatch: pytest.MonkeyPatch, addresses: list[str], least: int) -> list[str]:
    """Those of the addresses whose GET writes, or hands something in to be written; `least` of them show something."""
    who = readers(office)
    before, found, answered = rows(office), [], 0
    mark = written(office)
    monkeypatch.setattr(Collector, "offer", wait_refused)
    monkeypatch.setattr(Refusals, "offer", wait_refused)
    for path in addresses:
        for agent in (CHROME, GOOGLEBOT):
            statuses = [ask(office, path, agent, browser) for browser in who.values()]
            answered += any(status in (200, 302) for status in statuses)
            if max(statuses) >= 500:
                found.append(path)
        if mark == written(office):
            continue
        after, mark = rows(office), written(office)
        found += [f"{path}: {table}" for table in changed(before, after)]
        before = after
    assert answered > least, "so few pages had anything to show that this proves little"
    return found


def test_no_get_writes_anything(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert writers(office, monkeypatch, paths(office), least=60) == []


@pytest.mark.parametrize("way", ["writes", "hands in"])
def test_a_get_that_wrote_would_be_found(office: Office, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """The control, among all pages that everybody may read: one counts its readers at once, or hands a refusal in."""
    views, known = office.instance.flask.view_functions, office.instance.services
    genuine = views["open_book.book"]

    def counting(site_id: str) -> object:
        if way == "hands in":
            known.refusals.offer(None)  # type: ignore[arg-type]
        with writing(known.db) as session:
            row = {"site_id": SITE, "day": str(len(rows(office)["refusal_counts"])), "kind": "x", "reason": Reason.BOT}
            session.execute(insert(refusal_counts).values(**row))
        return genuine(site_id)

    monkeypatch.setitem(views, "open_book.book", counting)
    everybodys = [path for path in paths(office) if not path.startswith(("/api/", "/console/", "/me"))]
    found = writers(office, monkeypatch, everybodys, least=10)
    assert found != []
    assert all(path.startswith(f"/open/{SITE}") for path in found)


def test_a_program_that_follows_a_short_link_leaves_nothing_behind(office: Office) -> None:
    before = rows(office)
    office.send("GET", f"/h/{office.link('annas', anna)}", headers={"User-Agent": GOOGLEBOT})
    assert changed(before, rows(office)) == []
