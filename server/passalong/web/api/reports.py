"""`/api/v1/reports`: other measures of who matters. They pay nobody."""

from contextlib import AbstractContextManager
from typing import Annotated

from msgspec import Meta

from passalong.core.privileges import Scope
from passalong.flow.owners import reports
from passalong.flow.owners.reports import NOTE, Report
from passalong.web.api.fields import Goal
from passalong.web.api.lists import Query, Shape
from passalong.web.api.operation import Call, Operation, problem
from passalong.web.api.terms import Days
from passalong.web.http.downloads import one_at_a_time
from passalong.web.http.problems import Problem

Order = Annotated[int, Meta(ge=1, le=3, description="how many steps of a journey are remembered, from 1 to 3")]
Conversions = Annotated[int, Meta(ge=0, le=10**9, description="how many of your hold-out did it")]
People = Annotated[int, Meta(ge=1, le=10**9, description="how many people your hold-out has")]
REPORT = "report"
"""Stands for the key in the list of slow answers that are being made."""
REPORTS = {
    "removal": "Markov removal effects: the conversions that would be lost without somebody's links.",
    "shapley": "Shapley values: conversions shared equally by all who took part in each.",
    "uplift": "Uplift: what people who came by links did more than a hold-out of yours.",
}


class ReportNamed(Shape, frozen=True):
    """A report that there is, at `/reports/NAME`."""

    name: str
    says: str


class ReportNames(Shape, frozen=True):
    """Every report."""

    data: tuple[ReportNamed, ...]


class ReportQuery(Query, frozen=True, kw_only=True):
    """The conversions that a report is about: of a goal, in the last days."""

    goal: Goal = "purchase"
    days: Days = 90


class RemovalQuery(ReportQuery, frozen=True, kw_only=True):
    """The conversions of removal effects, and how many steps are remembered."""

    order: Order = 1


class UpliftQuery(ReportQuery, frozen=True, kw_only=True):
    """The conversions of an uplift, and the hold-out: people to whom no link was shown, and how many of them did it."""

    control_conversions: Conversions
    control_people: People


class ReportShare(Shape, frozen=True):
    """The part of one advocate, or of all `others`: conversions by the measure, and their removal effect, if any."""

    advocate: str
    conversions: float
    removal_effect: float | None


class ReportShown(Shape, frozen=True):
    """A report: how many journeys led to how many conversions, and the part of each advocate. It pays nobody."""

    name: str
    goal: str
    days: int
    journeys: int
    conversions: int
    shares: tuple[ReportShare, ...]
    exact: bool
    note: str


class UpliftShown(Shape, frozen=True):
    """The additional conversions of those who came by links; `low` and `high` bound `lift` at 95 %. It pays nobody."""

    goal: str
    days: int
    conversions: int
    people: int
    lift: float
    low: float
    high: float
    incremental: float
    share: float
    note: str


def list_reports(call: Call) -> ReportNames:
    """List the reports that there are."""
    return ReportNames(tuple(ReportNamed(name, says) for name, says in REPORTS.items()))


def report_removal(call: Call, query: RemovalQuery) -> ReportShown:
    """Return Markov removal effects of the last days."""
    with _one_at_a_time(call):
        return _shown(reports.removal_report(call.services.db, call.site, _scope(call, query), query.order))


def report_shapley(call: Call, query: ReportQuery) -> ReportShown:
    """Return conversions of the last days by the Shapley value of the people involved."""
    with _one_at_a_time(call):
        return _shown(reports.shapley_report(call.services.db, call.site, _scope(call, query)))


def report_uplift(call: Call, query: UpliftQuery) -> UpliftShown:
    """Compare people who came by links with a hold-out of yours."""
    control = (query.control_conversions, query.control_people)
    try:
        with _one_at_a_time(call):
            results, uplift = reports.uplift_report(call.services.db, call.site, _scope(call, query), control)
    except ValueError as error:
        raise problem(Problem.INVALID_REQUEST, str(error)) from None
    return UpliftShown(
        goal=query.goal,
        days=query.days,
        conversions=results[0],
        people=results[1],
        lift=float(uplift.lift),
        low=uplift.low,
        high=uplift.high,
        incremental=float(uplift.incremental),
        share=float(uplift.share),
        note=NOTE,
    )


def _one_at_a_time(call: Call) -> AbstractContextManager[None]:
    """Let a site work out one report at a time, since each reads all that happened in its days."""
    return one_at_a_time(call.site.site_id, REPORT)


def _scope(call: Call, query: ReportQuery) -> reports.Scope:
    return reports.Scope(query.goal, call.services.clock.now_ms(), query.days)


def _shown(report: Report) -> ReportShown:
    return ReportShown(
        name=report.name,
        goal=report.goal,
        days=report.days,
        journeys=report.journeys,
        conversions=report.outcomes,
        shares=tuple(ReportShare(share.who, share.outcomes, share.effect) for share in report.shares),
        exact=report.exact,
        note=report.note,
    )


OPERATIONS = (
    Operation(
        name="list_reports",
        method="GET",
        path="/reports",
        tag="Reports",
        scope=Scope.READ,
        handler=list_reports,
        answer=ReportNames,
    ),
    Operation(
        name="report_removal",
        method="GET",
        path="/reports/removal",
        tag="Reports",
        scope=Scope.READ,
        handler=report_removal,
        query=RemovalQuery,
        answer=ReportShown,
    ),
    Operation(
        name="report_shapley",
        method="GET",
        path="/reports/shapley",
        tag="Reports",
        scope=Scope.READ,
        handler=report_shapley,
        query=ReportQuery,
        answer=ReportShown,
    ),
    Operation(
        name="report_uplift",
        method="GET",
        path="/reports/uplift",
        tag="Reports",
        scope=Scope.READ,
        handler=report_uplift,
        query=UpliftQuery,
        answer=UpliftShown,
    ),
)
