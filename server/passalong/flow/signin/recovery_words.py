"""Coming back without e-mail: printed recovery words; and what a signed-in person ends: sessions, everywhere."""

import secrets
import unicodedata
from functools import cache
from pathlib import Path

from passalong.flow.signin import rate_limits
from passalong.flow.signin.rate_limits import Caller
from passalong.flow.signin.sessions import ADVOCATE, ASSISTANT, CREDIT, NewSession, begin, end_credit_tokens
from passalong.flow.transaction import writing
from passalong.i18n import catalogue
from passalong.lib.clock import Clock
from passalong.lib.tokens import hashed, new_secret
from passalong.store.books import identities
from passalong.store.engine import Database
from passalong.store.people import open_sessions as sessions
from passalong.store.people import sessions as store_sessions
from passalong.store.people import sign_in_methods

WORDS = 12
WORDS_VIA = "words"


class BadRecoveryWordsError(Exception):
    """Words that bring back nobody."""


@cache
def word_list() -> tuple[str, ...]:
    """The 2,048 words of BIP-39: no two begin with the same four letters."""
    return tuple((Path(catalogue.__file__).parent / "recovery.txt").read_text(encoding="ascii").split())


def new_words(db: Database, clock: Clock, site_id: str, advocate_id: str, secret: str) -> list[str]:
    """Twelve words (132 random bits) that bring this person back, shown once; earlier ones do so no more.

    The session that asks for them (`secret`) counts as one that came in by them.
    """
    words = [secrets.choice(word_list()) for _ in range(WORDS)]
    with writing(db) as session:
        advocate_ids = identities.account(session, site_id, advocate_id)
        now_ms = clock.now_ms()
        sign_in_methods.set_words(session, site_id, advocate_ids, _hash_of(site_id, words), now_ms)
        sessions.prove(session, site_id, hashed(secret), WORDS_VIA, now_ms)
        store_sessions.end_codes(session, site_id, advocate_ids)
    return words


def _hash_of(site_id: str, words: list[str]) -> str:
    return hashed(f"words|{site_id}|{' '.join(words)}")


def read_words(text: str) -> list[str]:
    """The words in what somebody typed: capitals, commas, numbers and line ends do not matter, four letters suffice."""
    plain = unicodedata.normalize("NFKD", text[:2_000]).lower()
    typed = "".join(letter if "a" <= letter <= "z" else " " for letter in plain).split()
    word_of = {word[:4]: word for word in word_list()}
    return [word_of.get(word[:4], word) if word_of.get(word[:4], "").startswith(word) else word for word in typed]


def come_back(db: Database, clock: Clock, site_id: str, typed: str, caller: Caller) -> str:
    """A session for whom these words belong to; returns its secret.

    Raises BadRecoveryWordsError, limits.RateLimitError.
    """
    now_ms = clock.now_ms()
    with writing(db) as session:  # counted whether or not it succeeds
        by_caller = rate_limits.within(session, site_id, rate_limits.WORDS_OF_CALLER, caller.bucket, now_ms)
        every = rate_limits.within(session, site_id, rate_limits.WORDS_OF_SITE, "site", now_ms)
    if not by_caller or not every:
        raise rate_limits.RateLimitError(rate_limits.HOUR_MS // 1_000)
    secret = new_secret()
    with writing(db) as session:
        advocate_id = sign_in_methods.advocate_of_words(session, site_id, _hash_of(site_id, read_words(typed)))
        if advocate_id is None:
            raise BadRecoveryWordsError
        begin(session, site_id, secret, NewSession(advocate_id, WORDS_VIA, caller.label), now_ms)
    return secret


# --- what is open, and ending it ----------------------------------------------------------------------------------


def sign_out(db: Database, site_id: str, secret: str) -> None:
    """End this browser's session, and the person's credit tokens."""
    with writing(db) as session:
        subject = sessions.end(session, site_id, hashed(secret))
        if subject is not None:
            end_credit_tokens(session, site_id, subject)


def sign_out_everywhere(db: Database, clock: Clock, site_id: str, advocate_id: str) -> None:
    """End every session, credit token and assistant token of this person, and the codes that would open one.

    If they can come back another way, no browser's guest credential opens it.
    """
    with writing(db) as session:
        advocate_ids = identities.account(session, site_id, advocate_id)
        for role in (ADVOCATE, CREDIT, ASSISTANT):
            sessions.end_all(session, site_id, role, advocate_ids)
        store_sessions.end_codes(session, site_id, advocate_ids)
        if sign_in_methods.is_kept(session, site_id, advocate_ids):
            store_sessions.close_guests(session, site_id, advocate_ids, clock.now_ms())


def sign_out_there(db: Database, site_id: str, advocate_id: str, handle: str) -> None:
    """End one session of this person, in the browser that `handle` names, and their credit tokens."""
    with writing(db) as session:
        advocate_ids = identities.account(session, site_id, advocate_id)
        sessions.end_all(session, site_id, ADVOCATE, advocate_ids, sessions.Which(handle))
        sessions.end_all(session, site_id, CREDIT, advocate_ids)


def is_kept(db: Database, site_id: str, advocate_id: str) -> bool:
    """True for an account with a sign-in method: an address, a passkey or words."""
    with db.reading() as session:
        return sign_in_methods.is_kept(session, site_id, identities.account(session, site_id, advocate_id))
