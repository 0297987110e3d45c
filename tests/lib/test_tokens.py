"""Tokens: one canonical string for one link of one site; everything else is refused by name."""

import base64
import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passalong.core.reasons import Reason
from passalong.lib.tokens import (
    TOKEN,
    BadTokenError,
    Keyring,
    hashed,
    new_secret,
    new_share_id,
    share_id_of,
    token_of,
    unverified_share_id,
)

KEYS = Keyring({1: "o" * 48, 2: "n" * 48})
SITE = "k7f3q9"
ALPHABET = string.ascii_letters + string.digits + "-_"


def a_token(site: str = SITE, key_id: int = 2) -> str:
    """A fresh token."""
    return token_of(KEYS, site, new_share_id(), key_id)


def refusal_of(token: str, site: str = SITE, keys: Keyring = KEYS) -> Reason:
    """Why a token is not good."""
    with pytest.raises(BadTokenError) as refused:
        share_id_of(keys, site, token)
    return refused.value.reason


def is_accepted(token: str) -> bool:
    """Whether a token is good on the site."""
    try:
        share_id_of(KEYS, SITE, token)
    except BadTokenError:
        return False
    return True


@pytest.mark.parametrize("key_id", [1, 2])
def test_a_token_gives_its_share_back(key_id: int) -> None:
    share_id = new_share_id()
    token = token_of(KEYS, SITE, share_id, key_id)
    assert TOKEN.fullmatch(token)
    assert share_id_of(KEYS, SITE, token) == share_id == unverified_share_id(token)


def test_a_token_is_made_the_same_way_every_time() -> None:
    share_id = new_share_id()
    assert token_of(KEYS, SITE, share_id, 2) == token_of(KEYS, SITE, share_id, 2)


def test_the_newest_key_signs() -> None:
    assert KEYS.newest == 2


def test_no_single_character_can_be_changed() -> None:
    token = a_token()
    accepted = [
        mutant
        for place in range(len(token))
        for letter in [*ALPHABET, "=", "+", "/", "%", " ", "\n", "é", "\ud800"]
        if letter != token[place] and is_accepted(mutant := token[:place] + letter + token[place + 1 :])
    ]
    assert accepted == []


def test_ten_thousand_mutants_are_refused_and_the_original_is_not() -> None:
    chance = random.Random(20261122)
    token = a_token()
    mutants: set[str] = set()
    while len(mutants) < 10_000:
        mutants |= {_mutant(token, chance)} - {token}
    assert [mutant for mutant in mutants if is_accepted(mutant)] == []
    assert is_accepted(token)


def _mutant(token: str, chance: random.Random) -> str:
    """A token that was cut, doubled, swapped, changed in several places or changed bit by bit."""
    kind = chance.randrange(5)
    place, other = chance.randrange(len(token)), chance.randrange(len(token))
    if kind == 0:
        return token[:place] + token[place + 1 + chance.randrange(3) :]
    if kind == 1:
        return token[:place] + chance.choice(ALPHABET) + token[place:]
    if kind == 2:
        letters = list(token)
        letters[place], letters[other] = letters[other], letters[place]
        return "".join(letters)
    if kind == 3:
        return "".join(chance.choice(ALPHABET) if chance.random() < 0.2 else letter for letter in token)
    raw = bytearray(base64.urlsafe_b64decode(token + "="))
    raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_spare_bits_do_not_make_a_second_token() -> None:
    """27 characters hold 162 bits and a token has 160: the last character has four spellings, of which one is good."""
    token = a_token()
    raw = base64.urlsafe_b64decode(token + "=")
    same = [last for last in ALPHABET if base64.urlsafe_b64decode(f"{token[:-1]}{last}=") == raw]
    assert len(same) == 4
    assert [last for last in same if is_accepted(token[:-1] + last)] == [token[-1]]


@pytest.mark.parametrize(
    "dressed", ["{}=", "{}==", " {}", "{} ", "{}\n", "\n{}", "{}\0", "{}.visit", "%20{}", "{}é", "", "=", "a" * 10_000]
)
def test_a_token_in_other_clothes_is_not_one(dressed: str) -> None:
    assert refusal_of(dressed.format(a_token())) is Reason.BAD_SIGNATURE


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert not is_accepted(text)


@given(st.binary(min_size=20, max_size=20))
def test_no_twenty_bytes_are_accepted_by_chance(raw: bytes) -> None:
    assert not is_accepted(base64.urlsafe_b64encode(raw).rstrip(b"=").decode())


def test_a_token_of_another_site_is_refused() -> None:
    assert refusal_of(a_token(site="other99")) is Reason.BAD_SIGNATURE
    assert refusal_of(a_token(), site="other99") is Reason.BAD_SIGNATURE


def test_a_token_signed_with_another_secret_is_refused() -> None:
    strangers = Keyring({2: "x" * 48})
    assert refusal_of(token_of(strangers, SITE, new_share_id(), 2)) is Reason.BAD_SIGNATURE


def test_a_token_of_a_retired_key_is_refused_by_name() -> None:
    old = a_token(key_id=1)
    assert refusal_of(old, keys=Keyring({2: "n" * 48})) is Reason.RETIRED_KEY
    assert share_id_of(KEYS, SITE, old)


@pytest.mark.parametrize("key_id", [0, 3, 255])
def test_a_key_that_there_never_was_is_not_called_retired(key_id: int) -> None:
    """Keys are numbered upwards from 1, so a number beyond the newest was made up."""
    raw = bytearray(base64.urlsafe_b64decode(a_token() + "="))
    raw[11] = key_id
    assert refusal_of(base64.urlsafe_b64encode(raw).rstrip(b"=").decode()) is Reason.BAD_SIGNATURE


def test_a_token_cannot_be_made_with_a_key_that_is_gone() -> None:
    with pytest.raises(KeyError):
        token_of(KEYS, SITE, new_share_id(), 3)


def test_a_retired_keys_number_may_not_be_put_on_a_good_token() -> None:
    """The key's number is signed too."""
    raw = bytearray(base64.urlsafe_b64decode(a_token() + "="))
    raw[11] = 1
    assert refusal_of(base64.urlsafe_b64encode(raw).rstrip(b"=").decode()) is Reason.BAD_SIGNATURE


def test_two_tokens_have_nothing_in_common() -> None:
    tokens = [a_token() for _ in range(500)]
    assert len({token[:15] for token in tokens}) == 500


def test_secrets_are_long_and_kept_as_hashes() -> None:
    one, other = new_secret(), new_secret()
    assert one != other
    assert len(one) >= 43
    assert hashed(one) == hashed(one) != hashed(other)
    assert len(hashed(one)) == 64
