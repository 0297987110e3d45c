"""Read the rows of CSV as spreadsheets save it: comma, semicolon or tab, with a byte order mark or `sep=` before it."""

import csv
import io

DELIMITERS = ",;\t"


def csv_rows(text: str) -> "csv.DictReader[str]":
    """Return a reader of the rows below the header; the header shows which delimiter the file has."""
    text = text.lstrip("\ufeff").lstrip("\r\n")
    head, _, rest = text.partition("\n")
    if head.strip().lower() in [f"sep={delimiter}" for delimiter in DELIMITERS] or head.lower().startswith("sep=\t"):
        return csv.DictReader(io.StringIO(rest), delimiter=head[4])
    return csv.DictReader(io.StringIO(text), delimiter=max(DELIMITERS, key=head.count))
