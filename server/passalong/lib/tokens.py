"""Link tokens: 20 bytes, 27 URL-safe characters, canonical, opaque, refused by name.

    share id (11 random bytes) | key id (1) | HMAC-SHA256 of both, cut to 8 bytes

The key is derived per site and purpose with itsdangerous. A token says nothing about the person, and two links of
one person have nothing in common. Everything else that is signed or secret has a salt or scheme of its own.
"""

import base64
import hashlib
import hmac
import ipaddress
import re
import secrets
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

import msgspec
from itsdangerous import Signer
from msgspec import Struct

from passalong.core.reasons import Reason
from passalong.lib.emails import normalised_email

TOKEN = re.compile(r"[A-Za-z0-9_-]{27}")
SHARE_ID_BYTES = 11
MAC_BYTES = 8


class BadTokenError(Exception):
    """A token that is not good here; `reason` says why."""

    def __init__(self, reason: Reason):
        super().__init__(reason.value)
        self.reason = reason


class Keyring(Struct, frozen=True):
    """The instance's secrets by key id, oldest first; the newest signs, all that are listed verify."""

    secrets: dict[int, str]

    @property
    def newest(self) -> int:
        """The key id that signs."""
        return max(self.secrets)


def fingerprints(keys: Keyring) -> dict[int, str]:
    """Return what tells secrets apart by their numbers, and gives nothing of them away: 64 hex digits each."""
    signers = {
        number: Signer(secret, salt="along.fingerprint.v1", key_derivation="hmac", digest_method=hashlib.sha256)
        for number, secret in keys.secrets.items()
    }
    return {number: hashlib.sha256(signer.derive_key()).hexdigest() for number, signer in signers.items()}


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def new_share_id() -> str:
    """A fresh share id: 88 random bits as 15 characters."""
    return _encode(secrets.token_bytes(SHARE_ID_BYTES))


class Purpose(StrEnum):
    """The purpose of a token, with a key of its own, so that none is taken for another."""

    LINK = "along.link.v1"
    TRY = "along.try.v1"
    """A link that was shared in try mode."""
    OPEN = "along.try-open.v1"
    """The link by which an owner opens their site in try mode."""


@lru_cache(maxsize=1024)
def _link_key(secret: str, site_id: str, purpose: Purpose) -> bytes:
    signer = Signer(secret, salt=f"{purpose}.{site_id}", key_derivation="hmac", digest_method=hashlib.sha256)
    return signer.derive_key()


def _mac(secret: str, site_id: str, body: bytes, purpose: Purpose) -> bytes:
    return hmac.digest(_link_key(secret, site_id, purpose), body, "sha256")[:MAC_BYTES]


def token_of(keys: Keyring, site_id: str, share_id: str, key_id: int, purpose: Purpose = Purpose.LINK) -> str:
    """The token of an issued link; KeyError if its key is no longer there."""
    body = _decode(share_id) + bytes([key_id])
    return _encode(body + _mac(keys.secrets[key_id], site_id, body, purpose))


def share_id_of(keys: Keyring, site_id: str, token: str, purpose: Purpose = Purpose.LINK) -> str:
    """The share id behind a token of this site; raises BadTokenError (bad_signature or retired_key)."""
    raw = _canonical(token)
    body, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    secret = keys.secrets.get(body[-1])
    if secret is None:
        raise BadTokenError(Reason.RETIRED_KEY if 0 < body[-1] < keys.newest else Reason.BAD_SIGNATURE)
    if not hmac.compare_digest(mac, _mac(secret, site_id, body, purpose)):
        raise BadTokenError(Reason.BAD_SIGNATURE)
    return _encode(body[:SHARE_ID_BYTES])


def unverified_share_id(token: str) -> str:
    """The share id that a token claims, to find its site by. Verify before use. Raises BadTokenError."""
    return _encode(_canonical(token)[:SHARE_ID_BYTES])


def _canonical(token: str) -> bytes:
    if not TOKEN.fullmatch(token):
        raise BadTokenError(Reason.BAD_SIGNATURE)
    raw = _decode(token)
    if _encode(raw) != token:
        raise BadTokenError(Reason.BAD_SIGNATURE)
    return raw


def customer_hash(keys: Keyring, site_id: str, customer: str) -> str:
    """Return the hash of a customer's own id, byte for byte: an HMAC, 40 hex digits, under the oldest listed secret.

    Nobody without the secret can try out ids against it.
    """
    return _site_hash(keys, f"along.customer.v2.{site_id}", customer)


def email_hash(keys: Keyring, site_id: str, address: str) -> str:
    """Return the hash of an e-mail address, normalised, like that of an id. Raises BadEmailError."""
    return _site_hash(keys, f"along.email.v1.{site_id}", normalised_email(address))


def metadata_hash(keys: Keyring, site_id: str, entries: Mapping[str, str]) -> str:
    """Return the hash of metadata, like that of a customer's id: the same for the same entries in any order."""
    canonical = msgspec.json.encode(entries, order="deterministic").decode()
    return _site_hash(keys, f"along.metadata.v1.{site_id}", canonical)


def code_hash(keys: Keyring, site_id: str, code: str) -> str:
    """Return the hash of a personal code, like that of a customer's id: it stays when the code is erased."""
    return _site_hash(keys, f"along.code.v1.{site_id}", code)


def owner_email_hash(keys: Keyring, site_id: str, address: str) -> str:
    """Return the hash of the owner's address: another one than the same person's as an advocate.

    Raises BadEmailError.
    """
    return customer_hash(keys, site_id, f"owner of the site: {normalised_email(address)}")


def team_address_hash(keys: Keyring, address: str) -> str:
    """Return the hash of the address of a person who runs sites, the same at each of them. Raises BadEmailError."""
    return _site_hash(keys, "along.team.v1", normalised_email(address))


def customer_hash_0_2(keys: Keyring, site_id: str, customer: str) -> str:
    """Return 0.2.0's hash of a customer's id or an address, to recognise an order that is sent again."""
    plain = unicodedata.normalize("NFKC", customer).strip().casefold()
    return _site_hash(keys, f"along.customer.v1.{site_id}", plain)


def _site_hash(keys: Keyring, salt: str, text: str) -> str:
    secret = keys.secrets[min(keys.secrets)]
    signer = Signer(secret, salt=salt, key_derivation="hmac", digest_method=hashlib.sha256)
    return hmac.digest(signer.derive_key(), text.encode(), "sha256").hex()[:40]


def new_secret() -> str:
    """A secret of 256 random bits: for keys, codes and sessions."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """Return the stored hash of a random secret: SHA-256 in hex. Not for passwords; there are none."""
    return hashlib.sha256(secret.encode()).hexdigest()


def mail_code(keys: Keyring, key_id: int, site_id: str, mail_id: str) -> str:
    """The one-time code in a mail, made anew from the mail's id when it is sent: so the outbox holds no secret."""
    return _keyed(keys, key_id, "along.mail-code.v1", f"{site_id}|{mail_id}")


def stop_code(keys: Keyring, key_id: int, site_id: str, address_hash: str, kind: str) -> str:
    """Return the code of an unsubscribe address: it stops one kind of mail for one address, and nothing else."""
    return _keyed(keys, key_id, "along.mail-stop.v1", f"{site_id}|{address_hash}|{kind}")


def webhook_secret(keys: Keyring, key_id: int, site_id: str, webhook_id: str, nonce: str) -> bytes:
    """Return the 32 bytes with which a webhook's events are signed: made anew each time, and in no table."""
    return _decode(_keyed(keys, key_id, "along.webhook.v1", f"{site_id}|{webhook_id}|{nonce}"))


def next_guest(keys: Keyring, site_id: str, guest: str) -> str:
    """Return the guest secret that follows in a browser that was moved to another account: always the same."""
    return _keyed(keys, min(keys.secrets), "along.next-guest.v1", f"{site_id}|{guest}")


def caller_hash(keys: Keyring, caller: str) -> str:
    """Return the hash of a network address for rate limits.

    One line at home has a whole IPv6 network of 64 bits: its addresses are one caller.
    """
    return _keyed(keys, min(keys.secrets), "along.caller.v1", _network(caller))[:22]


def _network(caller: str) -> str:
    try:
        address = ipaddress.ip_address(caller.partition("%")[0])
    except ValueError:
        return caller
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))


def _keyed(keys: Keyring, key_id: int, salt: str, text: str) -> str:
    signer = Signer(keys.secrets[key_id], salt=salt, key_derivation="hmac", digest_method=hashlib.sha256)
    return _encode(hmac.digest(signer.derive_key(), text.encode(), "sha256"))
