"""How often somebody may try: counted in the database, in windows of time, so every process counts together."""

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.store.people import rate_limits

QUARTER_MS = 15 * 60_000
HOUR_MS = 60 * 60_000
DAY_MS = 24 * HOUR_MS


class RateLimitError(Exception):
    """Too many tries; `retry_after_s` is when the next window begins."""

    def __init__(self, retry_after_s: int):
        super().__init__(f"too many tries: again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class Caller(Struct, frozen=True):
    """The sender of a sign-in form: the hash of its network address (for rate limits), its browser, its language."""

    bucket: str
    label: str
    language: str


class Limit(Struct, frozen=True):
    """At most `most` tries of a kind by one bucket in each window."""

    kind: str
    most: int
    window_ms: int


MAIL_OF_ADDRESS = Limit("mail", 3, QUARTER_MS)
"""Mails that one address gets asked for; more are not sent, and nobody is told."""
MAIL_OF_MAILBOX = Limit("mailbox", 24, DAY_MS)
"""And in a day, whatever stands behind a plus sign."""
MAIL_TO_STRANGERS = Limit("strangers", 1_000, HOUR_MS)
"""Mails of one site to addresses that nobody has confirmed; whoever has come in before is not held up by it."""
MAIL_OF_OWNER = Limit("owner", 10, DAY_MS)
"""Addresses that one site's owner gives as theirs: each is written to, whosever it is."""
INVITATIONS_OF_SITE = Limit("invitations", 30, HOUR_MS)
"""Invitations into one site's team: each goes to an address that somebody typed."""
MAIL_OF_CALLER = Limit("asker", 60, HOUR_MS)
TEAM_MAIL_OF_CALLER = Limit("teamasker", 60, HOUR_MS)
"""Links to the console: those to the portal that one network asks for keep nobody out of it."""
WORDS_OF_CALLER = Limit("words", 10, HOUR_MS)
WORDS_OF_SITE = Limit("allwords", 600, HOUR_MS)
PASSKEY_OF_CALLER = Limit("passkey", 60, HOUR_MS)

ORDERS_OF_CALLER = Limit("callerorders", 10, DAY_MS)
CODES_OF_CALLER = Limit("callercodes", 10, DAY_MS)
"""Questions about orders, and personal codes, of one network: accounts with recovery words cost nothing."""

QUESTION_ABOUT = Limit("about", 1, HOUR_MS)
QUESTIONS_OF_PERSON = Limit("questions", 20, DAY_MS)
ORDERS_OF_PERSON = Limit("orders", 5, HOUR_MS)
ORDERS_OF_SITE = Limit("allorders", 50, HOUR_MS)
"""Questions that are not folded yet are counted so; what is folded is counted for as long as it is open."""


def within(session: Session, site_id: str, limit: Limit, bucket: str, now_ms: int) -> bool:
    """Count a try; False when it is one too many."""
    tried = rate_limits.count_try(session, site_id, f"{limit.kind}:{bucket}", limit.window_ms, now_ms)
    return tried <= limit.most


def demand(session: Session, site_id: str, limit: Limit, bucket: str, now_ms: int) -> None:
    """Count a try. Raises RateLimitError; the try stays counted if the caller commits."""
    if not within(session, site_id, limit, bucket, now_ms):
        left_ms = limit.window_ms - now_ms % limit.window_ms
        raise RateLimitError(max(1, left_ms // 1_000))
