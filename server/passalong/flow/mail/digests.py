"""Digests and other mails that time brings: a month that ended, available credit, new terms, the owner's week.

Each is checked every quarter of an hour and written once: what was seen is marked in the transaction of the mail.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import msgspec
from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.flow.mail import expiry_notices, owner_digests
from passalong.flow.mail.messages import CUTS
from passalong.flow.transaction import writing
from passalong.i18n import formatting
from passalong.store import event_log, sites
from passalong.store.books import identities
from passalong.store.engine import Database
from passalong.store.outbox import Draft, enqueue
from passalong.store.people import addresses, settings_versions
from passalong.store.people.addresses import Address, Mark
from passalong.store.queries import advocates, reached
from passalong.store.sites import Site, TermsVersion, announced, terms_versions

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
AHEAD_MS = 14 * DAY_MS
"""How long before new terms begin advocates are told."""


LOOK_ANYWAY_MS = 3_600_000
"""The interval for sites on which nothing happens: months end, and terms change, by themselves."""


class DigestSchedule:
    """Checks every site with a confirmed address: each round if something happened there, hourly if not."""

    def __init__(self) -> None:
        self._looked: dict[str, tuple[int, int]] = {}

    def enqueue_due(self, db: Database, now_ms: int) -> int:
        """Queue the due mails; returns how many."""
        with db.reading() as session:
            folded = addresses.sites_with_confirmed(session)
            stuck = set(event_log.sites_with_trouble(session))
        due = [site_id for site_id, seq in folded.items() if site_id in stuck or self._is_due(site_id, seq, now_ms)]
        written = sum(_site(db, site_id, now_ms) for site_id in due)
        self._looked |= {site_id: (folded[site_id], now_ms) for site_id in due}
        return written

    def _is_due(self, site_id: str, seq: int, now_ms: int) -> bool:
        seen_seq, at_ms = self._looked.get(site_id, (-1, 0))
        return seq != seen_seq or now_ms - at_ms >= LOOK_ANYWAY_MS


def _site(db: Database, site_id: str, now_ms: int) -> int:
    with db.reading() as session:
        site = sites.find_site(session, site_id)
        if site is None:
            return 0
        recipients = addresses.all_confirmed(session, site.site_id)
        versions = terms_versions(session, site.site_id) if recipients else ()
        owners = addresses.owners(session, site.site_id)
    written = 0
    for owner in owners:
        with writing(db) as session:
            written += owner_digests.look(session, site, owner, now_ms)
    for address in recipients:
        with writing(db) as session:  # one address per transaction, so that notes never wait
            written += sum(look(session, site, address, versions, now_ms) for look in LOOKS)
    return written


class Said(Struct, frozen=True):
    """A digest: its kind, what makes it one of its kind, and the values of its strings."""

    kind: str
    once: str
    values: Mapping[str, object]


def _put(session: Session, site: Site, address: Address, mail: Said, now_ms: int) -> bool:
    draft = Draft(mail.kind, f"{mail.kind}:{mail.once}:{address.address_hash}", mail.values)
    return enqueue(session, site.site_id, address, draft, now_ms)


def _mine(session: Session, site: Site, address: Address) -> tuple[str, ...]:
    return identities.account(session, site.site_id, address.advocate_id or "")


def _month(session: Session, site: Site, address: Address, _: Sequence[TermsVersion], now_ms: int) -> bool:
    """Queue `October: 31 people came because of you` once the month is over, if anybody came."""
    today = formatting.local(now_ms, site.time_zone)
    this_month = f"{today:%Y-%m}"
    people = reached.people(session, site.site_id, _mine(session, site, address))
    before = addresses.mark(session, site.site_id, address.address_hash, "monthly")
    if before is not None and before.seen.partition(" ")[0] == this_month:
        return False
    mark = Mark(now_ms, f"{this_month} {people}")
    addresses.set_mark(session, site.site_id, address.address_hash, "monthly", mark)
    if before is None:
        return False
    last_month = today.replace(day=1) - timedelta(days=1)
    came = people - int(before.seen.partition(" ")[2])
    values = {"n": came, "month_ms": int(last_month.timestamp() * 1_000)}
    return came > 0 and _put(session, site, address, Said("monthly", f"{last_month:%Y-%m}", values), now_ms)


def _ready(session: Session, site: Site, address: Address, _: Sequence[TermsVersion], now_ms: int) -> bool:
    """Queue a mail about available credit if there is more than last time, at most once a week."""
    sums = advocates.unit_sums(session, site.site_id, _mine(session, site, address))
    ready = {unit_sums.unit: unit_sums.ready_micros for unit_sums in sums if unit_sums.ready_micros > 0}
    before = addresses.mark(session, site.site_id, address.address_hash, "ready")
    seen: Mapping[str, int] = msgspec.json.decode(before.seen) if before else {}
    more = any(amount > seen.get(unit, 0) for unit, amount in ready.items())
    if ready == seen or (more and before is not None and seen and now_ms - before.at_ms < WEEK_MS):
        return False
    kept_ms = now_ms if more or before is None else before.at_ms
    document = msgspec.json.encode(ready, order="deterministic").decode()
    addresses.set_mark(session, site.site_id, address.address_hash, "ready", Mark(kept_ms, document))
    return more and _put(session, site, address, Said("ready", str(now_ms), {"amounts": sorted(ready.items())}), now_ms)


def _rules(session: Session, site: Site, address: Address, versions: Sequence[TermsVersion], now_ms: int) -> bool:
    """Queue a mail about new terms, from 14 days ahead; once for each version."""
    written = False
    for version in announced(versions, now_ms):
        if version.since_ms <= now_ms + AHEAD_MS:
            values = {"day_ms": version.since_ms, "note": version.note}
            summary = Said("rules", f"v{version.terms.version}", values)
            written |= _put(session, site, address, summary, now_ms)
    return written


def _settings(session: Session, site: Site, address: Address, _: Sequence[TermsVersion], now_ms: int) -> bool:
    """Queue a mail about announced settings that take something away; once for each version.

    It is of the kind `rules`: who wants to know before the rule changes wants to know this, too.
    """
    written = False
    for version in settings_versions.announced(session, site.site_id):
        cuts = [name for name in CUTS if name in version.after]
        if cuts and now_ms < version.since_ms:
            values = {"day_ms": version.since_ms, "note": version.note, "more": bool(version.note), "cuts": cuts}
            written |= _put(session, site, address, Said("rules", f"s{version.version}", values), now_ms)
    return written


def _expiring(session: Session, site: Site, address: Address, versions: Sequence[TermsVersion], now_ms: int) -> bool:
    """Queue mails 60 and 14 days before credit expires; checked once a day."""
    if all(version.terms.expiry_months is None for version in versions):
        return False
    before = addresses.mark(session, site.site_id, address.address_hash, expiry_notices.KIND)
    if before is not None and now_ms - before.at_ms < DAY_MS:
        return False
    addresses.set_mark(session, site.site_id, address.address_hash, expiry_notices.KIND, Mark(now_ms))
    advocate_ids = identities.account(session, site.site_id, address.advocate_id or "")
    written = False
    for coming in expiry_notices.due_by_mail(
        expiry_notices.coming(session, site, versions, advocate_ids, now_ms), now_ms
    ):
        values = msgspec.to_builtins(coming) | {"n": coming.n, "day_ms": coming.last_day_ms}
        written |= _put(session, site, address, Said(expiry_notices.KIND, coming.name, values), now_ms)
    return written


Look = Callable[[Session, Site, Address, Sequence[TermsVersion], int], bool]
LOOKS: tuple[Look, ...] = (_month, _ready, _rules, _settings, _expiring)
