"""`/api/v1/credit-tokens`: the owner's server gets a token with which its customer's page shows their credit.

What the token reads is in web/browser/credit.py; docs/credit-in-your-app.md is the guide.
"""

from passalong.core.privileges import Scope
from passalong.flow.conversions.report import customer_of
from passalong.flow.signin import credit_tokens, hand_over
from passalong.web.api.fields import Customer
from passalong.web.api.operation import CREATED, Answer, Call, Operation, Reply, problem
from passalong.web.http import wire
from passalong.web.http.problems import Problem

TAG = "Persons"


class CreditTokenBody(wire.Body, frozen=True):
    """The customer whom the owner's server has signed in: only a hash of the id is stored."""

    customer: Customer


class CreditToken(Answer, frozen=True):
    """A token that reads this customer's credit, and how long it is good."""

    token: str
    expires_in_s: int


class EndedCreditTokens(Answer, frozen=True):
    """The number of tokens that ended."""

    ended: int = 0


def make_credit_token(call: Call, body: CreditTokenBody) -> Reply:
    """Return a token with which a page of the site reads this customer's credit, for fifteen minutes."""
    services = call.services
    try:
        token = credit_tokens.make(services.db, services.clock, services.collector, call.key, _customer(call, body))
    except credit_tokens.BannedError:
        detail = "This customer is excluded from earning credit: their own page in the portal shows what they have."
        raise problem(Problem.FORBIDDEN, detail) from None
    return Reply(CreditToken(token, credit_tokens.GOOD_MS // 1_000), CREATED)


def end_credit_tokens(call: Call, body: CreditTokenBody) -> EndedCreditTokens:
    """End every credit token of this customer, who signed out: pages that show it stop at once."""
    return EndedCreditTokens(credit_tokens.end(call.services.db, _customer(call, body)))


def _customer(call: Call, body: CreditTokenBody) -> hand_over.Customer:
    key = customer_of(call.services.keys, call.site, body.customer) if body.customer.strip() else None
    if key is None:
        detail = "`customer` is your own id of the customer, compared byte for byte."
        raise problem(Problem.INVALID_REQUEST, detail)
    return hand_over.Customer(call.site.site_id, key)


OPERATIONS = (
    Operation(
        name="make_credit_token",
        method="POST",
        path="/credit-tokens",
        tag=TAG,
        scope=Scope.REPORT,
        handler=make_credit_token,
        body=CreditTokenBody,
        answer=CreditToken,
        statuses=(CREATED,),
        problems=(Problem.FORBIDDEN,),
        shown_once=True,
    ),
    Operation(
        name="end_credit_tokens",
        method="POST",
        path="/credit-tokens/end",
        tag=TAG,
        scope=Scope.REPORT,
        handler=end_credit_tokens,
        body=CreditTokenBody,
        answer=EndedCreditTokens,
    ),
)
