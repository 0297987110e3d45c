"""`/api/v1/verdicts`: decisions that were made, newest first, with who made them and why."""

from typing import Any

from passalong.core.facts import GIVEN, About, AdvocateNamed, CreditGiven, DecisionMade, Event
from passalong.core.privileges import Scope
from passalong.flow.owners.decisions import BY_HAND, VERDICT
from passalong.store import event_log
from passalong.store.queries.api_lists import Listing
from passalong.web.api.decisions import Subject
from passalong.web.api.lists import Range, Shape, read_page
from passalong.web.api.operation import Call, Operation, problem
from passalong.web.http.problems import Problem


class DecisionShown(Shape, frozen=True):
    """A decision: what was done about an advocate, a conversion or a visit, by whom and why.

    `name` and `give` are about the conversion that an advocate was named for, or that the credit was given under.
    """

    id: str
    at_ms: int
    decision: str
    about: str
    subject_id: str
    author: str
    note: str


class DecisionList(Shape, frozen=True):
    """Decisions, newest first."""

    data: tuple[DecisionShown, ...]
    next: str | None


class DecisionsQuery(Range, frozen=True, kw_only=True):
    """A page of decisions: all, or those about one thing, by `about` and `subject_id` together."""

    about: About | None = None
    subject_id: Subject | None = None


def list_decisions(call: Call, query: DecisionsQuery) -> DecisionList:
    """List decisions, newest first."""
    if (query.about is None) != (query.subject_id is None):
        raise problem(Problem.INVALID_REQUEST, "Send `about` and `subject_id` together, or neither.")
    where = {"about": query.about, "subject_id": query.subject_id} if query.about else {}
    listing = Listing("verdicts", ("at_ms", "event_id"), where, True, query.since_ms, query.until_ms)
    return DecisionList(*read_page(call, listing, query, _of_row))


def read_decision(call: Call, decision_id: str) -> DecisionShown:
    """Return one decision, as it was recorded."""
    with call.services.db.reading() as session:
        candidates = (
            event_log.find_event(session, call.site.site_id, source, decision_id) for source in (VERDICT, BY_HAND)
        )
        event = next(filter(None, candidates), None)
    if event is None:
        raise problem(Problem.NOT_FOUND, "No decision has this id.")
    return _of_event(event)


def _of_row(row: dict[str, Any]) -> DecisionShown:
    return DecisionShown(
        id=row["event_id"],
        at_ms=row["at_ms"],
        decision=row["decision"],
        about=row["about"],
        subject_id=row["subject_id"],
        author=row["author"],
        note=row["note"],
    )


def _of_event(event: Event) -> DecisionShown:
    subject: tuple[str, str, str]
    match event.fact:
        case DecisionMade() as fact:
            subject = (fact.action, fact.about, fact.subject_id)
        case AdvocateNamed() as fact:
            subject = ("name", "conversion", fact.conversion_id)
        case CreditGiven() as fact:
            subject = ("give", "conversion", f"{GIVEN}:{event.event_id}")
        case _:
            raise problem(Problem.NOT_FOUND, "No decision has this id.")
    return DecisionShown(event.event_id, event.at_ms, *subject, fact.author, fact.note)


OPERATIONS = (
    Operation(
        name="list_decisions",
        method="GET",
        path="/verdicts",
        tag="Decisions",
        scope=Scope.READ,
        handler=list_decisions,
        query=DecisionsQuery,
        answer=DecisionList,
    ),
    Operation(
        name="read_decision",
        method="GET",
        path="/verdicts/{decision_id}",
        tag="Decisions",
        scope=Scope.READ,
        handler=read_decision,
        answer=DecisionShown,
        problems=(Problem.NOT_FOUND,),
    ),
)
