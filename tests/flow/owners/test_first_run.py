"""The start link: one site, once, within an hour; and the first rule."""

from collections.abc import Iterator

import pytest

from flow.world import KEYS, World
from passalong.core.privileges import Role
from passalong.core.terms.presets import Preset, preset_terms
from passalong.flow.owners import first_run
from passalong.flow.owners.first_run import Asked, Choice, UsedStartLinkError
from passalong.flow.owners.sites import BadSiteError
from passalong.flow.signin.magic_links import BadAddressError
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.tokens import hashed
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.people import addresses, owners, start_codes
from passalong.store.sites import terms_versions

OTTO = Asked("https://bees.example", "otto@bees.example")


@pytest.fixture
def empty(world_url: str) -> Iterator[Database]:
    """A database without a site."""
    made = Database(world_url)
    yield made
    made.close()


class HandClock:
    """A clock that a test sets."""

    now = 1_767_873_600_000

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        return self.now


@pytest.fixture
def clock() -> HandClock:
    """Noon."""
    return HandClock()


def _code(db: Database, clock: Clock) -> str:
    code = first_run.new_start_code(db, clock)
    assert code is not None
    return code


def test_the_link_makes_one_site_and_asks_its_owner_to_confirm(empty: Database, clock: HandClock) -> None:
    code = _code(empty, clock)
    assert first_run.is_open(empty, clock, code)
    site = first_run.begin(empty, clock, KEYS, code, OTTO).site
    assert (site.name, site.home_url) == ("bees.example", "https://bees.example")
    with empty.reading() as session:
        assert [one.address for one in addresses.owners(session, site.site_id, confirmed=False)] == [OTTO.email]
        (terms,) = terms_versions(session, site.site_id)
        (mine,) = owners.team(session, site.site_id)
    assert terms.terms.goals == ()
    assert (mine.owner.address, mine.role) == (OTTO.email, Role.OWNER)
    assert not first_run.is_open(empty, clock, code)
    with pytest.raises(UsedStartLinkError):
        first_run.begin(empty, clock, KEYS, code, Asked("https://wasps.example", OTTO.email))


def test_it_expires_after_an_hour(empty: Database, clock: HandClock) -> None:
    code = _code(empty, clock)
    clock.now += first_run.START_MS - 1
    assert first_run.is_open(empty, clock, code)
    clock.now += 1
    assert not first_run.is_open(empty, clock, code)
    with pytest.raises(UsedStartLinkError):
        first_run.begin(empty, clock, KEYS, code, OTTO)


def test_a_newer_link_takes_the_place_of_the_last(empty: Database, clock: HandClock) -> None:
    first, second = _code(empty, clock), _code(empty, clock)
    with pytest.raises(UsedStartLinkError):
        first_run.begin(empty, clock, KEYS, first, OTTO)
    assert first_run.begin(empty, clock, KEYS, second, OTTO)


def test_no_link_is_made_or_works_once_there_was_a_site(empty: Database, clock: HandClock) -> None:
    site = first_run.begin(empty, clock, KEYS, _code(empty, clock), OTTO).site
    with writing(empty) as session:
        sites.end_site(session, site.site_id, clock.now)
    assert first_run.new_start_code(empty, clock) is None


def test_a_link_from_before_another_site_was_added_is_dead(world: World, clock: HandClock) -> None:
    with writing(world.db) as session:
        start_codes.replace_code(session, hashed("a code"), clock.now + 1_000)
    assert not first_run.is_open(world.db, clock, "a code")
    with pytest.raises(UsedStartLinkError):
        first_run.begin(world.db, clock, KEYS, "a code", OTTO)


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (Asked("", OTTO.email), BadSiteError),
        (Asked("two words", OTTO.email), BadSiteError),
        (Asked("ftp://bees.example", OTTO.email), BadSiteError),
        (Asked("https://otto:secret@bees.example", OTTO.email), BadSiteError),
        (Asked(OTTO.address, "otto"), BadAddressError),
    ],
)
def test_a_mistake_in_a_field_does_not_use_the_link_up(
    empty: Database, clock: HandClock, asked: Asked, problem: type[Exception]
) -> None:
    code = _code(empty, clock)
    with pytest.raises(problem):
        first_run.begin(empty, clock, KEYS, code, asked)
    assert first_run.begin(empty, clock, KEYS, code, OTTO)


@pytest.mark.parametrize(
    ("typed", "full"),
    [
        ("bees.example", "https://bees.example"),
        (" https://bees.example/shop ", "https://bees.example/shop"),
        ("localhost:4000", "http://localhost:4000"),
        ("127.0.0.1", "http://127.0.0.1"),
    ],
)
def test_an_address_may_be_typed_without_its_scheme(typed: str, full: str) -> None:
    assert first_run.full_address(typed) == full


def test_the_first_choice_holds_at_once(empty: Database, clock: HandClock) -> None:
    site = first_run.begin(empty, clock, KEYS, _code(empty, clock), OTTO).site
    terms = preset_terms(Preset.FIXED, "USD", "7.50")
    first_run.choose(empty, clock, site, Choice(terms, "USD", "window"), "owner:otto")
    with empty.reading() as session:
        found = sites.find_site(session, site.site_id)
        versions = terms_versions(session, site.site_id)
    assert found is not None
    assert (found.currency, found.remember) == ("USD", "window")
    assert versions[-1].terms.goals == terms.goals
    assert versions[-1].since_ms == clock.now
