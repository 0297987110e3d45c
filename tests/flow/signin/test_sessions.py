"""Codes and sessions: what works once works once, in its time, for its purpose."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from cast import anna, mallory
from flow.world import SITE, World
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.identity import advocate_id_of
from passalong.flow.owners import sites
from passalong.flow.owners.sites import OWNER_CODE, OWNER_CODE_MS
from passalong.flow.signin import guests, recovery_words
from passalong.flow.signin.guests import HAND_OVER, HAND_OVER_MS
from passalong.flow.signin.last_used import LastUsed
from passalong.flow.signin.sessions import IDLE_MS, SESSION_MS
from passalong.lib.tokens import hashed
from passalong.store.people import open_sessions as stored
from passalong.store.schema.people import one_time_codes, sessions


def a_code(world: World) -> str:
    """Anna's way into the portal."""
    world.link(anna)
    return guests.hand_over(world.db, world.clock, SITE, anna.guest)


def come_in(world: World, code: str, purpose: str = HAND_OVER, site_id: str = SITE) -> str:
    """Use a code."""
    role = "owner" if purpose == OWNER_CODE else "advocate"
    entry = guests.Entry(purpose, "whoever", "guest", role)
    return guests.open_session(world.db, world.clock, site_id, code, entry)


def who(world: World, secret: str, role: str = "advocate") -> str | None:
    """Whose session it is."""
    with world.db.reading() as session:
        found = stored.find(session, SITE, hashed(secret), role, world.clock.now_ms())
    return found.subject if found else None


def test_a_code_opens_a_session_once(world: World) -> None:
    code = a_code(world)
    assert who(world, come_in(world, code)) == advocate_id_of(SITE, anna.guest)
    with pytest.raises(guests.BadSignInCodeError):
        come_in(world, code)
    assert world.count("sessions") == 1


def test_of_64_at_once_exactly_one_wins(world: World) -> None:
    code = a_code(world)
    together = threading.Barrier(64)

    def try_it(_thread: int) -> str | None:
        together.wait()
        try:
            return come_in(world, code)
        except guests.BadSignInCodeError:
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
    except guests.BadSignInCodeError:
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
    codes = {age: sites.new_owner_code(world.db, world.clock, SITE) for age, _ in ages}
    assert [(age, still_good(world, codes[age], OWNER_CODE, age)) for age, _ in ages] == ages


def test_a_session_of_the_portal_lasts_30_days(world: World) -> None:
    secret = come_in(world, a_code(world))
    world.clock.at_ms += SESSION_MS - 1
    assert who(world, secret) is not None
    world.clock.at_ms += 1
    assert who(world, secret) is None


def an_owner(world: World) -> str:
    """The secret of a session of the console."""
    world.link(anna)
    return come_in(world, sites.new_owner_code(world.db, world.clock, SITE), OWNER_CODE)


def test_a_session_of_the_console_that_is_not_used_ends_after_7_days(world: World) -> None:
    secret = an_owner(world)
    assert IDLE_MS["owner"] == 7 * DAY_MS
    world.clock.at_ms += IDLE_MS["owner"] - 1
    assert who(world, secret, "owner") is not None
    world.clock.at_ms += 1
    assert who(world, secret, "owner") is None


def test_a_session_of_the_console_that_is_used_every_day_ends_after_30(world: World) -> None:
    secret = an_owner(world)
    used = LastUsed(world.db, world.clock)
    for _ in range(SESSION_MS // DAY_MS - 1):
        world.clock.at_ms += DAY_MS
        with world.db.reading() as session:
            found = stored.find(session, SITE, hashed(secret), "owner", world.clock.now_ms())
        assert found is not None
        used.session(found)
        used.flush()
    world.clock.at_ms += DAY_MS - 1
    assert who(world, secret, "owner") is not None
    world.clock.at_ms += 1
    assert who(world, secret, "owner") is None
    used.close()


def test_a_code_is_for_its_purpose_and_its_site(world: World) -> None:
    code = a_code(world)
    for purpose, site_id in ((OWNER_CODE, SITE), (HAND_OVER, "other1")):
        with pytest.raises(guests.BadSignInCodeError):
            come_in(world, code, purpose, site_id)
    assert come_in(world, code)


def test_a_session_is_for_its_role(world: World) -> None:
    secret = come_in(world, a_code(world))
    assert who(world, secret, "owner") is None


def test_signing_out_ends_a_session(world: World) -> None:
    secret = come_in(world, a_code(world))
    recovery_words.sign_out(world.db, SITE, secret)
    assert who(world, secret) is None


def test_a_guest_who_never_shared_gets_no_sign_in_code(world: World) -> None:
    world.link(anna)
    with pytest.raises(guests.UnknownGuestError):
        guests.hand_over(world.db, world.clock, SITE, mallory.guest)


def test_secrets_are_kept_as_hashes_only(world: World) -> None:
    code = a_code(world)
    secret = come_in(world, code)
    kept = "".join(str(row) for table in (one_time_codes, sessions) for row in world.rows(select(table)))
    assert code not in kept
    assert secret not in kept
    assert hashed(code) in kept
