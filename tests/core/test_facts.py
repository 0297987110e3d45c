"""Facts come back from the store as they went, and the hash of what was said depends on what was said alone."""

import hashlib
import json
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passalong.core.facts import (
    ClockTicked,
    ConversionRefunded,
    ConversionReported,
    Fact,
    LinkShared,
    LinkVisited,
    decode_fact,
    encode_fact,
    input_hash,
)
from passalong.core.reasons import Reason

reasons = st.one_of(st.none(), st.sampled_from(list(Reason)))
# NUL and lone surrogates are refused at the door.
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
maybe = st.one_of(st.none(), words)
facts: st.SearchStrategy[Fact] = st.one_of(
    st.builds(LinkShared, share_id=words, to=words, refused=reasons),
    st.builds(LinkVisited, share_id=words, visitor_id=words, page_url=words, advocate_id=maybe, refused=reasons),
    st.builds(
        ConversionReported,
        goal=words,
        gross_micros=st.integers(0, 2**53),
        currency=maybe,
        share_id=maybe,
        visit_id=maybe,
        refused=reasons,
        page_url=maybe,
        products=st.lists(words, max_size=3).map(tuple),
        country=maybe,
    ),
    st.builds(ConversionRefunded, conversion_id=words, amount_micros=st.integers(0, 2**53)),
    st.just(ClockTicked()),
)


@given(facts)
def test_a_fact_comes_back_as_it_went(fact: Fact) -> None:
    assert decode_fact(encode_fact(fact)) == fact


@given(facts)
def test_a_fact_has_one_text(fact: Fact) -> None:
    assert encode_fact(decode_fact(encode_fact(fact))) == encode_fact(fact)


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        (LinkShared("s", "copy"), "share"),
        (LinkVisited("s", "v", "https://a.example/"), "visit"),
        (ConversionReported("purchase", 1), "conversion"),
        (ConversionRefunded("o", 1), "refund"),
        (ClockTicked(), "clock"),
    ],
)
def test_a_stored_fact_says_what_kind_it_is(fact: Fact, kind: str) -> None:
    """These names stand in databases for ever."""
    assert json.loads(encode_fact(fact))["kind"] == kind


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kind":"payout"}', '{"kind":"share"}', '{"kind":"share","to":1}'])
def test_stored_text_that_is_no_fact_of_ours_is_refused(text: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_fact(text)


values = st.recursive(st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), words), st.lists, max_leaves=5)


@given(st.dictionaries(st.sampled_from("abcdefgh"), values), st.randoms())
def test_the_order_in_which_it_was_said_does_not_matter(said: dict[str, object], chance: random.Random) -> None:
    mixed = list(said.items())
    chance.shuffle(mixed)
    assert input_hash(**dict(mixed)) == input_hash(**said)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"a": "1"}),
        ({"a": 1}, {"a": True}),
        ({"a": None}, {}),
        ({"a": ""}, {"a": None}),
        ({"a": 1}, {"b": 1}),
        ({"a": "b", "c": "d"}, {"a": "bc", "d": ""}),
        ({"a": ["b", "c"]}, {"a": ["bc"]}),
    ],
)
def test_saying_something_else_gives_another_hash(one: dict[str, object], other: dict[str, object]) -> None:
    assert input_hash(**one) != input_hash(**other)


def test_the_hash_is_frozen() -> None:
    """Ids are kept for ever, and so must be what they are compared by."""
    assert input_hash(b=1, a="ü") == hashlib.sha256('{"a":"ü","b":1}'.encode()).hexdigest()
