"""Before a share: the same request gives the same link, and what works once works once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import select, text

from cast import HOME, an_id, anna, ben, mallory
from flow.world import KEYS, SITE, World
from passalong.core.identity import advocate_id_of
from passalong.core.money import POINTS
from passalong.core.terms import Goal, Terms
from passalong.core.terms_check import BadTerms
from passalong.flow import enrol, manage
from passalong.flow.enrol import HAND_OVER, HAND_OVER_MS, SESSION_MS, Issued, LinkRequest
from passalong.flow.manage import OWNER_CODE, OWNER_CODE_MS, BadSite
from passalong.flow.transaction import writing
from passalong.store import access
from passalong.store.people_tables import one_time_codes, sessions
from passalong.store.sites import Site, add_terms
from passalong.store.tables import guests, issued_links
from passalong.tokens import hashed, share_id_of

REQUEST = LinkRequest(an_id("request"), anna.guest, f"{HOME}/bees", "Bees", None, anna.visitor)


@pytest.fixture
def world(world_url: str) -> Iterator[World]:
    """A site; the clock stands."""
    made = World(world_url)
    yield made
    made.close()


def issue(world: World, request: LinkRequest = REQUEST) -> Issued:
    """Ask for a link."""
    return enrol.issue_link(world.db, world.clock, KEYS, world.site.site, request)


# --- links ------------------------------------------------------------------------------------------------------------


def test_the_same_request_gives_the_same_token(world: World) -> None:
    first = issue(world)
    world.clock.at_ms += 60_000
    again = issue(world)
    assert (first.new, again.new) == (True, False)
    assert first.token == again.token
    assert world.count("issued_links") == 1


OTHERS = {
    "guest": replace(REQUEST, guest=ben.guest),
    "page": replace(REQUEST, page_url=f"{HOME}/wasps"),
    "title": replace(REQUEST, title="Wasps"),
    "parent": replace(REQUEST, parent_share_id="A" * 15),
    "visitor": replace(REQUEST, visitor_id=ben.visitor),
    "no visitor": replace(REQUEST, visitor_id=None),
}


def test_the_same_id_for_something_else_is_a_conflict(world: World) -> None:
    issue(world)
    for what, other in OTHERS.items():
        with pytest.raises(enrol.RequestConflict):
            issue(world, other)
        assert world.count("issued_links") == 1, what


def test_sixteen_threads_with_one_request_get_one_link(world: World) -> None:
    together = threading.Barrier(16)

    def ask(_thread: int) -> Issued:
        together.wait()
        return issue(world)

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(ask, range(16)))
    assert len({answer.token for answer in answers}) == 1
    assert sum(answer.new for answer in answers) == 1
    assert (world.count("issued_links"), world.count("advocates"), world.count("guests")) == (1, 1, 1)


def test_a_guest_is_one_advocate_however_many_links_they_ask_for(world: World) -> None:
    together = threading.Barrier(8)

    def ask(number: int) -> Issued:
        together.wait()
        return issue(world, replace(REQUEST, request_id=an_id("request", number)))

    with ThreadPoolExecutor(8) as threads:
        tokens = {answer.token for answer in threads.map(ask, range(8))}
    assert len(tokens) == 8
    assert (world.count("issued_links"), world.count("advocates")) == (8, 1)


def test_a_link_keeps_what_it_was_made_with(world: World) -> None:
    parent = share_id_of(KEYS, SITE, issue(world).token)
    issue(world, replace(REQUEST, request_id=an_id("second"), guest=ben.guest, parent_share_id=parent))
    row = world.rows(select(issued_links).where(issued_links.c.parent_share_id.is_not(None)))[0]
    assert (row.parent_share_id, row.page_url, row.title, row.visitor_id) == (
        parent,
        f"{HOME}/bees",
        "Bees",
        anna.visitor,
    )
    assert row.advocate_id == advocate_id_of(SITE, ben.guest)
    assert row.issued_at_ms == world.clock.at_ms


def test_a_parent_that_is_not_there_is_left_out(world: World) -> None:
    issue(world, replace(REQUEST, parent_share_id="A" * 15))
    assert world.rows(select(issued_links.c.parent_share_id)) == [(None,)]


def test_a_link_is_made_under_the_terms_of_the_moment(world: World) -> None:
    with writing(world.db) as session:
        add_terms(session, SITE, Terms(goals=()), world.clock.at_ms + 10, "Nothing from now on.")
    versions = []
    for number, later_ms in enumerate((0, 9, 1)):
        world.clock.at_ms += later_ms
        issue(world, replace(REQUEST, request_id=an_id("request", number)))
        versions.append(world.rows(select(issued_links.c.terms_version).order_by(issued_links.c.issued_at_ms))[-1][0])
    assert versions == [1, 1, 2]


def test_only_the_hash_of_a_guests_secret_is_kept(world: World) -> None:
    issue(world)
    kept = [str(row) for table in (guests, issued_links) for row in world.rows(select(table))]
    assert anna.guest not in "".join(kept)


# --- codes and sessions -----------------------------------------------------------------------------------------------


def a_code(world: World) -> str:
    """Anna's way into the portal."""
    issue(world)
    return enrol.hand_over(world.db, world.clock, SITE, anna.guest)


def come_in(world: World, code: str, purpose: str = HAND_OVER, site_id: str = SITE) -> str:
    """Use a code."""
    return enrol.open_session(world.db, world.clock, site_id, code, purpose, "advocate")


def who(world: World, secret: str, role: str = "advocate") -> str | None:
    """Whose session it is."""
    with world.db.reading() as session:
        return access.find_session(session, SITE, hashed(secret), role, world.clock.now_ms())


def test_a_code_opens_a_session_once(world: World) -> None:
    code = a_code(world)
    assert who(world, come_in(world, code)) == advocate_id_of(SITE, anna.guest)
    with pytest.raises(enrol.BadCode):
        come_in(world, code)
    assert world.count("sessions") == 1


def test_of_64_at_once_exactly_one_wins(world: World) -> None:
    code = a_code(world)
    together = threading.Barrier(64)

    def try_it(_thread: int) -> str | None:
        together.wait()
        try:
            return come_in(world, code)
        except enrol.BadCode:
            return None

    with ThreadPoolExecutor(64) as threads:
        won = [secret for secret in threads.map(try_it, range(64)) if secret]
    assert len(won) == 1
    assert who(world, won[0]) is not None
    assert world.count("sessions") == 1


def still_good(world: World, code: str, purpose: str, age_ms: int) -> bool:
    """Whether a code opens a session when it is that old."""
    made_ms = world.clock.at_ms
    world.clock.at_ms += age_ms
    try:
        come_in(world, code, purpose)
    except enrol.BadCode:
        return False
    finally:
        world.clock.at_ms = made_ms
    return True


def test_a_code_of_the_widget_is_good_for_15_minutes(world: World) -> None:
    assert HAND_OVER_MS == 15 * 60_000
    ages = [(0, True), (HAND_OVER_MS - 1, True), (HAND_OVER_MS, False), (10**12, False)]
    assert [(age, still_good(world, a_code(world), HAND_OVER, age)) for age, _ in ages] == ages


def test_an_owners_code_is_good_for_an_hour(world: World) -> None:
    assert OWNER_CODE_MS == 60 * 60_000
    ages = [(0, True), (OWNER_CODE_MS - 1, True), (OWNER_CODE_MS, False), (10**12, False)]
    codes = {age: manage.new_owner_code(world.db, world.clock, SITE) for age, _ in ages}
    assert [(age, still_good(world, codes[age], OWNER_CODE, age)) for age, _ in ages] == ages


def test_a_session_lasts_30_days(world: World) -> None:
    secret = come_in(world, a_code(world))
    world.clock.at_ms += SESSION_MS - 1
    assert who(world, secret) is not None
    world.clock.at_ms += 1
    assert who(world, secret) is None


def test_a_code_is_for_its_purpose_and_its_site(world: World) -> None:
    code = a_code(world)
    for purpose, site_id in ((OWNER_CODE, SITE), (HAND_OVER, "other1")):
        with pytest.raises(enrol.BadCode):
            come_in(world, code, purpose, site_id)
    assert come_in(world, code)


def test_a_session_is_for_its_role(world: World) -> None:
    secret = come_in(world, a_code(world))
    assert who(world, secret, "owner") is None


def test_signing_out_ends_a_session(world: World) -> None:
    secret = come_in(world, a_code(world))
    enrol.close_session(world.db, SITE, secret)
    assert who(world, secret) is None


def test_who_never_shared_gets_no_code(world: World) -> None:
    issue(world)
    with pytest.raises(enrol.UnknownGuest):
        enrol.hand_over(world.db, world.clock, SITE, mallory.guest)


def test_secrets_are_kept_as_hashes_only(world: World) -> None:
    code = a_code(world)
    secret = come_in(world, code)
    kept = "".join(str(row) for table in (one_time_codes, sessions) for row in world.rows(select(table)))
    assert code not in kept
    assert secret not in kept
    assert hashed(code) in kept


# --- what an owner sets up --------------------------------------------------------------------------------------------

GOOD_SITES = [
    {"site_id": "abcd"},
    {"site_id": "a" * 16},
    {"name": "x"},
    {"name": "x" * 120},
    {"home_url": "http://127.0.0.1:8090/shop"},
    {"home_url": "https://EXAMPLE.org"},
    {"currency": "JPY"},
    {"time_zone": "Europe/Berlin"},
    {"remember": "none"},
]


def test_a_site_can_be_made(tmp_path: Path) -> None:
    world = World(f"sqlite:///{tmp_path}/here.db")
    for given in GOOD_SITES:
        site = a_site_like(world, given)
        assert manage.is_on_site(site, f"{site.origins[0]}/page"), given
    assert world.count("sites") == 1 + len(GOOD_SITES)
    world.close()


def a_site_like(world: World, given: dict[str, str]) -> Site:
    """A site with defaults for everything that is not given."""
    said = {"name": "Bees", "home_url": "https://b.example", "currency": "EUR", "time_zone": "UTC", "remember": "visit"}
    said |= given
    return manage.new_site(
        world.db,
        world.clock,
        name=said["name"],
        home_url=said["home_url"],
        currency=said["currency"],
        time_zone=said["time_zone"],
        remember=said["remember"],
        site_id=said.get("site_id"),
    )


BAD_SITES = [
    ({"site_id": "abc"}, "4 to 16"),
    ({"site_id": "a" * 17}, "4 to 16"),
    ({"site_id": "Bees1"}, "4 to 16"),
    ({"site_id": SITE}, "there already"),
    ({"name": ""}, "1 to 120"),
    ({"name": "  "}, "1 to 120"),
    ({"name": "x" * 121}, "1 to 120"),
    ({"home_url": "example.org"}, "not a web address"),
    ({"home_url": "ftp://example.org"}, "http or https"),
    ({"home_url": "javascript:alert(1)"}, "http or https"),
    ({"currency": "eur"}, "three capital letters"),
    ({"currency": "EURO"}, "three capital letters"),
    ({"time_zone": "Mars/Olympus"}, "No time zone"),
    ({"time_zone": "../etc/passwd"}, "No time zone"),
    ({"remember": "always"}, "visit, window, none"),
]


def test_a_site_that_cannot_be_is_refused_in_words(tmp_path: Path) -> None:
    world = World(f"sqlite:///{tmp_path}/here.db")
    for given, words in BAD_SITES:
        with pytest.raises(BadSite, match=words):
            a_site_like(world, given)
    assert world.count("sites") == 1
    world.close()


def test_a_site_with_bad_terms_is_not_made(world: World) -> None:
    terms = Terms(goals=(Goal("purchase", POINTS, rate_bp=1),))
    with pytest.raises(BadTerms):
        manage.new_site(world.db, world.clock, name="Bees", home_url="https://b.example", terms=terms)
    assert world.count("sites") == 1


@pytest.mark.parametrize(
    ("page", "on_site"),
    [
        (f"{HOME}/", True),
        (f"{HOME}:443/x", True),
        ("HTTPS://BEES.EXAMPLE/x", True),
        ("http://bees.example/", False),
        (f"{HOME}:444/", False),
        ("https://bees.example.evil.example/", False),
        ("https://bees.example@evil.example/", False),
        ("https://evil.example/?https://bees.example/", False),
        ("https://evil.example\\@bees.example/", False),
        ("//bees.example/", False),
        ("javascript:https://bees.example/", False),
        ("", False),
        ("https://", False),
        ("\0", False),
    ],
)
def test_a_page_is_on_the_site_by_the_browsers_own_rules(page: str, on_site: bool) -> None:
    site = Site(SITE, "Bees", HOME, (HOME,), "UTC", "EUR", "visit", "on", 0)
    assert manage.is_on_site(site, page) is on_site


def test_an_api_key_names_its_site_and_is_kept_as_a_hash(world: World) -> None:
    key = manage.new_api_key(world.db, world.clock, SITE, "shop")
    assert key.startswith(f"ak_{SITE}_")
    assert len(key) > 45
    kept = "".join(str(row) for row in world.rows(text("SELECT * FROM api_keys")))
    assert key not in kept
    assert hashed(key) in kept
