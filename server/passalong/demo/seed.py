"""`passalong demo seed`: fill an empty site with ninety days of history, through the real flow.

Links are issued, facts collected, folded and released day by day under a clock of its own. The story is the same each
time; only share ids are drawn anew, and guest secrets depend on the instance's key, so that nobody else can guess them.
"""

from collections.abc import Mapping

from msgspec import Struct

from passalong.demo.almanac import CURRENCY, NAME, home_url, terms
from passalong.demo.story import DAY_MS, Bought, Returned, Shared, Step, TurnedAway, Visited, tell
from passalong.demo.teller import StoryClock, Teller
from passalong.flow.owners import sites as flow_sites
from passalong.flow.owners.sites import NewSite
from passalong.flow.signin import guests
from passalong.lib.tokens import Keyring
from passalong.store import event_log, sites
from passalong.store.engine import Database
from passalong.store.queries import advocates as store_advocates
from passalong.store.sites import Site

DAYS = 90
DEMO_PORT = 8090


class DemoSeedError(Exception):
    """The site cannot be filled; says what to do."""


class SeedReport(Struct, frozen=True):
    """The result of seeding. `portal_code` opens the pages of an advocate with much to look at, once, within 15
    minutes."""

    site_id: str
    people: int
    shares: int
    visits: int
    purchases: int
    returns: int
    turned_away: int
    portal_code: str

    def words(self, url: str, owner_code: str) -> str:
        """Return the lines for the terminal: the result, and the sign-in links."""
        return "\n".join(
            [
                f"Made up {DAYS} days at {self.site_id}: {self.people:,} people came by {self.shares:,} shared links "
                f"in {self.visits:,} visits, bought {self.purchases:,} times and returned {self.returns:,}.",
                f"The owner's console (once, within an hour): {url}/start?k={self.site_id}.{owner_code}",
                f"Somebody who shared (once, in 15 minutes):   {url}/me/in#{self.portal_code}",
                f"What everybody may read:                    {url}/open/{self.site_id}",
            ]
        )


def seed(db: Database, clock_end_ms: int, keys: Keyring, site_id: str | None, people: int) -> SeedReport:
    """Fill an empty site, or a new one, with a story that ends at `clock_end_ms`. Raises DemoSeedError."""
    clock = StoryClock(clock_end_ms - DAYS * DAY_MS)
    site = _new_site(db, clock) if site_id is None else _empty_site(db, site_id)
    steps = tell(people, DAYS)
    teller = Teller(db, clock, keys, site)
    try:
        teller.play(steps, clock_end_ms)
        guest = teller.guest(_worth_a_look(db, site, teller.advocates))
        code = guests.hand_over(db, clock, site.site_id, guest)
    finally:
        teller.close()
    return _report(site.site_id, steps, people, f"{site.site_id}.{code}")


def _new_site(db: Database, clock: StoryClock) -> Site:
    return flow_sites.new_site(
        db,
        clock,
        NewSite(
            name=f"{NAME} (made-up history)",
            home_url=home_url(DEMO_PORT),
            currency=CURRENCY,
            remember="window",
            terms=terms(),
        ),
    )


def _empty_site(db: Database, site_id: str) -> Site:
    with db.reading() as session:
        site = sites.find_site(session, site_id)
        if site is None:
            raise DemoSeedError(f"No site has the key {site_id!r}: leave it out, and a new site is made.")
        if event_log.last_at_ms(session, site_id):
            raise DemoSeedError(f"The site {site_id} has a history of its own: leave it out, and a new site is made.")
    return site


def _worth_a_look(db: Database, site: Site, advocates: Mapping[int, str]) -> int:
    """Return the person whose credit is in most states, and of these the one who earned most."""
    with db.reading() as session:

        def seen(person: int) -> tuple[int, int, int]:
            sums = store_advocates.unit_sums(session, site.site_id, [advocates[person]])
            money = next((unit_sums for unit_sums in sums if unit_sums.unit == site.currency), None)
            if money is None:
                return 0, 0, person
            states = (money.waiting_micros, money.taken_back_micros, money.ready_micros)
            return sum(map(bool, states)), money.earned_micros, person

        return max(advocates, key=seen)


def _report(site_id: str, steps: list[Step], people: int, portal_code: str) -> SeedReport:
    def count(kind: type[Step]) -> int:
        return sum(isinstance(step, kind) for step in steps)

    return SeedReport(
        site_id, people, count(Shared), count(Visited), count(Bought), count(Returned), count(TurnedAway), portal_code
    )
