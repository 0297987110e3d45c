"""SEPA credit transfers: one payout as an ISO 20022 `pain.001.001.09` document for a bank. Pure.

Texts are reduced to the characters that every SEPA bank must take (EPC217-08): accents go, other letters become a dot.
The document depends on nothing but its input, so a second export gives the same bytes, and its ids let a bank refuse
a file that was sent before.
"""

import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from msgspec import Struct

from passalong.core.money import MICROS

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
CURRENCY = "EUR"
LONGEST_ID, LONGEST_NAME, LONGEST_TEXT = 35, 70, 140
ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")
LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"})


class Transfer(Struct, frozen=True):
    """One payment: `transfer_id` comes back on the bank statement, `text` is what the recipient reads."""

    transfer_id: str
    name: str
    iban: str
    amount_micros: int
    text: str


class TransferOrder(Struct, frozen=True):
    """A file of payments from one account; `made_at` is an ISO 8601 time with its zone, `day` an ISO 8601 date."""

    order_id: str
    made_at: str
    day: str
    name: str
    iban: str
    transfers: Sequence[Transfer]


def transfer_id(site_id: str, redemption_id: str) -> str:
    """Return the reference of one payout on bank statements: always the same, 24 characters, in SEPA's alphabet."""
    return sha256(f"{site_id}:{redemption_id}".encode()).hexdigest()[:24].upper()


def order_id(site_id: str, batch_id: str) -> str:
    """Return the id of a payout's file: the batch's own name if a bank takes it, otherwise its hash."""
    if 0 < len(batch_id) <= LONGEST_ID and set(batch_id) <= ALLOWED - set("/ "):
        return batch_id
    return sha256(f"{site_id}:{batch_id}".encode()).hexdigest()[:24].upper()


def plain(text: str, longest: int) -> str:
    """Return the text in SEPA's alphabet, cut to its longest length; never empty."""
    parts = unicodedata.normalize("NFKD", text.translate(LETTERS))
    letters = "".join(letter if letter in ALLOWED else "." for letter in parts if not unicodedata.combining(letter))
    return letters[:longest].strip() or "."


def document(order: TransferOrder) -> bytes:
    """Return the XML of a file of payments."""
    root = Element("Document", xmlns=NAMESPACE)
    body = SubElement(root, "CstmrCdtTrfInitn")
    header = SubElement(body, "GrpHdr")
    _text(header, "MsgId", order.order_id)
    _text(header, "CreDtTm", order.made_at)
    _totals(header, order)
    _text(header, "InitgPty/Nm", plain(order.name, LONGEST_NAME))
    _payments(SubElement(body, "PmtInf"), order)
    indent(root, "")
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _payments(payments: Element, order: TransferOrder) -> None:
    _text(payments, "PmtInfId", order.order_id)
    _text(payments, "PmtMtd", "TRF")
    _totals(payments, order)
    _text(payments, "PmtTpInf/SvcLvl/Cd", "SEPA")
    _text(payments, "ReqdExctnDt/Dt", order.day)
    _text(payments, "Dbtr/Nm", plain(order.name, LONGEST_NAME))
    _text(payments, "DbtrAcct/Id/IBAN", order.iban)
    _text(payments, "DbtrAgt/FinInstnId/Othr/Id", "NOTPROVIDED")
    _text(payments, "ChrgBr", "SLEV")
    for transfer in order.transfers:
        _payment(SubElement(payments, "CdtTrfTxInf"), transfer)


def _payment(payment: Element, transfer: Transfer) -> None:
    _text(payment, "PmtId/EndToEndId", transfer.transfer_id)
    amount = SubElement(SubElement(payment, "Amt"), "InstdAmt", Ccy=CURRENCY)
    amount.text = _amount(transfer.amount_micros)
    _text(payment, "Cdtr/Nm", plain(transfer.name, LONGEST_NAME))
    _text(payment, "CdtrAcct/Id/IBAN", transfer.iban)
    _text(payment, "RmtInf/Ustrd", plain(transfer.text, LONGEST_TEXT))


def _totals(parent: Element, order: TransferOrder) -> None:
    _text(parent, "NbOfTxs", str(len(order.transfers)))
    _text(parent, "CtrlSum", _amount(sum(transfer.amount_micros for transfer in order.transfers)))


def _amount(micros: int) -> str:
    return f"{Decimal(micros) / MICROS:.2f}"


def _text(parent: Element, path: str, text: str) -> None:
    for name in path.split("/"):
        parent = SubElement(parent, name)
    parent.text = text
