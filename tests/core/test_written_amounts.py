"""Amounts that somebody wrote: what no money has is a sentence at once, however it is spelled."""

from time import process_time

import pytest

from passalong.cli.common import CommandError
from passalong.cli.redemptions import _micros
from passalong.core.money import decimal_of
from passalong.flow.conversions.csv_orders import read_orders

NO_AMOUNTS = [
    "1e999999", "-1e999999", "1e999997", "0e999999", "1e18", "9" * 19, "9" * 5_000, "NaN", "sNaN", "-Infinity", "",
    "²", "0x10", "1,5", "1e", "1e99999999999999999999",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_AMOUNTS, ids=lambda text: text[:20])
def test_what_is_no_amount_is_refused_by_every_reader(text: str) -> None:
    since = process_time()
    with pytest.raises(ValueError, match="is no amount"):
        decimal_of(text)
    with pytest.raises(CommandError):
        _micros(text, "EUR")
    if text and "," not in text:
        assert len(read_orders(f"id,amount,currency\norder-1,{text},EUR\n")[1]) == 1
    assert process_time() - since < 2


@pytest.mark.parametrize(
    ("text", "worth"), [("19.90", 1_990), ("-5", -500), ("1.5e3", 150_000), ("9" * 18, 10**20 - 100)]
)
def test_an_amount_is_read_exactly(text: str, worth: int) -> None:
    assert int(decimal_of(text) * 100) == worth
    assert decimal_of("1e-999999") < 1
