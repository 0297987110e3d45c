"""The site that is measured on, with links of some people, and the sessions of those who look at the pages."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from passalong import migrate
from passalong.clock import SystemClock
from passalong.flow import enrol, manage
from passalong.settings import Settings, read_keys, read_settings
from passalong.store.engine import Database
from passalong.store.sites import Site
from passalong.tokens import share_id_of

SITE = "bees01"
HOME = "https://bees.example"
PEOPLE = 20
PAGES = 5


@dataclass(frozen=True)
class Ground:
    """A database with a site and its links; `guests` are the people who issued them."""

    data: Path
    url: str
    guests: tuple[str, ...]
    tokens: tuple[tuple[str, str], ...]

    def sign_in(self, guest: str) -> tuple[str, str]:
        """The cookies of that person in the portal and of the owner in the console."""
        db, clock = Database(self.url), SystemClock()
        code = enrol.hand_over(db, clock, SITE, guest)
        theirs = enrol.open_session(db, clock, SITE, code, enrol.HAND_OVER, "advocate")
        code = manage.new_owner_code(db, clock, SITE)
        owners = enrol.open_session(db, clock, SITE, code, manage.OWNER_CODE, "owner")
        db.close()
        return f"along-advocate={SITE}.{theirs}", f"along-owner={SITE}.{owners}"

    @property
    def notes(self) -> dict[str, Any]:
        """What to tell the load: visits through these links."""
        return {"notes": {"site": SITE, "tokens": self.tokens}}


def make_ground(data: Path, database_url: str = "") -> Ground:
    """Make the database, the site and 100 links, a third of them passed on from another."""
    data.mkdir(exist_ok=True)
    settings = read_settings({"PASSALONG_DATA": str(data), "DATABASE_URL": database_url})
    db = Database(settings.database_url)
    migrate.upgrade(db)
    site = manage.new_site(db, SystemClock(), name="The Bee Almanac", home_url=f"{HOME}/", site_id=SITE)
    guests = tuple(secrets.token_urlsafe(16) for _ in range(PEOPLE))
    tokens = tuple(_links(db, settings, site, guests))
    db.close()
    return Ground(data, settings.database_url, guests, tokens)


def _links(db: Database, settings: Settings, site: Site, guests: tuple[str, ...]) -> list[tuple[str, str]]:
    keys, made = read_keys(settings, {}), []
    parents: list[str | None] = [None]
    for number in range(PEOPLE * PAGES):
        page = f"{HOME}/page-{number % PAGES}?x="
        asked = enrol.LinkRequest(
            request_id=secrets.token_urlsafe(16),
            guest=guests[number % PEOPLE],
            page_url=page,
            title=f"Page {number % PAGES}",
            parent_share_id=parents[number % len(parents)] if number % 3 == 0 else None,
            visitor_id=None,
        )
        token = enrol.issue_link(db, SystemClock(), keys, site, asked).token
        parents.append(share_id_of(keys, SITE, token))
        made.append((token, page))
    return made
