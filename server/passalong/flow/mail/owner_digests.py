"""Owner digests: mails to the owner about a claim, a request, a fault, a stalled start, a week.

Checked every quarter of an hour, for the one confirmed address; each says first what to do.
"""

from collections.abc import Callable
from datetime import timedelta

from msgspec.structs import replace
from sqlalchemy.orm import Session

from passalong.core.ledger.redemptions import State
from passalong.core.webhooks.schedule import WARN_AFTER_MS
from passalong.i18n import formatting
from passalong.store import event_log
from passalong.store.books import claims, redemptions
from passalong.store.books.claims import Claim
from passalong.store.outbox import Draft, enqueue
from passalong.store.people import addresses
from passalong.store.people.addresses import Address, Mark
from passalong.store.queries import overview
from passalong.store.sites import Site
from passalong.store.webhooks import endpoints

DAY_MS = 86_400_000
BEHIND_MS = 15 * 60_000
"""How long facts may wait to be folded before the owner is told."""
MOST_QUESTIONS = 10


def look(session: Session, site: Site, address: Address, now_ms: int) -> int:
    """Queue the due mails; returns the number of mails."""
    return sum(look(session, site, address, now_ms) for look in LOOKS)


def _put(session: Session, site: Site, address: Address, draft: Draft, now_ms: int) -> int:
    named = replace(draft, mail_id=f"{draft.kind}:{draft.mail_id}:{address.address_hash[:20]}")
    return enqueue(session, site.site_id, address, named, now_ms)


def _confirmed(address: Address) -> int:
    """Return the last moment before the address was confirmed: earlier events are not mailed."""
    return (address.confirmed_at_ms or 0) - 1


def _questions(session: Session, site: Site, address: Address, now_ms: int) -> int:
    """Queue a mail for each open claim, once; beyond ten, the console has them.

    Claims that waited for this address have no deadline to name until their clocks were started, a round later. An
    address that bounced is written to all the same: a mail that it takes starts them.
    """
    before = addresses.mark(session, site.site_id, address.address_hash, "question")
    since_ms = before.at_ms if before else 0  # earlier claims waited for this address, and their clocks start now
    new_claims = [claim for claim in claims.open_claims(session, site.site_id) if claim.at_ms > since_ms]
    has_all_deadlines = all(claim.has_clock or claim.needs_owner for claim in new_claims)
    if not new_claims or not (has_all_deadlines or address.bounced_at_ms):
        return 0
    last_ms = max(claim.at_ms for claim in new_claims)
    addresses.set_mark(session, site.site_id, address.address_hash, "question", Mark(last_ms))
    return sum(
        _put(session, site, address, Draft("question", claim.claim_id[:30], _deadline(site, claim, now_ms)), now_ms)
        for claim in new_claims[:MOST_QUESTIONS]
    )


def _deadline(site: Site, claim: Claim, now_ms: int) -> dict[str, int | bool]:
    """Return the deadline for the words of the mail; a clock that stands still starts when the mail is taken."""
    if claim.needs_owner:
        return {"is_open_ended": True}
    return {"day_ms": claim.promised_at_ms if claim.has_clock else now_ms + site.answer_days * DAY_MS}


def _approvals(session: Session, site: Site, address: Address, now_ms: int) -> int:
    """Queue a mail about all new requests for the owner, at most once a day."""
    before = addresses.mark(session, site.site_id, address.address_hash, "payout")
    if before is not None and now_ms - before.at_ms < DAY_MS:
        return 0
    since_ms = int(before.seen) if before else _confirmed(address)
    new_requests = [
        redemption
        for redemption in redemptions.list_redemptions(session, site.site_id, (State.REQUESTED,))
        if redemption.at_ms > since_ms
    ]
    if not new_requests:
        return 0
    last_ms = max(redemption.at_ms for redemption in new_requests)
    addresses.set_mark(session, site.site_id, address.address_hash, "payout", Mark(now_ms, str(last_ms)))
    amounts: dict[str, int] = {}
    for redemption in new_requests:
        amounts[redemption.unit] = amounts.get(redemption.unit, 0) + redemption.amount_micros
    return _put(session, site, address, Draft("payout", str(last_ms), {"amounts": sorted(amounts.items())}), now_ms)


def _faults(session: Session, site: Site, address: Address, now_ms: int) -> int:
    """Queue a mail when something began to be wrong, at most once a day for each."""
    sums: dict[str, dict[str, int]] = {}
    if aside := event_log.aside(session, site.site_id):
        sums["set_aside"] = {"n": len(aside)}
    oldest = event_log.next_key(session, site.site_id)
    if oldest is not None and oldest.at_ms < now_ms - BEHIND_MS:
        sums["behind"] = {"since_ms": oldest.at_ms}
    hooks = endpoints.trouble(session, site.site_id, now_ms - WARN_AFTER_MS)
    if hooks.failing:
        sums["webhook_failing"] = {"n": hooks.failing}
    if hooks.paused:
        sums["webhook_paused"] = {"n": hooks.paused}
    before = addresses.mark(session, site.site_id, address.address_hash, "health")
    names = ",".join(sums)
    if names == (before.seen if before else ""):
        return 0
    is_new = any(name not in (before.seen if before else "") for name in sums)
    if is_new and before is not None and before.seen and now_ms - before.at_ms < DAY_MS:
        return 0
    addresses.set_mark(session, site.site_id, address.address_hash, "health", Mark(now_ms, names))
    return _put(session, site, address, Draft("health", str(now_ms), {"problems": sums}), now_ms) if is_new else 0


def _start(session: Session, site: Site, address: Address, now_ms: int) -> int:
    """Queue `Two of four checks are green`, once, a day after the site was added, with what to do next."""
    if now_ms < site.created_at_ms + DAY_MS:
        return 0
    if addresses.mark(session, site.site_id, address.address_hash, "lights") is not None:
        return 0
    addresses.set_mark(session, site.site_id, address.address_hash, "lights", Mark(now_ms))
    lights = overview.lights(session, site.site_id)
    green = [name for name, is_on in lights.items() if is_on]
    missing = [name for name, is_on in lights.items() if not is_on]
    draft = Draft("lights", "once", {"green": green, "missing": missing})
    return _put(session, site, address, draft, now_ms) if missing else 0


def _week(session: Session, site: Site, address: Address, now_ms: int) -> int:
    """Queue the weekly digest, if anything came of the week."""
    today = formatting.local(now_ms, site.time_zone).date()
    monday = today - timedelta(days=today.weekday())
    before = addresses.mark(session, site.site_id, address.address_hash, "digest")
    if before is not None and before.seen == monday.isoformat():
        return 0
    addresses.set_mark(session, site.site_id, address.address_hash, "digest", Mark(now_ms, monday.isoformat()))
    people, money = overview.between(session, site.site_id, monday - timedelta(days=7), monday)
    if before is None or not (people or money):
        return 0
    return _put(
        session, site, address, Draft("digest", monday.isoformat(), {"people": people, "amounts": money}), now_ms
    )


Look = Callable[[Session, Site, Address, int], int]
LOOKS: tuple[Look, ...] = (_questions, _approvals, _faults, _start, _week)
