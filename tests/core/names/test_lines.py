"""Texts of one line, such as names of sites: mails, pages, statements and terminals show them as they are."""

import pytest

from passalong.core.names.lines import is_one_line

HOSTILE = [
    "Bee\r\nBcc: mallory@example.org", "Bee\u202eklat", "Bee\u2066x", "Bee\x1b[2J", "Bee\ud800", "Bee\u2028", "\x00",
]  # fmt: skip
FINE = ["Bee Almanac", "\u0645\u06cc\u200c\u0631\u0648\u0645", "👩\u200d🌾 Bees", "蜜蜂", "Bienen & Söhne"]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_text_that_breaks_or_turns_its_line_is_none(text: str) -> None:
    assert not is_one_line(text)


@pytest.mark.parametrize("text", FINE)
def test_names_of_every_script_are_one_line(text: str) -> None:
    assert is_one_line(text)
