"""`/api/v1/verdicts`, `/credits`, `/conversions/ID/advocates`: decisions, and attribution by hand (docs/wire.md)."""

from collections.abc import Callable
from typing import Annotated

from msgspec import Meta

from passalong.core.facts import About, AdvocateNamed, CreditGiven, DecisionMade
from passalong.core.money import MICROS, POINTS, micros_from_minor
from passalong.core.privileges import Scope
from passalong.flow import personal_codes
from passalong.flow.ingest.recorder import Kept
from passalong.flow.owners import decisions
from passalong.web.api.fields import AdvocateId, Amount, Id, Unit
from passalong.web.api.operation import ACCEPTED, OK, Call, Operation, Reply, problem
from passalong.web.api.recorded import Recorded, code_of, status_of
from passalong.web.http import wire
from passalong.web.http.problems import Problem

Text = Annotated[
    str,
    Meta(max_length=decisions.LONGEST_NOTE, description=f"a text of at most {decisions.LONGEST_NOTE} characters"),
]
Subject = Annotated[
    str, Meta(min_length=1, max_length=160, description="the id of the advocate, conversion or visit, as reported")
]
Action = Annotated[
    str,
    Meta(
        description=(
            "a decision: `ban`, `lift`, `hide` or `show` of an advocate, `hold`, `void` or `release` of a conversion, "
            "`void` or `release` of a visit"
        )
    ),
]


class DecisionBody(wire.Body, frozen=True):
    """A decision about an advocate, a conversion or a visit."""

    id: Id
    decision: Action
    about: About
    subject_id: Subject
    author: Text
    note: Text


class NameBody(wire.Body, frozen=True):
    """The link that led to a conversion, as the owner knows it."""

    id: Id
    advocate: AdvocateId
    author: Text
    note: Text


class GiveBody(wire.Body, frozen=True):
    """Credit given by hand: `amount_minor` of a currency, or whole points."""

    id: Id
    advocate: AdvocateId
    amount_minor: Amount
    unit: Unit
    author: Text
    note: Text


def decide(call: Call, body: DecisionBody) -> Reply:
    """Decide about an advocate, a conversion or a visit."""
    decision = DecisionMade(body.decision, body.about, body.subject_id, body.author, body.note)  # type: ignore[arg-type]
    services = call.services
    return _decided(body.id, lambda: decisions.decide(services.db, services.collector, call.site, body.id, decision))


def name_advocate(call: Call, conversion_id: str, body: NameBody) -> Reply:
    """Name an advocate who led to a conversion."""
    services, site = call.services, call.site

    def record() -> Kept:
        share_id = personal_codes.link_by_hand(services.db, services.clock, services.keys, site, body.advocate)
        naming = AdvocateNamed(conversion_id, share_id, body.author, body.note)
        return decisions.name_advocate(services.db, services.collector, site, body.id, naming)

    return _decided(body.id, record)


def give_credit(call: Call, body: GiveBody) -> Reply:
    """Give credit by hand, with a reason."""
    services, site = call.services, call.site
    micros = body.amount_minor * MICROS if body.unit == POINTS else micros_from_minor(body.amount_minor, body.unit)
    gift = CreditGiven(body.advocate, body.unit, micros, body.author, body.note)
    return _decided(body.id, lambda: decisions.give_credit(services.db, services.collector, site, body.id, gift))


def _decided(event_id: str, record: Callable[[], Kept]) -> Reply:
    try:
        result = record()
    except decisions.UnknownSubjectError as error:
        raise problem(Problem.NOT_FOUND, str(error)) from None
    except decisions.TooLateError as error:
        raise problem(Problem.TOO_LATE, str(error)) from None
    except (decisions.DecisionError, personal_codes.BadPersonalCodeError) as error:
        raise problem(Problem.INVALID_REQUEST, str(error)) from None
    return Reply(Recorded(event_id, status_of(result)), code_of(result))


PROBLEMS = (Problem.NOT_FOUND, Problem.TOO_LATE, Problem.ID_REUSED)
OPERATIONS = (
    Operation(
        name="decide",
        method="POST",
        path="/verdicts",
        tag="Decisions",
        scope=Scope.DECIDE,
        handler=decide,
        body=DecisionBody,
        answer=Recorded,
        statuses=(ACCEPTED, OK),
        problems=PROBLEMS,
        unscoped=True,
    ),
    Operation(
        name="name_advocate",
        method="POST",
        path="/conversions/{conversion_id}/advocates",
        tag="Decisions",
        scope=Scope.DECIDE,
        handler=name_advocate,
        body=NameBody,
        answer=Recorded,
        statuses=(ACCEPTED, OK),
        problems=PROBLEMS,
        unscoped=True,
    ),
    Operation(
        name="give_credit",
        method="POST",
        path="/credits",
        tag="Credits",
        scope=Scope.DECIDE,
        handler=give_credit,
        body=GiveBody,
        answer=Recorded,
        statuses=(ACCEPTED, OK),
        problems=PROBLEMS,
        unscoped=True,
    ),
)
