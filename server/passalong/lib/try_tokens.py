"""Tokens of try mode: like those of links, under keys of their own, and with the minute in which they were made.

Try mode needs no list of open sessions: whatever descends from such a token is of try mode too, and a token that is
older than two hours begins no new share.
"""

import base64
import secrets

from msgspec import Struct

from passalong.lib.tokens import SHARE_ID_BYTES, BadTokenError, Keyring, Purpose, share_id_of, token_of

MINUTE_MS = 60_000
MADE_BYTES = 4
LIVES_MS = 2 * 60 * MINUTE_MS
"""How long shares that follow a token of try mode are of try mode too."""


class TryToken(Struct, frozen=True):
    """A verified token of try mode: its share id, and whether it only opens the site."""

    share_id: str
    opens: bool

    def is_open(self, now_ms: int) -> bool:
        """True while shares that follow it belong to try mode."""
        minutes = int.from_bytes(base64.urlsafe_b64decode(self.share_id + "=")[:MADE_BYTES]) * MINUTE_MS
        return now_ms - minutes < LIVES_MS


def new_try_id(now_ms: int) -> str:
    """Return a fresh share id of try mode: the minute in which it was made, and 56 random bits."""
    raw = (now_ms // MINUTE_MS).to_bytes(MADE_BYTES) + secrets.token_bytes(SHARE_ID_BYTES - MADE_BYTES)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def try_token(keys: Keyring, site_id: str, share_id: str) -> str:
    """Return the token of a link that was shared in try mode."""
    return token_of(keys, site_id, share_id, keys.newest, Purpose.TRY)


def open_token(keys: Keyring, site_id: str, now_ms: int) -> str:
    """Return a token that opens the site in try mode."""
    return token_of(keys, site_id, new_try_id(now_ms), keys.newest, Purpose.OPEN)


def read_try(keys: Keyring, site_id: str, token: str) -> TryToken | None:
    """Return the try mode's token, or None for any other."""
    for purpose in (Purpose.TRY, Purpose.OPEN):
        try:
            return TryToken(share_id_of(keys, site_id, token, purpose), purpose is Purpose.OPEN)
        except BadTokenError:
            continue
    return None
