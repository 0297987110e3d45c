"""New terms begin in time and touch no old link; a draft tried on the past says who would have more."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError

from cast import a_person, anna, ben, cleo
from flow.world import KEYS, SITE, World, a_share, a_tick, a_visit, an_order, day
from passalong.core.money import MICROS, POINTS
from passalong.core.terms.model import Goal, Terms
from passalong.core.terms.validation import BadTermsError
from passalong.flow import personal_codes
from passalong.flow.owners.terms import Draft, Tried, new_version, replace_announced, try_terms, withdraw
from passalong.flow.replay import replay
from passalong.flow.transaction import writing
from passalong.store.books.links import find_link
from passalong.store.queries import digest
from passalong.store.schema.terms import terms_withdrawals
from passalong.store.sites import announced, find_site, in_force, terms_versions
from tables import make_tables

TEN = Terms(goals=(Goal("purchase", "EUR", rate_bp=1_000),))
FIVE = Terms(goals=(Goal("purchase", "EUR", rate_bp=500),))
dora = a_person("Dora")
TWENTY = Terms(goals=(Goal("purchase", "EUR", rate_bp=2_000),))


def a_past(url: str) -> World:
    """Anna shares, Ben passes on, Cleo comes by both and buys for 100.00; Dora comes by Anna's and buys for 50.00."""
    world = World(url, TEN)
    annas = world.link(anna)
    bens = world.link(ben, parent=annas)
    world.happens(
        a_share("a", annas, 0),
        a_visit("cleo1", annas, cleo, 1),
        a_visit("cleo2", bens, cleo, 2),
        an_order("o1", 3, share_id=bens, visit="cleo2"),
        a_visit("dora1", annas, dora, 4),
        an_order("o2", 5, euros=50, share_id=annas, visit="dora1"),
    )
    world.clock.at_ms = day(6)
    return world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A past that a test may add to."""
    world = a_past(f"sqlite:///{tmp_path / 'world.sqlite3'}")
    yield world
    world.db.close()


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A past that is only looked at."""
    world = a_past(f"sqlite:///{tmp_path_factory.mktemp('past') / 'past.sqlite3'}")
    yield world
    world.db.close()


def tried(world: World, draft: Terms, days: int = 90) -> Tried:
    """What a draft would have made of the site's euros."""
    with world.db.reading() as session:
        site = find_site(session, SITE)
    assert site
    (found,) = try_terms(world.db, site, draft, world.clock.now_ms(), days)
    return found


def bands(found: Tried) -> dict[str, int]:
    """How many people stand where, without those where nobody does."""
    return {band: count for band, count in found.bands if count}


# --- new versions -----------------------------------------------------------------------------------------------------


def test_a_better_rule_begins_at_once_and_old_links_keep_theirs(world: World) -> None:
    made = new_version(world.db, world.clock, SITE, Draft(TWENTY, " People asked for it. "))
    assert (made.terms.version, made.since_ms, made.note) == (2, day(6), "People asked for it.")
    newer = world.link(dora)
    with world.db.reading() as session:
        assert [version.terms.version for version in terms_versions(session, SITE)] == [1, 2]
    world.happens(a_visit("cleo3", newer, cleo, 7), an_order("o3", 8, share_id=newer, visit="cleo3"))
    parts = {part.terms_version for line in world.receipt("conversion:o3").lines for part in line.parts}
    assert parts == {1, 2}


def test_a_cut_begins_fourteen_days_later_at_the_earliest(world: World) -> None:
    soon, in_time = day(20) - 1, day(20)
    for since_ms in (None, day(6), soon):
        with pytest.raises(BadTermsError, match=r"pays less.* 14 days"):
            new_version(world.db, world.clock, SITE, Draft(FIVE, "Costs rose.", since_ms))
    assert new_version(world.db, world.clock, SITE, Draft(FIVE, "Costs rose.", in_time)).since_ms == in_time


def test_an_announced_rule_is_not_cut_before_it_began(world: World) -> None:
    new_version(world.db, world.clock, SITE, Draft(TWENTY, "Better.", day(10)))
    with pytest.raises(BadTermsError, match="pays less"):
        new_version(world.db, world.clock, SITE, Draft(TEN, "Not so fast.", day(11)))


@pytest.mark.parametrize(
    ("note", "since_ms", "said"),
    [
        ("", None, "why the rule changes"),
        ("x" * 501, None, "1 to 500"),
        ("Why\u202e", None, "bidi controls"),
        ("Why", day(6) - 1, "begin in the past"),
    ],
)
def test_a_version_without_a_note_or_with_a_past_is_refused(
    world: World, note: str, since_ms: int | None, said: str
) -> None:
    with pytest.raises(BadTermsError, match=said):
        new_version(world.db, world.clock, SITE, Draft(TWENTY, note, since_ms))


def test_a_version_that_cannot_stand_is_refused(world: World) -> None:
    with pytest.raises(BadTermsError, match="sharing itself"):
        new_version(world.db, world.clock, SITE, Draft(Terms(goals=(Goal("share", POINTS, fixed_micros=1),)), "Why"))


# --- a draft, tried on the past ---------------------------------------------------------------------------------------


def test_the_rule_itself_changes_nothing(past: World) -> None:
    found = tried(past, TEN)
    assert (found.outcomes, found.before_micros, found.after_micros) == (2, 12_800_000, 12_800_000)
    assert (found.more, found.same, found.less, bands(found)) == (0, 2, 0, {"same": 2})
    assert found.pool_before_micros == found.pool_after_micros == 2_200_000


def test_twice_the_rate_is_twice_the_credit(past: World) -> None:
    found = tried(past, TWENTY)
    assert (found.after_micros, bands(found)) == (25_600_000, {"half_more": 2})


def test_the_last_touch_gives_one_more_and_another_less(past: World) -> None:
    """Ben has all of the 10.00 then; Anna keeps Dora's 5.00, of 8.80 that she had."""
    draft = replace(TEN, touch_model="last", generation_model="none")
    found = tried(past, draft)
    assert (found.after_micros, found.more, found.less) == (15_000_000, 1, 1)
    assert bands(found) == {"less": 1, "half_more": 1}


def test_a_shorter_window_leaves_nothing_for_somebody(past: World) -> None:
    found = tried(past, replace(TEN, window_days=1, generation_model="none"))
    assert bands(found) == {"half_more": 1, "less": 1}


def test_a_rule_that_pays_nothing_leaves_nothing(past: World) -> None:
    assert bands(tried(past, Terms(goals=()))) == {"nothing_left": 2}


def test_caps_and_budgets_are_taken_in_the_order_of_outcomes(past: World) -> None:
    goal = replace(TEN.goals[0], month_budget_micros=11 * MICROS)
    found = tried(past, Terms(goals=(goal,)))
    assert found.after_micros + found.pool_after_micros == 11 * MICROS
    capped = tried(past, Terms(goals=(replace(TEN.goals[0], day_cap_micros=MICROS),)))
    assert capped.after_micros == 3 * MICROS  # Anna on two days, Ben on one


def test_only_the_days_that_are_asked_for_count(past: World) -> None:
    assert tried(past, TWENTY, days=2).outcomes == 1


def test_a_draft_is_tried_on_frozen_splits_too_and_writes_nothing(world: World) -> None:
    world.happens(a_tick(40))
    world.clock.at_ms = day(41)
    with world.db.reading() as session:
        before = digest.journal_digest(session, SITE)
    assert bands(tried(world, TWENTY)) == {"half_more": 2}
    with world.db.reading() as session:
        assert digest.journal_digest(session, SITE) == before


def test_both_databases_say_the_same(database_url: str, past: World) -> None:
    world = a_past(database_url)
    assert tried(world, TWENTY) == tried(past, TWENTY)
    world.db.close()


def test_a_draft_that_cannot_stand_is_not_tried(past: World) -> None:
    with pytest.raises(BadTermsError):
        tried(past, replace(TEN, hold_days=91))


def test_until_somebody_shares_the_rule_may_change_at_once(world_url: str) -> None:
    world = World(world_url, TWENTY)
    world.link(anna)  # fetched when the owner's pointer crossed the button; nobody has it yet
    for draft in (TEN, FIVE, Terms(goals=())):
        assert new_version(world.db, world.clock, SITE, Draft(draft, "Trying.")).since_ms == world.clock.now_ms()
    new_version(world.db, world.clock, SITE, Draft(TEN, "Now it stands."))
    world.happens(a_share("a", world.link(anna), 0))
    with pytest.raises(BadTermsError, match="14 days"):
        new_version(world.db, world.clock, SITE, Draft(FIVE, "Costs rose."))
    world.close()


def test_a_code_is_a_link_that_somebody_has(world_url: str) -> None:
    world = World(world_url, TEN)
    world.link(anna)
    personal_codes.add_code(
        world.db, world.clock, KEYS, world.site.site, personal_codes.CodeRequest(anna.advocate_id(SITE), "ana")
    )
    with pytest.raises(BadTermsError, match="14 days"):
        new_version(world.db, world.clock, SITE, Draft(FIVE, "Costs rose."))
    world.close()


def test_a_version_is_withdrawn_before_it_begins_and_never_is_in_force(world: World) -> None:
    new_version(world.db, world.clock, SITE, Draft(TWENTY, "Better.", day(10)))
    new_version(world.db, world.clock, SITE, Draft(FIVE, "Worse.", day(30)))
    (gone,) = withdraw(world.db, world.clock, SITE, 3)
    assert (gone.terms.version, gone.terms.goals) == (3, FIVE.goals)
    with world.db.reading() as session:
        versions = terms_versions(session, SITE)
    assert [version.withdrawn_at_ms for version in versions] == [None, None, day(6)]
    assert in_force(versions, day(40)).terms.version == 2
    assert [version.terms.version for version in announced(versions, day(6))] == [2]
    world.clock.at_ms = day(31)
    assert new_version(world.db, world.clock, SITE, Draft(TWENTY, "Again.")).terms.version == 4
    made = world.link(anna)
    with world.db.reading() as session:
        link = find_link(session, SITE, made)
    assert link is not None and link.terms_version == 4


def test_a_version_that_has_begun_or_is_not_there_cannot_be_withdrawn(world: World) -> None:
    for number in (None, 1, 2):
        with pytest.raises(BadTermsError, match="to begin"):
            withdraw(world.db, world.clock, SITE, number)
    new_version(world.db, world.clock, SITE, Draft(TWENTY, "Better.", day(10)))
    world.clock.at_ms = day(10)
    with pytest.raises(BadTermsError, match="Version 2 does not wait to begin"):
        withdraw(world.db, world.clock, SITE, 2)
    world.clock.at_ms = day(9)
    withdraw(world.db, world.clock, SITE, 2)
    with pytest.raises(BadTermsError, match="No version waits"):
        withdraw(world.db, world.clock, SITE)


def test_a_version_takes_the_place_of_those_that_were_announced(world: World) -> None:
    for days in (10, 20):
        new_version(world.db, world.clock, SITE, Draft(TWENTY, "Better.", day(days)))
    made = replace_announced(world.db, world.clock, SITE, Draft(TEN, "As it was.", day(7)))
    with world.db.reading() as session:
        assert [one.terms.version for one in announced(terms_versions(session, SITE), day(6))] == [made.terms.version]


def test_a_replacement_that_cannot_stand_withdraws_nothing(world: World) -> None:
    new_version(world.db, world.clock, SITE, Draft(TWENTY, "Better.", day(10)))
    for draft in (Draft(FIVE, "Worse.", day(7)), Draft(TEN, " ", day(7)), Draft(TEN, "Past.", day(5))):
        with pytest.raises(BadTermsError):
            replace_announced(world.db, world.clock, SITE, draft)
    with world.db.reading() as session:
        assert [one.terms.version for one in announced(terms_versions(session, SITE), day(6))] == [2]


def test_a_replay_knows_what_was_withdrawn(world: World) -> None:
    new_version(world.db, world.clock, SITE, Draft(TWENTY, "Better.", day(10)))
    withdraw(world.db, world.clock, SITE)
    world.happens(an_order("o3", 11, share_id=world.link(anna), visit=None), a_tick(60))
    stands, made = replay.compare(world.db, SITE, make_tables)
    assert stands == made


def test_a_withdrawal_is_never_taken_back(world: World) -> None:
    new_version(world.db, world.clock, SITE, Draft(TWENTY, "Better.", day(10)))
    withdraw(world.db, world.clock, SITE)
    with pytest.raises(DBAPIError, match="append-only"), writing(world.db) as session:
        session.execute(delete(terms_withdrawals))
