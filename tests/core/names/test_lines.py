"""Texts that mails, pages, statements and terminals show as they are: names of one line, and notes of several."""

import pytest

from passalong.core.names.lines import in_one_line, is_one_line, is_plain_text

HOSTILE = [
    "Bee\u202eklat", "Bee\u2066x", "Bee\x1b[2J", "Bee\ud800", "Bee\u2028", "\x00",
]  # fmt: skip
BROKEN = ["Bee\r\nBcc: mallory@example.org", "Bee\nAlmanac", "Bee\tAlmanac"]
FINE = [
    "Bee Almanac",
    "\u0645\u06cc\u200c\u0631\u0648\u0645",
    "👩\u200d🌾 Bees",
    "蜜蜂\u3000時報",
    "Bees\u00a0&\u202fHoney",
    "",
]


@pytest.mark.parametrize("text", [*HOSTILE, *BROKEN], ids=ascii)
def test_a_text_that_breaks_or_turns_its_line_is_none(text: str) -> None:
    assert not is_one_line(text)


@pytest.mark.parametrize("text", FINE)
def test_names_of_every_script_with_their_spaces_are_one_line(text: str) -> None:
    assert is_one_line(text)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_note_turns_no_line_and_moves_no_cursor(text: str) -> None:
    assert not is_plain_text(text)


@pytest.mark.parametrize("text", [*FINE, *BROKEN, "شكرا\u200f, Anna"], ids=ascii)
def test_a_note_has_as_many_lines_as_it_needs(text: str) -> None:
    assert is_plain_text(text)


@pytest.mark.parametrize("text", [*HOSTILE, *BROKEN], ids=ascii)
def test_the_rest_of_a_browsers_text_is_one_line(text: str) -> None:
    assert is_one_line(in_one_line(text))


@pytest.mark.parametrize("text", [*FINE[:3], "שלום\u200f (a)"], ids=ascii)
def test_a_browsers_text_keeps_its_script(text: str) -> None:
    assert in_one_line(text) == text
