"""`/api/v1/terms`: the rule of the site as versions: read, try on the past, add, withdraw."""

from typing import Annotated

from msgspec import Meta

from passalong.core.privileges import Scope
from passalong.core.terms.model import Terms
from passalong.core.terms.validation import BadTermsError
from passalong.flow.owners import rule, terms
from passalong.store.sites import TermsVersion
from passalong.web.api.lists import AtMs, Money, Shape, money
from passalong.web.api.operation import CREATED, Call, Operation, Reply, problem
from passalong.web.api.sites import Note, Version
from passalong.web.http import wire
from passalong.web.http.problems import Problem

Document = Annotated[Terms, Meta(description="an object with the rule, as `GET /terms` shows it")]
Days = Annotated[int, Meta(ge=1, le=90, description="a number of days from 1 to 90")]


class TermsShown(Shape, frozen=True):
    """A version of the terms: in force from `since_ms`, unless it was withdrawn before."""

    version: int
    since_ms: int
    note: str
    withdrawn_at_ms: int | None
    in_force: bool
    terms: Terms


class TermsList(Shape, frozen=True):
    """Every version of the terms, the oldest first."""

    data: tuple[TermsShown, ...]


class TermsBody(wire.Body, frozen=True):
    """A new version: the whole rule, why it changes, and the number of the newest version that you have seen."""

    terms: Document
    note: Note
    base: Version
    since_ms: AtMs | None = None


class TryBody(wire.Body, frozen=True):
    """A draft of terms to try on the conversions of the last days."""

    terms: Document
    days: Days = 90


class TriedShown(Shape, frozen=True):
    """The effect of a draft in one unit: sums before and after, and how many people get more, the same or less."""

    conversions: int
    before: Money
    after: Money
    more: int
    same: int
    less: int


class TriedList(Shape, frozen=True):
    """The effect of a draft, by unit. Nothing is changed by trying."""

    data: tuple[TriedShown, ...]


def list_terms(call: Call) -> TermsList:
    """List every version of the terms."""
    with call.services.db.reading() as session:
        rule_versions = rule.rule_of(session, call.site.site_id, call.services.clock.now_ms())
    standing = rule_versions.standing.terms.version
    return TermsList(tuple(_terms(version, standing) for version in rule_versions.versions))


def try_terms(call: Call, body: TryBody) -> TriedList:
    """Try a draft on the past: what every conversion of the last days would pay. Nothing is changed."""
    try:
        tried = terms.try_terms(call.services.db, call.site, body.terms, call.services.clock.now_ms(), body.days)
    except BadTermsError as error:
        raise problem(Problem.INVALID_REQUEST, str(error)) from None
    return TriedList(
        tuple(
            TriedShown(
                effect.outcomes,
                money(effect.before_micros, effect.unit),
                money(effect.after_micros, effect.unit),
                effect.more,
                effect.same,
                effect.less,
            )
            for effect in tried
        )
    )


def add_terms(call: Call, body: TermsBody) -> Reply:
    """Add a version of the terms; one that takes something away begins in 14 days at the earliest."""
    draft = terms.Draft(body.terms, body.note, body.since_ms, call.actor, call.once)
    try:
        version = rule.put_in_force(
            call.services.db, call.services.clock, call.site.site_id, draft, rule.Basis(body.base)
        )
    except BadTermsError as error:
        raise problem(Problem.INVALID_REQUEST, str(error)) from None
    except rule.RuleChangedError as error:
        raise problem(Problem.CONFLICT, str(error)) from None
    standing = version.terms.version if version.since_ms <= call.services.clock.now_ms() else 0
    return Reply(_terms(version, standing), CREATED)


def withdraw_terms(call: Call, version: str) -> TermsShown:
    """Withdraw a version of the terms that has not begun."""
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else -1
    try:
        [withdrawn] = terms.withdraw(call.services.db, call.services.clock, call.site.site_id, number, call.actor)
    except BadTermsError as error:
        raise problem(Problem.CONFLICT, str(error)) from None
    return _terms(withdrawn, 0)


def _terms(version: TermsVersion, standing: int) -> TermsShown:
    return TermsShown(
        version.terms.version,
        version.since_ms,
        version.note,
        version.withdrawn_at_ms,
        version.terms.version == standing,
        version.terms,
    )


OPERATIONS = (
    Operation(
        name="list_terms",
        method="GET",
        path="/terms",
        tag="Terms",
        scope=Scope.READ,
        handler=list_terms,
        answer=TermsList,
    ),
    Operation(
        name="try_terms",
        method="POST",
        path="/terms/try",
        tag="Terms",
        scope=Scope.READ,
        handler=try_terms,
        body=TryBody,
        answer=TriedList,
    ),
    Operation(
        name="add_terms",
        method="POST",
        path="/terms",
        tag="Terms",
        scope=Scope.MANAGE,
        handler=add_terms,
        body=TermsBody,
        answer=TermsShown,
        statuses=(CREATED,),
        problems=(Problem.CONFLICT,),
    ),
    Operation(
        name="withdraw_terms",
        method="POST",
        path="/terms/{version}/withdraw",
        tag="Terms",
        scope=Scope.MANAGE,
        handler=withdraw_terms,
        answer=TermsShown,
        problems=(Problem.CONFLICT,),
    ),
)
