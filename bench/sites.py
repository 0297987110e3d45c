"""The benchmarked site, with links of some advocates and the sessions of the readers."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from passalong.flow.owners import sites
from passalong.flow.owners.sites import NewSite
from passalong.flow.signin import guests as flow_guests
from passalong.key_files import read_keys
from passalong.lib.clock import SystemClock
from passalong.lib.tokens import share_id_of
from passalong.settings import Settings, read_settings
from passalong.store.engine import Database
from passalong.store.sites import Site
from passalong.web.console.overview import OWNERS_ENTRY
from tables import make_tables

SITE = "bees01"
HOME = "https://bees.example"
PEOPLE = 20
PAGES = 5


@dataclass(frozen=True)
class Ground:
    """A database with a site and its links; `guests` are the advocates who issued them."""

    data: Path
    url: str
    guests: tuple[str, ...]
    tokens: tuple[tuple[str, str], ...]

    def sign_in(self, guest: str) -> tuple[str, str]:
        """Return the cookies of that advocate's portal and of the owner's console."""
        db, clock = Database(self.url), SystemClock()
        code = flow_guests.hand_over(db, clock, SITE, guest)
        entry = flow_guests.look(db, clock, SITE, code)
        assert entry is not None
        theirs = flow_guests.open_session(db, clock, SITE, code, entry)
        code = sites.new_owner_code(db, clock, SITE)
        owners = flow_guests.open_session(db, clock, SITE, code, OWNERS_ENTRY)
        db.close()
        return f"along-advocate={SITE}.{theirs}", f"along-owner={SITE}.{owners}"

    @property
    def notes(self) -> dict[str, Any]:
        """Return the visits through these links that the load generator sends."""
        return {"notes": {"site": SITE, "tokens": self.tokens}}


def make_ground(data: Path, database_url: str = "") -> Ground:
    """Make the database, the site and 100 links, a third of them passed on from another."""
    data.mkdir(exist_ok=True)
    settings = read_settings({"PASSALONG_DATA": str(data), "DATABASE_URL": database_url})
    db = Database(settings.database_url)
    make_tables(db)
    site = sites.new_site(
        db, SystemClock(), NewSite(name="The Bee Almanac", home_url=f"{HOME}/", site_id=SITE, remember="window")
    )
    guests = tuple(secrets.token_urlsafe(16) for _ in range(PEOPLE))
    tokens = tuple(_links(db, settings, site, guests))
    db.close()
    return Ground(data, settings.database_url, guests, tokens)


def _links(db: Database, settings: Settings, site: Site, guests: tuple[str, ...]) -> list[tuple[str, str]]:
    keys, made = read_keys(settings, {}), []
    parents: list[str | None] = [None]
    for number in range(PEOPLE * PAGES):
        page = f"{HOME}/page-{number % PAGES}?x="
        asked = flow_guests.LinkRequest(
            request_id=secrets.token_urlsafe(16),
            guest=guests[number % PEOPLE],
            page_url=page,
            title=f"Page {number % PAGES}",
            parent_share_id=parents[number % len(parents)] if number % 3 == 0 else None,
            visitor_id=None,
        )
        token = flow_guests.issue_link(db, SystemClock(), keys, site, asked).token
        parents.append(share_id_of(keys, SITE, token))
        made.append((token, page))
    return made
