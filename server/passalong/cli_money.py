"""`passalong way`, `payout` and `pool`: in which ways credit can be used, what is paid out, what is set aside."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation

import click
from msgspec import Struct

from passalong.cli_common import Problem, current_database, one_site
from passalong.clock import SystemClock
from passalong.core.money import MAX_MICROS, MICROS, exponent
from passalong.core.settlement import Offered, State, Way, step_micros
from passalong.flow import fund, settlement, worker
from passalong.flow.collect import Collector
from passalong.flow.fold import fold_site
from passalong.flow.transaction import writing
from passalong.store import pools, uses
from passalong.store.engine import Database
from passalong.store.sites import Site
from passalong.web.sheets import payout_sheet

CLOCK = SystemClock()
BY = "command line"


class Desk(Struct, frozen=True):
    """What a command works with: the database, the door for facts, and the site."""

    db: Database
    collector: Collector
    site: Site

    def fold(self) -> None:
        """Fold what waits, so that the next command sees it; a running server may do it at the same time."""
        while fold_site(self.db, self.site.site_id, worker=BY):
            pass


@contextmanager
def desk(site_id: str) -> Iterator[Desk]:
    """A desk at which every fact is folded before it is left; what cannot be done is told in one line."""
    with current_database() as db:
        made = Desk(db, Collector(db, CLOCK), one_site(db, site_id))
        try:
            yield made
            made.fold()
        except settlement.CannotSettle as error:
            raise Problem(str(error)) from None
        finally:
            made.collector.close()


def _micros(text: str, unit: str) -> int:
    try:
        amount = Decimal(text) * MICROS
    except InvalidOperation:
        raise Problem(f"An amount is written like 20 or 20.50, not {text[:20]!r}.") from None
    if not amount.is_finite() or amount != amount.to_integral_value() or not 0 <= amount <= MAX_MICROS:
        raise Problem(f"{text[:20]!r} is no amount of {unit}.")
    if int(amount) % step_micros(unit):
        raise Problem(f"{unit} has no smaller steps than {_words(step_micros(unit), unit)}.")
    return int(amount)


def _words(amount_micros: int, unit: str) -> str:
    return f"{Decimal(amount_micros) / MICROS:.{exponent(unit)}f} {unit}"


_site = click.argument("site_id", metavar="SITE")


@click.group("way")
def way() -> None:
    """The ways in which credit can be used."""


@way.command("list")
@_site
def way_list(site_id: str) -> None:
    """List the ways that a site offers, with minimum, fee and time of each."""
    with desk(site_id) as at:
        for offered in settlement.ways(at.db, at.site):
            least, fee = _words(offered.minimum_micros, offered.unit), _words(offered.fee_micros, offered.unit)
            print(f"{offered.way.value}\tfrom {least}\tfee {fee}\twithin {offered.days} days\t{offered.about}")


@way.command("set")
@_site
@click.argument("name", type=click.Choice([way.value for way in Way]))
@click.option("--unit", help="The site's currency, if left out; or points.")
@click.option("--minimum", default="0", help="The least that can be used so.")
@click.option("--fee", default="0", help="What of it is kept.")
@click.option("--days", type=click.IntRange(0, 365), default=30, help="How long it takes at most.")
@click.option("--about", default="", help="One sentence for people, like to which cause it goes.")
def way_set(site_id: str, name: str, unit: str | None, minimum: str, fee: str, days: int, about: str) -> None:
    """Offer a way, or change what it asks for."""
    with desk(site_id) as at:
        of = unit or at.site.currency
        if of not in (at.site.currency, "points") or (of == "points" and name == Way.PAYOUT):
            raise Problem(f"This site pays out {at.site.currency}; points can be used in the other ways.")
        made = Offered(Way(name), of, _micros(minimum, of), _micros(fee, of), days, about.strip()[:200])
        others = [one for one in settlement.ways(at.db, at.site) if (one.way, one.unit) != (made.way, of)]
        with writing(at.db) as session:
            uses.keep_ways(session, at.site.site_id, [*others, made])


@way.command("off")
@_site
@click.argument("name", type=click.Choice([way.value for way in Way]))
def way_off(site_id: str, name: str) -> None:
    """Offer a way no more; one way stays."""
    with desk(site_id) as at:
        others = [one for one in settlement.ways(at.db, at.site) if one.way != name]
        if not others:
            raise Problem("One way has to stay: credit that cannot be used is none.")
        with writing(at.db) as session:
            uses.keep_ways(session, at.site.site_id, others)


@click.group("payout")
def payout() -> None:
    """Paying people: prepare a batch, approve it, export it, mark it as paid."""


@payout.command("list")
@_site
def payout_list(site_id: str) -> None:
    """List the payouts that are asked for or approved, with their batches."""
    with desk(site_id) as at, at.db.reading() as session:
        for one in uses.uses_in(session, at.site.site_id, (State.REQUESTED, State.APPROVED), way=Way.PAYOUT):
            net = _words(one.net_micros, one.unit)
            print(f"{one.use_id}\t{one.advocate_id}\t{net}\t{one.state.value}\t{one.batch_id or 'in no batch'}")


@payout.command("prepare")
@_site
@click.option("--batch", help="Its name; made up, if left out.")
def payout_prepare(site_id: str, batch: str | None) -> None:
    """Put what is asked for and in no batch yet into one, and print its name."""
    name = batch or f"batch-{secrets.token_hex(4)}"
    with desk(site_id) as at:
        found = settlement.prepare(at.db, at.collector, at.site.site_id, name, BY)
    print(f"{name}\t{len(found)} payouts")


@payout.command("approve")
@_site
@click.argument("batch")
def payout_approve(site_id: str, batch: str) -> None:
    """Agree to every payout of a batch that waits for it."""
    with desk(site_id) as at:
        found = settlement.approve_batch(at.db, at.collector, at.site.site_id, batch, BY)
    print(f"{len(found)} payouts are approved.")


@payout.command("reject")
@_site
@click.argument("use_id", metavar="PAYOUT")
@click.option("--because", required=True, help="Why; whoever asked will read it.")
def payout_reject(site_id: str, use_id: str, because: str) -> None:
    """Refuse one payout: the credit is ready again."""
    with desk(site_id) as at:
        settlement.reject(at.db, at.collector, at.site.site_id, use_id, BY, because)


@payout.command("export")
@_site
@click.argument("batch")
def payout_export(site_id: str, batch: str) -> None:
    """Print the approved payouts of a batch as CSV, with where the money goes."""
    with desk(site_id) as at:
        found = settlement.in_batch(at.db, at.site.site_id, batch, State.APPROVED)
        with at.db.reading() as session:
            places = settlement.destinations(session, at.site.site_id, found)
    for line in payout_sheet((one, places[one.use_id]) for one in found):
        print(line.rstrip())


@payout.command("mark-paid")
@_site
@click.argument("batch")
@click.option("--reference", default="", help="What people can look it up by, like the transfer's number.")
def payout_mark_paid(site_id: str, batch: str, reference: str) -> None:
    """Say that every approved payout of a batch was paid."""
    with desk(site_id) as at:
        found = settlement.mark_paid(at.db, at.collector, at.site.site_id, batch, BY, reference)
    print(f"{len(found)} payouts are paid.")


@click.group("pool")
def pool() -> None:
    """What is shared out for each month."""


@pool.command("add")
@_site
@click.argument("month")
@click.argument("amount")
@click.option("--unit", help="The site's currency, if left out; or points.")
def pool_add(site_id: str, month: str, amount: str, unit: str | None) -> None:
    """Set something aside for a month (like 2026-11)."""
    with desk(site_id) as at:
        of = unit or at.site.currency
        fund.add_to_pool(at.collector, at.site, secrets.token_hex(8), month, of, _micros(amount, of), BY)


@pool.command("show")
@_site
def pool_show(site_id: str) -> None:
    """Show what is in every pool, and what the closed ones came to."""
    with desk(site_id) as at, at.db.reading() as session:
        for one in pools.all_pools(session, at.site.site_id):
            said = f"{one.period}\t{_words(one.amount_micros, one.unit)}"
            shared = f"{_words(one.shared_micros, one.unit)} shared out to {one.people}"
            print(f"{said}\t{shared if one.closed_at_ms else 'open'}")


@pool.command("close")
@_site
def pool_close(site_id: str) -> int:
    """Share out the months that are over and have no hold left, as a running server does by itself; 1 if none is."""
    with desk(site_id) as at:
        before = _open_pools(at)
        ticked = worker.tick(at.db, CLOCK, at.collector, {})
        while at.site.site_id in ticked:
            at.fold()
            new = worker.tick(at.db, CLOCK, at.collector, ticked)
            ticked = ticked | new if new else {}
        closed = sorted(before - _open_pools(at))
    print("\n".join(closed) if closed else "No month is over and without a hold: nothing is shared out yet.")
    return 0 if closed else 1


def _open_pools(at: Desk) -> set[str]:
    with at.db.reading() as session:
        found = pools.all_pools(session, at.site.site_id)
    return {f"{one.period} {one.unit}" for one in found if one.closed_at_ms is None}


COMMANDS: tuple[click.Command, ...] = (way, payout, pool)
