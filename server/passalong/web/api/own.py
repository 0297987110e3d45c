"""`/api/v1/me`: a person's own account, for their assistant; an assistant token of theirs opens it and only reads.

Answers say what the person's own pages say, in the same words, so that what those merge or leave out is left out here.
"""

from typing import Annotated

from msgspec import Meta, Struct

from passalong.i18n.rule import rule_words
from passalong.store.queries import advocates, ledger_lines, links, why
from passalong.store.queries.cursors import BadCursorError
from passalong.store.queries.ledger_lines import LedgerPage
from passalong.store.queries.views import LedgerRow, PageLine, UnitSums
from passalong.store.shops import connections
from passalong.store.sites import Site, in_force, terms_versions
from passalong.web.api.lists import Money, Query, Shape, money, money_of_sums
from passalong.web.api.operation import Operation, problem
from passalong.web.http.formatting import when
from passalong.web.http.line_words import outcome_sentence, taken_sentence, term_words, what_happened
from passalong.web.http.problems import Problem
from passalong.web.http.services import Services

ABOUT = """Your own account at a site. Every call carries `Authorization: Bearer at_…`, a token that you made in the
portal. It reads your account and nothing else; what you do with your credit, you do there."""
TAG = "Your account"
ROWS = 25
BAD_CURSOR = "`after` is the `next` of the page before. Leave it out for the first page."
Cursor = Annotated[str, Meta(max_length=400, description="the cursor that `next` of the page before has")]


class OwnCall(Struct, frozen=True):
    """One call: the instance, the site, and the advocate ids of the account whose token it has."""

    services: Services
    site: Site
    mine: tuple[str, ...]


class OwnPage(Query, frozen=True, kw_only=True):
    """The parameter of a page."""

    after: Cursor | None = None


class OwnSums(Shape, frozen=True):
    """Your sums of one unit: `earned` is `waiting`, `ready`, `used` and `taken_back` together."""

    unit: str
    earned: Money
    waiting: Money
    ready: Money
    used: Money
    taken_back: Money


class OwnAccount(Shape, frozen=True):
    """Your account at a site: the people your sharing reached, and what it earned."""

    site: str
    pages_shared: int
    people: int
    passed_on: int
    outcomes: int
    sums: tuple[OwnSums, ...]
    rule: str
    url: str


class OwnLine(Shape, frozen=True):
    """One line of your credit: when it happened, in which state it is, and the address of its page."""

    id: str
    when: str
    what: str
    state: str
    amount: Money
    url: str


class OwnLines(Shape, frozen=True):
    """Lines of your credit, newest first."""

    data: tuple[OwnLine, ...]
    next: str | None


class OwnStep(Shape, frozen=True):
    """One row of how a line's amount was worked out."""

    what: str
    amount: Money


class OwnReason(Shape, frozen=True):
    """Why a line of your credit is what it is: what happened, the rule, and the arithmetic."""

    id: str
    state: str
    sentence: str
    rule: str | None
    taken_back: str
    arithmetic: tuple[OwnStep, ...]
    amount: Money
    url: str


class OwnLink(Shape, frozen=True):
    """A page that you shared: its links, who came, how many passed it on, and what came of it."""

    title: str
    page: str
    links: int
    people: int
    passed_on: int
    outcomes: int


class OwnLinks(Shape, frozen=True):
    """Pages that you shared, those that brought most people first."""

    data: tuple[OwnLink, ...]
    next: str | None


def read_own_account(call: OwnCall) -> OwnAccount:
    """Return whom your sharing reached, what it earned, and the rule of the site."""
    site, services = call.site, call.services
    with services.db.reading() as session:
        view = advocates.advocate_home(session, site, call.mine, services.clock.now_ms())
        terms = in_force(terms_versions(session, site.site_id), services.clock.now_ms()).terms
        bases = connections.open_bases(session, site.site_id)
    counts = (view.pages, view.people, view.passed_on, view.outcomes)
    rule = rule_words(terms, remember=site.remember, bases=bases)
    return OwnAccount(site.name, *counts, tuple(map(_sums, view.sums)), rule, f"{services.url}/me")


def list_own_credits(call: OwnCall, query: OwnPage) -> OwnLines:
    """List the lines of your credit, newest first, each in a sentence."""
    with call.services.db.reading() as session:
        try:
            rows, older = ledger_lines.page(session, call.site.site_id, call.mine, LedgerPage(ROWS, query.after))
        except BadCursorError:
            raise problem(Problem.INVALID_REQUEST, BAD_CURSOR) from None
    return OwnLines(tuple(_line(row, call) for row in rows), older)


def explain_own_credit(call: OwnCall, line_id: str) -> OwnReason:
    """Return why one line of your credit is what it is."""
    with call.services.db.reading() as session:
        view = why.why_page(session, call.site, call.mine, line_id)
    if view is None:
        raise problem(Problem.NOT_FOUND, "Your account has no line of credit with this id: list_own_credits has them.")
    return OwnReason(
        id=view.line_id,
        state=view.state,
        sentence=outcome_sentence(view, call.site.time_zone, call.site.name),
        rule=rule_words(view.terms, remember=view.remember, bases=view.bases) if view.terms else None,
        taken_back=taken_sentence(view, call.site.time_zone, call.site.name),
        arithmetic=tuple(OwnStep(term_words(term), money(term.amount_micros, view.unit)) for term in view.arithmetic),
        amount=money(view.amount_micros, view.unit),
        url=f"{call.services.url}/me/why/{view.line_id}",
    )


def list_own_links(call: OwnCall, query: OwnPage) -> OwnLinks:
    """List the pages that you shared, those that brought most people first."""
    with call.services.db.reading() as session:
        try:
            page = links.links_page(session, call.site.site_id, call.mine, query.after)
        except BadCursorError:
            raise problem(Problem.INVALID_REQUEST, BAD_CURSOR) from None
    return OwnLinks(tuple(map(_link, page.pages)), page.older)


def _sums(sums: UnitSums) -> OwnSums:
    return OwnSums(sums.unit, *money_of_sums(sums))


def _line(row: LedgerRow, call: OwnCall) -> OwnLine:
    where = f"why/{row.line_id}" if row.line_id else f"use/{row.redemption_id}"
    on = when(row.at_ms, call.site.time_zone, row.few, with_year=True)
    amount = money(row.amount_micros, row.unit)
    what = what_happened(row, call.site.name)
    return OwnLine(row.line_id, on, what, row.state, amount, f"{call.services.url}/me/{where}")


def _link(line: PageLine) -> OwnLink:
    return OwnLink(line.title, line.page_url, line.shares, line.people, line.passed_on, line.outcomes)


OWN: tuple[Operation, ...] = (
    Operation("read_own_account", "GET", "/me", TAG, None, read_own_account, OwnAccount),
    Operation("list_own_credits", "GET", "/me/credits", TAG, None, list_own_credits, OwnLines, query=OwnPage),
    Operation(
        name="explain_own_credit",
        method="GET",
        path="/me/credits/{line_id}",
        tag=TAG,
        scope=None,
        handler=explain_own_credit,
        answer=OwnReason,
        problems=(Problem.NOT_FOUND,),
    ),
    Operation("list_own_links", "GET", "/me/links", TAG, None, list_own_links, OwnLinks, query=OwnPage),
)
"""The operations of an assistant token."""
