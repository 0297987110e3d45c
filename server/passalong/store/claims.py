"""Claims as they stand, and what was written in them; the words stand apart, so that they can be erased."""

from collections.abc import Sequence

from msgspec import Struct, structs
from sqlalchemy import case, func, insert, select
from sqlalchemy.orm import Session

from passalong.store import bulk
from passalong.store.read_models import claims
from passalong.store.tables import claim_words

OPEN = "open"
MOST_SHOWN = 100
MOST_LAPSING = 100


class Claim(Struct, frozen=True):
    """One claim; `outcome` is open, granted, declined or silence."""

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


class Words(Struct, frozen=True):
    """One thing that was said; `author` is advocate or owner."""

    number: int
    at_ms: int
    author: str
    words: str


class ClaimBook:
    """The claims of one site, as one slice of work has read and changed them."""

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._claims: dict[str, Claim | None] = {}
        self._changed: set[str] = set()

    def find(self, claim_id: str) -> Claim | None:
        """The claim, if there is one."""
        if claim_id not in self._claims:
            self._claims[claim_id] = find_claim(self._session, self._site_id, claim_id)
        return self._claims[claim_id]

    def put(self, claim: Claim) -> None:
        """Keep a claim as it stands now."""
        self._claims[claim.claim_id] = claim
        self._changed.add(claim.claim_id)

    def due(self, at_ms: int) -> list[Claim]:
        """Open claims whose promise has passed, oldest first."""
        self.flush()
        return _found(
            self._session,
            select(claims)
            .where(claims.c.site_id == self._site_id, claims.c.outcome == OPEN, claims.c.promised_at_ms <= at_ms)
            .order_by(claims.c.promised_at_ms, claims.c.claim_id)
            .limit(MOST_LAPSING),
        )

    def flush(self) -> None:
        """Write what was changed."""
        changed = [self._claims[claim_id] for claim_id in sorted(self._changed)]
        bulk.upsert(self._session, claims, [structs.asdict(claim) for claim in changed if claim])
        self._changed.clear()


def _found(session: Session, statement: object) -> list[Claim]:
    return [Claim(**row._mapping) for row in session.execute(statement)]  # type: ignore[call-overload]


def find_claim(session: Session, site_id: str, claim_id: str) -> Claim | None:
    """One claim as it stands."""
    found = _found(session, select(claims).where(claims.c.site_id == site_id, claims.c.claim_id == claim_id))
    return found[0] if found else None


def next_due_ms(session: Session, site_id: str) -> int | None:
    """When the next promise passes."""
    found: int | None = session.scalar(
        select(func.min(claims.c.promised_at_ms)).where(claims.c.site_id == site_id, claims.c.outcome == OPEN)
    )
    return found


def open_claims(session: Session, site_id: str) -> list[Claim]:
    """The owner's inbox: what waits for an answer, the promise that passes first above."""
    statement = select(claims).where(claims.c.site_id == site_id, claims.c.outcome == OPEN)
    return _found(session, statement.order_by(claims.c.promised_at_ms, claims.c.claim_id).limit(MOST_SHOWN))


def decided_claims(session: Session, site_id: str) -> list[Claim]:
    """The last ones that were decided, each with how."""
    statement = select(claims).where(claims.c.site_id == site_id, claims.c.outcome != OPEN)
    return _found(session, statement.order_by(claims.c.outcome, claims.c.promised_at_ms.desc()).limit(MOST_SHOWN))


def claims_of(session: Session, site_id: str, mine: Sequence[str]) -> list[Claim]:
    """A person's own claims, newest first."""
    statement = select(claims).where(claims.c.site_id == site_id, claims.c.advocate_id.in_(mine))
    return _found(session, statement.order_by(claims.c.at_ms.desc(), claims.c.claim_id).limit(MOST_SHOWN))


def claims_on(session: Session, site_id: str, mine: Sequence[str], line_id: str) -> list[Claim]:
    """A person's claims about one line, oldest first."""
    own = claims.c.advocate_id.in_(mine), claims.c.line_id == line_id
    statement = select(claims).where(claims.c.site_id == site_id, *own)
    return _found(session, statement.order_by(claims.c.at_ms, claims.c.claim_id).limit(MOST_SHOWN))


def count_open(session: Session, site_id: str, mine: Sequence[str]) -> tuple[int, int]:
    """How many of a person's claims wait for an answer: (all, those that are about no line)."""
    statement = select(func.count(), func.count(case((claims.c.line_id.is_(None), 1)))).select_from(claims)
    waiting = (claims.c.site_id == site_id, claims.c.advocate_id.in_(mine), claims.c.outcome == OPEN)
    every, orders = session.execute(statement.where(*waiting)).one()
    return every, orders


def count_orders(session: Session, site_id: str) -> int:
    """How many claims of the site that are about no line wait for an answer."""
    statement = select(func.count()).select_from(claims)
    waiting = (claims.c.site_id == site_id, claims.c.outcome == OPEN, claims.c.line_id.is_(None))
    return session.scalar(statement.where(*waiting)) or 0


def is_asked(
    session: Session, site_id: str, mine: Sequence[str], line_id: str | None, order: str | None, share_id: str | None
) -> bool:
    """True when this person has claimed this line, or else this order, or else this link, before."""
    found = select(claims.c.claim_id).where(claims.c.site_id == site_id, claims.c.advocate_id.in_(mine))
    if line_id is not None:
        found = found.where(claims.c.line_id == line_id)
    elif order is not None:
        found = found.where(claims.c.line_id.is_(None), claims.c.conversion_id == order)
    else:
        found = found.where(claims.c.line_id.is_(None), claims.c.conversion_id.is_(None), claims.c.share_id == share_id)
    return session.execute(found.limit(1)).first() is not None


def add_words(session: Session, site_id: str, claim_id: str, at_ms: int, author: str, words: str) -> int:
    """Add to a conversation; returns the number of what was said."""
    mine = (claim_words.c.site_id == site_id, claim_words.c.claim_id == claim_id)
    number = (session.scalar(select(func.max(claim_words.c.number)).where(*mine)) or 0) + 1
    row = {"claim_id": claim_id, "number": number, "at_ms": at_ms, "author": author, "words": words}
    session.execute(insert(claim_words).values(site_id=site_id, **row))
    return number


def words_of(session: Session, site_id: str, claim_ids: Sequence[str]) -> dict[str, list[Words]]:
    """What was said in each of these claims, in order."""
    statement = select(claim_words).where(claim_words.c.site_id == site_id, claim_words.c.claim_id.in_(claim_ids))
    found: dict[str, list[Words]] = {}
    for row in session.execute(statement.order_by(claim_words.c.claim_id, claim_words.c.number)):
        found.setdefault(row.claim_id, []).append(Words(row.number, row.at_ms, row.author, row.words))
    return found
