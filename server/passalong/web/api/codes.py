"""`/api/v1/codes`: personal codes (docs/wire.md)."""

from typing import Annotated

from msgspec import Meta

from passalong.core.privileges import Scope
from passalong.flow import personal_codes
from passalong.store.queries import personal_codes as stored
from passalong.store.queries.personal_codes import Code, MadeBy
from passalong.web.api.fields import AdvocateId
from passalong.web.api.operation import CREATED, Answer, Call, Operation, Reply, problem
from passalong.web.http import wire
from passalong.web.http.problems import Problem

Word = Annotated[str, Meta(max_length=64, description="the code, such as `ana`, in at most 64 characters")]


class CodeBody(wire.Body, frozen=True):
    """A code for an advocate."""

    code: Word
    advocate: AdvocateId


class CodeShown(Answer, frozen=True, omit_defaults=False):
    """A personal code. A retired one leads nowhere, and nobody else ever gets it."""

    code: str
    advocate: str
    made_by: MadeBy
    retired: bool


class CodeList(Answer, frozen=True, omit_defaults=False):
    """Personal codes, in the order of the alphabet."""

    codes: tuple[CodeShown, ...]


def list_codes(call: Call) -> CodeList:
    """List every code of the site."""
    with call.services.db.reading() as session:
        codes = stored.codes_of(session, call.site.site_id)
    return CodeList(tuple(map(_shown, codes)))


def add_code(call: Call, body: CodeBody) -> Reply:
    """Make a code for an advocate."""
    services = call.services
    try:
        code = personal_codes.add_code(
            services.db, services.clock, services.keys, call.site, personal_codes.CodeRequest(body.advocate, body.code)
        )
    except personal_codes.BadPersonalCodeError as error:
        raise problem(Problem.INVALID_REQUEST, str(error)) from None
    return Reply(_shown(code), CREATED)


def retire_code(call: Call, code: str) -> CodeShown:
    """Retire a code."""
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
        tag="Personal codes",
        scope=Scope.READ,
        handler=list_codes,
        answer=CodeList,
        unscoped=True,
    ),
    Operation(
        name="add_code",
        method="POST",
        path="/codes",
        tag="Personal codes",
        scope=Scope.SHARE,
        handler=add_code,
        body=CodeBody,
        answer=CodeShown,
        statuses=(CREATED,),
        unscoped=True,
    ),
    Operation(
        name="retire_code",
        method="POST",
        path="/codes/{code}/retire",
        tag="Personal codes",
        scope=Scope.SHARE,
        handler=retire_code,
        answer=CodeShown,
        problems=(Problem.NOT_FOUND,),
        unscoped=True,
    ),
)
