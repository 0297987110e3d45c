"""Identities: ids made from what a browser holds, keys of an identity, and how strongly two keys belong together.

Keys are `a:<advocate>`, `u:<customer>` and `e:<e-mail>` (as the owner knows them, under keyed hashes) and
`v:<visitor>`. Network and fingerprint never join any (docs/identity.md).
"""

import base64
import hashlib
from collections.abc import Iterable
from enum import StrEnum


class Strength(StrEnum):
    """How strongly two keys belong together; what an order says is no edge, it stays with its conversion."""

    SEEN = "seen"
    """A guest secret and a visitor id in one browser."""
    STATED = "stated"
    """Stated by the owner (`identify`), who may withdraw it."""
    PROVED = "proved"
    """Proved by the person: by mail, recovery words, a passkey, or a customer's hand-over."""


class Ownership(StrEnum):
    """How a link belongs to the buyer of a conversion."""

    NOT = "not"
    SAID = "said"
    """By the order's word alone: its part is set aside."""
    OWN = "own"


def guest_hash(site_id: str, guest: str) -> str:
    """Return what the server stores of a guest secret: its SHA-256 within the site, in hex."""
    return hashlib.sha256(f"guest|{site_id}|{guest}".encode()).hexdigest()


def advocate_id_of(site_id: str, guest: str) -> str:
    """Return the advocate id of a guest secret: 16 characters, the same for every request and database.

    It is a one-way image of at least 128 random bits, so it can be shown and stored without revealing the secret.
    """
    digest = hashlib.sha256(f"advocate|{site_id}|{guest}".encode()).digest()
    return base64.b32encode(digest[:10]).decode().lower()


def advocate_key(advocate_id: str) -> str:
    """Return the identity key of an advocate."""
    return f"a:{advocate_id}"


def visitor_key(visitor_id: str) -> str:
    """Return the identity key of a visitor."""
    return f"v:{visitor_id}"


def customer_key(customer_hash: str) -> str:
    """Return the identity key of a customer; `customer_hash` comes from tokens.customer_hash."""
    return f"u:{customer_hash}"


def email_key(email_hash: str) -> str:
    """Return the identity key of an e-mail address; `email_hash` comes from tokens.email_hash."""
    return f"e:{email_hash}"


def advocates_in(keys: Iterable[str]) -> set[str]:
    """Return the advocate ids among identity keys."""
    return {key[2:] for key in keys if key.startswith("a:")}


def visitors_in(keys: Iterable[str]) -> set[str]:
    """Return the visitor ids among identity keys."""
    return {key[2:] for key in keys if key.startswith("v:")}


def bound_advocate_id(site_id: str, customer: str, generation: int) -> str:
    """Return the advocate that a customer's hand-over opens: one for each generation, which an erasure ends."""
    return advocate_id_of(site_id, f"customer|{customer}" + (f"|{generation}" if generation else ""))


def line_id(subject: str, recipient: str, unit: str = "") -> str:
    """Return the public id of one person's credit for one subject: 16 characters, stable over every new version.

    `unit` is named where it is not the subject's own: one conversion may pay a person in two units.
    """
    line_name = f"line|{subject}|{recipient}" + (f"|{unit}" if unit else "")
    digest = hashlib.sha256(line_name.encode()).digest()
    return base64.b32encode(digest[:10]).decode().lower()
