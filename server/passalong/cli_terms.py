"""`passalong terms`: the rule of a site: show it, check a draft, try it on what has happened, put it in force."""

from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from passalong.cli_common import FILE, Problem, current_database, one_site, read_json
from passalong.clock import SystemClock
from passalong.core.money import MICROS
from passalong.core.terms_check import BadTerms, cuts, read_draft
from passalong.flow import terms as flow_terms
from passalong.languages.rule import rule_words
from passalong.store.sites import in_force, terms_versions

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
        versions = terms_versions(session, one_site(db, site_id).site_id)
    now_ms = CLOCK.now_ms()
    standing = in_force(versions, now_ms)
    if as_json:
        document = msgspec.to_builtins(standing.terms)
        print(msgspec.json.format(msgspec.json.encode(document)).decode())
        return
    for version in versions:
        begins = "since" if version.since_ms <= now_ms else "from"
        mark = ", in force" if version == standing else ""
        print(f"Version {version.terms.version}, {begins} {_day(version.since_ms)}{mark}: {version.note}")
        print(f"  {rule_words(version.terms)}")


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


@terms.command("lint")
@click.argument("file", type=FILE)
@_as_json
def lint(file: Path, as_json: bool) -> int:
    """Check a draft; print a sentence for each problem and end with 1 if there is any."""
    problems: list[str] = []
    try:
        draft = read_draft(read_json(file))
    except BadTerms as error:
        problems = error.problems
    if as_json:
        print(msgspec.json.encode({"problems": problems}).decode())
    else:
        print("\n".join(problems) if problems else rule_words(draft))
    return 1 if problems else 0


@terms.command("add")
@click.argument("site_id", metavar="SITE")
@click.argument("file", type=FILE)
@click.option("--since", help="From when it is in force: 2026-12-01 or 2026-12-01T09:00, UTC. Left out: at once.")
@click.option("--note", required=True, help="Why the rule changes, for people who share.")
def add(site_id: str, file: Path, since: str | None, note: str) -> None:
    """Add the next version of a site's terms. Links that were made before keep theirs."""
    draft = read_draft(read_json(file))
    with current_database() as db:
        known = one_site(db, site_id)
        made = flow_terms.new_version(db, CLOCK, known.site_id, draft, note, _moment(since))
    print(f"Version {made.terms.version} is in force from {_day(made.since_ms)}.")


def _moment(since: str | None) -> int | None:
    if since is None:
        return None
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        raise Problem(f"{since!r} is no day: write it like 2026-12-01.") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


@terms.command("try")
@click.argument("site_id", metavar="SITE")
@click.argument("file", type=FILE)
@click.option("--days", type=click.IntRange(1, 3_650), default=90, help="How far back to look.")
@_as_json
def try_draft(site_id: str, file: Path, days: int, as_json: bool) -> None:
    """Run a draft over the outcomes of the last days: how many would have more or less. Writes nothing."""
    draft = read_draft(read_json(file))
    with current_database() as db:
        known = one_site(db, site_id)
        found = flow_terms.try_terms(db, known, draft, CLOCK.now_ms(), days)
        with db.reading() as session:
            lost = cuts(in_force(terms_versions(session, known.site_id), CLOCK.now_ms()).terms, draft)
    if as_json:
        print(msgspec.json.encode({"days": days, "cuts": lost, "units": found}).decode())
        return
    for sentence in lost:
        print(f"A cut, to be announced {flow_terms.NOTICE_DAYS} days before: {sentence}")
    print("\n".join(line for tried in found for line in _tried(tried)) or f"Nothing was paid in the last {days} days.")


def _tried(tried: flow_terms.Tried) -> list[str]:
    def amount(micros: int) -> str:
        return f"{micros / MICROS:,.2f} {tried.unit}"

    return [
        f"{tried.outcomes:,} outcomes. To people {amount(tried.before_micros)}, under the draft "
        f"{amount(tried.after_micros)}; to the pool {amount(tried.pool_before_micros)}, under the draft "
        f"{amount(tried.pool_after_micros)}.",
        f"{tried.more:,} people would have more, {tried.same:,} the same, {tried.less:,} less:",
        *(f"{count:>8,}  {BAND_WORDS[band]}" for band, count in tried.bands if count),
    ]
