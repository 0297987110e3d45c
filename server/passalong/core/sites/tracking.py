"""Tracking parameters that advertisers and mail programs append to an address, and that identify no page."""

import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import unquote_plus

TRACKING = (
    "utm_*", "mtm_*", "pk_*", "hsa_*", "gad_*", "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid",
    "twclid", "ttclid", "li_fat_id", "igsh", "igshid", "yclid", "ysclid", "srsltid", "epik", "sccid", "mc_cid",
    "mc_eid", "mkt_tok", "vero_id", "_hsenc", "_hsmi", "_ga", "_gl", "_ke", "_kx", "_openstat",
)  # fmt: skip
"""Dropped unless the site has a list of its own; `*` at the end matches anything."""
PATTERN = re.compile(r"[a-z0-9_.~-]{1,40}\*?")

MAX_PATTERNS = 100


def read_patterns(text: str) -> tuple[str, ...]:
    """Parse patterns separated by commas or spaces, each once; raises ValueError with the bad one."""
    found = tuple(dict.fromkeys(text.lower().replace(",", " ").split()))
    for pattern in found:
        if not PATTERN.fullmatch(pattern):
            raise ValueError(pattern)
    return found


def without_dropped(query: str, patterns: tuple[str, ...]) -> str:
    """Remove matching parameters from a query string; the rest stays as it was written."""
    dropped = _compiled(patterns)
    kept = (part for part in query.split("&") if part)
    return "&".join(part for part in kept if not dropped.fullmatch(_name(part)))


def _name(part: str) -> str:
    return unquote_plus(part.partition("=")[0]).lower()


@lru_cache(maxsize=256)
def _compiled(patterns: Sequence[str]) -> re.Pattern[str]:
    """Compile all patterns into one expression; without patterns it matches nothing."""
    found = [re.escape(name.removesuffix("*")) + (".*" if name.endswith("*") else "") for name in patterns]
    return re.compile("|".join(found) or r"(?!)", re.DOTALL)
