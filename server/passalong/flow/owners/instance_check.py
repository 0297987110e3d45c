"""`passalong doctor` without an address: what is wrong with the instance itself, each with what to do."""

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from passalong.flow.backup.schedule import HOUR_MS, Watched, why_not_writable
from passalong.flow.doctor.case import Finding
from passalong.flow.doctor.examine import Report
from passalong.flow.mail.transports import unreachable
from passalong.flow.owners.health import CLOCK_BAD_MS, DISK_BAD_BYTES, LAG_BAD_MS
from passalong.flow.transparency.evidence import EvidenceMissingError, check_file
from passalong.flow.transparency.heads_file import BadHeadsFileError, Kept, kept_in
from passalong.lib.clock import Clock
from passalong.lib.http_client import SendError
from passalong.lib.http_get import fetch
from passalong.settings import Settings
from passalong.store import durability, event_log, sites
from passalong.store.engine import Database
from passalong.store.queries import instance, waiting

ANSWER_S = 3.0
OLD_BACKUP_H = 7 * 24


class Known(Struct, frozen=True):
    """The input of the checks; `keys`, `modes` and `files` are what the assembly found wrong in the data folder."""

    db: Database
    clock: Clock
    settings: Settings
    keys: str
    modes: Sequence[str]
    files: Sequence[str] = ()


def examine_instance(instance: Known) -> Report:
    """Run every check, on a database with this version's tables."""
    checks = (_durability, _keys, _modes, _disk, _clock, _queue, _heads, _files, _mail, _backup, _address, _server)
    return Report(instance.settings.url, "", tuple(check(instance) for check in checks))


def wrong_files(instance: Known) -> list[str]:
    """Return one line for each fault of the keys, the heads and the other files beside the database."""
    findings = (_keys(instance), _heads(instance), _files(instance))
    return [f"{finding.says} {finding.fix}".strip() for finding in findings if finding.state == "bad"]


def _durability(instance: Known) -> Finding:
    weak = durability.weaknesses(instance.db)
    if weak:
        return Finding("durability", "bad", " ".join(weak), "Mend the database's settings.")
    return Finding("durability", "ok", "What is acknowledged is on the disk.")


def _keys(instance: Known) -> Finding:
    if instance.keys:
        return Finding("keys", "bad", instance.keys)
    return Finding("keys", "ok", "The signing keys are those of this database.")


def _modes(instance: Known) -> Finding:
    if instance.modes:
        more = f" (and {len(instance.modes) - 1} more)" if len(instance.modes) > 1 else ""
        return Finding(
            "modes", "bad", f"{instance.modes[0]}{more}", f"Run chmod -R go-rwx {instance.settings.data_dir}"
        )
    return Finding("modes", "ok", "No other user can open the data.")


def _disk(instance: Known) -> Finding:
    free = shutil.disk_usage(_first_that_exists(instance.settings.data_dir)).free
    says = f"{free / 1e9:.1f} GB of disk are free."
    if free < DISK_BAD_BYTES:
        return Finding("disk", "bad", says, "Make room: on a full disk no event is taken any more.")
    return Finding("disk", "ok", says)


def _first_that_exists(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _clock(instance: Known) -> Finding:
    now_ms = instance.clock.now_ms()
    with instance.db.reading() as session:
        theirs_ms = waiting.database_time_ms(session)
        last_ms = max((event_log.last_at_ms(session, site.site_id) for site in sites.all_sites(session)), default=0)
    off_ms = max(last_ms - now_ms, abs((theirs_ms or now_ms) - now_ms))
    if off_ms > CLOCK_BAD_MS:
        says = f"The database or the latest event is {off_ms / 1000:.0f} s away from this machine's clock."
        return Finding("clock", "bad", says, "Set the clocks by NTP.")
    return Finding("clock", "ok", "The clock agrees with the database and the latest event.")


def _queue(state_of_instance: Known) -> Finding:
    now_ms = state_of_instance.clock.now_ms()
    with state_of_instance.db.reading() as session:
        measures = instance.measure(session, now_ms)
    if measures.set_aside:
        fix = "`passalong queue aside SITE` lists them, `passalong queue retry SITE` tries again."
        return Finding("queue", "bad", f"{measures.set_aside} events could not be folded.", fix)
    if measures.oldest_ms is not None and now_ms - measures.oldest_ms > LAG_BAD_MS:
        says = f"{measures.waiting} events wait, the oldest for {(now_ms - measures.oldest_ms) // 1000} s."
        return Finding("queue", "bad", says, "Start the server, or look at its log.")
    return Finding("queue", "ok", "No event waits for long.")


def _heads(instance: Known) -> Finding:
    path = instance.settings.heads_file
    try:
        in_file = kept_in(path)
        with instance.db.reading() as session:
            for site in sites.all_sites(session):
                check_file(session, site.site_id, in_file.get(site.site_id, Kept()), path)
    except (BadHeadsFileError, EvidenceMissingError) as error:
        return Finding("heads", "bad", str(error), "A backup has the file: `passalong restore`.")
    except OSError as error:
        says = f"{path} cannot be used ({os.strerror(error.errno or 0).lower()})."
        return Finding("heads", "bad", says, "It must be a file that the server's user can read and write.")
    return Finding("heads", "ok", f"The heads are outside the database, too: {path}.")


def _files(instance: Known) -> Finding:
    if instance.files:
        return Finding("files", "bad", " ".join(instance.files))
    return Finding("files", "ok", "Every file beside the database can be used.")


def _mail(instance: Known) -> Finding:
    mail = instance.settings.mail
    if not mail.host:
        says = f"E-mails become files in {mail.folder}: nobody gets them."
        return Finding("mail", "hint", says, "Set PASSALONG_SMTP_HOST and PASSALONG_MAIL_FROM.")
    why, advice = unreachable(mail)
    if why:
        return Finding("mail", "bad", f"The mail server {mail.host} cannot be used: {why.rstrip('.')}.", advice)
    return Finding("mail", "ok", f"The mail server {mail.host} lets us in.")


def _backup(instance: Known) -> Finding:
    chosen, now_ms = instance.settings.backup, instance.clock.now_ms()
    if chosen.folder is not None and (why := why_not_writable(chosen.folder)):
        return Finding("backup", "bad", why, "Change the folder or its permissions, and restart the server.")
    watched = Watched(instance.settings.data_dir, chosen.every_h if chosen.folder else None)
    last = watched.last()
    if watched.is_late(now_ms):
        because = f": {last.because}" if last.because else ""
        return Finding("backup", "bad", f"The scheduled backup failed or is overdue{because}.", "Look at the log.")
    fix = "`passalong backup FILE` makes one; PASSALONG_BACKUP_DIR makes them by themselves."
    if last.moment_ms is None:
        return Finding("backup", "hint", "There is no backup yet.", fix)
    hours = (now_ms - last.moment_ms) // HOUR_MS
    says = f"The last backup is {hours} hours old: {last.file}."
    return Finding("backup", "hint", says, fix) if hours > OLD_BACKUP_H else Finding("backup", "ok", says)


def _address(instance: Known) -> Finding:
    url = instance.settings.url
    if not url.startswith("https://"):
        fix = "Put a proxy with TLS in front, and set PASSALONG_URL to its address."
        return Finding("address", "hint", f"People reach it at {url}, without encryption.", fix)
    return Finding("address", "ok", f"People reach it at {url}.")


def _server(instance: Known) -> Finding:
    url = f"{instance.settings.url}/readyz"
    reply = "no answer"
    with suppress(SendError):
        answer = fetch(url, private=True, timeout_s=ANSWER_S)
        if answer.status == 200:
            return Finding("server", "ok", f"{url} says that it is ready.")
        reply = f"{answer.status}: {answer.text[:200]!r}"
    return Finding("server", "hint", f"{url} does not say that it is ready ({reply}).", "Is the server started?")
