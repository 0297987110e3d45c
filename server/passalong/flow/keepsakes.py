"""Coming back without e-mail: printed recovery words; and what a signed-in person ends: sessions, everywhere."""

import secrets
import unicodedata
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from passalong import languages
from passalong.clock import Clock
from passalong.flow import limits
from passalong.flow.door import begin
from passalong.flow.transaction import writing
from passalong.store import access, addresses, keepsakes
from passalong.store.engine import Database
from passalong.tokens import Keyring, caller_hash, hashed, new_secret

WORDS = 12
WORDS_VIA = "words"
WEAK = ("guest",)
"""Ways in that prove no more than that somebody holds a browser: enough to read, not to be paid out."""


class BadWords(Exception):
    """Words that bring back nobody."""


@cache
def word_list() -> tuple[str, ...]:
    """The 2,048 words of BIP-39: no two begin with the same four letters."""
    return tuple((Path(languages.__file__).parent / "recovery.txt").read_text(encoding="ascii").split())


def new_words(db: Database, clock: Clock, site_id: str, advocate_id: str, secret: str) -> list[str]:
    """Twelve words (132 random bits) that bring this person back, shown once; earlier ones do so no more.

    The session that asks for them (`secret`) counts as one that came in by them.
    """
    words = [secrets.choice(word_list()) for _ in range(WORDS)]
    with writing(db) as session:
        mine = access.advocates_of(session, site_id, advocate_id)
        keepsakes.set_words(session, site_id, mine, _hash_of(site_id, words), clock.now_ms())
        access.strengthen(session, site_id, hashed(secret), WORDS_VIA)
        access.end_codes(session, site_id, mine)
    return words


def _hash_of(site_id: str, words: list[str]) -> str:
    return hashed(f"words|{site_id}|{' '.join(words)}")


def read_words(text: str) -> list[str]:
    """The words in what somebody typed: capitals, commas, numbers and line ends do not matter, four letters suffice."""
    plain = unicodedata.normalize("NFKD", text[:2_000]).lower()
    typed = "".join(letter if "a" <= letter <= "z" else " " for letter in plain).split()
    known = {word[:4]: word for word in word_list()}
    return [known.get(word[:4], word) if known.get(word[:4], "").startswith(word) else word for word in typed]


def come_back(db: Database, clock: Clock, keys: Keyring, site_id: str, typed: str, caller: str, label: str) -> str:
    """A session for whom these words belong to; returns its secret. Raises BadWords, limits.TooMany."""
    now_ms = clock.now_ms()
    with writing(db) as session:  # counted whether or not it succeeds
        one = limits.within(session, site_id, limits.WORDS_OF_CALLER, caller_hash(keys, caller), now_ms)
        every = limits.within(session, site_id, limits.WORDS_OF_SITE, "site", now_ms)
    if not one or not every:
        raise limits.TooMany(limits.HOUR_MS // 1_000)
    secret = new_secret()
    with writing(db) as session:
        found = keepsakes.advocate_of_words(session, site_id, _hash_of(site_id, read_words(typed)))
        if found is None:
            raise BadWords
        begin(session, site_id, secret, found, WORDS_VIA, label, now_ms)
    return secret


# --- what is open, and ending it ----------------------------------------------------------------------------------


def sign_out(db: Database, site_id: str, secret: str) -> None:
    """End this browser's session."""
    with writing(db) as session:
        access.end_session(session, site_id, hashed(secret))


def sign_out_everywhere(db: Database, clock: Clock, site_id: str, advocate_id: str) -> None:
    """End every session of this person, and the codes that would open one.

    If they can come back another way, no browser's guest credential opens it.
    """
    with writing(db) as session:
        mine = access.advocates_of(session, site_id, advocate_id)
        access.end_sessions(session, site_id, "advocate", mine)
        access.end_codes(session, site_id, mine)
        if _is_claimed(session, site_id, mine):
            access.close_guests(session, site_id, mine, clock.now_ms())


def sign_out_there(db: Database, site_id: str, advocate_id: str, handle: str) -> None:
    """End one session of this person, in the browser that `handle` names."""
    with writing(db) as session:
        access.end_sessions(session, site_id, "advocate", access.advocates_of(session, site_id, advocate_id), handle)


def _is_claimed(session: Session, site_id: str, mine: tuple[str, ...]) -> bool:
    return bool(
        addresses.confirmed_of(session, site_id, mine)
        or keepsakes.passkeys_of(session, site_id, mine)
        or keepsakes.has_words(session, site_id, mine)
    )


def may_change(db: Database, site_id: str, advocate_id: str, via: str) -> bool:
    """True when a session that came in that way may change how its person comes back.

    As long as nothing is kept, a browser that shared may begin; after that its guest secret, which every script of the
    page can read, is not enough to make itself a way in that money is paid out to.
    """
    return via not in WEAK or not is_claimed(db, site_id, advocate_id)


def is_claimed(db: Database, site_id: str, advocate_id: str) -> bool:
    """True for a person who can come back without this browser: by an address, a passkey or words.

    A guest secret never authorises a payout: claiming does.
    """
    with db.reading() as session:
        return _is_claimed(session, site_id, access.advocates_of(session, site_id, advocate_id))
