"""`passalong method`, `payout` and `pool`: redemption methods, payouts, monthly pools."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import click
from msgspec import Struct

from passalong.cli.common import CommandError, current_database, one_site
from passalong.core.ledger.redemptions import Method, OfferedMethod, State
from passalong.core.money import MAX_MICROS, MICROS, decimal_of, exponent, step_micros
from passalong.core.names.lines import is_one_line
from passalong.core.pools.facts import PoolAdded
from passalong.core.redemptions.facts import RedemptionRejected
from passalong.flow import redemptions as flow_redemptions
from passalong.flow.fold import worker
from passalong.flow.fold.fold import fold_site
from passalong.flow.ingest.collector import Collector
from passalong.flow.owners import payouts as flow_payouts
from passalong.flow.owners import pool_funding
from passalong.flow.owners.changes import CLI
from passalong.flow.owners.payouts import Cashier
from passalong.flow.transaction import writing
from passalong.lib.clock import SystemClock
from passalong.store.books import pools, redemptions
from passalong.store.engine import Database
from passalong.store.sites import Site
from passalong.web.http.csv_export import payout_sheet

CLOCK = SystemClock()
BY = "command line"


class Desk(Struct, frozen=True):
    """The context of a command: the database, the collector, and the site."""

    db: Database
    collector: Collector
    site: Site

    @property
    def cashier(self) -> Cashier:
        """Return who acts, for exports."""
        return Cashier(self.db, self.collector, CLOCK, self.site, CLI)

    def fold(self) -> None:
        """Fold waiting facts, so that the next command sees them; a running server may do it at the same time."""
        while fold_site(self.db, self.site.site_id, worker=BY):
            pass


@contextmanager
def desk(site_id: str) -> Iterator[Desk]:
    """Open a desk that folds every fact before it closes; problems are reported in one line."""
    with current_database() as db:
        desk = Desk(db, Collector(db, CLOCK), one_site(db, site_id))
        try:
            yield desk
            desk.fold()
        except flow_redemptions.RedemptionError as error:
            raise CommandError(str(error)) from None
        finally:
            desk.collector.close()


def _micros(text: str, unit: str) -> int:
    try:
        amount = decimal_of(text) * MICROS
    except ValueError:
        raise CommandError(f"An amount is written like 20 or 20.50, not {text[:20]!r}.") from None
    if amount != amount.to_integral_value() or not 0 <= amount <= MAX_MICROS:
        raise CommandError(f"{text[:20]!r} is no amount of {unit}.")
    if int(amount) % step_micros(unit):
        raise CommandError(f"{unit} has no smaller steps than {_words(step_micros(unit), unit)}.")
    return int(amount)


def _words(amount_micros: int, unit: str) -> str:
    return f"{Decimal(amount_micros) / MICROS:.{exponent(unit)}f} {unit}"


_site = click.argument("site_id", metavar="SITE")


@click.group("method")
def methods() -> None:
    """Redemption methods: code, store credit, payout, gift, giving back."""


@methods.command("list")
@_site
def method_list(site_id: str) -> None:
    """List a site's methods, with minimum, fee and time of each."""
    with desk(site_id) as at:
        for offered in flow_redemptions.methods(at.db, at.site):
            least, fee = _words(offered.minimum_micros, offered.unit), _words(offered.fee_micros, offered.unit)
            print(f"{offered.method.value}\tfrom {least}\tfee {fee}\twithin {offered.days} days\t{offered.about}")


@methods.command("set")
@_site
@click.argument("name", type=click.Choice([method.value for method in Method]))
@click.option("--unit", help="The site's currency, if left out; or points.")
@click.option("--minimum", default="0", help="The smallest amount that can be used this way.")
@click.option("--fee", default="0", help="The fee that is subtracted.")
@click.option("--days", type=click.IntRange(0, 365), default=30, help="The most days that it takes.")
@click.option("--about", default="", help="One sentence for people, such as which cause it goes to.")
def method_set(site_id: str, name: str, unit: str | None, minimum: str, fee: str, days: int, about: str) -> None:
    """Offer a method, or change its conditions."""
    with desk(site_id) as at:
        of = unit or at.site.currency
        if of not in at.site.units or (of == "points" and name == Method.PAYOUT):
            raise CommandError(
                f"This site pays out {', '.join(at.site.currencies)}; points are redeemed by the other methods."
            )
        if not is_one_line(about.strip()):
            raise CommandError("Write the sentence in one line, without control characters and bidi controls.")
        method = OfferedMethod(Method(name), of, _micros(minimum, of), _micros(fee, of), days, about.strip()[:200])
        others = [
            other
            for other in flow_redemptions.methods(at.db, at.site)
            if (other.method, other.unit) != (method.method, of)
        ]
        with writing(at.db) as session:
            redemptions.replace_methods(session, at.site.site_id, [*others, method])


@methods.command("off")
@_site
@click.argument("name", type=click.Choice([method.value for method in Method]))
def method_off(site_id: str, name: str) -> None:
    """Stop offering a method; one always stays."""
    with desk(site_id) as at:
        others = [other for other in flow_redemptions.methods(at.db, at.site) if other.method != name]
        if not others:
            raise CommandError("One method has to stay: credit that cannot be redeemed is none.")
        with writing(at.db) as session:
            redemptions.replace_methods(session, at.site.site_id, others)


@click.group("payout")
def payout() -> None:
    """Payouts: prepare a batch, approve it, export it, mark it as paid."""


@payout.command("list")
@_site
def payout_list(site_id: str) -> None:
    """List requested and approved payouts, with their batches."""
    with desk(site_id) as at, at.db.reading() as session:
        for redemption in redemptions.list_redemptions(
            session, at.site.site_id, (State.REQUESTED, State.APPROVED), method=Method.PAYOUT
        ):
            net = _words(redemption.net_micros, redemption.unit)
            place = redemption.batch_id or "in no batch"
            print(f"{redemption.redemption_id}\t{redemption.advocate_id}\t{net}\t{redemption.state.value}\t{place}")


@payout.command("prepare")
@_site
@click.option("--batch", help="Its name; made up, if left out.")
def payout_prepare(site_id: str, batch: str | None) -> None:
    """Put requested payouts that are in no batch into a new one, and print its name."""
    name = batch or f"batch-{secrets.token_hex(4)}"
    with desk(site_id) as at:
        payouts = flow_redemptions.prepare(at.db, at.collector, at.site.site_id, name, BY)
    print(f"{name}\t{len(payouts)} payouts")


@payout.command("approve")
@_site
@click.argument("batch")
def payout_approve(site_id: str, batch: str) -> None:
    """Approve every waiting payout of a batch."""
    with desk(site_id) as at:
        payouts = flow_redemptions.approve_batch(at.db, at.collector, at.site.site_id, batch, BY)
    print(f"{len(payouts)} payouts are approved.")


@payout.command("reject")
@_site
@click.argument("redemption_id", metavar="PAYOUT")
@click.option("--because", required=True, help="Why; the person who asked will read it.")
def payout_reject(site_id: str, redemption_id: str, because: str) -> None:
    """Reject one payout: the credit is available again."""
    with desk(site_id) as at:
        flow_redemptions.reject(at.db, at.collector, at.site.site_id, RedemptionRejected(redemption_id, BY, because))


@payout.command("export")
@_site
@click.argument("batch")
@click.option("--sepa", is_flag=True, help="As a SEPA file (ISO 20022 pain.001.001.09) instead of CSV.")
def payout_export(site_id: str, batch: str, sepa: bool) -> None:
    """Print the approved payouts of a batch with their destinations, for a bank or a bookkeeper.

    The first export freezes the destinations: exporting again prints the same file, without what was rejected since.
    """
    with desk(site_id) as at:
        flow_payouts.export_batch(at.cashier, batch)
        payout = flow_payouts.payout_of(at.db, at.site.site_id, batch)
        if sepa:
            print(flow_payouts.sepa_file(at.site, payout).decode(), end="")
            return
    print("".join(payout_sheet(at.site, payout.payments, payout.batch.exported_at_ms)), end="")


@payout.command("account")
@_site
@click.option("--name", required=True, help="The name on the account.")
@click.option("--iban", required=True, help="Its IBAN.")
def payout_account(site_id: str, name: str, iban: str) -> None:
    """Set the account that you pay from: SEPA files name it."""
    with desk(site_id) as at:
        flow_payouts.set_sender(at.cashier, name, iban)


@payout.command("mark-paid")
@_site
@click.argument("batch")
@click.option("--reference", default="", help="A reference that people can look up, like the transfer's number.")
def payout_mark_paid(site_id: str, batch: str, reference: str) -> None:
    """Mark every approved payout of a batch as paid."""
    with desk(site_id) as at:
        payouts = flow_redemptions.mark_paid(
            at.db, at.collector, at.site.site_id, flow_redemptions.Paid(batch, BY, reference)
        )
    print(f"{len(payouts)} payouts are paid.")


@click.group("pool")
def pool() -> None:
    """Monthly pools."""


@pool.command("add")
@_site
@click.argument("month")
@click.argument("amount")
@click.option("--unit", help="The site's currency, if left out; or points.")
def pool_add(site_id: str, month: str, amount: str, unit: str | None) -> None:
    """Add to a month's pool (like 2026-11)."""
    with desk(site_id) as at:
        of = unit or at.site.currency
        added = PoolAdded(month, of, _micros(amount, of), BY)
        pool_funding.add_to_pool(at.collector, at.site, secrets.token_hex(8), added)


@pool.command("show")
@_site
def pool_show(site_id: str) -> None:
    """Show every pool, and the results of the closed ones."""
    with desk(site_id) as at, at.db.reading() as session:
        for pool in pools.all_pools(session, at.site.site_id):
            line = f"{pool.period}\t{_words(pool.amount_micros, pool.unit)}"
            shared = f"{_words(pool.shared_micros, pool.unit)} shared out to {pool.people}"
            print(f"{line}\t{shared if pool.closed_at_ms else 'open'}")


@pool.command("close")
@_site
def pool_close(site_id: str) -> int:
    """Share out the pools of past months without holds, as a running server does; exit code 1 if there is none."""
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
        all_pools = pools.all_pools(session, at.site.site_id)
    return {f"{pool.period} {pool.unit}" for pool in all_pools if pool.closed_at_ms is None}


old_name = click.Group("way", commands=methods.commands, hidden=True, help="The name of `method` until 0.3.0.")

COMMANDS: tuple[click.Command, ...] = (methods, old_name, payout, pool)
