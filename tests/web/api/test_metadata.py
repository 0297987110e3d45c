"""Metadata of conversions and links: returned with them, recorded as a hash alone, and gone after an erasure."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cast import Person, a_person, anna
from flow.office import BOTH, PAGE, SITE, Json, Office
from passalong.core.attribution.allocate import DAY_MS
from passalong.flow import erasure
from passalong.flow.conversions.report import Order, Reported, Reporting, report
from passalong.flow.ingest.collector import Collector
from passalong.flow.ingest.recorder import Kept
from passalong.flow.owners.upkeep import delete_old_evidence
from passalong.store.attached import attached_metadata
from passalong.store.schema.event_log import events
from passalong.store.webhooks import feed
from passalong.web.http.reporting import reporting
from plumbing.statements import plan_of, statements
from web.orders import an_order
from web.shopped import a_shopped_office

ANNA = anna.advocate_id(SITE)
SAID = {"channel": "fair", "clerk": "Gwen <b>&"}


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database, in which something has happened."""
    yield from a_shopped_office(request, tmp_path_factory)


def announced(office: Office, types: str, name: str, value: str) -> list[Json]:
    """The data of the events of these types about one conversion or link."""
    found: list[Json] = []
    after = "0"
    while True:
        page = office.api("GET", f"/events?types={types}&after={after}").json
        found += [one["data"] for one in page["events"] if one["data"][name] == value]
        if not page["more"]:
            return found
        after = page["next"]


def listed(office: Office, path: str, name: str, value: str) -> Json:
    """One entry of a list."""
    return next(one for one in office.api("GET", f"{path}?limit=100").json["data"] if one[name] == value)


def why(office: Office, subject: str) -> str:
    """The console's page of an event."""
    return office.send("GET", f"/console/{SITE}/why/{quote(subject, safe=':')}", client=office.owner()).text


def facts(office: Office) -> str:
    """Every recorded fact."""
    with office.db.reading() as session:
        return "\n".join(session.scalars(select(events.c.fact)))


def test_metadata_of_a_conversion_is_returned_everywhere_and_recorded_as_a_hash(office: Office) -> None:
    assert office.api("POST", "/conversions", an_order("with", metadata=SAID)).status == 202
    assert office.api("GET", "/conversions/with").json["metadata"] == SAID
    office.fold()
    assert office.api("GET", "/conversions/with").json["metadata"] == SAID
    assert listed(office, "/conversions", "id", "with")["metadata"] == SAID
    [data] = announced(office, "conversion.created", "conversion_id", "with")
    assert data["metadata"] == SAID
    page = why(office, "conversion:with")
    assert "metadata.clerk" in page and "Gwen &lt;b&gt;&amp;" in page
    assert "metadata_hash" in facts(office) and "Gwen" not in facts(office)


def test_a_webhook_gets_the_metadata(office: Office) -> None:
    office.api("POST", "/conversions", an_order("sent", metadata=SAID))
    office.fold()
    with office.db.reading() as session:
        sent = feed.numbered(session, SITE, range(1, feed.last_number(session, SITE) + 1))
    assert any('"conversion_id":"sent"' in one.body and '"channel":"fair"' in one.body for one in sent.values())


def test_a_conversion_without_metadata_has_none(office: Office) -> None:
    before = office.count("attached_metadata")
    for name, order in (("without", an_order("without")), ("empty", an_order("empty", metadata={}))):
        assert office.api("POST", "/conversions", order).status == 202
        office.fold()
        assert office.api("GET", f"/conversions/{name}").json["metadata"] == {}
    assert office.api("POST", "/conversions", an_order("without", metadata={})).status == 200
    assert office.count("attached_metadata") == before


def test_the_same_id_with_other_metadata_is_a_conflict(office: Office) -> None:
    order = an_order("once", metadata=SAID)
    turned = order | {"metadata": dict(reversed(SAID.items()))}
    assert [office.api("POST", "/conversions", one).status for one in (order, order, turned)] == [202, 200, 200]
    before = office.count("attached_metadata")
    for other in ({}, {"channel": "shop"}, SAID | {"more": ""}):
        answer = office.api("POST", "/conversions", order | {"metadata": other})
        assert (answer.status, answer.json["code"]) == (409, "id_reused"), other
    assert office.api("POST", "/conversions", order | {"amount_minor": 1}).status == 409
    assert office.count("attached_metadata") == before
    assert office.api("GET", "/conversions/once").json["metadata"] == SAID


@pytest.mark.parametrize(
    ("metadata", "fits"),
    [
        ({f"k{number}": "" for number in range(20)}, True),
        ({f"k{number}": "" for number in range(21)}, False),
        ({"k" * 40: "v" * 500}, True),
        ({"k" * 41: "v"}, False),
        ({"k": "v" * 501}, False),
        ({"": "v"}, False),
        ({"a\nb": "v"}, False),
        ({"k": 1}, False),
        ({"k": None}, False),
        ({"k": {"deep": "v"}}, False),
        (["k"], False),
        ("k", False),
        ({"日本": "🐝\n🐝", "a b.c/d": "x"}, True),
    ],
    ids=lambda one: str(one)[:24],
)
def test_the_limits_of_metadata(office: Office, metadata: Any, fits: bool) -> None:
    name = f"limit {str(metadata)[:40]} {len(str(metadata))}".replace("\n", " ")
    answer = office.api("POST", "/conversions", an_order(name, metadata=metadata))
    assert answer.status in ((200, 202) if fits else (400,)), answer.json
    if fits:
        assert office.api("GET", f"/conversions/{quote(name, safe='')}").json["metadata"] == metadata
    else:
        assert answer.json["detail"].startswith("`metadata` is not valid. Send an object of at most 20 texts")


def test_metadata_of_a_link_is_returned_with_it_and_with_its_events(office: Office) -> None:
    body = {"page": PAGE, "links": [{"id": "m1", "advocate": ANNA, "metadata": SAID}, {"id": "m2", "metadata": SAID}]}
    mine, of_site = office.api("POST", "/links/batch", body).json["links"]
    for link in (mine, of_site):
        assert office.api("GET", f"/links/{link['share_id']}").json["metadata"] == SAID
    assert listed(office, "/links", "share_id", mine["share_id"])["metadata"] == SAID
    assert office.api("POST", "/links/batch", body).status == 200
    for other in ({}, {"metadata": {"channel": "shop"}}):
        answer = office.api("POST", "/links", {"id": "m1", "advocate": ANNA, "page": PAGE} | other)
        assert answer.json["code"] == "id_reused"
    for name, link in (("by mine", mine), ("by the site's", of_site)):
        note = office.visit(name, link["token"], a_person(name))
        assert office.note("flask", note).status == 202
        office.fold()
        [data] = announced(office, "visit.counted,visit.refused", "visit_id", note["id"])
        assert data["metadata"] == SAID
        assert "metadata.channel" in why(office, f"visit:{note['id']}")


class Overtaken(Collector):
    """The collector of a process, before whose next fact another process reports an order."""

    def __init__(self, office: Office, order: Order):
        super().__init__(office.db, office.clock)
        self._faster: Callable[[], Reported] = lambda: report(
            reporting(office.instance.services), office.bees.site, order
        )

    def record(self, *event: Any) -> Kept:
        """Record a fact that comes second."""
        assert self._faster().kept is Kept.NEW
        return super().record(*event)


@pytest.mark.parametrize(
    ("faster", "kept"),
    [
        ({}, Kept.DUPLICATE),
        ({"amount_minor": 5}, Kept.CONFLICT),
        ({"metadata": {"channel": "shop"}}, Kept.CONFLICT),
        ({"metadata": {}}, Kept.CONFLICT),
    ],
    ids=["the same", "another amount", "other metadata", "no metadata"],
)
def test_of_two_processes_that_report_an_order_at_once_the_faster_ones_metadata_stays(
    office: Office, faster: Json, kept: Kept
) -> None:
    name, before = f"raced {faster}", office.count("attached_metadata")
    slow = an_order(name, metadata=SAID)
    with closing(Overtaken(office, Order(**slow | faster))) as collector:
        services = office.instance.services
        work = Reporting(services.db, services.keys, collector, reporting(services).share_of)
        assert report(work, office.bees.site, Order(**slow)).kept is kept
    metadata = faster.get("metadata", SAID)
    office.fold()
    assert office.api("GET", f"/conversions/{quote(name, safe='')}").json["metadata"] == metadata
    assert office.count("attached_metadata") == before + bool(metadata)


def a_buyer(office: Office) -> tuple[Person, Json]:
    """A person who came by Anna's link, and shares from the browser in which they bought; and their order."""
    who = a_person("cleo who will be forgotten")
    token = office.link("annas for her")
    note = office.visit("hers", token, who)
    assert office.note("flask", note).status == 202
    order = an_order("hers-1", metadata={"name": "Cleo C."}, code=f"{token}.{note['id']}")
    assert office.api("POST", "/conversions", order).status == 202
    own = office.link("her own", who, visitor=who.visitor)
    office.note("flask", office.visit("friend of hers", own, a_person("friend of hers")))
    office.fold()
    return who, order


def test_an_erasure_takes_the_metadata_of_what_the_person_bought_and_of_their_links(office: Office) -> None:
    who, order = a_buyer(office)
    mine = who.advocate_id(SITE)
    link = office.api("POST", "/links", {"id": "hers", "advocate": mine, "page": PAGE, "metadata": SAID}).json
    other = an_order("of somebody else", metadata=SAID)
    office.api("POST", "/conversions", other)
    office.fold()
    office.api("POST", "/conversions", order | {"id": "hers-2"})
    for name in ("hers-1", "hers-2"):
        assert office.api("GET", f"/conversions/{name}").json["metadata"] == {"name": "Cleo C."}
    erasure.erase(office.instance.services, SITE, mine)
    assert office.api("GET", "/conversions/hers-1").json["metadata"] == {}
    office.fold()
    for name in ("hers-1", "hers-2"):
        assert office.api("GET", f"/conversions/{name}").json["metadata"] == {}
    assert office.api("GET", f"/links/{link['share_id']}").json["metadata"] == {}
    assert office.api("GET", f"/conversions/{quote('of somebody else')}").json["metadata"] == SAID
    data = announced(office, "conversion.created,conversion.updated", "conversion_id", "hers-1")
    assert data and all(one["metadata"] == {} for one in data)
    assert "Cleo C." not in why(office, "conversion:hers-1")
    assert office.api("POST", "/conversions", order).status == 200
    assert office.api("GET", "/conversions/hers-1").json["metadata"] == {}


class CrashError(Exception):
    """The end of a process."""


class Crashed(Collector):
    """The collector of a process that ends before it has recorded a fact."""

    def record(self, *_event: Any) -> Kept:
        """End."""
        raise CrashError


def crash_with(office: Office, order: Json) -> None:
    """A process stores the metadata of an order, and is gone before the order is recorded."""
    services = office.instance.services
    with closing(Crashed(office.db, office.clock)) as collector, pytest.raises(CrashError):
        work = Reporting(services.db, services.keys, collector, reporting(services).share_of)
        report(work, office.bees.site, Order(**order))


def test_metadata_whose_order_was_never_recorded_is_deleted_after_a_day(office: Office) -> None:
    recorded, link = an_order("recorded", metadata=SAID), {"id": "swept", "page": PAGE, "metadata": SAID}
    assert office.api("POST", "/conversions", recorded).status == 202
    share_id = office.api("POST", "/links", link).json["share_id"]
    before = office.count("attached_metadata")
    lost, late = an_order("lost", metadata=SAID), an_order("late", metadata=SAID)
    for order in (lost, late):
        crash_with(office, order)
    assert office.count("attached_metadata") == before + 2
    office.clock.at_ms += DAY_MS - 1_000
    delete_old_evidence(office.db, office.clock.at_ms)
    assert office.count("attached_metadata") == before + 2
    crash_with(office, late)
    office.clock.at_ms += 2_000
    delete_old_evidence(office.db, office.clock.at_ms)
    assert office.count("attached_metadata") == before + 1, "the order that was sent again waits from then on"
    assert office.api("POST", "/conversions", late).status == 202
    office.clock.at_ms += 2 * DAY_MS
    for _ in range(2):
        delete_old_evidence(office.db, office.clock.at_ms)
    office.fold()
    for name in ("recorded", "late"):
        assert office.api("GET", f"/conversions/{name}").json["metadata"] == SAID
    assert office.api("GET", f"/links/{share_id}").json["metadata"] == SAID
    assert office.api("POST", "/conversions", lost | {"metadata": {}}).status == 202
    office.fold()
    assert office.api("GET", "/conversions/lost").json["metadata"] == {}


def test_metadata_whose_order_is_sent_again_during_the_sweep_stays(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = an_order("again", metadata=SAID)
    crash_with(office, order)
    office.clock.at_ms += 2 * DAY_MS
    look = attached_metadata.waiting

    def look_and_send(session: Session, site_id: str, before_ms: int, limit: int) -> attached_metadata.Waiting:
        found = look(session, site_id, before_ms, limit)
        if "conversion:again" in [about for about, _ in found.lost]:
            assert office.api("POST", "/conversions", order).status == 202
        return found

    monkeypatch.setattr(attached_metadata, "waiting", look_and_send)
    delete_old_evidence(office.db, office.clock.at_ms)
    office.fold()
    assert office.api("GET", "/conversions/again").json["metadata"] == SAID


def test_what_waits_for_its_fact_is_read_off_an_index(office: Office) -> None:
    with statements(office.db) as found, office.db.reading() as session:
        attached_metadata.waiting(session, SITE, office.clock.at_ms, 100)
    plan = plan_of(office.db, found[0])
    assert "ix_attached_metadata_unrecorded" in plan and "TEMP B-TREE" not in plan and "Sort" not in plan, plan
