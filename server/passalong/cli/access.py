"""`passalong key` and `passalong owner`: API keys, sign-in links for the console, and its open sessions."""

import click

from passalong.cli.common import CommandError, current_database, one_site
from passalong.core.privileges import USUAL, Scope, read_scopes
from passalong.flow.owners import api_keys, sites
from passalong.flow.owners.api_keys import HOUR_MS, NewKey, Rotation
from passalong.flow.signin import sessions
from passalong.flow.signin.sessions import OWNER
from passalong.i18n.formatting import local
from passalong.lib.clock import SystemClock
from passalong.settings import read_settings
from passalong.store import sites as stored_sites
from passalong.store.engine import Database
from passalong.store.people import api_keys as stored_keys
from passalong.store.people import open_sessions as stored_sessions
from passalong.store.people.api_keys import ApiKey
from passalong.store.sites import Site

CLOCK = SystemClock()


@click.group()
def key() -> None:
    """API keys."""


@key.command("new")
@click.argument("site_id", metavar="SITE")
@click.option("--name", default="made on the command line", help="What it is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    default=[scope.value for scope in USUAL],
    help="What it may do; give it once for each. All but manage, if you name none.",
)
def key_new(site_id: str, name: str, scopes: tuple[str, ...]) -> None:
    """Make an API key for a site; it is shown only once."""
    with current_database() as db:
        try:
            wanted = NewKey(name, read_scopes(scopes))
            print(api_keys.new(db, CLOCK, one_site(db, site_id).site_id, wanted))
        except api_keys.ApiKeyError as error:
            raise CommandError(str(error)) from None


@key.command("list")
@click.argument("site_id", metavar="SITE")
def key_list(site_id: str) -> None:
    """List a site's keys: handle, last four characters, name, when made and last used (to the hour), and the state."""
    with current_database() as db, db.reading() as session:
        for key in stored_keys.all_of(session, one_site(db, site_id).site_id):
            times = (f"made {_minute(key.created_at_ms)}", f"last used {_minute(key.last_used_at_ms)}")
            print("\t".join((key.handle, f"…{key.last_four}", key.name, *times, _state(key))))


@key.command("revoke")
@click.argument("site_id", metavar="SITE")
@click.argument("handle", metavar="KEY")
def key_revoke(site_id: str, handle: str) -> None:
    """Revoke a key at once; KEY is its handle, from `passalong key list`."""
    with current_database() as db:
        try:
            ended = api_keys.revoke(db, CLOCK, one_site(db, site_id).site_id, handle)
        except api_keys.ApiKeyError as error:
            raise CommandError(f"{error} `passalong key list` shows them.") from None
    print(f"The key {ended.handle} (…{ended.last_four}, {ended.name}) is revoked.")


@key.command("rotate")
@click.argument("site_id", metavar="SITE")
@click.argument("handle", metavar="KEY")
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, api_keys.LONGEST_OVERLAP_HOURS),
    default=24,
    show_default=True,
    help="How long the old key keeps working.",
)
def key_rotate(site_id: str, handle: str, overlap_hours: int) -> None:
    """Make the successor of a key, shown only once; the old one keeps working for a while."""
    with current_database() as db:
        try:
            print(api_keys.rotate(db, CLOCK, one_site(db, site_id).site_id, Rotation(handle, overlap_hours * HOUR_MS)))
        except api_keys.ApiKeyError as error:
            raise CommandError(f"{error} `passalong key list` shows them.") from None


def _state(key: ApiKey) -> str:
    if key.ends_at_ms is None:
        return "works"
    return f"works until {_minute(key.ends_at_ms)}" if key.works(CLOCK.now_ms()) else f"ended {_minute(key.ends_at_ms)}"


def _minute(at_ms: int | None) -> str:
    return f"{local(at_ms, 'UTC'):%Y-%m-%d %H:%M} UTC" if at_ms else "never"


@click.group()
def owner() -> None:
    """Owners."""


@owner.command("link")
@click.argument("site_id", metavar="SITE", required=False)
def owner_link(site_id: str | None) -> None:
    """Print a link that opens a site's console once, within an hour: the way back in for a locked-out owner.

    Without SITE it is the only site's.
    """
    settings = read_settings()
    with current_database() as db:
        site = one_site(db, site_id) if site_id else _only_site(db)
        code = sites.new_owner_code(db, CLOCK, site.site_id)
    print(f"{settings.url}/start?k={site.site_id}.{code}")


def _only_site(db: Database) -> Site:
    with db.reading() as session:
        every = stored_sites.all_sites(session)
    if len(every) != 1:
        raise CommandError(f"There are {len(every)} sites: name one. `passalong site list` shows the keys.")
    return every[0]


@owner.command("sessions")
@click.argument("site_id", metavar="SITE")
def owner_sessions(site_id: str) -> None:
    """List a console's open sessions: handle, browser, since when, last used (to the hour)."""
    with current_database() as db, db.reading() as session:
        site = one_site(db, site_id)
        for open_session in stored_sessions.all_of(session, site.site_id, OWNER, CLOCK.now_ms()):
            since, seen = _minute(open_session.began_at_ms), _minute(open_session.seen_at_ms)
            print(f"{open_session.handle}\t{open_session.label or 'a browser'}\tsince {since}\tlast used {seen}")


@owner.command("out")
@click.argument("site_id", metavar="SITE")
@click.argument("handle", metavar="SESSION", required=False, default="")
def owner_out(site_id: str, handle: str) -> None:
    """End one session of a site's console by its handle, or all; unused sign-in links end, too."""
    with current_database() as db:
        count = sessions.end_owners(db, one_site(db, site_id).site_id, handle)
        if handle and not count:
            raise CommandError(f"No session has the handle {handle[:40]!r}: `passalong owner sessions` shows them.")
    print(f"{count} sessions are ended.")


COMMANDS: tuple[click.Command, ...] = (key, owner)
