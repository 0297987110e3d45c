"""Impersonation: refuse names and personal codes that pretend to speak for a site or a company."""

import re
from collections.abc import Sequence
from contextlib import suppress
from functools import cache

import idna

from passalong.core.names.reserved import ALONE, BRANDS, COMMON_LABELS, LEGAL_FORMS, ROLES, UNSPACED
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
    """Return True for text that looks like the site's own name, a role or a brand, or mixes scripts within a word.

    A personal `code` stands in addresses of the site: `privacy-policy` is refused as well.
    """
    words = _words(text)
    if any(map(mixes_scripts, words)):
        return True
    whole = "".join(words)
    looks = {skeleton(form) for word in (*words, whole) for form in (word, word.strip(DIGITS))}
    if any(map((_alone() if code else _reserved()).fullmatch, looks)) or _is_alone(words):
        return True
    compact = skeleton(whole)
    return any(word in compact for word in _unspaced()) or any(
        own in compact if len(own) >= LONG_ENOUGH else own in looks for own in _names_of(site)
    )


def _is_alone(words: Sequence[str]) -> bool:
    return bool(words) and all(_alone().fullmatch(skeleton(word)) for word in words)


def _words(text: str) -> list[str]:
    return _BREAKS.sub(" ", text).split()


@cache
def _reserved() -> re.Pattern[str]:
    """One reserved word, or several written as one."""
    return _any_of((*ROLES, *BRANDS))


@cache
def _alone() -> re.Pattern[str]:
    """The same, and words that are refused where no other stands beside them."""
    return _any_of((*ROLES, *BRANDS, *ALONE))


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    looks = {skeleton(word) for word in words}
    return re.compile(f"(?:{'|'.join(map(re.escape, sorted(looks, key=len, reverse=True)))})+")


@cache
def _unspaced() -> tuple[str, ...]:
    return tuple(map(skeleton, UNSPACED))


def _names_of(site: Site) -> set[str]:
    """Return the names of the site: its name, without article and legal form too, and what its host says."""
    words = _words(site.name)
    bare = words[1:] if words and words[0].lower() in ARTICLES else words
    while bare and bare[-1].lower() in LEGAL_FORMS:
        bare = bare[:-1]
    named = ("".join(words), "".join(bare), *("".join(_words(label)) for label in _labels(site.home_url)))
    return {skeleton(name) for name in named} - {""}


def _labels(url: str) -> list[str]:
    """Return the labels of an address that name its site, as people read them: not its last one, nor `co` or `www`."""
    host = url.partition("://")[2].partition("/")[0].partition(":")[0]
    with suppress(idna.IDNAError):
        host = idna.decode(host)
    labels = host.split(".")
    return [label for label in labels[:-1] if label not in COMMON_LABELS] or labels[:1]
