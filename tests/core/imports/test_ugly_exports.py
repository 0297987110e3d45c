"""Exports as spreadsheets mangle them: read to the cent, or refused with the row and the reason."""

import pytest

from passalong.core.imports.amounts import read_amount
from passalong.core.imports.programmes import UnreadableImportError, read_people

HEADER = "Affiliate ID,Email,Name,Username,Unpaid Earnings"


def in_cents(cell: str, unit: str = "EUR") -> dict[str, int]:
    """The balance of a row of AffiliateWP's export."""
    (person,) = read_people("affiliatewp", f"{HEADER.replace(',', ';')}\n11;anna@example.org;Anna;anna;{cell}\n", unit)
    return dict(person.balances)


@pytest.mark.parametrize(
    ("cell", "unit", "balance"),
    [
        ("12.50", "EUR", {"EUR": 1_250}),
        ("12,50", "EUR", {"EUR": 1_250}),
        ("12,5", "EUR", {"EUR": 1_250}),
        ("1,234.56", "EUR", {"EUR": 123_456}),
        ("1.234,56", "EUR", {"EUR": 123_456}),
        ("1 234,56", "EUR", {"EUR": 123_456}),
        ("1\u202f234,56", "EUR", {"EUR": 123_456}),
        ("1’234.50", "CHF", {"CHF": 123_450}),
        ("0,500", "EUR", {"EUR": 50}),
        ("0,500", "KWD", {"KWD": 500}),
        ("1,234,567.89", "EUR", {"EUR": 123_456_789}),
        ("€12.50", "EUR", {"EUR": 1_250}),
        ("12,50 €", "EUR", {"EUR": 1_250}),
        ("12.50 USD", "EUR", {"USD": 1_250}),
        ("$12.50", "CAD", {"CAD": 1_250}),
        ("1234", "JPY", {"JPY": 1_234}),
        ("1,234", "JPY", {"JPY": 1_234}),
        ("12.345", "KWD", {"KWD": 12_345}),
        ("0,00", "EUR", {}),
        ("", "EUR", {}),
        ('"12,50"', "EUR", {"EUR": 1_250}),
    ],
)
def test_an_amount_is_read_as_it_was_meant(cell: str, unit: str, balance: dict[str, int]) -> None:
    assert in_cents(cell, unit) == balance


@pytest.mark.parametrize(
    ("cell", "unit", "words"),
    [
        ("-12.50", "EUR", "below zero"),
        ("-€12.50", "EUR", "below zero"),
        ("€-12.50", "EUR", "below zero"),
        ("\u221212.50", "EUR", "no amount"),
        ("(12.50)", "EUR", "no amount"),
        ("=1+2", "EUR", "no amount"),
        ("'12.50", "EUR", "no amount"),
        ("1e5", "EUR", "no amount"),
        ("NaN", "EUR", "no amount"),
        ("12.50.", "EUR", "no amount|not separated"),
        ("12,", "EUR", "no amount"),
        ("12,34,56", "EUR", "not separated"),
        ("1.234.56", "EUR", "not separated"),
        ("1,234.567,89", "EUR", "not separated"),
        ("12,345", "EUR", "comma could separate.*such as 1234.50"),
        ("1.234", "EUR", "point could separate.*such as 1234.50"),
        ("1234,567", "EUR", "more decimals"),
        ("0,500,000", "EUR", "not separated"),
        ("0,500.00", "EUR", "not separated"),
        ("0,500", "JPY", "more decimals|not separated"),
        ("1,234", "KWD", "could separate.*such as 1234.500"),
        ("12.5", "JPY", "more decimals"),
        ("$12.50", "EUR", "add a column `currency`"),
        ("€12.50 USD", "EUR", "no amount"),
        ("9" * 14, "EUR", "too large"),
        ("9" * 5_000, "EUR", "amount"),
        ("\u0661\u0662", "EUR", "no amount"),
    ],
)
def test_an_amount_that_could_mean_something_else_is_refused(cell: str, unit: str, words: str) -> None:
    with pytest.raises(UnreadableImportError, match=rf"Row 1: 'unpaid_earnings'.*(?:{words})"):
        in_cents(cell, unit)


@pytest.mark.parametrize("cell", ["12.00", "$12", "12,00", "1e3", "=12"])
def test_cents_are_whole_numbers_because_twelve_dollars_are_no_twelve_cents(cell: str) -> None:
    with pytest.raises(UnreadableImportError, match="in cents"):
        read_people("dub", f'id,unpaid commissions\n1,"{cell}"\n', "USD")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("opening", ["", "\ufeff", "sep={}\r\n", "\ufeffsep={}\n", "\r\n"])
def test_any_delimiter_is_read_with_what_excel_writes_before_it(delimiter: str, opening: str) -> None:
    header = HEADER.replace(",", delimiter)
    row = delimiter.join(["11", "anna@example.org", '"Anna ""the\nBee"", Otto; friend"', "AnnaBee", "123.45"])
    text = opening.format(delimiter) + f"{header}\r\n{row}\r\n{delimiter * 4}\r\n"
    (person,) = read_people("affiliatewp", text, "EUR")
    assert (person.email, person.codes, person.balances) == ("anna@example.org", ("11", "AnnaBee"), {"EUR": 12_345})


def test_every_row_that_cannot_be_used_is_named_at_once() -> None:
    text = f"{HEADER}\n11,,,,x\n11,,,,1\n11,,,,2\n,,,,3\n12,,,,-4\n"
    with pytest.raises(UnreadableImportError) as caught:
        read_people("affiliatewp", text, "EUR")
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == ["Row 1", "Row 3", "Row 4", "Row 5"]


def test_a_number_in_a_cell_never_changes_its_size() -> None:
    for cents in (0, 1, 99, 100, 12_345, 123_456_789):
        whole, rest = divmod(cents, 100)
        for text in (f"{whole}.{rest:02}", f"{whole},{rest:02}", f"{whole:,}.{rest:02}"):
            assert read_amount(text, "EUR")[1] * 100 == cents
