"""What agents' protocols send with an order: which tokens are read, and what is ignored."""

import msgspec
import pytest

from passalong.core.conversions.attribution import (
    Attribution,
    OrderTouch,
    TouchToken,
    decode_touches,
    encode_touches,
    touch_tokens,
)
from passalong.core.reasons import Reason


def tokens(said: object) -> tuple[TouchToken, ...]:
    """The tokens of an attribution, as JSON brings it."""
    return touch_tokens(msgspec.json.decode(msgspec.json.encode(said), type=Attribution))


def ours(token: str, **more: object) -> dict[str, object]:
    """An `affiliate_attribution` for us."""
    return {"provider": "passalong", "token": token} | more


READ = [
    ({}, []),
    ({"ucp": {}}, []),
    ({"acp": []}, []),
    ({"ucp": {"gclid": "x", "campaign_source": "google"}}, []),
    ({"ucp": {"ht": "t"}}, [("last", "t")]),
    ({"ucp": {"ht_first": "f"}}, [("first", "f")]),
    ({"ucp": {"ht": "t", "ht_first": "f", "gclid": "x"}}, [("first", "f"), ("last", "t")]),
    ({"ucp": {"ht": "", "ht_first": ""}}, []),
    ({"acp": [ours("t")]}, [("last", "t")]),
    ({"acp": [ours("t", touchpoint="last"), ours("f", touchpoint="first")]}, [("first", "f"), ("last", "t")]),
    ({"acp": [ours("t"), ours("later")]}, [("last", "t")]),
    ({"acp": [{"provider": "impact.com", "token": "atp_1"}, ours("t")]}, [("last", "t")]),
    ({"acp": [{"provider": "Passalong", "token": "t"}]}, [("last", "t")]),
    ({"acp": [{"provider": "passalong", "publisher_id": "anna"}]}, []),
    ({"acp": [ours("t", sub_id="s", new={"a": [1]}, metadata={"model": "last_touch"})]}, [("last", "t")]),
    ({"ucp": {"ht": "t"}, "acp": [ours("u"), ours("f", touchpoint="first")]}, [("first", "f"), ("last", "t")]),
]


@pytest.mark.parametrize(("said", "expected"), READ, ids=str)
def test_only_our_tokens_are_read_one_for_each_touch(said: object, expected: list[tuple[str, str]]) -> None:
    assert [(touch.place, touch.token) for touch in tokens(said)] == expected


GARBAGE = [
    [],
    "ht",
    {"upc": {}},
    {"ucp": "ht=t"},
    {"ucp": []},
    {"ucp": {"ht": 7}},
    {"ucp": {"ht": None}},
    {"ucp": {"ht": "x" * 2_001}},
    {"ucp": {str(number): "x" for number in range(101)}},
    {"acp": {}},
    {"acp": ["t"]},
    {"acp": [{"token": "t"}]},
    {"acp": [ours("t", touchpoint="middle")]},
    {"acp": [ours("t", expires_at="soon")]},
    {"acp": [ours("t", expires_at="2026-11-29T10:00:00")]},
    {"acp": [ours("t")] * 11},
]


@pytest.mark.parametrize("said", GARBAGE, ids=lambda said: str(said)[:40])
def test_garbage_is_not_an_attribution(said: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        tokens(said)


@pytest.mark.parametrize(
    ("said", "expected_ms"),
    [
        ("1970-01-01T00:00:01Z", 1_000),
        ("1970-01-01T01:00:01.5+01:00", 1_500),
        ("0001-01-01T00:00:00+14:00", -62_135_647_200_000),
        ("9999-12-31T23:59:59-14:00", 253_402_351_199_000),
    ],
)
def test_an_expiry_is_read_in_any_time_zone(said: str, expected_ms: int) -> None:
    [touch] = tokens({"acp": [ours("t", expires_at=said)]})
    assert touch.expires_at_ms == expected_ms


def test_a_touch_counts_until_its_expiry_and_that_moment_is_included() -> None:
    touch = OrderTouch("last", "s", expires_at_ms=1_000)
    assert [touch.refusal(at_ms) for at_ms in (999, 1_000, 1_001)] == [None, None, Reason.OUTSIDE_WINDOW]
    forged = OrderTouch("last", refused=Reason.BAD_SIGNATURE, expires_at_ms=1_000)
    assert forged.refusal(1_001) is Reason.BAD_SIGNATURE


def test_stored_touches_come_back_as_they_were() -> None:
    touches = (OrderTouch("first", refused=Reason.FOREIGN_SITE), OrderTouch("last", "s", expires_at_ms=7))
    assert decode_touches(encode_touches(touches)) == touches
    assert encode_touches(()) is None
    assert decode_touches(None) == ()
