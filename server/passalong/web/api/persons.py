"""`/api/v1/identify`: state which ids are one person, and withdraw that (docs/wire.md)."""

from passalong.core.facts import LinkVisited, input_hash
from passalong.core.identity import advocate_key, visitor_key
from passalong.core.identity_facts import PersonIdentified, StatementWithdrawn
from passalong.core.privileges import Scope
from passalong.flow.conversions.report import ReportError, customer_of, email_of
from passalong.flow.ingest.recorder import Kept
from passalong.store import event_log
from passalong.web.api.fields import AdvocateId, Code, Customer, Email, Id
from passalong.web.api.operation import ACCEPTED, OK, Call, Operation, Reply, problem
from passalong.web.api.recorded import Recorded, code_of, status_of
from passalong.web.browser.read_note import BROWSER
from passalong.web.http import wire
from passalong.web.http.problems import Problem

IDENTIFY = "identify"
WITHDRAW = "withdraw"
MOST_KEYS = 20


class IdentifyBody(wire.Body, frozen=True):
    """Ids of one person: visitors, customers (the owner's own ids), e-mails, advocates, codes of `along.code()`."""

    id: Id
    visitors: tuple[wire.NoteId, ...] = ()
    customers: tuple[Customer, ...] = ()
    advocates: tuple[AdvocateId, ...] = ()
    codes: tuple[Code, ...] = ()
    emails: tuple[Email, ...] = ()


class WithdrawBody(wire.Body, frozen=True):
    """The id under which the withdrawal is recorded."""

    id: Id


def identify(call: Call, body: IdentifyBody) -> Reply:
    """State that several ids are one person."""
    keys = {visitor_key(visitor) for visitor in body.visitors}
    keys |= {advocate_key(advocate) for advocate in body.advocates}
    keys |= {key for customer in body.customers if (key := customer_of(call.services.keys, call.site, customer))}
    keys |= {key for email in body.emails if (key := _email_of(call, email))}
    keys |= {_visitor_of_code(call, code) for code in body.codes}
    if not 2 <= len(keys) <= MOST_KEYS:
        detail = f"Name 2 to {MOST_KEYS} ids of one person: visitors, customers, emails, advocates, codes."
        raise problem(Problem.INVALID_REQUEST, detail)
    fact = PersonIdentified(tuple(sorted(keys)))
    said_hash = input_hash(keys=fact.keys)
    return _recorded(body.id, call.services.collector.record(call.site.site_id, IDENTIFY, body.id, fact, said_hash))


def withdraw_statement(call: Call, statement_id: str, body: WithdrawBody) -> Reply:
    """Withdraw an earlier `identify`."""
    site_id = call.site.site_id
    with call.services.db.reading() as session:
        if event_log.find_event(session, site_id, IDENTIFY, statement_id) is None:
            raise problem(Problem.NOT_FOUND, "No `identify` was sent with this id.")
    fact = StatementWithdrawn(statement_id)
    said_hash = input_hash(statement=statement_id)
    return _recorded(body.id, call.services.collector.record(site_id, WITHDRAW, body.id, fact, said_hash))


def _recorded(event_id: str, result: Kept) -> Reply:
    return Reply(Recorded(event_id, status_of(result)), code_of(result))


def _email_of(call: Call, email: str) -> str | None:
    try:
        return email_of(call.services.keys, call.site, email)
    except ReportError as error:
        raise problem(Problem.INVALID_REQUEST, str(error)) from None


def _visitor_of_code(call: Call, code: str) -> str:
    """Return the visitor whose visit a code names; raises `invalid_request` for a code that names none."""
    visit_id = code.partition(".")[2]
    with call.services.db.reading() as session:
        event = event_log.find_event(session, call.site.site_id, BROWSER, visit_id) if visit_id else None
    if event is None or not isinstance(event.fact, LinkVisited):
        detail = "`codes` are what `along.code()` gives, once the visit was noted: this one names no visit."
        raise problem(Problem.INVALID_REQUEST, detail)
    return visitor_key(event.fact.visitor_id)


OPERATIONS = (
    Operation(
        name="identify",
        method="POST",
        path="/identify",
        tag="Persons",
        scope=Scope.REPORT,
        handler=identify,
        body=IdentifyBody,
        answer=Recorded,
        statuses=(ACCEPTED, OK),
        problems=(Problem.ID_REUSED,),
        unscoped=True,
    ),
    Operation(
        name="withdraw_statement",
        method="POST",
        path="/identify/{statement_id}/withdraw",
        tag="Persons",
        scope=Scope.REPORT,
        handler=withdraw_statement,
        body=WithdrawBody,
        answer=Recorded,
        statuses=(ACCEPTED, OK),
        problems=(Problem.NOT_FOUND, Problem.ID_REUSED),
        unscoped=True,
    ),
)
