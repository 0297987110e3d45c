"""Tables for spreadsheets: CSV in which no cell can be taken for a formula, whoever wrote what stands in it."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from passalong.core.money import MICROS, exponent
from passalong.store.uses import Destination, Use
from passalong.store.views import LedgerRow
from passalong.web.words import stamp, what_happened

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet may begin to calculate at, its full-width likes among them."""
PAYOUTS = ("payout", "advocate", "kind", "name", "account", "amount", "unit")
HEADINGS = ("date", "what_happened", "state", "waits_until", "amount", "unit", "line")


def ledger_sheet(rows: Iterable[LedgerRow], tz: str, language: str) -> Iterator[str]:
    """The ledger, a line at a time. Where few people came by a link, a date is only its month."""
    yield _line(HEADINGS)
    for row in rows:
        until = stamp(row.until_ms, tz, row.few) if row.until_ms is not None else ""
        what = what_happened(row, language)
        at = stamp(row.at_ms, tz, row.few)
        name = row.line_id or row.use_id or ""
        yield _line((at, safe(what), row.state, until, decimal(row.amount_micros), row.unit, name))


def payout_sheet(payouts: Iterable[tuple[Use, Destination | None]]) -> Iterator[str]:
    """Payouts with where their money goes, a line at a time: what each gets, in whole steps of its unit."""
    yield _line(PAYOUTS)
    for use, place in payouts:
        told = (place.kind, place.name, place.account) if place else ("", "", "")
        amount = f"{Decimal(use.net_micros) / MICROS:.{exponent(use.unit)}f}"
        yield _line((*map(safe, (use.use_id, use.advocate_id, *told)), amount, use.unit))


def safe(cell: str) -> str:
    """The cell, with a quotation mark before it where a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def decimal(micros: int) -> str:
    """An exact amount that a spreadsheet reads as a number: -4.00, 0.0032."""
    whole, rest = divmod(abs(micros), MICROS)
    sign = "-" if micros < 0 else ""
    return f"{sign}{whole}." + f"{rest:06d}".rstrip("0").ljust(2, "0")


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()
