"""`/api/v1/codes`: personal codes (docs/wire.md)."""

from typing import Annotated

from msgspec import Meta

from passalong.core.privileges import Scope
from passalong.flow import personal_codes
from passalong.store.queries.api_lists import Listing
from passalong.store.queries.personal_codes import Code, MadeBy, find_code
from passalong.web.api.fields import AdvocateId
from passalong.web.api.lists import After, Limit, Paging, Query, read_page
from passalong.web.api.operation import CREATED, Answer, Call, Operation, Reply, problem
from passalong.web.http import wire
from passalong.web.http.problems import Problem

Word = Annotated[str, Meta(max_length=64, description="the code, such as `ana`, in at most 64 characters")]

TAG = "Personal codes and coupons"
MOST_CODES = 10_000
"""The codes of an answer to a call without `limit`."""


class CodeBody(wire.Body, frozen=True):
    """A code for an advocate."""

    code: Word
    advocate: AdvocateId


class CodeShown(Answer, frozen=True, omit_defaults=False):
    """A personal code. A retired one earns nothing any more, and nobody else ever gets it."""

    code: str
    advocate: str
    made_by: MadeBy
    retired: bool


class CodeList(Answer, frozen=True, omit_defaults=False):
    """Personal codes, in the order of the alphabet."""

    codes: tuple[CodeShown, ...]
    next: str | None


class CodesQuery(Query, frozen=True, kw_only=True):
    """A page of codes; without `limit` it has up to 10,000."""

    limit: Limit | None = None
    after: After | None = None


def list_codes(call: Call, query: CodesQuery) -> CodeList:
    """List the codes of the site, in the order of the alphabet.

    Codes are the site's coupons, too: an order that is reported with one as its `coupon` credits the code's advocate.
    Give the discount in your shop under the same code. Discount codes that people got for credit are in redemptions.
    """
    page = Paging(limit=query.limit or MOST_CODES, after=query.after)
    return CodeList(*read_page(call, Listing("codes", ("code",)), page, lambda row: _shown(Code(**row))))


def add_code(call: Call, body: CodeBody) -> Reply:
    """Make a code for an advocate, which may also be their coupon in your shop."""
    services = call.services
    try:
        code = personal_codes.add_code(
            services.db, services.clock, services.keys, call.site, personal_codes.CodeRequest(body.advocate, body.code)
        )
    except personal_codes.BadPersonalCodeError as error:
        raise problem(Problem.INVALID_REQUEST, str(error)) from None
    return Reply(_shown(code), CREATED)


def read_code(call: Call, code: str) -> CodeShown:
    """Read a code, typed in any case: whose it is, and whether it is retired."""
    with call.services.db.reading() as session:
        code_row = find_code(session, call.site.site_id, personal_codes.plain(code))
    if code_row is None:
        raise problem(Problem.NOT_FOUND, "No code of the site is spelled like this: list_codes has them.")
    return _shown(code_row)


def retire_code(call: Call, code: str) -> CodeShown:
    """Retire a code for good: it earns nothing any more, as a link or as a coupon, and nobody else ever gets it."""
    services = call.services
    try:
        return _shown(personal_codes.retire_code(services.db, services.clock, call.site.site_id, code))
    except personal_codes.BadPersonalCodeError as error:
        raise problem(Problem.NOT_FOUND, str(error)) from None


def _shown(code: Code) -> CodeShown:
    return CodeShown(code.code, code.advocate_id, code.made_by, code.retired_at_ms is not None)


OPERATIONS = (
    Operation(
        name="list_codes",
        method="GET",
        path="/codes",
        tag=TAG,
        scope=Scope.READ,
        handler=list_codes,
        query=CodesQuery,
        answer=CodeList,
        unscoped=True,
    ),
    Operation(
        name="add_code",
        method="POST",
        path="/codes",
        tag=TAG,
        scope=Scope.SHARE,
        handler=add_code,
        body=CodeBody,
        answer=CodeShown,
        statuses=(CREATED,),
        unscoped=True,
    ),
    Operation(
        name="read_code",
        method="GET",
        path="/codes/{code}",
        tag=TAG,
        scope=Scope.READ,
        handler=read_code,
        answer=CodeShown,
        problems=(Problem.NOT_FOUND,),
    ),
    Operation(
        name="retire_code",
        method="POST",
        path="/codes/{code}/retire",
        tag=TAG,
        scope=Scope.SHARE,
        handler=retire_code,
        answer=CodeShown,
        problems=(Problem.NOT_FOUND,),
        unscoped=True,
    ),
)
