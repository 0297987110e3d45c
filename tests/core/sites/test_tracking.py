"""Tracking parameters are dropped; what names a page stays as it was written."""

import pytest

from passalong.core.sites.tracking import TRACKING, read_patterns, without_dropped

QUERIES = [
    ("utm_source=mail&utm_medium=x", ""),
    ("a=1&utm_source=mail&b=2", "a=1&b=2"),
    ("fbclid=1&gclid=2&msclkid=3&mc_eid=4&_ga=5&ScCid=6", ""),
    ("UTM_Source=mail&Fbclid=1", ""),
    ("utm%5Fsource=mail&utm%5fsource", ""),
    ("gclid", ""),
    ("&&a=1&", "a=1"),
    ("utm=1&my_utm_source=1&gclid2=1", "utm=1&my_utm_source=1&gclid2=1"),
    ("q=b%C3%BCcher+und&utm_id=1&q=2", "q=b%C3%BCcher+und&q=2"),
    ("q=utm_source%3D1", "q=utm_source%3D1"),
    ("q=1&amp;utm_source=2&amp;amp;gclid=3&amp;b=4", "q=1&amp;b=4"),
    ("utm%5Fsource=1&%46BCLID=2&q=3", "q=3"),
    ("rdt_cid=1&__hssc=2&_ga_X1=3&_gallery=4", "_gallery=4"),
]


@pytest.mark.parametrize(("query", "kept"), QUERIES)
def test_known_tracking_parameters_are_dropped(query: str, kept: str) -> None:
    assert without_dropped(query, TRACKING) == kept


def test_no_pattern_drops_nothing() -> None:
    assert without_dropped("utm_source=1&&a", ()) == "utm_source=1&a"


def test_a_list_is_read_once_and_in_small_letters() -> None:
    assert read_patterns(" UTM_*, fbclid\nref  fbclid ") == ("utm_*", "fbclid", "ref")
    assert read_patterns(" ") == ()


@pytest.mark.parametrize("bad", ["*", "a*b", "a=1", "a&b", "x" * 41, "<b>", "ä"])
def test_an_invalid_parameter_name_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_patterns(f"utm_* {bad}")


def test_every_usual_pattern_can_be_written_in_a_list() -> None:
    assert read_patterns(" ".join(TRACKING)) == TRACKING
