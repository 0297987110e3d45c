"""CSV export: no cell can be taken for a formula, whoever wrote its content."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from passalong.core.ledger.sepa import transfer_id
from passalong.core.money import MICROS, exponent, figures
from passalong.store.books.redemptions import Destination, Redemption
from passalong.store.queries.views import LedgerRow
from passalong.store.sites import Site
from passalong.web.http.formatting import stamp
from passalong.web.http.line_words import what_happened

FORMULA = re.compile("((?:^|[;\\t\\r\\n]) *)(?=[=+@\\t\\r\\n\\uff1d\\uff0b\\uff0d\\uff20-])")
"""Where a spreadsheet may start a formula, full-width forms included: at the start of a cell, and behind a character at
which it may split one. Where people write decimal commas, spreadsheets split lines at semicolons and heed no quotes.
"""
BYTE_ORDER_MARK = "\ufeff"
"""The byte order mark: without it some spreadsheets misread letters beyond ASCII."""
PAYOUTS = (
    *("payout", "requested", "exported", "name", "kind", "account", "amount", "currency", "fee"),
    *("export", "bank_reference", "receipt", "advocate"),
)
HEADINGS = ("date", "what_happened", "state", "waits_until", "amount", "unit", "line")
WHAT = HEADINGS.index("what_happened")
"""The column that may hold somebody else's words."""


def ledger_sheet(rows: Iterable[LedgerRow], site: Site, language: str) -> Iterator[str]:
    """Yield the ledger as CSV lines. Where few people came through a link, a date is only its month."""
    yield BYTE_ORDER_MARK + csv_line(HEADINGS)
    for row in rows:
        yield csv_line(
            [safe(cell) if number == WHAT else cell for number, cell in enumerate(ledger_row(row, site, language))]
        )


def ledger_row(row: LedgerRow, site: Site, language: str) -> tuple[str, ...]:
    """Return one line of the ledger under HEADINGS."""
    return (
        stamp(row.at_ms, site.time_zone, row.few),
        what_happened(row, site.name, language),
        row.state,
        stamp(row.until_ms, site.time_zone, row.few) if row.until_ms is not None else "",
        figures(row.amount_micros, row.unit),
        row.unit,
        row.line_id or row.redemption_id or "",
    )


def payout_sheet(
    site: Site, payouts: Iterable[tuple[Redemption, Destination | None]], exported_at_ms: int | None = None
) -> Iterator[str]:
    """Return payouts with their destinations: what each gets, in whole minor units."""
    yield BYTE_ORDER_MARK + csv_line(PAYOUTS)
    exported = "" if exported_at_ms is None else stamp(exported_at_ms, site.time_zone)
    for redemption, place in payouts:
        to = (place.name, place.kind, place.account) if place else ("", "", "")
        ids = (
            redemption.batch_id or "",
            transfer_id(site.site_id, redemption.redemption_id),
            f"use:{redemption.redemption_id}",
        )
        requested = stamp(redemption.at_ms, site.time_zone)
        money = (
            _minor(redemption.net_micros, redemption.unit),
            redemption.unit,
            _minor(redemption.fee_micros, redemption.unit),
        )
        yield csv_line(
            (
                safe(redemption.redemption_id),
                requested,
                exported,
                *map(safe, to),
                *money,
                *map(safe, (*ids, redemption.advocate_id)),
            )
        )


def _minor(micros: int, unit: str) -> str:
    return f"{Decimal(micros) / MICROS:.{exponent(unit)}f}"


def safe(cell: str) -> str:
    """Return the cell, with an apostrophe wherever a spreadsheet would take what follows for a formula."""
    return FORMULA.sub(r"\1'", cell)


def csv_line(cells: Sequence[str]) -> str:
    """Return one line of CSV; the caller has made its cells safe."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()
