"""Parts of lists: the parameters of a page, amounts, and reading a page."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from msgspec import Meta, Struct

from passalong.core.money import step_micros
from passalong.store.queries.api_lists import Listing, page_of
from passalong.store.queries.cursors import BadCursorError
from passalong.store.queries.views import UnitSums
from passalong.web.api.operation import Answer, Call, problem
from passalong.web.http.problems import Problem

MOST = 100
Limit = Annotated[int, Meta(ge=1, le=MOST, description=f"how many, from 1 to {MOST}")]
After = Annotated[
    str, Meta(max_length=800, description="`next` of the page before, which the same list with the same filters gave")
]
AtMs = Annotated[int, Meta(ge=0, le=2**53, description="a time, in milliseconds since 1970 UTC")]

Shown = TypeVar("Shown")


class Query(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The base of query parameters."""


class Paging(Query, frozen=True, kw_only=True):
    """The parameters of a page."""

    limit: Limit = 25
    after: After | None = None


class Range(Paging, frozen=True, kw_only=True):
    """The parameters of a page, newest first, and of a range: from `since_ms`, and before `until_ms`."""

    since_ms: AtMs | None = None
    until_ms: AtMs | None = None


class Shape(Answer, frozen=True, omit_defaults=False):
    """The base of what lists have: every field is there."""


class Money(Shape, frozen=True, omit_defaults=False):
    """An amount: whole minor units, cut towards zero, and the exact micros (1,000,000 are one euro or one point)."""

    unit: str
    amount_minor: int
    amount_micros: int


def money(micros: int, unit: str) -> Money:
    """Return an amount."""
    whole = abs(micros) // step_micros(unit)
    return Money(unit, whole if micros >= 0 else -whole, micros)


def money_of_sums(sums: UnitSums) -> tuple[Money, ...]:
    """Return what was earned, waits, is ready, was used and was taken back, with the whole amounts that pages show.

    The whole amounts of the last four add up to the first one's.
    """
    names = ("earned_micros", "waiting_micros", "ready_micros", "used_micros", "taken_back_micros")
    whole, step = sums.whole, step_micros(sums.unit)
    return tuple(Money(sums.unit, getattr(whole, name) // step, getattr(sums, name)) for name in names)


def read_page(
    call: Call, listing: Listing, query: Paging, as_shown: Callable[[dict[str, Any]], Shown]
) -> tuple[tuple[Shown, ...], str | None]:
    """Return a page of a list, and the cursor of the next one. Raises `invalid_request` for a bad cursor."""
    try:
        with call.services.db.reading() as session:
            rows = page_of(session, call.site.site_id, listing, query.after, query.limit)
    except BadCursorError:
        detail = (
            "`after` is no cursor of this list with these filters. Send what `next` of the page before was, with the "
            "same filters, or leave it out for the first page."
        )
        raise problem(Problem.INVALID_REQUEST, detail) from None
    return tuple(as_shown(row) for row in rows.rows), rows.next
