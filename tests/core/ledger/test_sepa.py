"""SEPA files: valid against the schema of ISO 20022, the same at every export, in the alphabet of every bank."""

from xml.etree import ElementTree

import pytest

from passalong.core.ledger.sepa import (
    ALLOWED,
    NAMESPACE,
    Transfer,
    TransferOrder,
    document,
    order_id,
    plain,
    transfer_id,
)
from plumbing.iso20022 import is_valid

IBANS = ("DE02120300000000202051", "NL91ABNA0417164300")
ORDER = TransferOrder(
    order_id="2026-11-28-ab12cd",
    made_at="2026-11-28T19:40:00Z",
    day="2026-11-28",
    name="The Bee Almanac",
    iban="DE89370400440532013000",
    transfers=[
        Transfer(transfer_id("bees01", "first"), "Anna Bienenstöck", IBANS[0], 19_500_000, "The Bee Almanac"),
        Transfer(transfer_id("bees01", "second"), "Cleo & <Söhne>", IBANS[1], 10_000, "Thank you; for ½ the honey"),
    ],
)


def test_a_file_of_payments_is_valid_and_an_altered_one_is_not() -> None:
    made = document(ORDER)
    assert is_valid(made)
    for wrong in (made.replace(b"<ChrgBr>SLEV", b"<ChrgBr>WHOEVER"), made.replace(b"DE02", b"xx02", 1)):
        assert not is_valid(wrong)


def test_sums_counts_and_texts_are_those_of_the_payments() -> None:
    root = ElementTree.fromstring(document(ORDER))  # noqa: S314 - made here
    names = ("CtrlSum", "NbOfTxs", "Nm")
    found = {name: [node.text for node in root.iter(f"{{{NAMESPACE}}}{name}")] for name in names}
    assert found["CtrlSum"] == ["19.51", "19.51"]
    assert found["NbOfTxs"] == ["2", "2"]
    assert found["Nm"] == ["The Bee Almanac", "The Bee Almanac", "Anna Bienenstock", "Cleo . .Sohne."]
    amounts = [node.text for node in root.iter(f"{{{NAMESPACE}}}InstdAmt")]
    assert amounts == ["19.50", "0.01"]


def test_the_same_payout_gives_the_same_bytes() -> None:
    assert document(ORDER) == document(ORDER)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Zoë Müller", "Zoe Muller"),
        ("Straße", "Strasse"),
        ("Łódź", "Lodz"),
        ("阿尼", ".."),
        ("  ", "."),
        ("a\nb", "a.b"),
    ],
)
def test_texts_are_written_in_the_alphabet_of_every_bank(text: str, said: str) -> None:
    assert plain(text, 70) == said
    assert set(plain(text, 70)) <= ALLOWED
    assert len(plain(text * 100, 70)) <= 70


@pytest.mark.parametrize("batch", ["march", "2026-11-28-ab12cd", "a" * 36, "mär_z", "with space", "/slash"])
def test_ids_fit_into_the_fields_of_a_bank(batch: str) -> None:
    made = order_id("bees01", batch)
    assert 0 < len(made) <= 35 and set(made) <= ALLOWED
    assert made == order_id("bees01", batch)
    assert transfer_id("bees01", "_-x") != transfer_id("wasps1", "_-x")
