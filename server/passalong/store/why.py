"""One line of an advocate's ledger, explained from its receipt: what happened, how it adds up, what became of it."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.orm import Session

from passalong.core.attribution import DAY_MS
from passalong.core.days import month_start_ms
from passalong.core.expiry import EXPIRED
from passalong.core.facts import NEW_VISITOR
from passalong.core.ledger import owed_account
from passalong.core.receipts import Receipt, ReceiptLine, decode_receipt
from passalong.store import expiries, journal, lines, links, names, reports
from passalong.store.credits import Credit
from passalong.store.sites import Site, TermsVersion, terms_versions
from passalong.store.tables import receipts
from passalong.store.views import WhyEntry, WhyPage, WhyStep, WhyTerm


def why_page(session: Session, site: Site, mine: Sequence[str], line_id: str) -> WhyPage | None:
    """`/me/why/<id>` for the person whose line it is; None for anybody else's, and for none."""
    site_id = site.site_id
    credit = reports.find_credit(session, site_id, mine, line_id)
    if credit is None:
        return None
    receipt, line = _as_earned(session, credit)
    if receipt is None or line is None:
        return None
    whole = line.amount_micros == credit.earned_micros
    expired = credit.goal == EXPIRED
    few = not expired and lines.is_few(session, site_id, [credit.share_id])[credit.share_id]
    version = _terms(session, site_id, line.parts[0].terms_version if line.parts else receipt.terms_version)
    page = WhyPage(
        line_id=credit.line_id,
        state=lines.state_of(credit, lines.held_of(session, site_id, [credit])),
        amount_micros=line.amount_micros,
        taken_back_micros=credit.taken_micros if whole else 0,
        unit=credit.unit,
        goal=credit.goal,
        at_ms=credit.at_ms,
        until_ms=None if credit.ready else credit.release_at_ms,
        few=few,
        level=credit.level,
        steps=_told(session, credit) if expired else _steps(session, credit, receipt),
        arithmetic=_left(receipt, line) if expired else _arithmetic(receipt, line, version),
        reason=receipt.reason,
        terms_version=version.terms.version,
        terms=version.terms,
        terms_since_ms=version.since_ms,
        history=_history(session, credit),
    )
    return _coarse(page, site.time_zone) if few else page


def _coarse(page: WhyPage, time_zone: str) -> WhyPage:
    """The same page without days: few people came by this link, and a day could point at one of them."""

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
    )


def _as_earned(session: Session, credit: Credit) -> tuple[Receipt | None, ReceiptLine | None]:
    """The receipt that shows what was earned before anything was taken back, or else the one that stands."""
    rows = session.scalars(
        select(receipts.c.body)
        .where(receipts.c.site_id == credit.site_id, receipts.c.subject == credit.subject)
        .order_by(receipts.c.version.desc())
    )
    made = [decode_receipt(body) for body in rows]
    for receipt in made:
        line = _line(receipt, credit)
        if line is not None and line.amount_micros == credit.earned_micros:
            return receipt, line
    return (made[0], _line(made[0], credit)) if made else (None, None)


def _line(receipt: Receipt, credit: Credit) -> ReceiptLine | None:
    welcome = receipt.welcome
    theirs = [line for line in receipt.lines if line.recipient == credit.recipient]
    if not theirs and welcome is not None and welcome.recipient == credit.recipient:
        return ReceiptLine(welcome.recipient, welcome.amount_micros, welcome.earned_micros, "0", ())
    return theirs[0] if theirs else None


def _terms(session: Session, site_id: str, number: int) -> TermsVersion:
    return terms_versions(session, site_id)[number - 1]


def _told(session: Session, credit: Credit) -> tuple[WhyStep, ...]:
    """The two notices that came before credit expired."""
    told = expiries.find(session, credit.site_id, credit.subject)
    times = (told.first_at_ms, told.second_at_ms) if told else ()
    return tuple(WhyStep("told", False, at_ms, None, None, None) for at_ms in times)


def _left(receipt: Receipt, line: ReceiptLine) -> tuple[WhyTerm, ...]:
    """What its owner was told of, and what of it had not been used."""
    return (WhyTerm("told", receipt.budget_micros), WhyTerm("expired", line.amount_micros))


def _steps(session: Session, credit: Credit, receipt: Receipt) -> tuple[WhyStep, ...]:
    link = links.find_link(session, credit.site_id, credit.share_id or "")
    if link is None:
        return ()
    shared = WhyStep("shared", True, link.issued_at_ms, link.title or None, _path(link.page_url), None)
    days_later = (receipt.at_ms - link.issued_at_ms) // DAY_MS
    passed = [WhyStep("passed_on", False, None, None, None, None, name) for name in _names(session, credit, receipt)]
    came = WhyStep("came", False, receipt.at_ms if credit.goal == NEW_VISITOR else None, None, None, None)
    if credit.goal == NEW_VISITOR:
        return (shared, *passed, came)
    return (shared, *passed, came, WhyStep("outcome", False, receipt.at_ms, credit.goal, None, days_later))


def _names(session: Session, credit: Credit, receipt: Receipt) -> list[str | None]:
    """Of those who passed it on after the reader, nearest first: the name of each who chose to show it."""
    mine = next((line for line in receipt.lines if line.recipient == credit.recipient), None)
    events = {part.event_id for part in mine.parts if part.level == credit.level} if mine else set()
    last = (part for line in receipt.lines for part in line.parts if part.level == 0 and part.event_id in events)
    found: list[str | None] = []
    share_id = next((part.share_id for part in last), None)
    while share_id and share_id != credit.share_id and len(found) < credit.level:
        link = links.find_link(session, credit.site_id, share_id)
        if link is None:
            break
        found.append(names.shown_name(session, credit.site_id, link.advocate_id) or None)
        share_id = link.parent_share_id
    return [*(None for _ in range(credit.level - len(found))), *reversed(found)]


def _path(page_url: str) -> str:
    return "/" + page_url.split("/", 3)[3] if page_url.count("/") >= 3 else "/"


def _arithmetic(receipt: Receipt, line: ReceiptLine, version: TermsVersion) -> tuple[WhyTerm, ...]:
    """Value, pot, the parts, and what rounding to whole micros adds: the last two sum to the line's amount."""
    if not line.parts and receipt.welcome is not None and receipt.welcome.recipient == line.recipient:
        return (WhyTerm("fixed", line.amount_micros),)
    goal = version.terms.goal(receipt.goal or "")
    terms = []
    if goal is not None and goal.rate_bp is not None:
        value = max(0, receipt.gross_micros - receipt.refunded_micros)
        terms.append(WhyTerm("value", value))
        terms.append(WhyTerm("reward", receipt.budget_micros, fraction=f"{goal.rate_bp / 100:g} %"))
    else:
        terms.append(WhyTerm("fixed", receipt.budget_micros))
    rest = line.amount_micros
    for part in line.parts:
        amount = Fraction(part.exact).__floor__()
        rest -= amount
        fraction = str(Fraction(part.touch_share) * Fraction(part.level_share))
        terms.append(WhyTerm("part", amount, fraction, part.level, receipt.people))
    if rest:
        terms.append(WhyTerm("rounding", rest))
    return tuple(terms)


def _history(session: Session, credit: Credit) -> tuple[WhyEntry, ...]:
    """What became of the line, transaction by transaction: each adds, takes back, or ends the hold."""
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
    """(transaction, time, waiting or ready, amount) of every line; what is owed counts to what is ready."""
    accounts = {
        f"advocate:{credit.recipient}:waiting": "waiting",
        f"advocate:{credit.recipient}:ready": "ready",
        owed_account(credit.recipient): "ready",
    }
    lines = journal.lines_of(session, credit.site_id, credit.subject, accounts)
    for tx, at_ms, account, unit, amount in lines:
        if unit == credit.unit:
            yield tx, at_ms, accounts[account], amount
