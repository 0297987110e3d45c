"""One line of an advocate's ledger, explained from its receipt: what happened, how it adds up, what came of it.

Each kind of line (`core.ledger.line_kinds`) is explained by what really happened: only a purchase or a visit has the
steps of a shared link, credit given by hand has author and note, a part of a pool has what the pool is made of.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.orm import Session

from passalong.core.dates import month_start_ms
from passalong.core.ledger.entries import owed_account
from passalong.core.ledger.line_kinds import CLAIM, SHARED, LineKind, period_in
from passalong.core.ledger.receipts import Receipt, decode_receipt
from passalong.core.reasons import Reason
from passalong.store.books import claims, journal, pools
from passalong.store.books.claims import SILENCE
from passalong.store.books.credits import Credit
from passalong.store.few import is_few
from passalong.store.people import settings_versions
from passalong.store.queries import advocates, ledger_lines
from passalong.store.queries.why_steps import steps_of
from passalong.store.queries.why_sums import POOL_PARTS, Paid, arithmetic_of, paid_to
from passalong.store.queries.why_views import WhyEntry, WhyGift, WhyPage, WhyPool, WhyTaken
from passalong.store.schema.receipts import receipts
from passalong.store.shops import connections
from passalong.store.sites import Site, TermsVersion, terms_versions

CONVERSION = "conversion:"
"""The beginning of the subject of an order; its id follows."""


def why_page(session: Session, site: Site, advocate_ids: Sequence[str], line_id: str) -> WhyPage | None:
    """Return `/me/why/<id>` for the person whose line it is; None for anybody else."""
    credit = advocates.find_credit(session, site.site_id, advocate_ids, line_id)
    if credit is not None and credit.is_gone:
        credit = advocates.successor_of(session, advocate_ids, credit) or credit
    if credit is None:
        return None
    paid, latest = _as_earned(session, credit)
    if paid is None or latest is None:
        return None
    page = _page(session, site, credit, paid)
    page = replace(page, reason=latest.reason, taken=_taken(credit, latest))
    if credit.is_gone:
        page = replace(page, gone=True, state="refused", arithmetic=(), steps=(), until_ms=None)
    return _coarse(page, site.time_zone) if page.few else page


def _page(session: Session, site: Site, credit: Credit, paid: Paid) -> WhyPage:
    site_id, kind, receipt = site.site_id, credit.kind, paid.receipt
    taken_micros = max(0, credit.taken_micros) if paid.amount_micros == credit.earned_micros else 0
    few = kind in SHARED and is_few(session, site_id, [credit.share_id])[credit.share_id]
    version = _terms(session, site_id, paid.line.parts[0].terms_version if paid.line.parts else receipt.terms_version)
    ruled = kind not in (LineKind.GIVEN, LineKind.GRANTED)
    return WhyPage(
        line_id=credit.line_id,
        kind=kind,
        state=ledger_lines.state_of(credit),
        amount_micros=credit.amount_micros,
        earned_micros=credit.earned_micros,
        unit=credit.unit,
        goal=credit.goal,
        at_ms=credit.at_ms,
        until_ms=None if credit.ready else credit.release_at_ms,
        few=few,
        level=credit.level,
        steps=steps_of(session, credit, receipt),
        arithmetic=arithmetic_of(kind, paid, version.terms, _made_of(session, credit), taken_micros),
        reason=receipt.reason,
        terms_version=version.terms.version if ruled else 0,
        terms=version.terms if ruled else None,
        terms_since_ms=version.since_ms if ruled else None,
        history=_history(session, credit),
        gift=None if ruled else _gift(session, credit, receipt),
        bases=connections.bases_of_order(session, site_id, credit.subject.removeprefix(CONVERSION)),
        pool=_pool(credit, receipt, version) if kind is LineKind.POOL else None,
        remember=settings_versions.value_at(session, site_id, "remember", credit.at_ms, site.remember),
    )


def _coarse(page: WhyPage, time_zone: str) -> WhyPage:
    """Return the same page without days: few people came through this link, and a day could identify one of them."""

    def month(at_ms: int | None) -> int | None:
        return None if at_ms is None else month_start_ms(at_ms, time_zone)

    return replace(
        page,
        at_ms=month_start_ms(page.at_ms, time_zone),
        until_ms=month(page.until_ms),
        steps=tuple(
            step if step.yours else replace(step, at_ms=month(step.at_ms), days_later=None) for step in page.steps
        ),
        history=tuple(replace(entry, at_ms=month_start_ms(entry.at_ms, time_zone)) for entry in page.history),
        taken=page.taken and replace(page.taken, at_ms=month_start_ms(page.taken.at_ms, time_zone)),
    )


def _as_earned(session: Session, credit: Credit) -> tuple[Paid | None, Receipt | None]:
    """Return the receipt before anything was taken back, if there is one, and the latest receipt."""
    rows = session.scalars(
        select(receipts.c.body)
        .where(receipts.c.site_id == credit.site_id, receipts.c.subject == credit.subject)
        .order_by(receipts.c.version.desc())
    )
    earned = credit.amount_micros if credit.kind is LineKind.EXPIRED else credit.earned_micros
    latest, standing = None, None
    for body in rows:
        receipt = decode_receipt(body)
        paid = paid_to(receipt, credit.recipient, credit.unit)
        latest, standing = latest or receipt, standing or paid
        if paid is not None and paid.amount_micros == earned:
            return paid, latest
    return standing, latest


def _taken(credit: Credit, latest: Receipt) -> WhyTaken | None:
    """Return what was taken back, when and why; None if nothing was."""
    if not credit.taken_micros or credit.kind is LineKind.EXPIRED:
        return None
    reduction = WhyTaken(credit.taken_micros, credit.taken_at_ms or credit.at_ms, "other")
    if latest.reason is Reason.VOID_BY_REVIEW:
        decided = max((decision for decision in latest.decisions if decision.action == "void"), default=None)
        named = replace(reduction, reason="void_by_review")
        return named if decided is None else replace(named, author=decided.author, note=decided.note)
    if latest.reason is Reason.REFUNDED:
        return replace(reduction, reason="refunded")
    if not latest.refunded_micros:
        return reduction
    return replace(reduction, reason="refunded_part" if latest.refunded_micros < latest.gross_micros else "refunded")


def _terms(session: Session, site_id: str, number: int) -> TermsVersion:
    return terms_versions(session, site_id)[number - 1]


def _gift(session: Session, credit: Credit, receipt: Receipt) -> WhyGift | None:
    """Return author and reason of given credit; None only if the receipt has no decision, which never happens."""
    gift = next((decision for decision in receipt.decisions if decision.action == "give"), None)
    if gift is None:
        return None
    if credit.kind is LineKind.GIVEN:
        return WhyGift(gift.author, gift.at_ms, gift.note)
    claim_id = gift.event_id.removeprefix(CLAIM)
    claim = claims.find_claim(session, credit.site_id, claim_id)
    return WhyGift(gift.author, gift.at_ms, "", claim_id, claim is not None and claim.outcome == SILENCE)


def _pool(credit: Credit, receipt: Receipt, version: TermsVersion) -> WhyPool:
    shared = receipt.budget_micros - receipt.pool_micros
    return WhyPool(period_in(credit.subject), version.terms.pool_model, receipt.people, shared)


def _made_of(session: Session, credit: Credit) -> dict[str, int]:
    if credit.kind is not LineKind.POOL:
        return {}
    pool = pools.find_pool(session, credit.site_id, period_in(credit.subject), credit.unit)
    return {part: getattr(pool, f"{part}_micros") for part in POOL_PARTS} if pool else {}


def _history(session: Session, credit: Credit) -> tuple[WhyEntry, ...]:
    """Return the line's history, transaction by transaction: each adds, takes back, or ends the hold."""
    moves: dict[int, dict[str, int]] = {}
    for tx, at_ms, bucket, amount in _moves(session, credit):
        moves.setdefault(tx, {"at_ms": at_ms, "waiting": 0, "ready": 0})[bucket] += amount
    entries: list[WhyEntry] = []
    for move in moves.values():
        change = move["waiting"] + move["ready"]
        if move["ready"] > 0:
            entries.append(WhyEntry("ready", move["at_ms"], move["ready"]))
        elif change < 0:
            entries.append(WhyEntry("taken_back", move["at_ms"], -change))
        elif change > 0:
            entries.append(WhyEntry("changed" if entries else "waiting", move["at_ms"], change))
    return tuple(entries)


def _moves(session: Session, credit: Credit) -> Iterator[tuple[int, int, str, int]]:
    """Return (transaction, time, waiting or ready, amount) of every line; owed amounts count as ready."""
    accounts = {
        f"advocate:{credit.recipient}:waiting": "waiting",
        f"advocate:{credit.recipient}:ready": "ready",
        owed_account(credit.recipient): "ready",
    }
    moved = journal.lines_of(session, credit.site_id, credit.subject, accounts)
    for tx, at_ms, account, unit, amount in moved:
        if unit == credit.unit:
            yield tx, at_ms, accounts[account], amount
