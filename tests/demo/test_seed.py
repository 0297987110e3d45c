"""The made-up history: the same each time, on both databases, and every sum of it adds up."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from passalong.core.dates import day_of
from passalong.core.identity import guest_hash
from passalong.demo import almanac, seed, story
from passalong.demo.seed import DemoSeedError, SeedReport
from passalong.demo.teller import StoryClock, Teller
from passalong.flow.owners import sites as flow_sites
from passalong.flow.owners.sites import NewSite
from passalong.flow.signin import guests
from passalong.lib.tokens import Keyring
from passalong.store import sites
from passalong.store.books.event_lines import UNSHARED
from passalong.store.engine import Database
from passalong.store.people import sessions
from passalong.store.queries import advocates as store_advocates
from passalong.store.queries import console_overview, overview, page_reach
from passalong.store.queries.views import LedgerRow
from passalong.store.schema.advocates import advocate_totals
from passalong.store.schema.credits import unit_totals
from passalong.store.schema.event_log import events, queue
from passalong.store.schema.inspection import inspected
from passalong.store.schema.journal import journal
from passalong.store.schema.links import issued_links
from passalong.store.schema.refusals import refusal_counts
from tables import make_tables

KEYS = Keyring({1: "a secret of these tests, long enough"})
END_MS = 1_795_000_000_000
PEOPLE = 200
SITE = "story"


class History(NamedTuple):
    """A database, and what was made up in it."""

    db: Database
    report: SeedReport


def open_empty(url: str) -> Database:
    """A database with this version's tables and an empty site."""
    db = Database(url)
    make_tables(db)
    clock = StoryClock(END_MS - seed.DAYS * story.DAY_MS)
    flow_sites.new_site(
        db, clock, NewSite(site_id=SITE, name="Story", home_url="http://localhost:8090", terms=almanac.terms())
    )
    return db


DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(scope="module", params=DATABASES)
def history(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    """A story that is told once on each database; the tests only read it."""
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path_factory.mktemp('story') / 'passalong.db'}"
        if request.param == "postgresql":
            url = stack.enter_context(request.getfixturevalue("postgresql_databases").lent())
        db = open_empty(url)
        yield History(db, seed.seed(db, END_MS, KEYS, SITE, PEOPLE))
        db.close()


@pytest.fixture
def db(history: History) -> Database:
    return history.db


@pytest.fixture
def told(history: History) -> SeedReport:
    return history.report


def advocates(db: Database) -> list[str]:
    with db.reading() as session:
        return sorted(session.scalars(select(unit_totals.c.recipient).where(unit_totals.c.site_id == SITE).distinct()))


def ledger(session: Session, who: str) -> Iterator[LedgerRow]:
    """Every line of an advocate, page after page."""
    older = None
    while True:
        page = store_advocates.advocate_credit(session, SITE, [who], older)
        yield from page.rows
        if (older := page.older) is None:
            return


def everything(db: Database) -> dict[str, object]:
    """What the pages of the site would say."""
    with db.reading() as session:
        site = sites.find_site(session, SITE)
        assert site is not None
        last = date.fromisoformat(day_of(END_MS, site.time_zone))
        days = (last - timedelta(days=89), last)
        shown = console_overview.console_overview(session, SITE, days, END_MS, None)
        return {
            "sums": {who: store_advocates.unit_sums(session, SITE, [who]) for who in advocates(db)},
            "open book": overview.open_book(session, site, END_MS),
            "chart": shown.chart,
            "pages": page_reach.reach_of_pages(session, SITE, (days[0].isoformat(), last.isoformat()), None),
            "money": shown.money,
        }


def test_the_same_story_is_told_twice() -> None:
    assert story.tell(PEOPLE, seed.DAYS) == story.tell(PEOPLE, seed.DAYS)
    assert story.tell(PEOPLE, seed.DAYS) != story.tell(PEOPLE, seed.DAYS, seed=2)


def test_a_link_is_made_before_anybody_comes_by_it() -> None:
    links: set[int] = set()
    for step in story.tell(PEOPLE, seed.DAYS):
        if isinstance(step, story.Shared):
            assert step.parent is None or step.parent in links
            links.add(step.link)
        elif isinstance(step, story.Visited):
            assert step.link in links


def test_shares_are_passed_on_five_deep_and_no_deeper() -> None:
    parents = {step.link: step.parent for step in story.tell(5_000, seed.DAYS) if isinstance(step, story.Shared)}

    def depth(link: int) -> int:
        parent = parents[link]
        return 1 + (depth(parent) if parent else 0)

    assert {depth(link) for link in parents} == {1, 2, 3, 4, 5}


def test_a_few_links_bring_many_and_most_bring_one_or_two() -> None:
    came = Counter(step.link for step in story.tell(5_000, seed.DAYS) if isinstance(step, story.Visited))
    assert sorted(came.values())[len(came) // 2] <= 2
    assert max(came.values()) >= 50


def test_a_story_comes_out_alike_on_both_databases(db: Database, told: SeedReport, tmp_path: Path) -> None:
    again = open_empty(f"sqlite:///{tmp_path / 'again.db'}")
    told_again = seed.seed(again, END_MS, KEYS, SITE, PEOPLE)
    assert told_again.people == told.people == PEOPLE
    assert (told_again.shares, told_again.visits, told_again.purchases) == (told.shares, told.visits, told.purchases)
    assert everything(again) == everything(db)
    again.close()


def test_all_of_it_is_folded_and_in_order(db: Database, told: SeedReport) -> None:
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(queue)) == 0
        first, last = session.execute(select(func.min(events.c.at_ms), func.max(events.c.at_ms))).one()
        assert session.scalar(select(func.count()).select_from(issued_links)) == told.shares
    assert END_MS - seed.DAYS * story.DAY_MS <= first < last <= END_MS


def test_every_advocates_sums_add_up(db: Database, told: SeedReport) -> None:
    with db.reading() as session:
        for who in advocates(db):
            for sums in store_advocates.unit_sums(session, SITE, [who]):
                kept = sums.earned_micros - sums.waiting_micros - sums.taken_back_micros - sums.used_micros
                assert sums.ready_micros == kept
                for bucket in ("waiting", "ready"):
                    posted = session.scalar(
                        select(func.coalesce(func.sum(journal.c.amount_micros), 0)).where(
                            journal.c.site_id == SITE,
                            journal.c.account == f"advocate:{who}:{bucket}",
                            journal.c.unit == sums.unit,
                        )
                    )
                    assert posted == getattr(sums, f"{bucket}_micros")


def test_the_journal_sums_to_nothing_in_each_unit(db: Database, told: SeedReport) -> None:
    with db.reading() as session:
        rows = session.execute(select(journal.c.unit, func.sum(journal.c.amount_micros)).group_by(journal.c.unit))
        assert {row[0]: int(row[1]) for row in rows} == {"EUR": 0, "points": 0}


def test_every_state_and_the_usual_refusals_appear(db: Database, told: SeedReport) -> None:
    with db.reading() as session:
        states = {(row.goal == "purchase", row.state) for who in advocates(db) for row in ledger(session, who)}
        refused = set(session.scalars(select(inspected.c.reason).where(inspected.c.status == "refused")))
        unshared = set(session.scalars(select(inspected.c.reason).where(inspected.c.status == UNSHARED)))
        counted = session.execute(select(refusal_counts.c.kind, refusal_counts.c.reason))
        at_the_door = {(row.kind, row.reason) for row in counted}
    assert states >= {(True, "waiting"), (True, "ready"), (True, "taken_back"), (False, "waiting"), (False, "ready")}
    assert refused >= {"bot", "own_link", "returning_visitor"}
    assert unshared == {"no_token"}
    assert at_the_door == {("note", "bad_signature"), ("note", "opted_out")}


def test_somebody_with_credit_in_every_state_can_come_in(db: Database, told: SeedReport) -> None:
    site_id, _, code = told.portal_code.partition(".")
    clock = StoryClock(END_MS)
    assert site_id == SITE
    with db.reading() as session:
        found = [store_advocates.unit_sums(session, SITE, [who]) for who in advocates(db)]
    in_every_state = [
        one for sums in found for one in sums if one.waiting_micros and one.taken_back_micros and one.ready_micros
    ]
    assert {one.unit for one in in_every_state} >= {"EUR"}
    entry = guests.look(db, clock, site_id, code)
    assert entry is not None
    assert guests.open_session(db, clock, site_id, code, entry)
    assert f"http://passalong.test/me/in#{told.portal_code}" in told.words("http://passalong.test", "abc")


def test_a_guest_of_the_story_cannot_be_guessed_without_the_instances_key(db: Database, told: SeedReport) -> None:
    with db.reading() as session:
        site = sites.find_site(session, SITE)
        assert site is not None
        secrets = {
            keys: Teller(db, StoryClock(0), Keyring({1: keys}), site).guest(1)
            for keys in (KEYS.secrets[1], "another secret, of another instance")
        }
        known = [
            sessions.find_guest(session, SITE, guest_hash(SITE, secret)) is not None for secret in secrets.values()
        ]
    assert known == [True, False]


def test_a_site_with_a_history_is_left_alone(db: Database, told: SeedReport) -> None:
    with pytest.raises(DemoSeedError, match="has a history of its own"):
        seed.seed(db, END_MS, KEYS, SITE, PEOPLE)


def test_a_site_that_is_not_there_is_not_filled(db: Database) -> None:
    with pytest.raises(DemoSeedError, match="No site has the key 'nobody'"):
        seed.seed(db, END_MS, KEYS, "nobody", PEOPLE)


def test_a_new_site_is_made_when_none_is_named(database_url: str) -> None:
    db = Database(database_url)
    make_tables(db)
    report = seed.seed(db, END_MS, KEYS, None, 20)
    with db.reading() as session:
        (site,) = sites.all_sites(session)
        people = session.scalars(select(advocate_totals.c.people)).all()
    db.close()
    assert sum(people) >= report.people == 20
    assert (site.site_id, site.name) == (report.site_id, "Bee Almanac (made-up history)")
    assert site.created_at_ms == END_MS - seed.DAYS * story.DAY_MS
