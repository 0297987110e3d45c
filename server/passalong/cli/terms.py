"""`passalong terms`: show the rule of a site, check a draft, try it on the past, put it in force."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from passalong.cli.common import FILE, CommandError, current_database, one_site, read_json
from passalong.core.money import figures, whole_micros
from passalong.core.terms.costs import Cost, costs
from passalong.core.terms.validation import BadTermsError, cuts, read_draft
from passalong.flow.owners import terms as flow_terms
from passalong.i18n.rule import rule_words
from passalong.lib.clock import SystemClock
from passalong.store.shops import connections
from passalong.store.sites import TermsVersion, in_force, terms_versions

CLOCK = SystemClock()
BAND_WORDS = {
    "nothing_left": "nothing left",
    "half_less": "less by half or more",
    "less": "less",
    "same": "the same",
    "more": "more",
    "half_more": "more by half or more",
    "new": "something where there was nothing",
}
_as_json = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group("terms")
def terms() -> None:
    """The rule by which credit is given."""


@terms.command("show")
@click.argument("site_id", metavar="SITE")
@_as_json
def show(site_id: str, as_json: bool) -> None:
    """Print every version of a site's terms; with --json the one in force, to edit and add."""
    with current_database() as db, db.reading() as session:
        site = one_site(db, site_id)
        versions = terms_versions(session, site.site_id)
        bases = connections.open_bases(session, site.site_id)
    now_ms = CLOCK.now_ms()
    standing = in_force(versions, now_ms)
    if as_json:
        document = msgspec.to_builtins(standing.terms)
        print(msgspec.json.format(msgspec.json.encode(document)).decode())
        return
    for version in versions:
        begins = "since" if version.since_ms <= now_ms else "from"
        mark = ", in force" if version == standing else ", withdrawn" if version.withdrawn_at_ms else ""
        print(f"Version {version.terms.version}, {begins} {_day(version.since_ms)}{mark}: {version.note}")
        lasts = version.since_ms >= standing.since_ms and not version.withdrawn_at_ms
        print(f"  {rule_words(version.terms, remember=site.remember, bases=bases if lasts else ())}")


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


@terms.command("check")
@click.argument("file", type=FILE)
@_as_json
def check(file: Path, as_json: bool) -> int:
    """Check a draft: print what is wrong, or what a conversion and a month can cost; exit code 1 if it is invalid."""
    problems: list[str] = []
    goal_costs: tuple[Cost, ...] = ()
    try:
        draft = read_draft(read_json(file))
        goal_costs = costs(draft)
    except BadTermsError as error:
        problems = error.problems
    if as_json:
        print(msgspec.json.encode({"problems": problems, "costs": goal_costs}).decode())
    elif problems:
        print("\n".join(problems))
    else:
        print(
            "\n".join([rule_words(draft, bases=()), *(sentence for cost in goal_costs for sentence in cost.sentences)])
        )
    return 1 if problems else 0


terms.add_command(check, "lint")


@terms.command("add")
@click.argument("site_id", metavar="SITE")
@click.argument("file", type=FILE)
@click.option("--since", help="From when it is in force: 2026-12-01 or 2026-12-01T09:00, UTC. Left out: at once.")
@click.option("--note", required=True, help="Why the rule changes, for people who share.")
@click.option("--replace", is_flag=True, help="Replace every version that has not begun yet.")
@_as_json
def add(site_id: str, file: Path, since: str | None, note: str, *, replace: bool, as_json: bool) -> None:
    """Add the next version of a site's terms. Links made before keep theirs."""
    draft = read_draft(read_json(file))
    with current_database() as db:
        site = one_site(db, site_id)
        new = flow_terms.Draft(draft, note, _moment(since))
        if replace:
            version = flow_terms.replace_announced(db, CLOCK, site.site_id, new)
        else:
            version = flow_terms.new_version(db, CLOCK, site.site_id, new)
    sentence = f"Version {version.terms.version} is in force from {_day(version.since_ms)}."
    print(_document([version]) if as_json else sentence)


@terms.command("withdraw")
@click.argument("site_id", metavar="SITE")
@click.argument("version", type=click.IntRange(1), required=False)
@_as_json
def withdraw(site_id: str, version: int | None, as_json: bool) -> None:
    """Withdraw a version that has not begun yet; all of them, if left out."""
    with current_database() as db:
        versions = flow_terms.withdraw(db, CLOCK, one_site(db, site_id).site_id, version)
    if as_json:
        print(_document(versions))
        return
    for announced in versions:
        print(f"Version {announced.terms.version}, planned for {_day(announced.since_ms)}, is withdrawn.")


def _document(versions: Sequence[TermsVersion]) -> str:
    rows = [
        {"version": version.terms.version, "since_ms": version.since_ms, "note": version.note} for version in versions
    ]
    return msgspec.json.encode({"versions": rows}).decode()


def _moment(since: str | None) -> int | None:
    if since is None:
        return None
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        raise CommandError(f"{since!r} is no day: write it like 2026-12-01.") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


@terms.command("try")
@click.argument("site_id", metavar="SITE")
@click.argument("file", type=FILE)
@click.option("--days", type=click.IntRange(1, 3_650), default=90, help="How far back to look.")
@_as_json
def try_draft(site_id: str, file: Path, days: int, as_json: bool) -> None:
    """Run a draft over the conversions of the last days: how many would get more or less. Writes nothing."""
    draft = read_draft(read_json(file))
    with current_database() as db:
        site = one_site(db, site_id)
        result = flow_terms.try_terms(db, site, draft, CLOCK.now_ms(), days)
        with db.reading() as session:
            lost = cuts(in_force(terms_versions(session, site.site_id), CLOCK.now_ms()).terms, draft)
    if as_json:
        print(msgspec.json.encode({"days": days, "cuts": lost, "units": result}).decode())
        return
    for sentence in lost:
        print(f"A cut, to be announced {flow_terms.NOTICE_DAYS} days before: {sentence}")
    print("\n".join(line for tried in result for line in _tried(tried)) or f"Nothing was paid in the last {days} days.")


def _tried(tried: flow_terms.Tried) -> list[str]:
    def amount(micros: int) -> str:
        return f"{figures(whole_micros(micros, tried.unit), tried.unit)} {tried.unit}"

    return [
        f"{tried.outcomes:,} outcomes. To people {amount(tried.before_micros)}, under the draft "
        f"{amount(tried.after_micros)}; to the pool {amount(tried.pool_before_micros)}, under the draft "
        f"{amount(tried.pool_after_micros)}.",
        f"{tried.more:,} people would have more, {tried.same:,} the same, {tried.less:,} less:",
        *(f"{count:>8,}  {BAND_WORDS[band]}" for band, count in tried.bands if count),
    ]
