"""What the owner is written to: a question, something to approve, a fault, a start that stalls, a week.

Looked at every quarter of an hour, for the one address that was confirmed; each says first what to do.
"""

from collections.abc import Callable
from datetime import timedelta

import msgspec
from sqlalchemy.orm import Session

from passalong.core.settlement import State
from passalong.languages import figures
from passalong.store import addresses, claims, event_log, mails, overview, uses
from passalong.store.addresses import Address
from passalong.store.mails import Mail
from passalong.store.sites import Site

DAY_MS = 86_400_000
BEHIND_MS = 15 * 60_000
"""How long what came in may wait to be worked out before somebody is told."""
MOST_QUESTIONS = 10


def look(session: Session, site: Site, address: Address, now_ms: int) -> int:
    """Write what there is to be written; returns how many e-mails it was."""
    return sum(one(session, site, address, now_ms) for one in LOOKS)


def _put(session: Session, site: Site, address: Address, kind: str, once: str, now_ms: int, **said: object) -> int:
    mail_id = f"{kind}:{once}:{address.address_hash[:20]}"[:80]
    document = msgspec.json.encode(said).decode()
    return mails.put(
        session, Mail(site.site_id, mail_id, kind, address.address_hash, address.language, document, now_ms)
    )


def _confirmed(address: Address) -> int:
    """The last moment before the address was confirmed: of what was earlier, nobody is written."""
    return (address.confirmed_at_ms or 0) - 1


def _questions(session: Session, site: Site, address: Address, now_ms: int) -> int:
    """`A question about a credit, to be answered by 3 March`: each once; beyond ten, the console has them."""
    before = addresses.mark(session, site.site_id, address.address_hash, "question")
    since_ms = before[0] if before else _confirmed(address)
    found = [claim for claim in claims.open_claims(session, site.site_id) if claim.at_ms > since_ms]
    if not found:
        return 0
    last_ms = max(claim.at_ms for claim in found)
    addresses.set_mark(session, site.site_id, address.address_hash, "question", last_ms, "")
    return sum(
        _put(session, site, address, "question", claim.claim_id[:30], now_ms, day_ms=claim.promised_at_ms)
        for claim in found[:MOST_QUESTIONS]
    )


def _approvals(session: Session, site: Site, address: Address, now_ms: int) -> int:
    """`To be approved: €12.00`: all that is new and waits for the owner, at most once a day."""
    before = addresses.mark(session, site.site_id, address.address_hash, "payout")
    if before is not None and now_ms - before[0] < DAY_MS:
        return 0
    since_ms = int(before[1]) if before else _confirmed(address)
    found = [use for use in uses.uses_in(session, site.site_id, (State.REQUESTED,)) if use.at_ms > since_ms]
    if not found:
        return 0
    last_ms = max(use.at_ms for use in found)
    addresses.set_mark(session, site.site_id, address.address_hash, "payout", now_ms, str(last_ms))
    amounts: dict[str, int] = {}
    for use in found:
        amounts[use.unit] = amounts.get(use.unit, 0) + use.amount_micros
    return _put(session, site, address, "payout", str(last_ms), now_ms, amounts=sorted(amounts.items()))


def _faults(session: Session, site: Site, address: Address, now_ms: int) -> int:
    """`Something at The Bee Almanac needs you`: when something began to be wrong, at most once a day for each."""
    found: dict[str, dict[str, int]] = {}
    if aside := event_log.aside(session, site.site_id):
        found["set_aside"] = {"n": len(aside)}
    oldest = event_log.next_key(session, site.site_id)
    if oldest is not None and oldest.at_ms < now_ms - BEHIND_MS:
        found["behind"] = {"since_ms": oldest.at_ms}
    before = addresses.mark(session, site.site_id, address.address_hash, "health")
    names = ",".join(found)
    if names == (before[1] if before else ""):
        return 0
    is_new = any(name not in (before[1] if before else "") for name in found)
    if is_new and before is not None and before[1] and now_ms - before[0] < DAY_MS:
        return 0
    addresses.set_mark(session, site.site_id, address.address_hash, "health", now_ms, names)
    return _put(session, site, address, "health", str(now_ms), now_ms, problems=found) if is_new else 0


def _start(session: Session, site: Site, address: Address, now_ms: int) -> int:
    """`Two of four checks are green`, once, a day after the site was added, with what to do next."""
    if now_ms < site.created_at_ms + DAY_MS:
        return 0
    if addresses.mark(session, site.site_id, address.address_hash, "lights") is not None:
        return 0
    addresses.set_mark(session, site.site_id, address.address_hash, "lights", now_ms, "")
    lights = overview.lights(session, site.site_id)
    green = [name for name, is_on in lights.items() if is_on]
    missing = [name for name, is_on in lights.items() if not is_on]
    return _put(session, site, address, "lights", "once", now_ms, green=green, missing=missing) if missing else 0


def _week(session: Session, site: Site, address: Address, now_ms: int) -> int:
    """`Sharing last week, and what went back`, when a week is over in which anything came of it."""
    today = figures.local(now_ms, site.time_zone).date()
    monday = today - timedelta(days=today.weekday())
    before = addresses.mark(session, site.site_id, address.address_hash, "digest")
    if before is not None and before[1] == monday.isoformat():
        return 0
    addresses.set_mark(session, site.site_id, address.address_hash, "digest", now_ms, monday.isoformat())
    people, money = overview.between(session, site.site_id, monday - timedelta(days=7), monday)
    if before is None or not (people or money):
        return 0
    return _put(session, site, address, "digest", monday.isoformat(), now_ms, people=people, amounts=money)


Look = Callable[[Session, Site, Address, int], int]
LOOKS: tuple[Look, ...] = (_questions, _approvals, _faults, _start, _week)
