"""`passalong code …` and `passalong review …`: codes of advocates, verdicts, and attribution by hand."""

import os
import secrets
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import click
from sqlalchemy import select

from passalong.cli_common import Problem, current_database, one_site
from passalong.clock import SystemClock
from passalong.core.facts import AdvocateNamed, CreditGiven, VerdictGiven
from passalong.core.money import MICROS, POINTS, micros_from_minor
from passalong.core.verdicts import DECISIONS
from passalong.flow import codes as flow_codes
from passalong.flow import decide
from passalong.flow.collect import Collector
from passalong.flow.record import Kept
from passalong.settings import read_keys, read_settings
from passalong.store import codes as stored
from passalong.store.engine import Database
from passalong.store.read_models import conversions
from passalong.store.sites import Site

CLOCK = SystemClock()
T = TypeVar("T")
_author = click.option("--by", "author", default=lambda: os.environ.get("USER", "owner"), help="Who decides.")
_note = click.option("--note", required=True, help="Why: it stands in the receipt.")


@click.group()
def code() -> None:
    """Words that stand for an advocate: in an address (?ht=ana) and at the checkout."""


@code.command("add")
@click.argument("site_id", metavar="SITE")
@click.argument("word")
@click.argument("advocate_id", metavar="ADVOCATE")
def code_add(site_id: str, word: str, advocate_id: str) -> None:
    """Make a code for an advocate."""
    keys = read_keys(read_settings())
    with current_database() as db:
        site = one_site(db, site_id)
        made = _tried(lambda: flow_codes.add_code(db, CLOCK, keys, site, advocate_id, word))
    print(f"{made.code} now stands for {made.advocate_id}: {site.home_url}?ht={made.code}")


@code.command("list")
@click.argument("site_id", metavar="SITE")
def code_list(site_id: str) -> None:
    """List the codes: word, advocate, who made it."""
    with current_database() as db, db.reading() as session:
        for known in stored.codes_of(session, one_site(db, site_id).site_id):
            ended = "" if known.retired_at_ms is None else "  retired"
            print(f"{known.code}  {known.advocate_id}  made by the {known.made_by}{ended}")


@code.command("retire")
@click.argument("site_id", metavar="SITE")
@click.argument("word")
def code_retire(site_id: str, word: str) -> None:
    """End a code: it leads nowhere any more; what it brought stays."""
    with current_database() as db:
        known = _tried(lambda: flow_codes.retire_code(db, CLOCK, one_site(db, site_id).site_id, word))
    print(f"{known.code} is retired.")


@code.command("asking")
@click.argument("site_id", metavar="SITE")
@click.argument("asking", type=click.Choice(["on", "ask", "off"]))
def code_asking(site_id: str, asking: flow_codes.Asking) -> None:
    """Whether advocates may have codes of their own: at once (on), when you agree (ask), or not (off)."""
    with current_database() as db:
        flow_codes.let_ask(db, one_site(db, site_id).site_id, asking)
    may = {"on": "may have", "ask": "may ask for", "off": "may not ask for"}[asking]
    print(f"Advocates {may} codes of their own.")


@code.command("wanted")
@click.argument("site_id", metavar="SITE")
def code_wanted(site_id: str) -> None:
    """List the words that advocates ask for and you have not answered."""
    with current_database() as db, db.reading() as session:
        for wanted in stored.wanted_of(session, one_site(db, site_id).site_id):
            print(f"{wanted.code}  {wanted.advocate_id}")


@code.command("agree")
@click.argument("site_id", metavar="SITE")
@click.argument("word")
def code_agree(site_id: str, word: str) -> None:
    """Agree to a word that somebody asked for: it works from now on."""
    keys = read_keys(read_settings())
    with current_database() as db:
        site = one_site(db, site_id)
        made = _tried(lambda: flow_codes.agree(db, CLOCK, keys, site, word))
    print(f"{made.code} now stands for {made.advocate_id}: {site.home_url}?ht={made.code}")


@code.command("decline")
@click.argument("site_id", metavar="SITE")
@click.argument("word")
def code_decline(site_id: str, word: str) -> None:
    """Do not agree to a word; whoever asked reads that, and may ask for another."""
    with current_database() as db:
        declined = _tried(lambda: flow_codes.decline(db, CLOCK, one_site(db, site_id).site_id, word))
    print(f"{declined.code} is declined.")


@click.group()
def review() -> None:
    """What people decide: bans, holds, voids, and credit by hand."""


@review.command("list")
@click.argument("site_id", metavar="SITE")
def review_list(site_id: str) -> int:
    """List what is held until somebody decides; 1 if there is any."""
    with current_database() as db, db.reading() as session:
        known = one_site(db, site_id).site_id
        held = select(conversions).where(conversions.c.site_id == known, conversions.c.held)
        rows = session.execute(held.order_by(conversions.c.at_ms)).all()
    for row in rows:
        print(f"{row.conversion_id}  {row.goal}  {row.gross_micros / MICROS:.2f} {row.currency or ''}".rstrip())
    print(f"{len(rows)} wait for a decision.")
    return 1 if rows else 0


@review.command("decide")
@click.argument("site_id", metavar="SITE")
@click.argument("decision", type=click.Choice(sorted({one for some in DECISIONS.values() for one in some})))
@click.argument("about", type=click.Choice(list(DECISIONS)))
@click.argument("subject_id", metavar="ID")
@_author
@_note
def review_decide(site_id: str, decision: Any, about: Any, subject_id: str, author: str, note: str) -> None:
    """Ban an advocate, lift it, hide or show a name; hold, void or release a conversion; void or release a visit."""
    said = VerdictGiven(decision, about, subject_id, author, note)
    _record(site_id, lambda db, door, site, new_id: decide.verdict(db, door, site, new_id, said))


@review.command("name")
@click.argument("site_id", metavar="SITE")
@click.argument("conversion_id", metavar="CONVERSION")
@click.argument("advocate_id", metavar="ADVOCATE")
@_author
@_note
def review_name(site_id: str, conversion_id: str, advocate_id: str, author: str, note: str) -> None:
    """Name an advocate who led to a conversion."""
    keys = read_keys(read_settings())

    def record(db: Database, door: Collector, site: Site, new_id: str) -> Future[Kept]:
        share_id = flow_codes.link_by_hand(db, CLOCK, keys, site, advocate_id)
        return decide.name_advocate(db, door, site, new_id, AdvocateNamed(conversion_id, share_id, author, note))

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
    said = CreditGiven(advocate_id, unit, micros, author, note)
    _record(site_id, lambda db, door, site, new_id: decide.give_credit(db, door, site, new_id, said))


def _record(site_id: str, record: Callable[[Database, Collector, Site, str], Future[Kept]]) -> None:
    with current_database() as db:
        door = Collector(db, CLOCK)
        try:
            site = one_site(db, site_id)
            _tried(lambda: record(db, door, site, secrets.token_urlsafe(12)).result(timeout=30))
        finally:
            door.close()
    print("It is on record. A running server acts on it within half a minute.")


def _tried(work: Callable[[], T]) -> T:
    try:
        return work()
    except (decide.CannotDecide, flow_codes.BadCode) as error:
        raise Problem(str(error)) from None


COMMANDS: tuple[click.Command, ...] = (code, review)
