"""Who is who: ids made from what a browser holds, and persons as what people joined together themselves.

Two ids are one person only by what they told us (the same guest credential, the same visitor id, an explicit merge),
never by network or fingerprint. Keys of an identity are `a:<advocate>`, `u:<customer>` (as the owner knows them, under
a keyed hash) and `v:<visitor>`.
"""

import base64
import hashlib


def guest_hash(site_id: str, guest: str) -> str:
    """What the server keeps of a guest secret: its SHA-256 within the site, in hex."""
    return hashlib.sha256(f"guest|{site_id}|{guest}".encode()).hexdigest()


def advocate_id_of(site_id: str, guest: str) -> str:
    """The advocate that a guest secret stands for: 16 characters, the same for every request and database.

    It is a one-way image of at least 128 random bits, so it can be shown and stored without giving the secret away.
    """
    digest = hashlib.sha256(f"advocate|{site_id}|{guest}".encode()).digest()
    return base64.b32encode(digest[:10]).decode().lower()


def advocate_key(advocate_id: str) -> str:
    """The identity key of an advocate."""
    return f"a:{advocate_id}"


def visitor_key(visitor_id: str) -> str:
    """The identity key of a visitor."""
    return f"v:{visitor_id}"


def customer_key(customer_hash: str) -> str:
    """The identity key of a customer: `customer_hash` is what tokens.customer_hash makes of the owner's own id."""
    return f"u:{customer_hash}"


def person_id(person_key: str) -> str:
    """The id under which a person is credited: their least advocate id, since `a:` sorts before the others."""
    return person_key[2:] if person_key.startswith("a:") else person_key


def line_id(subject: str, recipient: str) -> str:
    """The public id of one person's credit for one subject: 16 characters, stable over every new version."""
    digest = hashlib.sha256(f"line|{subject}|{recipient}".encode()).digest()
    return base64.b32encode(digest[:10]).decode().lower()
