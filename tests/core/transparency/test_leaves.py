"""Leaves and heads: every field counts, and what a leaf shows gives nothing else away."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from passalong.core.transparency.leaves import (
    COLUMNS,
    Head,
    JournalLine,
    canonical,
    head_text,
    leaf_fields,
    leaf_of,
    salts,
    sealed_when,
    text_of,
)

SECRET = bytes(range(32))
LINE = JournalLine("bees01", 12, 1, 7, "conversion:order-1", "advocate:anna:waiting", "EUR", 1_600_000, 1_750_000_000)


def test_a_leaf_is_what_it_was_when_the_format_was_made() -> None:
    """A change here would break every statement that people have kept."""
    assert leaf_of(LINE, SECRET).hex() == "6d85277a9a2bc43c77840cea70791093d7c0548728263072fbc0e3b42cab96d3"
    assert head_text("bees01", 3, "ab", 5) == b"passalong-head-1\nbees01\n3\nab\n5\n"


@pytest.mark.parametrize("field", [field.name for field in fields(JournalLine)])
def test_every_field_of_a_line_is_in_its_leaf(field: str) -> None:
    """Control for the planted bug of a leaf that leaves out a field."""
    was = getattr(LINE, field)
    changed = was + 1 if isinstance(was, int) else f"{was}x"
    assert leaf_of(replace(LINE, **{field: changed}), SECRET) != leaf_of(LINE, SECRET)


@given(st.lists(st.text(st.characters(codec="utf-8")), max_size=4), st.lists(st.text(max_size=3), max_size=4))
def test_no_two_rows_of_fields_look_the_same(one: list[str], other: list[str]) -> None:
    other = [field.encode("utf-8", "replace").decode() for field in other]
    assert (canonical(one) == canonical(other)) == (one == other)
    assert canonical(one) == json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode()


def test_fields_that_could_be_moved_over_a_border_are_not() -> None:
    assert leaf_of(replace(LINE, tx=1, line=21), SECRET) != leaf_of(replace(LINE, tx=12, line=1), SECRET)


def test_a_leaf_shows_neither_time_nor_subject() -> None:
    shown = dict(zip(COLUMNS, leaf_fields(LINE, SECRET), strict=True))
    assert shown["account"] == LINE.account
    assert not {str(LINE.at_ms), str(LINE.seq), LINE.subject} & set(shown.values())
    assert shown["when"] == sealed_when(LINE.at_ms, salts(SECRET, 12, 1)[0])


def test_each_line_and_each_site_has_salts_of_its_own() -> None:
    made = {salt for tx in range(20) for line in range(5) for salt in salts(SECRET, tx, line)}
    assert len(made) == 200
    assert not made & set(salts(bytes(32), 1, 1))
    assert salts(SECRET, 1, 11) != salts(SECRET, 11, 1)


def test_a_head_is_signed_whole() -> None:
    head = Head("bees01", 3, "ab", 5, "key", "signature")
    others = [replace(head, site="bees02"), replace(head, size=4), replace(head, root="ac"), replace(head, at_ms=6)]
    assert len({text_of(one) for one in [head, *others]}) == 5
