"""`passalong doctor`: what is wrong with a page, as the console's "Check for me" says it, or with the instance."""

import os

import click
import msgspec

from passalong.cli.common import CommandError, current_database
from passalong.data_files import unusable_files
from passalong.flow.doctor.examine import Report, examine
from passalong.flow.instance_keys import OtherKeysError, check, may_be_made
from passalong.flow.owners.first_run import full_address
from passalong.flow.owners.instance_check import Known, examine_instance
from passalong.flow.owners.sites import origin_of
from passalong.keys import fingerprints_there
from passalong.lib.clock import SystemClock
from passalong.private_files import exposed_files
from passalong.settings import BadSettingsError, Settings, read_settings
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.key_fingerprints import Purpose
from passalong.store.sites import Site

WORDS = {"ok": "ok    ", "hint": "hint  ", "bad": "to fix", "skipped": "-     "}
READABLE = "it must be a file that the server's user can read. Restore it from your backup."


@click.command("doctor")
@click.argument("url", required=False)
@click.option("--site", "site_id", help="The site's key; found by the page's address, if left out.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def doctor(url: str | None, site_id: str | None, as_json: bool) -> int:
    """Check a page of a site: is the script there, may it run, and does a code survive? Exit code 1 if not.

    Without a page it checks the instance: database, keys, modes of files, disk, clock, queue, heads, mail, backup. Only
    public addresses are fetched, unless PASSALONG_URL is on this machine.
    """
    report = _page(url, site_id) if url else _instance()
    print(msgspec.json.encode(_as_json(report)).decode() if as_json else "\n".join(_lines(report)))
    return 0 if report.is_well else 1


def _page(url: str, site_id: str | None) -> Report:
    page = full_address(url)
    with current_database() as db:
        site = _site_of(db, page, site_id)
    return examine(site, read_settings().url, page)


def _instance() -> Report:
    with current_database() as db:
        return examine_instance(known_instance(read_settings(), db))


def known_instance(settings: Settings, db: Database) -> Known:
    """Return the input of the checks, with what is wrong in the data folder."""
    modes, files = exposed_files(settings), unusable_files(settings)
    return Known(db, SystemClock(), settings, _wrong_keys(settings, db), modes, files)


def _wrong_keys(settings: Settings, db: Database) -> str:
    """Return what is wrong with the keys; makes none. Empty if nothing is."""
    try:
        for purpose, fingerprints in fingerprints_there(settings).items():
            check(db, Purpose(purpose), fingerprints, SystemClock().now_ms())
        missing = [purpose for purpose in Purpose if purpose.value not in fingerprints_there(settings)]
        lost = [purpose.value for purpose in missing if not may_be_made(db, purpose)]
    except BadSettingsError as error:
        return " ".join(error.problems)
    except OSError as error:
        return f"{error.filename} cannot be used ({os.strerror(error.errno or 0).lower()}): {READABLE}"
    except OtherKeysError as other:
        return f"The keys are not those of this database: {other}. Restore them from your backup."
    return f"The keys of {', '.join(lost)} are missing. Restore them from your backup." if lost else ""


def _site_of(db: Database, page: str, site_id: str | None) -> Site:
    """Return the site that is meant: by its key, by the page's address, or the only one. Raises CommandError."""
    with db.reading() as session:
        every = sites.all_sites(session)
    named = [site for site in every if site.site_id == site_id] if site_id else []
    by_address = [site for site in every if origin_of(page) in site.accepted_origins]
    chosen = named or ([] if site_id else by_address or every)
    if len(chosen) != 1:
        raise CommandError("Name the site with --site: `passalong site list` shows the keys.")
    return chosen[0]


def _as_json(report: Report) -> dict[str, object]:
    return {"well": report.is_well, **msgspec.to_builtins(report)}


def _lines(report: Report) -> list[str]:
    made_by = f" (made by {report.platform})" if report.platform else ""
    lines = [f"{report.page}{made_by}"]
    for finding in report.findings:
        lines.append(f"{WORDS[finding.state]}  {finding.says}")
        if finding.fix:
            lines.append(f"        {finding.fix}")
    lines.append("Nothing is in the way." if report.is_well else "Change what is marked `to fix`, and run this again.")
    return lines
