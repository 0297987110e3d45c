"""`passalong site archive|restore|remove`: the life of a site, as the console changes it, with an entry in its log."""

import click
import msgspec

from passalong.cli.common import CommandError, current_database, one_site
from passalong.flow.owners import site_life
from passalong.flow.owners.changes import By
from passalong.i18n.formatting import local
from passalong.lib.clock import SystemClock
from passalong.store.sites import Site

CLOCK = SystemClock()
_as_json = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.command("archive")
@click.argument("site_id", metavar="SITE")
@_as_json
def archive(site_id: str, as_json: bool) -> None:
    """Archive a site: no new share or visit counts, what was earned stays. `passalong site restore` takes it back."""
    with current_database() as db:
        site = site_life.archive(db, CLOCK, one_site(db, site_id).site_id, By())
    _say(site, f"{site.name} is archived. `passalong site restore {site.site_id}` takes it back.", as_json)


@click.command("restore")
@click.argument("site_id", metavar="SITE")
@_as_json
def restore(site_id: str, as_json: bool) -> None:
    """Take back the removal of a site, or take it out of the archive."""
    with current_database() as db:
        site = one_site(db, site_id)
        back = site_life.keep if site.delete_at_ms else site_life.restore
        site = back(db, CLOCK, site.site_id, By())
    words = {"open": "is open", "archived": "stays, in the archive"}[site_life.life_of(site)]
    _say(site, f"{site.name} {words}.", as_json)


@click.command("remove")
@click.argument("site_id", metavar="SITE")
@click.option("--name", required=True, help="The site's name, to confirm that you mean this one.")
@_as_json
def remove(site_id: str, name: str, as_json: bool) -> None:
    """Remove a site in 7 days: no new share or visit counts from now on. Its ledger stays under a signed last head."""
    with current_database() as db:
        site = one_site(db, site_id)
        if name != site.name:
            raise CommandError(f"The site {site.site_id} is called {site.name!r}: give that as --name to remove it.")
        site = site_life.delete(db, CLOCK, site.site_id, name, By())
    day = f"{local(site.delete_at_ms or 0, site.time_zone):%Y-%m-%d}"
    sentence = (
        f"{site.name} counts no new shares or visits, and will be removed on {day} by the running server. Until then "
        f"orders from earlier visits count, people can use their credit, and `passalong site restore {site.site_id}` "
        "takes the removal back.\n"
        "Take the lines that load its script out of your pages."
    )
    _say(site, sentence, as_json)


def _say(site: Site, sentence: str, as_json: bool) -> None:
    document = {"site": site.site_id, "state": site_life.life_of(site), "delete_at_ms": site.delete_at_ms}
    print(msgspec.json.encode(document).decode() if as_json else sentence)


COMMANDS: tuple[click.Command, ...] = (archive, restore, remove)
