"""What keeps a note from counting the moment it comes in: gates, asked in order, stopping at the first refusal.

A gate sees only what the request itself says. Everything that needs the site's history is decided at the fold.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from msgspec import Struct

from passalong.core.bot_patterns import PATTERNS
from passalong.core.reasons import Reason

_BOT = re.compile("|".join(PATTERNS), re.IGNORECASE)
MAX_USER_AGENT = 512
"""Longer user agents are cut before they are matched: real ones are shorter, and patterns must stay cheap."""


class Seen(Struct, frozen=True):
    """What a request shows of itself. `origin` is None where the browser sent none."""

    user_agent: str = ""
    purpose: str = ""
    method: str = "POST"
    gpc: bool = False
    hidden: bool = False
    origin: str | None = None
    origins: tuple[str, ...] = ()


Gate = Callable[[Seen], Reason | None]


@lru_cache(maxsize=4096)
def is_declared_bot(user_agent: str) -> bool:
    """True for programs that say so, link previews among them; an empty user agent is one too."""
    return not user_agent or _BOT.search(user_agent) is not None


def refuse_opted_out(seen: Seen) -> Reason | None:
    """Global Privacy Control is a no, whatever the page's script thought."""
    return Reason.OPTED_OUT if seen.gpc else None


def refuse_foreign_origin(seen: Seen) -> Reason | None:
    """A browser names the page's origin; only the site's own pages speak for the site."""
    return None if seen.origin is None or seen.origin in seen.origins else Reason.FOREIGN_ORIGIN


def refuse_bots(seen: Seen) -> Reason | None:
    """Declared bots and link previews never count; in-app browsers are people."""
    return Reason.BOT if seen.method == "HEAD" or is_declared_bot(seen.user_agent[:MAX_USER_AGENT]) else None


def refuse_prefetch(seen: Seen) -> Reason | None:
    """What a browser or a preview loads ahead of time was looked at by nobody."""
    return Reason.PREFETCH if seen.purpose.lower().startswith(("prefetch", "preview")) else None


def refuse_hidden(seen: Seen) -> Reason | None:
    """Only a visible page makes a touch."""
    return Reason.NOT_VISIBLE if seen.hidden else None


GATES: tuple[Gate, ...] = (
    refuse_opted_out,
    refuse_foreign_origin,
    refuse_bots,
    refuse_prefetch,
    refuse_hidden,
)


def first_refusal(seen: Seen) -> Reason | None:
    """The first gate's refusal, or None when all let it pass."""
    return next((reason for gate in GATES if (reason := gate(seen)) is not None), None)
