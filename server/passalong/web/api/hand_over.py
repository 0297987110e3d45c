"""`/api/v1/hand-over`: an owner's server opens the portal for a customer who is signed in there (docs/portal.md)."""

from passalong.core.privileges import Scope
from passalong.flow.conversions.report import customer_of
from passalong.flow.signin import hand_over
from passalong.web.api.fields import Customer
from passalong.web.api.operation import CREATED, Answer, Call, Operation, Reply, problem
from passalong.web.http import wire
from passalong.web.http.problems import Problem


class HandOverBody(wire.Body, frozen=True):
    """The customer whom the owner's server has signed in: only a hash of the id is stored."""

    customer: Customer


class HandOverLink(Answer, frozen=True):
    """The address that opens the portal for this customer, once, within two minutes."""

    url: str


def hand_over_customer(call: Call, body: HandOverBody) -> Reply:
    """Return an address that opens the portal for this customer, once, for two minutes."""
    services, site = call.services, call.site
    key = customer_of(services.keys, site, body.customer) if body.customer.strip() else None
    if key is None:
        detail = "`customer` is your own id of the customer, compared byte for byte."
        raise problem(Problem.INVALID_REQUEST, detail)
    code = hand_over.for_customer(services.db, services.clock, services.collector, site.site_id, key)
    return Reply(HandOverLink(f"{services.url}/me/in#{site.site_id}.{code}"), CREATED)


OPERATIONS = (
    Operation(
        name="hand_over_customer",
        method="POST",
        path="/hand-over",
        tag="Persons",
        scope=Scope.REPORT,
        handler=hand_over_customer,
        body=HandOverBody,
        answer=HandOverLink,
        statuses=(CREATED,),
        unscoped=True,
        shown_once=True,
    ),
)
