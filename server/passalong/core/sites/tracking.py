"""Tracking parameters that advertisers and mail programs append to an address, and that identify no page."""

import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import unquote_plus

TRACKING = (
    "utm_*", "mtm_*", "pk_*", "hsa_*", "gad_*", "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid",
    "twclid", "ttclid", "li_fat_id", "igsh", "igshid", "yclid", "ymclid", "ysclid", "srsltid", "epik", "sccid",
    "rdt_cid", "irclickid", "mibextid", "mc_cid", "mc_eid", "mkt_tok", "vero_id", "vero_conv", "_hsenc", "_hsmi",
    "__hs*", "hsctatracking", "oly_anon_id", "oly_enc_id", "ml_subscriber*", "bsft_*", "sfmc_*", "dm_i", "s_cid",
    "wt_mc", "wt_zmc", "matomo_*", "piwik_*", "fb_action_*", "fb_source", "_branch_match_id", "_ga", "_ga_*", "_gl",
    "_ke", "_kx", "_openstat",
)  # fmt: skip
"""Dropped unless the site has a list of its own; `*` at the end matches anything."""
PATTERN = re.compile(r"[a-z0-9_.~-]{1,40}\*?")
AMPERSANDS = re.compile(r"^(amp;)+")

MAX_PATTERNS = 100


def read_patterns(text: str) -> tuple[str, ...]:
    """Parse patterns separated by commas or spaces, each once; raises ValueError with the bad one."""
    patterns = tuple(dict.fromkeys(text.lower().replace(",", " ").split()))
    for pattern in patterns:
        if not PATTERN.fullmatch(pattern):
            raise ValueError(pattern)
    return patterns


def without_dropped(query: str, patterns: tuple[str, ...]) -> str:
    """Remove matching parameters from a query string; the rest stays as it was written."""
    dropped = _compiled(patterns)
    parts = (part for part in query.split("&") if part)
    return "&".join(part for part in parts if not dropped.fullmatch(_name(part)))


def _name(part: str) -> str:
    """Return a parameter's name; links that were copied out of a page's source have `amp;` before it."""
    return AMPERSANDS.sub("", unquote_plus(part.partition("=")[0]).lower())


@lru_cache(maxsize=256)
def _compiled(patterns: Sequence[str]) -> re.Pattern[str]:
    """Compile all patterns into one expression; without patterns it matches nothing."""
    expressions = [re.escape(name.removesuffix("*")) + (".*" if name.endswith("*") else "") for name in patterns]
    return re.compile("|".join(expressions) or r"(?!)", re.DOTALL)
