"""`/api/v1/conversions/batch`: report many conversions in one call, each with an answer of its own."""

from typing import Annotated

from msgspec import Meta

from passalong.core.privileges import Scope
from passalong.web.api.conversions import ConversionBody, record_conversion
from passalong.web.api.lists import Shape
from passalong.web.api.operation import OK, Call, Operation
from passalong.web.http import wire
from passalong.web.http.errors import RefusalError
from passalong.web.http.problems import Problem, of_status

MOST = 500
Conversions = Annotated[
    tuple[ConversionBody, ...],
    Meta(min_length=1, max_length=MOST, description=f"a list of 1 to {MOST} conversions, each an object"),
]


class ConversionsBody(wire.Body, frozen=True):
    """Many conversions."""

    conversions: Conversions


class ConversionOutcome(Shape, frozen=True):
    """The outcome of one: `accepted` or `duplicate`, or `refused` with the code and the sentence of the problem."""

    id: str
    status: str
    code: Problem | None
    detail: str


class ConversionOutcomes(Shape, frozen=True):
    """The outcomes, in the order of the call."""

    outcomes: tuple[ConversionOutcome, ...]


def report_conversions(call: Call, body: ConversionsBody) -> ConversionOutcomes:
    """Report up to 500 conversions; a refused one stops no other, and all may be sent again."""
    return ConversionOutcomes(tuple(_outcome(call, conversion_body) for conversion_body in body.conversions))


def _outcome(call: Call, conversion: ConversionBody) -> ConversionOutcome:
    try:
        recorded = record_conversion(call, conversion)
    except RefusalError as refused:
        code = of_status(refused.code or 400, refused.name_of_cause)
        return ConversionOutcome(conversion.id, "refused", code, refused.description or "")
    return ConversionOutcome(conversion.id, "duplicate" if recorded.status == OK else "accepted", None, "")


OPERATIONS = (
    Operation(
        name="report_conversions",
        method="POST",
        path="/conversions/batch",
        tag="Conversions",
        scope=Scope.REPORT,
        handler=report_conversions,
        body=ConversionsBody,
        answer=ConversionOutcomes,
        most=wire.MAX_BATCH,
    ),
)
