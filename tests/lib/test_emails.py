"""Which spellings are one e-mail address, and what is none."""

import pytest

from passalong.lib.emails import BadEmailError, normalised_email
from passalong.lib.tokens import Keyring, customer_hash, email_hash

KEYS = Keyring({1: "a secret of the tests that is long enough"})
SAME = [
    ("Cleo@Example.ORG", "cleo@example.org"),
    ("  cleo@example.org\n", "cleo@example.org"),
    ("cleo@BÜCHER.example", "cleo@xn--bcher-kva.example"),
    ("cleo@straße.example", "cleo@xn--strae-oqa.example"),
    ("CLEO+bees@example.org", "cleo+bees@example.org"),
    ("Ümit@example.org", "Ümit@example.org"),
]
NONE = ["", "@", "cleo", "cleo@", "@example.org", "a@b@c.org", "cleo@example", "cleo @example.org", "c\x00@example.org"]


@pytest.mark.parametrize(("spelled", "normal"), SAME)
def test_spellings_of_an_address_are_one(spelled: str, normal: str) -> None:
    assert normalised_email(spelled) == normal
    assert email_hash(KEYS, "bees01", spelled) == email_hash(KEYS, "bees01", normal)


@pytest.mark.parametrize("text", [*NONE, "x" * 65 + "@example.org", "cleo@" + "a" * 64 + ".org", "cleo@" + "a." * 130])
def test_an_invalid_address_is_refused(text: str) -> None:
    with pytest.raises(BadEmailError):
        normalised_email(text)


def test_customers_are_compared_byte_for_byte_and_never_with_addresses() -> None:
    ids = ["Jr", "jR", "jr", "jr ", "ｊｒ", "user1", "user¹", "cleo@example.org", "Cleo@example.org"]  # noqa: RUF001
    hashes = {customer_hash(KEYS, "bees01", one) for one in ids}
    assert len(hashes) == len(ids)
    assert email_hash(KEYS, "bees01", "cleo@example.org") not in hashes
