"""`passalong settings`: show and change what affects credit or a promise, as versions with a date and an author."""

import sys
from datetime import UTC, datetime

import click
import msgspec

from passalong.cli.common import CommandError, current_database, one_site
from passalong.core.sites.settings import SETTINGS
from passalong.flow.owners import settings as flow_settings
from passalong.flow.owners.settings import BadSiteSettingsError, SettingsDraft, settings_of
from passalong.lib.clock import SystemClock
from passalong.store.people import settings_versions
from passalong.store.people.settings_versions import SettingsVersion

CLOCK = SystemClock()
AUTHOR = "cli"
MOST_SHOWN = 20
_as_json = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group("settings")
def settings() -> None:
    """Settings that affect credit or a promise, such as the time zone, `remember` and signed-in customers."""


@settings.command("show")
@click.argument("site_id", metavar="SITE")
@_as_json
def show(site_id: str, as_json: bool) -> None:
    """Print the settings of a site, what is announced, and the latest versions."""
    with current_database() as db:
        site = one_site(db, site_id)
        with db.reading() as session:
            versions = settings_versions.newest(session, site.site_id, MOST_SHOWN)
    if as_json:
        print(msgspec.json.encode({"settings": settings_of(site), "versions": versions}).decode())
        return
    for name, value in settings_of(site).items():
        print(f"{name:<20} {value}")
    for version in versions:
        print(_said(version))


@settings.command("set")
@click.argument("site_id", metavar="SITE")
@click.argument("changes", nargs=-1, required=True, metavar="NAME=VALUE…")
@click.option("--note", default="", help="Why it changes.")
@_as_json
def set_(site_id: str, changes: tuple[str, ...], note: str, as_json: bool) -> int:
    """Change settings. What takes something away begins in 14 days; exit code 1 if a value is not possible."""
    values = dict(_pair(change) for change in changes)
    with current_database() as db:
        site = one_site(db, site_id)
        try:
            versions = flow_settings.change_settings(db, CLOCK, site.site_id, SettingsDraft(values, AUTHOR, note))
        except BadSiteSettingsError as error:
            if as_json:
                print(msgspec.json.encode({"problems": error.problems}).decode())
            else:
                print("\n".join(f"{name}: {sentence}" for name, sentence in error.problems.items()), file=sys.stderr)
            return 1
    if as_json:
        print(msgspec.json.encode({"versions": versions}).decode())
    else:
        print("\n".join(map(_said, versions)) or "Nothing changes.")
    return 0


@settings.command("withdraw")
@click.argument("site_id", metavar="SITE")
@click.argument("version", type=click.IntRange(1))
@_as_json
def withdraw(site_id: str, version: int, as_json: bool) -> None:
    """Withdraw a version that has not begun yet."""
    with current_database() as db:
        try:
            gone = flow_settings.withdraw_settings(db, CLOCK, one_site(db, site_id).site_id, version)
        except BadSiteSettingsError as error:
            raise CommandError(" ".join(error.problems.values())) from None
    print(msgspec.json.encode(gone).decode() if as_json else f"Version {gone.version} is withdrawn.")


def _pair(change: str) -> tuple[str, str]:
    name, sign, value = change.partition("=")
    if not sign:
        raise CommandError(f"Write a setting as NAME=VALUE, not {change[:60]!r}. The names: {', '.join(SETTINGS)}.")
    return name, value


def _said(version: SettingsVersion) -> str:
    changed = ", ".join(f"{name} {version.before[name]} → {value}" for name, value in version.after.items())
    state = "withdrawn, was planned for" if version.withdrawn_at_ms else "since" if version.begun_at_ms else "from"
    day = datetime.fromtimestamp(version.since_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"Version {version.version}, {state} {day}, by {version.author}: {changed}. {version.note}".rstrip()


COMMANDS: tuple[click.Command, ...] = (settings,)
