"""What time brings: a month that ended, credit that became ready, terms that are going to change, a week for the owner.

Each is looked at every quarter of an hour and written once: what was seen is marked in the transaction of the mail.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import msgspec
from sqlalchemy.orm import Session

from passalong.flow import notices, owner_rounds
from passalong.flow.transaction import writing
from passalong.languages import figures
from passalong.store import access, addresses, mails, reached, reports, sites
from passalong.store.addresses import Address
from passalong.store.engine import Database
from passalong.store.mails import Mail
from passalong.store.sites import Site, TermsVersion, terms_versions

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
AHEAD_MS = 14 * DAY_MS
"""How long before they change people are told of new terms."""


def go(db: Database, now_ms: int) -> int:
    """Go round every site and every address that somebody confirmed; returns how many mails were written."""
    with db.reading() as session:
        found = sites.all_sites(session)
    return sum(_site(db, site, now_ms) for site in found)


def _site(db: Database, site: Site, now_ms: int) -> int:
    with db.reading() as session:
        known = addresses.all_confirmed(session, site.site_id)
        versions = terms_versions(session, site.site_id) if known else ()
        owners = addresses.owners(session, site.site_id)
    written = 0
    for owner in owners:
        with writing(db) as session:
            written += owner_rounds.look(session, site, owner, now_ms)
    for address in known:
        with writing(db) as session:  # one address a transaction: notes wait for none of it
            written += sum(look(session, site, address, versions, now_ms) for look in LOOKS)
    return written


def _put(session: Session, site: Site, address: Address, kind: str, once: str, now_ms: int, **said: object) -> bool:
    mail_id = f"{kind}:{once}:{address.address_hash}"[:80]
    document = msgspec.json.encode(said).decode()
    return mails.put(
        session, Mail(site.site_id, mail_id, kind, address.address_hash, address.language, document, now_ms)
    )


def _mine(session: Session, site: Site, address: Address) -> tuple[str, ...]:
    return access.advocates_of(session, site.site_id, address.advocate_id or "")


def _month(session: Session, site: Site, address: Address, _: Sequence[TermsVersion], now_ms: int) -> bool:
    """`October: 31 people came because of you`, when the month is over, if anybody came."""
    today = figures.local(now_ms, site.time_zone)
    this_month = f"{today:%Y-%m}"
    people = reached.people(session, site.site_id, _mine(session, site, address))
    before = addresses.mark(session, site.site_id, address.address_hash, "monthly")
    if before is not None and before[1].partition(" ")[0] == this_month:
        return False
    addresses.set_mark(session, site.site_id, address.address_hash, "monthly", now_ms, f"{this_month} {people}")
    if before is None:
        return False
    last_month = today.replace(day=1) - timedelta(days=1)
    came = people - int(before[1].partition(" ")[2])
    said = {"n": came, "month_ms": int(last_month.timestamp() * 1_000)}
    return came > 0 and _put(session, site, address, "monthly", f"{last_month:%Y-%m}", now_ms, **said)


def _ready(session: Session, site: Site, address: Address, _: Sequence[TermsVersion], now_ms: int) -> bool:
    """`€12.00 is now yours to use`, when there is more than last time, at most once a week."""
    sums = reports.unit_sums(session, site.site_id, _mine(session, site, address))
    ready = {one.unit: one.ready_micros for one in sums if one.ready_micros > 0}
    before = addresses.mark(session, site.site_id, address.address_hash, "ready")
    seen: Mapping[str, int] = msgspec.json.decode(before[1]) if before else {}
    more = any(amount > seen.get(unit, 0) for unit, amount in ready.items())
    if ready == seen or (more and before is not None and seen and now_ms - before[0] < WEEK_MS):
        return False
    kept_ms = now_ms if more or before is None else before[0]
    said = msgspec.json.encode(ready, order="deterministic").decode()
    addresses.set_mark(session, site.site_id, address.address_hash, "ready", kept_ms, said)
    return more and _put(session, site, address, "ready", str(now_ms), now_ms, amounts=sorted(ready.items()))


def _rules(session: Session, site: Site, address: Address, versions: Sequence[TermsVersion], now_ms: int) -> bool:
    """`What changes on 1 December, and what stays`, from 14 days ahead; once for each version."""
    written = False
    for version in versions:
        if now_ms < version.since_ms <= now_ms + AHEAD_MS:
            once = f"v{version.terms.version}"
            said = {"day_ms": version.since_ms, "note": version.note}
            written |= _put(session, site, address, "rules", once, now_ms, **said)
    return written


def _expiring(session: Session, site: Site, address: Address, versions: Sequence[TermsVersion], now_ms: int) -> bool:
    """`€8.30 waits for you until 31 March`, 60 and 14 days before credit expires; looked at once a day."""
    if all(version.terms.expiry_months is None for version in versions):
        return False
    before = addresses.mark(session, site.site_id, address.address_hash, notices.KIND)
    if before is not None and now_ms - before[0] < DAY_MS:
        return False
    addresses.set_mark(session, site.site_id, address.address_hash, notices.KIND, now_ms, "")
    mine = access.advocates_of(session, site.site_id, address.advocate_id or "")
    written = False
    for one in notices.due_by_mail(notices.coming(session, site, versions, mine, now_ms), now_ms):
        said = msgspec.to_builtins(one) | {"n": one.n, "day_ms": one.last_day_ms}
        written |= _put(session, site, address, notices.KIND, f"{one.period}.{one.number}", now_ms, **said)
    return written


Look = Callable[[Session, Site, Address, Sequence[TermsVersion], int], bool]
LOOKS: tuple[Look, ...] = (_month, _ready, _rules, _expiring)
