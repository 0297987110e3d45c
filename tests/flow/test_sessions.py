"""Codes and sessions: what works once works once, in its time, for its purpose."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from cast import anna, mallory
from flow.world import SITE, World
from passalong.core.identity import advocate_id_of
from passalong.flow import enrol, manage
from passalong.flow.enrol import HAND_OVER, HAND_OVER_MS, SESSION_MS
from passalong.flow.manage import OWNER_CODE, OWNER_CODE_MS
from passalong.store import access
from passalong.store.people_tables import one_time_codes, sessions
from passalong.tokens import hashed


def a_code(world: World) -> str:
    """Anna's way into the portal."""
    world.link(anna)
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
    world.link(anna)
    with pytest.raises(enrol.UnknownGuest):
        enrol.hand_over(world.db, world.clock, SITE, mallory.guest)


def test_secrets_are_kept_as_hashes_only(world: World) -> None:
    code = a_code(world)
    secret = come_in(world, code)
    kept = "".join(str(row) for table in (one_time_codes, sessions) for row in world.rows(select(table)))
    assert code not in kept
    assert secret not in kept
    assert hashed(code) in kept
