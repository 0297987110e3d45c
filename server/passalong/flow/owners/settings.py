"""Settings as versions: a change has its date, author and reason, and one that cuts a promise is announced first."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from passalong.core.attribution.allocate import DAY_MS
from passalong.core.names.lines import is_plain_text
from passalong.core.sites.settings import SETTINGS, BadSettingError, Value, read_setting, write_setting
from passalong.flow.owners.changes import CLI, AlreadyDoneError, record_change, state
from passalong.flow.transaction import changing_site
from passalong.lib.clock import Clock
from passalong.store import event_log, sites
from passalong.store.books.redemptions import keep_methods
from passalong.store.engine import Database
from passalong.store.people import changes, settings_versions
from passalong.store.people.changes import Change
from passalong.store.people.settings_versions import SettingsVersion
from passalong.store.sites import Site

NOTICE_DAYS = 14
ZONE_DELAY_MS = 60_000
"""A fact is folded within seconds, by the time zone of its moment: so the same one is found when it is replayed."""
LONGEST_NOTE = 500


class SettingsDraft(Struct, frozen=True):
    """Settings as a person wrote them, by name, with the author and the reason.

    `base` is the number of the version that the person saw (None: whichever is the newest), `change_id` the form's id.
    """

    values: Mapping[str, str]
    author: str
    note: str = ""
    base: int | None = None
    change_id: str = ""


class BadSiteSettingsError(ValueError):
    """Settings that cannot stand: a sentence for each, by name."""

    def __init__(self, problems: Mapping[str, str]):
        super().__init__(" ".join(f"{name}: {sentence}" for name, sentence in problems.items()))
        self.problems = problems


class SettingsChangedError(Exception):
    """Another person changed the settings since the form was opened; `standing` has the values of now."""

    def __init__(self, standing: Mapping[str, str]):
        super().__init__("Somebody else changed the settings meanwhile.")
        self.standing = standing


def settings_of(site: Site) -> dict[str, str]:
    """Return all settings of a site as a person writes them."""
    return {setting.name: write_setting(getattr(site, setting.field)) for setting in SETTINGS.values()}


def change_settings(db: Database, clock: Clock, site_id: str, draft: SettingsDraft) -> list[SettingsVersion]:
    """Change settings; returns the versions that this makes, none where nothing changes.

    What cuts a promise begins 14 days later, in a version of its own, unless nobody has shared anything yet. Raises
    BadSiteSettingsError, SettingsChangedError, or AlreadyDoneError for a form that was sent before.
    """
    with changing_site(db, clock, site_id) as (session, site, now_ms):
        if site is None:
            raise BadSiteSettingsError(
                {"site": f"No site has the key {site_id[:40]!r}: `passalong site list` shows them."}
            )
        return make_versions(session, site, draft, now_ms)


def make_versions(session: Session, site: Site, draft: SettingsDraft, now_ms: int) -> list[SettingsVersion]:
    """Make the versions of a change, in the caller's transaction.

    Raises BadSiteSettingsError or SettingsChangedError.
    """
    if draft.change_id and changes.is_recorded(session, site.site_id, draft.change_id):
        raise AlreadyDoneError
    last = settings_versions.last_number(session, site.site_id)
    if draft.base not in (None, last):
        raise SettingsChangedError(settings_of(site))
    is_free = not event_log.has_shared(session, site.site_id)
    after = _changed(session, site, draft, is_free=is_free)
    cut = set() if is_free else {name for name in after if _cut(site, name, after[name])}
    versions = []
    for names, since_ms in ((set(after) - cut, now_ms), (cut, now_ms + NOTICE_DAYS * DAY_MS)):
        if names:
            last += 1
            versions.append(_version(site, last, {name: after[name] for name in names}, (now_ms, since_ms), draft))
    for version in versions:
        change = Change(
            site_id=site.site_id,
            actor=draft.author,
            action="settings.set",
            subject=f"version {version.version}",
            before=state(version.before),
            after=state(version.after),
            change_id=draft.change_id if version is versions[0] else "",
        )
        record_change(session, change, now_ms)
        settings_versions.add(session, site.site_id, version)
        if version.begun_at_ms is not None:
            site = _begin(session, site, version, now_ms)
    return versions


def withdraw_settings(db: Database, clock: Clock, site_id: str, version: int, author: str = CLI) -> SettingsVersion:
    """Withdraw a version that has not begun. Raises BadSiteSettingsError."""
    with changing_site(db, clock, site_id) as (session, _, now_ms):
        waiting = settings_versions.announced(session, site_id)
        announced = next((version_row for version_row in waiting if version_row.version == version), None)
        if announced is None:
            raise BadSiteSettingsError({"version": f"Version {version} does not wait to begin."})
        change = Change(site_id, author, "settings.withdraw", f"version {version}", state(announced.after))
        record_change(session, change, now_ms)
        settings_versions.withdraw(session, site_id, version, now_ms)
    return announced


def begin_due(db: Database, clock: Clock) -> int:
    """Put every announced version in force whose day has come; returns how many."""
    with db.reading() as session:
        site_ids = settings_versions.sites_with_due(session, clock.now_ms())
    return sum(_begin_due(db, clock, site_id) for site_id in site_ids)


def _begin_due(db: Database, clock: Clock, site_id: str) -> int:
    with changing_site(db, clock, site_id) as (session, site, now_ms):
        due = [version for version in settings_versions.announced(session, site_id) if version.since_ms <= now_ms]
        for version in due if site else ():
            site = _begin(session, site, version, now_ms)
            settings_versions.begin(session, site_id, version.version, now_ms)
    return len(due) if site else 0


def _begin(session: Session, site: Site | None, version: SettingsVersion, now_ms: int) -> Site:
    assert site is not None  # noqa: S101 - for the type checker
    values: dict[str, Value | tuple[str, ...]] = {
        SETTINGS[name].field: read_setting(name, text) for name, text in version.after.items()
    }
    if "time_zone" in version.after:
        until_ms = max(now_ms, event_log.last_at_ms(session, site.site_id)) + ZONE_DELAY_MS
        values["former_time_zones"] = (*site.former_time_zones, f"{site.time_zone}@{until_ms}")
    new = replace(site, **values)
    sites.update_site(session, new)
    keep_methods(session, site, new)
    return new


def _version(
    site: Site, number: int, after: Mapping[str, Value], times: tuple[int, int], draft: SettingsDraft
) -> SettingsVersion:
    now_ms, since_ms = times
    standing = settings_of(site)
    return SettingsVersion(
        version=number,
        since_ms=since_ms,
        made_at_ms=now_ms,
        author=draft.author,
        note=draft.note.strip(),
        before={name: standing[name] for name in sorted(after)},
        after={name: write_setting(after[name]) for name in sorted(after)},
        begun_at_ms=now_ms if since_ms == now_ms else None,
    )


def _changed(session: Session, site: Site, draft: SettingsDraft, *, is_free: bool) -> dict[str, Value]:
    """Return the values that differ from those of now. Raises BadSiteSettingsError with every problem at once."""
    values, problems = _read(draft)
    changed = {name: value for name, value in values.items() if value != getattr(site, SETTINGS[name].field)}
    waiting = {
        name: version for version in settings_versions.announced(session, site.site_id) for name in version.after
    }
    for name in sorted({*changed} & {*waiting}):
        problems[name] = f"Version {waiting[name].version} changes this already: withdraw it first."
    if "currency" in changed and not is_free:
        problems["currency"] = f"People have shared for {site.currency}, so the currency stays."
    if problems:
        raise BadSiteSettingsError(problems)
    return changed


def _read(draft: SettingsDraft) -> tuple[dict[str, Value], dict[str, str]]:
    values: dict[str, Value] = {}
    problems: dict[str, str] = {}
    for name, text in draft.values.items():
        try:
            values[name] = read_setting(name, text)
        except BadSettingError as error:
            problems[name] = str(error)
    if len(draft.note.strip()) > LONGEST_NOTE:
        problems["note"] = f"Say in at most {LONGEST_NOTE} characters why this changes."
    if not is_plain_text(draft.note):
        problems["note"] = "Write why this changes without control characters and bidi controls."
    return values, problems


def _cut(site: Site, name: str, after: Value) -> str:
    """Return what people lose by a change, or nothing."""
    return SETTINGS[name].cut(getattr(site, SETTINGS[name].field), after)
