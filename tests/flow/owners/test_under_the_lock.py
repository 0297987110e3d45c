"""Changes of one site stand in the order of their times, because the clock is read once the site is locked."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from sqlalchemy.exc import OperationalError

from flow.world import SITE, STAYS, HandClock, World, a_share
from passalong.flow.owners import rule, settings, site_life, site_settings, terms
from passalong.flow.owners.changes import By
from passalong.flow.owners.settings import SettingsDraft
from passalong.flow.owners.site_settings import SiteChange
from passalong.flow.owners.terms import Draft
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.store import sites
from passalong.store.engine import Database

DAY_MS = 86_400_000
OTTO = By("owner:otto")


class LockedClock(HandClock):
    """A clock that notes whether somebody else could change the site while it is read."""

    def __init__(self, at_ms: int, url: str) -> None:
        super().__init__(at_ms)
        self._url = url
        self.was_locked: list[bool] = []

    def now_ms(self) -> int:
        """The time, as ever."""
        self.was_locked.append(self._is_locked())
        return super().now_ms()

    def _is_locked(self) -> bool:
        other = Database(self._url, waits_s=0.01)
        try:
            with writing(other) as session:
                sites.lock_site(session, SITE)
        except OperationalError:
            return True
        finally:
            other.close()
        return False


LATER = Draft(replace(STAYS, hold_days=20), "Shorter.", since_ms=HandClock().at_ms + 30 * DAY_MS)
SOONER = Draft(replace(STAYS, hold_days=10), "Shorter still.")


def withdraws_settings(db: Database, clock: Clock) -> None:
    """Announce longer answers, and withdraw them."""
    versions = settings.change_settings(db, clock, SITE, SettingsDraft({"answer_days": "30"}, "Otto"))
    settings.withdraw_settings(db, clock, SITE, versions[0].version)


CHANGES: dict[str, Callable[[Database, Clock], object]] = {
    "a version of the terms": lambda db, clock: terms.new_version(db, clock, SITE, LATER),
    "a version in place of others": lambda db, clock: terms.replace_announced(db, clock, SITE, SOONER),
    "a withdrawn version": lambda db, clock: terms.withdraw(db, clock, SITE),
    "a rule of the console": lambda db, clock: rule.put_in_force(db, clock, SITE, SOONER, rule.Basis(2)),
    "withdrawn settings": withdraws_settings,
    "settings": lambda db, clock: settings.change_settings(db, clock, SITE, SettingsDraft({"answer_days": "5"}, "O")),
    "a name": lambda db, clock: site_settings.change_site(db, clock, SITE, SiteChange(name="Bees"), OTTO),
    "an origin": lambda db, clock: site_settings.add_origin(db, clock, SITE, "https://shop.example", OTTO),
    "an archived site": lambda db, clock: site_life.archive(db, clock, SITE, OTTO),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_the_time_of_a_change_is_read_under_the_lock(
    world: World, world_url: str, change: Callable[[Database, Clock], object]
) -> None:
    world.happens(a_share("s", world.link(), 0))
    terms.new_version(world.db, world.clock, SITE, LATER)
    clock = LockedClock(world.clock.at_ms, world_url)
    change(world.db, clock)
    assert clock.was_locked
    assert all(clock.was_locked)
