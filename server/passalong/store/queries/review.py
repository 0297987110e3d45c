"""The review queue: what is held, with its evidence, in patterns that can be decided at once; and latest decisions."""

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import Row, bindparam, select, tuple_
from sqlalchemy.orm import Session

from passalong.core.decisions import Decision, is_banned, standing
from passalong.core.facts import DecisionMade, decode_fact
from passalong.core.ledger.receipts import Receipt, ReceiptLine
from passalong.store.books import receipts
from passalong.store.books.decisions import DecisionBook
from passalong.store.books.identities import IdentityBook
from passalong.store.prebuilt import count_up_to
from passalong.store.queries.events import Cursor, cursor_of
from passalong.store.queries.held_shares import count_held_shares, held_shares
from passalong.store.schema.conversions import conversions
from passalong.store.schema.event_log import events
from passalong.store.schema.inspection import inspected

HELD_READ = 100
"""The number of held results that one page looks through."""
DECISIONS = 200
BATCH = "batch."
"""The beginning of the ids of decisions that were made together: `batch.<id>.<digest of the subject>`."""
_HELD = select(conversions.c.conversion_id).where(conversions.c.site_id == bindparam("of_site"), conversions.c.held)
Evidence = Literal["decided", "banned", "inferred", "pool"]


class HeldResult(Struct, frozen=True):
    """A held conversion or share of a monthly pool: what it pays to whom, and why it is held.

    `evidence` is decided (a person held it: `author`, `note`), banned (it credits `advocate_id`, who is banned, or
    somebody who shares a browser with them), pool (so does a share of a pool) or inferred (only an earlier order of the
    same customer led to it).
    """

    conversion_id: str
    subject: str
    goal: str
    at_ms: int
    gross_micros: int
    currency: str | None
    unit: str | None
    lines: tuple[ReceiptLine, ...]
    evidence: Evidence
    advocate_id: str
    author: str = ""
    note: str = ""

    @property
    def pattern(self) -> str:
        """The name that results share which are held for the same reason and credit the same person."""
        return f"{self.evidence}:{self.advocate_id}"

    @property
    def pays_micros(self) -> int:
        """The sum of what it pays in its first unit."""
        return sum(line.amount_micros for line in self.lines if line.unit in (None, self.unit))


class Pattern(Struct, frozen=True):
    """Results that are held for the same reason and credit the same person."""

    name: str
    evidence: Evidence
    advocate_id: str
    results: tuple[HeldResult, ...]


class Held(Struct, frozen=True):
    """Held results by pattern, oldest first; `later` is the cursor of more."""

    patterns: tuple[Pattern, ...]
    later: str | None


class Decided(Struct, frozen=True):
    """Decisions that were made together; `batch_id` undoes all of them."""

    batch_id: str
    decisions: tuple[Decision, ...]


def held_results(session: Session, site_id: str, place: str | None) -> Held:
    """Return held results, the oldest first, in their patterns; the first page has the held shares of pools too."""
    cursor = cursor_of(place)
    statement = select(conversions).where(conversions.c.site_id == site_id, conversions.c.held)
    if cursor is not None:
        key = tuple_(conversions.c.at_ms, conversions.c.conversion_id)
        statement = statement.where(key > (cursor.at_ms, cursor.name))
    ordered = statement.order_by(conversions.c.at_ms, conversions.c.conversion_id)
    rows = session.execute(ordered.limit(HELD_READ + 1)).all()
    page_rows = rows[:HELD_READ]
    book, decided = receipts.ReceiptBook(session, site_id), DecisionBook(session, site_id)
    identities = IdentityBook(session, site_id)
    book.prime(row.subject for row in page_rows)
    _prime(page_rows, book, decided, identities)
    results = [_result(row, book.latest(row.subject), decided, identities) for row in page_rows]
    if cursor is None:
        shares = held_shares(session, site_id, HELD_READ)
        book.prime(row.subject for row in shares)
        results += [_of_share(row, book.latest(row.subject)) for row in shares]
    last = page_rows[-1] if len(rows) > HELD_READ else None
    return Held(_patterns(results), Cursor(last.at_ms, 0, last.conversion_id).text if last else None)


def _prime(
    rows: Sequence[Row[Any]], book: receipts.ReceiptBook, decided: DecisionBook, identities: IdentityBook
) -> None:
    """Read the decisions about these results, and about everybody whom they credit, at once."""
    decided.prime("conversion", [row.conversion_id for row in rows])
    if not decided.any_about("advocate"):
        return
    latest = [receipt for row in rows if (receipt := book.latest(row.subject))]
    recipients = {line.recipient for receipt in latest for line in receipt.lines}
    identities.prime_groups(recipients)
    decided.prime("advocate", {member for recipient in recipients for member in identities.group(recipient)})


def count_held(session: Session, site_id: str) -> int:
    """Return how many results and shares of pools are held, at most one more than a page looks through."""
    results = count_up_to(session, site_id, HELD_READ + 1, _HELD)
    return min(HELD_READ + 1, results + count_held_shares(session, site_id))


def _of_share(row: Row[Any], receipt: Receipt | None) -> HeldResult:
    lines = receipt.lines if receipt else ()
    return HeldResult(
        conversion_id=row.conversion_id,
        subject=row.subject,
        goal=row.goal,
        at_ms=row.at_ms,
        gross_micros=0,
        currency=None,
        unit=row.unit,
        lines=tuple(line for line in lines if line.recipient == row.recipient),
        evidence="pool",
        advocate_id=row.recipient,
    )


def _result(row: Row[Any], receipt: Receipt | None, decided: DecisionBook, identities: IdentityBook) -> HeldResult:
    lines = receipt.lines if receipt else ()
    by_hand = standing(decided.of("conversion", [row.conversion_id]))
    banned = [line.recipient for line in lines if _is_banned(decided, identities, line.recipient)]
    evidence: Evidence = "banned" if banned else "inferred"
    if by_hand is not None and by_hand.action == "hold":
        evidence = "decided"
    return HeldResult(
        conversion_id=row.conversion_id,
        subject=row.subject,
        goal=row.goal,
        at_ms=row.at_ms,
        gross_micros=row.gross_micros,
        currency=row.currency,
        unit=receipt.unit if receipt else None,
        lines=lines,
        evidence=evidence,
        advocate_id=next(iter(banned or [line.recipient for line in lines]), ""),
        author=by_hand.author if by_hand else "",
        note=by_hand.note if by_hand else "",
    )


def _is_banned(decided: DecisionBook, identities: IdentityBook, recipient: str) -> bool:
    return decided.any_about("advocate") and is_banned(decided.of("advocate", identities.group(recipient)))


def _patterns(results: Sequence[HeldResult]) -> tuple[Pattern, ...]:
    same: dict[str, list[HeldResult]] = {}
    for result in results:
        same.setdefault(result.pattern, []).append(result)
    return tuple(Pattern(name, of[0].evidence, of[0].advocate_id, tuple(of)) for name, of in same.items())


def latest_decisions(session: Session, site_id: str) -> list[Decided]:
    """Return the latest decisions about advocates, conversions and visits, those made together as one; newest first."""
    lines = inspected.c
    newest = select(lines.subject).where(lines.site_id == site_id, lines.kind == "decision")
    newest = newest.order_by(lines.at_ms.desc(), lines.subject.desc()).limit(DECISIONS)
    ids = [subject.partition(":")[2] for subject in session.scalars(newest)]
    same: dict[str, list[Decision]] = {}
    for decision in _with_ids(session, site_id, ids):
        same.setdefault(batch_of(decision.event_id), []).append(decision)
    return [Decided(batch_id, tuple(decisions)) for batch_id, decisions in same.items()]


def batch_of(event_id: str) -> str:
    """Return the id that decisions share which were made together; a single decision is one of its own."""
    return event_id.rpartition(".")[0] if event_id.startswith(BATCH) else event_id


def _with_ids(session: Session, site_id: str, ids: Sequence[str]) -> list[Decision]:
    """Read decisions from their facts: the log finds them by id."""
    conditions = (events.c.site_id == site_id, events.c.source == "verdict", events.c.event_id.in_(ids))
    decisions = []
    for row in session.execute(select(events).where(*conditions)):
        fact = decode_fact(row.fact)
        if isinstance(fact, DecisionMade):
            values = (fact.action, fact.about, fact.subject_id, fact.author, fact.note)
            decisions.append(Decision(row.at_ms, row.event_id, *values))
    return sorted(decisions, reverse=True)
