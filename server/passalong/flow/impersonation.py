"""Impersonation: refuse names and personal codes that pretend to speak for a site or a company."""

import re
from functools import cache

from passalong.core.names.reserved import BRANDS, ONLY_FOR_CODES, ROLES, UNSPACED
from passalong.lib.confusables import mixes_scripts, skeleton
from passalong.store.sites import Site

_BREAKS = re.compile(r"[\W_]+")
DIGITS = "0123456789"
ARTICLES = frozenset(
    {"the", "der", "die", "das", "le", "la", "les", "el", "los", "las", "o", "a", "os", "as", "de", "het"}
)
LONG_ENOUGH = 5
"""A site's name of this many letters is matched anywhere in a name; a shorter one could be part of anybody's name."""


def impersonates(text: str, site: Site, *, code: bool = False) -> bool:
    """Return True for text that looks like the site's own name, a role or a brand, or mixes scripts within a word."""
    words = _BREAKS.sub(" ", text).split()
    if any(map(mixes_scripts, words)):
        return True
    whole = "".join(words)
    looks = {skeleton(form) for word in (*words, whole) for form in (word, word.strip(DIGITS))}
    if any(map(_reserved(code).fullmatch, looks)):
        return True
    compact = skeleton(whole)
    return any(word in compact for word in _unspaced()) or any(
        own in compact if len(own) >= LONG_ENOUGH else own in looks for own in _names_of(site)
    )


@cache
def _reserved(code: bool) -> re.Pattern[str]:
    """One reserved word, or several written as one."""
    words = {skeleton(word) for word in (*ROLES, *BRANDS, *(ONLY_FOR_CODES if code else ()))}
    return re.compile(f"(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})+")


@cache
def _unspaced() -> tuple[str, ...]:
    return tuple(map(skeleton, UNSPACED))


def _names_of(site: Site) -> set[str]:
    """Return the names of the site: its name, with and without an article, and the first label of its host."""
    host = site.home_url.partition("://")[2].partition("/")[0].removeprefix("www.").partition(":")[0]
    words = _BREAKS.sub(" ", site.name).split()
    bare = words[1:] if words and words[0].lower() in ARTICLES else words
    named = ("".join(words), "".join(bare), host.rpartition(".")[0].rpartition(".")[2])
    return {skeleton(name) for name in named} - {""}
