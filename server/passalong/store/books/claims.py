"""Claims and their messages; the messages have a table of their own, so that they can be erased."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import ScalarSelect, Select, bindparam, case, func, insert, select
from sqlalchemy.orm import Session

from passalong.core.claim_facts import NO_CLOCK_MS, ONLY_OWNER_MS, Nothing
from passalong.core.facts import ClaimOpened
from passalong.store.advocate_rows import of_each
from passalong.store.books.book import Book
from passalong.store.engine import bytewise_on
from passalong.store.prebuilt import count_up_to
from passalong.store.schema.claims import claim_words, claims

OPEN, GRANTED, DECLINED, SILENCE = "open", "granted", "declined", "silence"
DECIDED = (GRANTED, DECLINED, SILENCE, *Nothing)
MOST_SHOWN = 100
MOST_LAPSING = 100
_UNANSWERED = select(claims.c.claim_id).where(claims.c.site_id == bindparam("of_site"), claims.c.outcome == OPEN)


class Claim(Struct, frozen=True):
    """One claim; `outcome` is open, granted, declined, silence, or a reason why nothing was given."""

    site_id: str
    claim_id: str
    advocate_id: str
    line_id: str | None
    conversion_id: str | None
    share_id: str | None
    at_ms: int
    promised_at_ms: int
    answered_at_ms: int | None = None
    resolved_at_ms: int | None = None
    outcome: str = OPEN

    @property
    def has_clock(self) -> bool:
        """False while the clock stands still: nobody decides by silence."""
        return self.promised_at_ms < NO_CLOCK_MS

    @property
    def needs_owner(self) -> bool:
        """True if silence gives nothing, so that the clock never starts."""
        return self.promised_at_ms == ONLY_OWNER_MS


class Words(Struct, frozen=True):
    """One message of a claim; `author` is advocate or owner."""

    number: int
    at_ms: int
    author: str
    words: str


class NewWords(Struct, frozen=True):
    """A message that is added to a claim."""

    claim_id: str
    author: str
    words: str


class ClaimBook(Book[Claim]):
    """The claims of one site, as one slice has read and changed them."""

    table = claims
    struct = Claim

    def find(self, claim_id: str) -> Claim | None:
        """Return the claim, if there is one."""
        return self._find(claim_id)

    def due(self, at_ms: int) -> list[Claim]:
        """Return open claims whose deadline has passed, oldest first."""
        self.flush()
        return _found(
            self._session,
            _lapsing(self._session.get_bind().dialect.name),
            {"of_site": self._site_id, "at_ms": at_ms},
        )


@cache
def _lapsing(dialect: str) -> Select[Any]:
    lapsing = (claims.c.outcome == OPEN, claims.c.promised_at_ms <= bindparam("at_ms"))
    statement = select(claims).where(claims.c.site_id == bindparam("of_site"), *lapsing)
    return statement.order_by(claims.c.promised_at_ms, bytewise_on(dialect, claims.c.claim_id)).limit(MOST_LAPSING)


def _found(session: Session, statement: Select[Any], values: Mapping[str, Any] | None = None) -> list[Claim]:
    return [Claim(**row._mapping) for row in session.execute(statement, values)]


def find_claim(session: Session, site_id: str, claim_id: str) -> Claim | None:
    """Return one claim."""
    matches = _found(session, select(claims).where(claims.c.site_id == site_id, claims.c.claim_id == claim_id))
    return matches[0] if matches else None


def first_promise(site_id: str) -> ScalarSelect[int | None]:
    """Select the next deadline of an open claim."""
    waiting = (claims.c.site_id == site_id, claims.c.outcome == OPEN)
    return select(func.min(claims.c.promised_at_ms)).where(*waiting).scalar_subquery()


def next_promise_ms(session: Session, site_id: str) -> int | None:
    """Return the next deadline of an open claim whose clock runs."""
    running = select(func.min(claims.c.promised_at_ms)).where(claims.c.site_id == site_id, claims.c.outcome == OPEN)
    promised_at_ms: int | None = session.scalar(running.where(claims.c.promised_at_ms < NO_CLOCK_MS))
    return promised_at_ms


def open_with_clock(session: Session, site_id: str, *, running: bool) -> list[Claim]:
    """The open claims whose clock runs, or those whose clock stands still while no owner can be written to."""
    clock = claims.c.promised_at_ms < NO_CLOCK_MS if running else claims.c.promised_at_ms == NO_CLOCK_MS
    statement = select(claims).where(claims.c.site_id == site_id, claims.c.outcome == OPEN, clock)
    return _found(session, statement.order_by(claims.c.claim_id))


def sites_with_open(session: Session) -> list[str]:
    """The sites that have an open claim."""
    return list(session.scalars(select(claims.c.site_id).where(claims.c.outcome == OPEN).distinct()))


def open_claims(session: Session, site_id: str) -> list[Claim]:
    """Return the owner's open claims, the next deadline first."""
    statement = select(claims).where(claims.c.site_id == site_id, claims.c.outcome == OPEN)
    return _found(session, statement.order_by(claims.c.promised_at_ms, claims.c.claim_id).limit(MOST_SHOWN))


def count_unanswered(session: Session, site_id: str, most: int = 100) -> int:
    """Count the open claims, up to `most`."""
    return count_up_to(session, site_id, most, _UNANSWERED)


def decided_claims(session: Session, site_id: str) -> list[Claim]:
    """Return the claims decided last, each with its outcome, newest first: a range of the index for each outcome."""

    def latest(outcome: str) -> Select[Any]:
        own = select(claims).where(claims.c.site_id == site_id, claims.c.outcome == outcome)
        return own.order_by(claims.c.promised_at_ms.desc(), claims.c.claim_id.desc()).limit(MOST_SHOWN)

    rows = [Claim(**row._mapping) for row in of_each(session, DECIDED, latest)]
    return sorted(rows, key=lambda claim: (claim.resolved_at_ms or 0, claim.claim_id), reverse=True)[:MOST_SHOWN]


def claims_of(session: Session, site_id: str, advocate_ids: Sequence[str]) -> list[Claim]:
    """Return a person's own claims, newest first."""
    statement = select(claims).where(claims.c.site_id == site_id, claims.c.advocate_id.in_(advocate_ids))
    return _found(session, statement.order_by(claims.c.at_ms.desc(), claims.c.claim_id).limit(MOST_SHOWN))


def claims_on(session: Session, site_id: str, advocate_ids: Sequence[str], line_id: str) -> list[Claim]:
    """Return a person's claims about one line, oldest first."""
    own = claims.c.advocate_id.in_(advocate_ids), claims.c.line_id == line_id
    statement = select(claims).where(claims.c.site_id == site_id, *own)
    return _found(session, statement.order_by(claims.c.at_ms, claims.c.claim_id).limit(MOST_SHOWN))


_OPEN_CLAIMS = (
    select(func.count(), func.count(case((claims.c.line_id.is_(None), 1))))
    .select_from(claims)
    .where(
        claims.c.site_id == bindparam("of_site"),
        claims.c.advocate_id.in_(bindparam("advocates", expanding=True)),
        claims.c.outcome == OPEN,
    )
)


def count_open(session: Session, site_id: str, advocate_ids: Sequence[str]) -> tuple[int, int]:
    """Count a person's open claims: (all, those that are not about a line)."""
    every, orders = session.execute(_OPEN_CLAIMS, {"of_site": site_id, "advocates": list(advocate_ids)}).one()
    return every, orders


def count_orders(session: Session, site_id: str) -> int:
    """Count the site's open claims that are not about a line."""
    statement = select(func.count()).select_from(claims)
    waiting = (claims.c.site_id == site_id, claims.c.outcome == OPEN, claims.c.line_id.is_(None))
    return session.scalar(statement.where(*waiting)) or 0


def is_asked(session: Session, site_id: str, advocate_ids: Sequence[str], claim: ClaimOpened) -> bool:
    """Return True if this person has already made a claim about the same line, order or link."""
    statement = select(claims.c.claim_id).where(claims.c.site_id == site_id, claims.c.advocate_id.in_(advocate_ids))
    if claim.line_id is not None:
        statement = statement.where(claims.c.line_id == claim.line_id)
    elif claim.conversion_id is not None:
        statement = statement.where(claims.c.line_id.is_(None), claims.c.conversion_id == claim.conversion_id)
    else:
        link = claims.c.share_id == claim.share_id
        statement = statement.where(claims.c.line_id.is_(None), claims.c.conversion_id.is_(None), link)
    return session.execute(statement.limit(1)).first() is not None


def add_words(session: Session, site_id: str, new: NewWords, at_ms: int) -> int:
    """Add a message to a claim; returns its number."""
    conditions = (claim_words.c.site_id == site_id, claim_words.c.claim_id == new.claim_id)
    number = (session.scalar(select(func.max(claim_words.c.number)).where(*conditions)) or 0) + 1
    row = {"site_id": site_id, "number": number, "at_ms": at_ms, **structs.asdict(new)}
    session.execute(insert(claim_words).values(row))
    return number


def words_of(session: Session, site_id: str, claim_ids: Sequence[str]) -> dict[str, list[Words]]:
    """Return the messages of each of these claims, in order."""
    statement = select(claim_words).where(claim_words.c.site_id == site_id, claim_words.c.claim_id.in_(claim_ids))
    words_of: dict[str, list[Words]] = {}
    for row in session.execute(statement.order_by(claim_words.c.claim_id, claim_words.c.number)):
        words_of.setdefault(row.claim_id, []).append(Words(row.number, row.at_ms, row.author, row.words))
    return words_of
