"""`/api/v1/advocates`, `/balances` and `/credits`: the site's books about people who share.

These are the owner's own records: no address, no name that a person does not show, and no way to act for them.
"""

from typing import Any

import msgspec

from passalong.core.privileges import Scope
from passalong.store.books.accounts import account
from passalong.store.people.sessions import is_advocate
from passalong.store.queries.api_lists import Listing
from passalong.store.queries.people import PersonLine, person_lines
from passalong.store.queries.views import UnitSums
from passalong.store.transparency.statements import SealedLinesMissingError, statement_of
from passalong.web.api.fields import AdvocateId
from passalong.web.api.lists import Money, Paging, Shape, money, money_of_sums, read_page
from passalong.web.api.operation import Call, Operation, problem
from passalong.web.http.problems import Problem

UNKNOWN = "No advocate has this id here."
DAMAGED = "Sealed lines are missing from the ledger: `passalong ledger verify` names the difference."


class Balance(Shape, frozen=True):
    """The sums of one advocate in one unit: what is `ready` is what was earned and neither waits nor was used.

    The whole amounts are those of the advocate's pages: each part is cut, and `earned` is the sum of the parts.
    """

    advocate: str
    unit: str
    earned: Money
    waiting: Money
    ready: Money
    used: Money
    taken_back: Money


class BalanceList(Shape, frozen=True):
    """Balances, by advocate and unit."""

    data: tuple[Balance, ...]
    next: str | None


class AdvocateShown(Shape, frozen=True):
    """A person who shares: `name` only if they show it.

    A person may have several `ids`, one for each browser that they shared in before it joined their account. Each of
    them is listed, with the totals and balances of all.
    """

    id: str
    ids: tuple[str, ...]
    name: str
    codes: tuple[str, ...]
    since_ms: int
    active_at_ms: int
    people: int
    passed_on: int
    conversions: int
    banned: bool
    hidden: bool
    held: bool
    balances: tuple[Balance, ...]


class AdvocateList(Shape, frozen=True):
    """Advocates, by id."""

    data: tuple[AdvocateShown, ...]
    next: str | None


class CreditShown(Shape, frozen=True):
    """A line of credit: `earned` before, `amount` after what was taken back; `ready` once its hold has ended."""

    id: str
    advocate: str
    subject: str
    goal: str
    level: int
    at_ms: int
    amount: Money
    earned: Money
    ready: bool
    release_at_ms: int | None
    share_id: str | None


class CreditList(Shape, frozen=True):
    """Lines of credit: of one advocate the newest first, of all by conversion."""

    data: tuple[CreditShown, ...]
    next: str | None


class OfAdvocate(Paging, frozen=True, kw_only=True):
    """The parameters of a page, and an advocate to filter by."""

    advocate: AdvocateId | None = None


class Statement(Shape, frozen=True):
    """The signed statement of an advocate, as docs/ledger.md describes it."""

    statement: dict[str, Any]


def list_advocates(call: Call, query: Paging) -> AdvocateList:
    """List the advocates of the site."""
    ids, after = read_page(call, Listing("advocates", ("advocate_id",)), query, lambda row: str(row["advocate_id"]))
    with call.services.db.reading() as session:
        return AdvocateList(tuple(map(_person, person_lines(session, call.site.site_id, ids))), after)


def read_advocate(call: Call, advocate_id: str) -> AdvocateShown:
    """Return one advocate."""
    with call.services.db.reading() as session:
        if not is_advocate(session, call.site.site_id, advocate_id):
            raise problem(Problem.NOT_FOUND, UNKNOWN)
        return _person(person_lines(session, call.site.site_id, [advocate_id])[0])


def read_statement(call: Call, advocate_id: str) -> Statement:
    """Return the signed statement of an advocate: every line up to the newest signed head."""
    site, services = call.site, call.services
    with services.db.reading_one_moment() as session:
        if not is_advocate(session, site.site_id, advocate_id):
            raise problem(Problem.NOT_FOUND, UNKNOWN)
        advocate_ids = account(session, site.site_id, advocate_id)
        statement = statement_of(session, site, advocate_ids, services.signing, services.clock.now_ms())
        if statement is None:
            raise problem(Problem.NOT_FOUND, "There is no statement yet: the ledger is signed within some minutes.")
        try:
            return Statement(msgspec.json.decode(statement.whole()))
        except SealedLinesMissingError:
            raise problem(Problem.INTERNAL, DAMAGED) from None


def list_balances(call: Call, query: OfAdvocate) -> BalanceList:
    """List the balances of all advocates, or of one id."""
    where = {"recipient": query.advocate} if query.advocate else {}
    return BalanceList(*read_page(call, Listing("unit_totals", ("recipient", "unit"), where), query, _balance_row))


def list_credits(call: Call, query: OfAdvocate) -> CreditList:
    """List lines of credit: of all advocates, or of one id."""
    if query.advocate:
        listing = Listing("credits", ("at_ms", "line_id"), {"recipient": query.advocate}, newest_first=True)
    else:
        listing = Listing("credits", ("conversion_id", "recipient", "unit"))
    return CreditList(*read_page(call, listing, query, _credit))


def _credit(row: dict[str, Any]) -> CreditShown:
    return CreditShown(
        id=row["line_id"],
        advocate=row["recipient"],
        subject=row["subject"],
        goal=row["goal"],
        level=row["level"],
        at_ms=row["at_ms"],
        amount=money(row["amount_micros"], row["unit"]),
        earned=money(row["earned_micros"], row["unit"]),
        ready=row["ready"],
        release_at_ms=row["release_at_ms"],
        share_id=row["share_id"],
    )


def _balance_row(row: dict[str, Any]) -> Balance:
    return _balance(row["recipient"], UnitSums(**{name: row[name] for name in UnitSums.__struct_fields__}))


def _balance(advocate_id: str, sums: UnitSums) -> Balance:
    return Balance(advocate_id, sums.unit, *money_of_sums(sums))


def _person(line: PersonLine) -> AdvocateShown:
    return AdvocateShown(
        id=line.advocate_id,
        ids=line.ids,
        name=line.name,
        codes=line.codes,
        since_ms=line.since_ms,
        active_at_ms=line.active_at_ms,
        people=line.people,
        passed_on=line.passed_on,
        conversions=line.outcomes,
        banned=line.banned,
        hidden=line.hidden,
        held=line.held,
        balances=tuple(_balance(line.advocate_id, sums) for sums in line.sums),
    )


OPERATIONS = (
    Operation(
        name="list_advocates",
        method="GET",
        path="/advocates",
        tag="Advocates",
        scope=Scope.READ,
        handler=list_advocates,
        query=Paging,
        answer=AdvocateList,
    ),
    Operation(
        name="read_advocate",
        method="GET",
        path="/advocates/{advocate_id}",
        tag="Advocates",
        scope=Scope.READ,
        handler=read_advocate,
        answer=AdvocateShown,
        problems=(Problem.NOT_FOUND,),
    ),
    Operation(
        name="read_statement",
        method="GET",
        path="/advocates/{advocate_id}/statement.json",
        tag="Statements",
        scope=Scope.READ,
        handler=read_statement,
        answer=Statement,
        problems=(Problem.NOT_FOUND,),
    ),
    Operation(
        name="list_balances",
        method="GET",
        path="/balances",
        tag="Balances",
        scope=Scope.READ,
        handler=list_balances,
        query=OfAdvocate,
        answer=BalanceList,
    ),
    Operation(
        name="list_credits",
        method="GET",
        path="/credits",
        tag="Credits",
        scope=Scope.READ,
        handler=list_credits,
        query=OfAdvocate,
        answer=CreditList,
    ),
)
