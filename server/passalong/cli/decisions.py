"""`passalong code …` and `passalong review …`: personal codes, decisions, and attribution by hand."""

import os
import secrets
from collections.abc import Callable
from typing import Any, TypeVar

import click
from sqlalchemy import select

from passalong.cli.common import CommandError, current_database, keys_of, one_site
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.decisions import DECISIONS
from passalong.core.facts import AdvocateNamed
from passalong.core.money import MICROS, POINTS, figures, micros_from_minor
from passalong.flow import personal_codes as flow_codes
from passalong.flow.ingest.collector import Collector
from passalong.flow.ingest.recorder import Kept
from passalong.flow.owners import decisions
from passalong.flow.owners import review as flow_review
from passalong.flow.owners.changes import CLI
from passalong.flow.owners.desk import Desk, Signed
from passalong.flow.owners.review import Ruling
from passalong.flow.owners.settings import SettingsDraft, change_settings
from passalong.lib.clock import SystemClock
from passalong.store.engine import Database
from passalong.store.queries import personal_codes as stored
from passalong.store.queries import refund_requests
from passalong.store.queries import review as stored_review
from passalong.store.queries.held_shares import held_shares
from passalong.store.schema.conversions import conversions
from passalong.store.sites import Site

CLOCK = SystemClock()
MOST_SHARES = 1_000
RECORDED = "It is on record. A running server acts on it within half a minute."
T = TypeVar("T")
_author = click.option("--by", "author", default=lambda: os.environ.get("USER", "owner"), help="Who decides.")
_note = click.option("--note", required=True, help="Why: the receipt shows it.")


@click.group()
def code() -> None:
    """Personal codes of advocates: in an address (?ht=ana) and at the checkout."""


@code.command("add")
@click.argument("site_id", metavar="SITE")
@click.argument("word")
@click.argument("advocate_id", metavar="ADVOCATE")
def code_add(site_id: str, word: str, advocate_id: str) -> None:
    """Make a code for an advocate."""
    with current_database() as db:
        keys, site = keys_of(db).links, one_site(db, site_id)
        code = _tried(lambda: flow_codes.add_code(db, CLOCK, keys, site, flow_codes.CodeRequest(advocate_id, word)))
    print(f"{code.code} now stands for {code.advocate_id}: {site.home_url}?ht={code.code}")


@code.command("list")
@click.argument("site_id", metavar="SITE")
def code_list(site_id: str) -> None:
    """List the codes: code, advocate, who made it."""
    with current_database() as db, db.reading() as session:
        for code_row in stored.codes_of(session, one_site(db, site_id).site_id):
            ended = "" if code_row.retired_at_ms is None else "  retired"
            print(f"{code_row.code}  {code_row.advocate_id}  made by the {code_row.made_by}{ended}")


@code.command("retire")
@click.argument("site_id", metavar="SITE")
@click.argument("word")
def code_retire(site_id: str, word: str) -> None:
    """Retire a code: it earns nothing any more; what it earned stays."""
    with current_database() as db:
        code = _tried(lambda: flow_codes.retire_code(db, CLOCK, one_site(db, site_id).site_id, word))
    print(f"{code.code} is retired.")


@code.command("asking")
@click.argument("site_id", metavar="SITE")
@click.argument("asking", type=click.Choice(["on", "ask", "off"]))
def code_asking(site_id: str, asking: flow_codes.Asking) -> None:
    """Set whether advocates may have personal codes: at once (on), with your approval (ask), or not (off)."""
    with current_database() as db:
        change_settings(db, CLOCK, one_site(db, site_id).site_id, SettingsDraft({"personal_codes": asking}, CLI))
    may = {"on": "may have", "ask": "may ask for", "off": "may not ask for"}[asking]
    print(f"Advocates {may} codes of their own.")


@code.command("wanted")
@click.argument("site_id", metavar="SITE")
def code_wanted(site_id: str) -> None:
    """List the codes that advocates ask for and you have not answered."""
    with current_database() as db, db.reading() as session:
        for wanted in stored.wanted_of(session, one_site(db, site_id).site_id):
            print(f"{wanted.code}  {wanted.advocate_id}")


@code.command("agree")
@click.argument("site_id", metavar="SITE")
@click.argument("word")
def code_agree(site_id: str, word: str) -> None:
    """Approve a requested code: it works from now on."""
    with current_database() as db:
        keys, site = keys_of(db).links, one_site(db, site_id)
        code = _tried(lambda: flow_codes.agree(db, CLOCK, keys, site, word))
    print(f"{code.code} now stands for {code.advocate_id}: {site.home_url}?ht={code.code}")


@code.command("decline")
@click.argument("site_id", metavar="SITE")
@click.argument("word")
def code_decline(site_id: str, word: str) -> None:
    """Decline a requested code; the advocate reads that, and may ask for another."""
    with current_database() as db:
        declined = _tried(lambda: flow_codes.decline(db, CLOCK, one_site(db, site_id).site_id, word))
    print(f"{declined.code} is declined.")


@click.group()
def review() -> None:
    """Decisions: bans, holds, voids, and credit by hand."""


@review.command("list")
@click.argument("site_id", metavar="SITE")
def review_list(site_id: str) -> int:
    """List conversions and shares of pools that are held for review; exit code 1 if there are any."""
    with current_database() as db, db.reading() as session:
        full_site_id = one_site(db, site_id).site_id
        statement = select(conversions).where(conversions.c.site_id == full_site_id, conversions.c.held)
        rows = session.execute(statement.order_by(conversions.c.at_ms, conversions.c.conversion_id)).all()
        shares = held_shares(session, full_site_id, MOST_SHARES)
        lone = refund_requests.without_order(session, full_site_id, CLOCK.now_ms() - DAY_MS)
    for row in rows:
        unit = row.currency or ""
        print(f"{row.conversion_id}  {row.goal}  {figures(row.gross_micros, unit)} {unit}".rstrip())
    for share in shares:
        print(f"{share.conversion_id}  {share.goal}  {figures(share.amount_micros, share.unit)} {share.unit}")
    for refund in lone:
        print(f"refund {refund.refund_id}: its order {refund.conversion_id} was not reported within a day")
    print(f"{len(rows) + len(shares)} wait for a decision.")
    return 1 if rows or shares or lone else 0


@review.command("decide")
@click.argument("site_id", metavar="SITE")
@click.argument("decision", type=click.Choice(sorted({decision for some in DECISIONS.values() for decision in some})))
@click.argument("about", type=click.Choice(list(DECISIONS)))
@click.argument("subject_id", metavar="ID")
@_author
@_note
def review_decide(site_id: str, decision: Any, about: Any, subject_id: str, author: str, note: str) -> None:
    """Ban an advocate, lift it, hide or show a name; hold, void or release a conversion; void or release a visit."""
    ruling = Ruling(decision, about, (subject_id,))
    _decide(site_id, author, note, lambda at, signed: flow_review.rule_on(at, signed, ruling))


@review.command("undo")
@click.argument("site_id", metavar="SITE")
@click.argument("batch_id", metavar="DECISION")
@_author
@_note
def review_undo(site_id: str, batch_id: str, author: str, note: str) -> None:
    """Undo a decision, or all that were made together, by a new one; `review decided` lists them."""
    _decide(site_id, author, note, lambda at, signed: flow_review.undo(at, signed, batch_id))


@review.command("decided")
@click.argument("site_id", metavar="SITE")
def review_decided(site_id: str) -> None:
    """List the latest decisions: id, decision, subject, author, reason."""
    with current_database() as db, db.reading() as session:
        for decided_batch in stored_review.latest_decisions(session, one_site(db, site_id).site_id):
            first, more = decided_batch.decisions[0], len(decided_batch.decisions) - 1
            subject = first.subject_id + (f" and {more} more" if more else "")
            print(f"{decided_batch.batch_id}  {first.action} {first.about} {subject}  {first.author}: {first.note}")


@review.command("name")
@click.argument("site_id", metavar="SITE")
@click.argument("conversion_id", metavar="CONVERSION")
@click.argument("advocate_id", metavar="ADVOCATE")
@_author
@_note
def review_name(site_id: str, conversion_id: str, advocate_id: str, author: str, note: str) -> None:
    """Name an advocate who led to a conversion."""

    def record(db: Database, door: Collector, site: Site, new_id: str) -> Kept:
        share_id = flow_codes.link_by_hand(db, CLOCK, keys_of(db).links, site, advocate_id)
        return decisions.name_advocate(db, door, site, new_id, AdvocateNamed(conversion_id, share_id, author, note))

    _record(site_id, record)


@review.command("give")
@click.argument("site_id", metavar="SITE")
@click.argument("advocate_id", metavar="ADVOCATE")
@click.argument("amount_minor", type=click.IntRange(1))
@click.argument("unit")
@_author
@_note
def review_give(site_id: str, advocate_id: str, amount_minor: int, unit: str, author: str, note: str) -> None:
    """Give credit: whole points, or a currency's minor units (420 EUR is 4.20)."""
    micros = amount_minor * MICROS if unit == POINTS else micros_from_minor(amount_minor, unit)
    _decide(site_id, author, note, lambda at, signed: flow_review.give_credit(at, signed, advocate_id, unit, micros))


def _decide(site_id: str, author: str, note: str, work: Callable[[Desk, Signed], object]) -> None:
    with current_database() as db:
        door = Collector(db, CLOCK)
        try:
            at = Desk(db, CLOCK, door, one_site(db, site_id))
            _tried(lambda: work(at, Signed(author, note, secrets.token_urlsafe(12), CLI)))
        finally:
            door.close()
    print(RECORDED)


def _record(site_id: str, record: Callable[[Database, Collector, Site, str], Kept]) -> None:
    with current_database() as db:
        door = Collector(db, CLOCK)
        try:
            site = one_site(db, site_id)
            _tried(lambda: record(db, door, site, secrets.token_urlsafe(12)))
        finally:
            door.close()
    print(RECORDED)


def _tried(work: Callable[[], T]) -> T:
    try:
        return work()
    except (decisions.DecisionError, flow_codes.BadPersonalCodeError) as error:
        raise CommandError(str(error)) from None


COMMANDS: tuple[click.Command, ...] = (code, review)
