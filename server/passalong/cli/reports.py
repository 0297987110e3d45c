"""`passalong report`: other measures of who matters. Reports never pay anybody."""

import click
import msgspec

from passalong.cli.common import CommandError, current_database, one_site
from passalong.flow.owners import reports
from passalong.flow.owners.reports import Report, Scope
from passalong.lib.clock import SystemClock

CLOCK = SystemClock()
_goal = click.option("--goal", default="purchase", help="The goal to look at.")
_days = click.option("--days", type=click.IntRange(1, 3_650), default=90, help="How far back to look.")
_as_json = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group("report")
def report() -> None:
    """Other attribution models, for reading only: they never pay anybody."""


@report.command("removal")
@click.argument("site_id", metavar="SITE")
@_goal
@_days
@click.option("--order", type=click.IntRange(1, 3), default=1, help="How many steps of a journey are remembered.")
@_as_json
def removal(site_id: str, goal: str, days: int, order: int, as_json: bool) -> None:
    """Markov removal effects: how many conversions would be lost without somebody's links."""
    with current_database() as db:
        _print(reports.removal_report(db, one_site(db, site_id), Scope(goal, CLOCK.now_ms(), days), order), as_json)


@report.command("shapley")
@click.argument("site_id", metavar="SITE")
@_goal
@_days
@_as_json
def shapley(site_id: str, goal: str, days: int, as_json: bool) -> None:
    """Shapley values: conversions shared equally by all who took part in each."""
    with current_database() as db:
        _print(reports.shapley_report(db, one_site(db, site_id), Scope(goal, CLOCK.now_ms(), days)), as_json)


def _print(report: Report, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode(report).decode())
        return
    print(report.note)
    print(f"{report.outcomes:,} of {report.journeys:,} journeys in {report.days} days led to {report.goal}.")
    for share in report.shares:
        effect = "" if share.effect is None else f"  removal effect {share.effect:.4f}"
        print(f"{share.outcomes:>12,.2f}  {share.who}{effect}")


@report.command("uplift")
@click.argument("site_id", metavar="SITE")
@_goal
@_days
@click.option("--control", required=True, metavar="OUTCOMES/PEOPLE", help="Your hold-out, like 80/1000.")
@_as_json
def uplift(site_id: str, goal: str, days: int, control: str, as_json: bool) -> None:
    """Uplift: what people who came by links did more than a hold-out group."""
    try:
        outcomes, people = (int(number) for number in control.split("/"))
    except ValueError:
        raise CommandError(f"{control[:60]!r} is no hold-out: write outcomes/people, like 80/1000.") from None
    with current_database() as db:
        site = one_site(db, site_id)
        try:
            treated, result = reports.uplift_report(db, site, Scope(goal, CLOCK.now_ms(), days), (outcomes, people))
        except ValueError as error:
            raise CommandError(str(error)) from None
    if as_json:
        fields = {"treated": treated, "control": (outcomes, people), "lift": float(result.lift), "low": result.low}
        fields |= {"high": result.high, "incremental": float(result.incremental), "share": float(result.share)}
        print(msgspec.json.encode(fields | {"note": reports.NOTE, "pays": False}).decode())
        return
    print(reports.NOTE)
    print(
        f"{treated[0]:,} of {treated[1]:,} people who came by links, {outcomes:,} of {people:,} in the hold-out: "
        f"a lift of {float(result.lift):+.2%} (95%: {result.low:+.2%} to {result.high:+.2%}), "
        f"{float(result.incremental):,.1f} outcomes that would not have been."
    )
