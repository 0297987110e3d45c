"""The steps that led to a line of credit, from its receipt and the links on the path."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from passalong.core.attribution.allocate import DAY_MS
from passalong.core.decisions import BY_CLOCK
from passalong.core.facts import NEW_VISITOR
from passalong.core.ledger.line_kinds import CLAIM, LineKind, how_of
from passalong.core.ledger.receipts import Receipt, ReceiptPart
from passalong.store.books import expiry, links
from passalong.store.books.credits import Credit
from passalong.store.people import public_names
from passalong.store.queries.why_views import WhyStep


def steps_of(session: Session, credit: Credit, receipt: Receipt) -> tuple[WhyStep, ...]:
    """Return the steps of a line; none for credit without a link of the person's: a gift, a referee reward, a pool."""
    if credit.kind is LineKind.EXPIRED:
        return _told(session, credit)
    if credit.kind in (LineKind.RESULT, LineKind.NEWCOMER):
        return tuple(_shared(session, credit, receipt))
    return ()


def _told(session: Session, credit: Credit) -> tuple[WhyStep, ...]:
    """Return the two notices before credit expired."""
    notice = expiry.find(session, credit.site_id, credit.subject)
    times = (notice.first_at_ms, notice.second_at_ms) if notice else ()
    return tuple(WhyStep("told", False, at_ms, None, None, None) for at_ms in times)


def _shared(session: Session, credit: Credit, receipt: Receipt) -> Iterator[WhyStep]:
    link = links.find_link(session, credit.site_id, credit.share_id) if credit.share_id else None
    if link is None:
        return
    how = _how(credit, receipt)
    named = how.startswith("named")
    if not named:
        yield WhyStep("shared", True, link.issued_at_ms, link.title or None, _path(link.page_url), None)
    for name in _names(session, credit, receipt):
        yield WhyStep("passed_on", False, None, None, None, None, name)
    yield WhyStep(how, False, receipt.at_ms if credit.goal == NEW_VISITOR else None, None, None, None)
    if credit.goal != NEW_VISITOR:
        later = None if named else (receipt.at_ms - link.issued_at_ms) // DAY_MS
        yield WhyStep("outcome", False, receipt.at_ms, credit.goal, None, later)


def _how(credit: Credit, receipt: Receipt) -> str:
    """Return how the link led to it: visited, code typed in, sent with the order, or named by the owner."""
    events = {part.event_id for part in _parts(credit, receipt) if part.level == credit.level}
    ways = {how_of(event_id) for event_id in events}
    if ways == {"named"}:
        return _named(events, receipt)
    return ways.pop() if len(ways) == 1 else "came"


def _named(events: set[str], receipt: Receipt) -> str:
    """Return who named the link: the owner, the owner after a claim, or a claim that nobody answered in time."""
    decided = [decision for decision in receipt.decisions if f"named:{decision.event_id}" in events]
    if not any(decision.event_id.startswith(CLAIM) for decision in decided):
        return "named"
    return "named_silent" if any(decision.author == BY_CLOCK for decision in decided) else "named_asked"


def _parts(credit: Credit, receipt: Receipt) -> tuple[ReceiptPart, ...]:
    line = receipt.line(credit.recipient, credit.unit)
    return line.parts if line else ()


def _names(session: Session, credit: Credit, receipt: Receipt) -> list[str | None]:
    """Return the names of those who passed it on after the reader, nearest first, if they chose to show them."""
    events = {part.event_id for part in _parts(credit, receipt) if part.level == credit.level}
    last = (part for line in receipt.lines for part in line.parts if part.level == 0 and part.event_id in events)
    names: list[str | None] = []
    share_id = next((part.share_id for part in last), None)
    while share_id and share_id != credit.share_id and len(names) < credit.level:
        link = links.find_link(session, credit.site_id, share_id)
        if link is None:
            break
        names.append(public_names.shown_name(session, credit.site_id, link.advocate_id) or None)
        share_id = link.parent_share_id
    return [*(None for _ in range(credit.level - len(names))), *reversed(names)]


def _path(page_url: str) -> str:
    return "/" + page_url.split("/", 3)[3] if page_url.count("/") >= 3 else "/"
