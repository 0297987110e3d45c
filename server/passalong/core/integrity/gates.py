"""Gates: checks of a note when it comes in, asked in order until the first refusal.

A gate sees only the request itself. Everything that needs the site's history is decided at the fold.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from msgspec import Struct

from passalong.core.integrity.bot_patterns import PATTERNS
from passalong.core.reasons import Reason

_BOT = re.compile("|".join(PATTERNS), re.IGNORECASE)
MAX_USER_AGENT = 512
"""Longer user agents are cut before matching, so that patterns stay cheap; real ones are shorter."""


class Seen(Struct, frozen=True):
    """The facts that a request shows of itself. `origin` is None if the browser sent none."""

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
    """Return True for declared bots and link previews; an empty user agent counts as one."""
    return not user_agent or _BOT.search(user_agent) is not None


def refuse_opted_out(seen: Seen) -> Reason | None:
    """Refuse browsers with Global Privacy Control, whatever the page's script decided."""
    return Reason.OPTED_OUT if seen.gpc else None


def refuse_foreign_origin(seen: Seen) -> Reason | None:
    """Refuse other origins: only the site's own pages report for the site."""
    return None if seen.origin is None or seen.origin in seen.origins else Reason.FOREIGN_ORIGIN


def refuse_bots(seen: Seen) -> Reason | None:
    """Refuse declared bots and link previews; in-app browsers are people."""
    return Reason.BOT if seen.method == "HEAD" or is_declared_bot(seen.user_agent[:MAX_USER_AGENT]) else None


def refuse_prefetch(seen: Seen) -> Reason | None:
    """Refuse prefetches and previews: no person has seen the page."""
    return Reason.PREFETCH if seen.purpose.lower().startswith(("prefetch", "preview")) else None


def refuse_hidden(seen: Seen) -> Reason | None:
    """Refuse hidden pages: only a visible page makes a touch."""
    return Reason.NOT_VISIBLE if seen.hidden else None


GATES: tuple[Gate, ...] = (
    refuse_opted_out,
    refuse_foreign_origin,
    refuse_bots,
    refuse_prefetch,
    refuse_hidden,
)


def first_refusal(seen: Seen) -> Reason | None:
    """Return the first gate's refusal, or None if all gates pass."""
    return next((reason for gate in GATES if (reason := gate(seen)) is not None), None)
