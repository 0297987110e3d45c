"""Reading what came over the wire: strict bodies, pages without our own parameter, what a request shows of itself."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, TypeVar

import ada_url
import msgspec
from msgspec import Meta, Struct

from passalong.core.integrity import Seen
from passalong.core.reasons import Reason
from passalong.store.sites import Site
from passalong.tokens import BadToken, Keyring, share_id_of
from passalong.web.errors import Refusal
from passalong.web.parts import SiteCache

MAX_BODY = 16_384
MAX_FORM = 4 * MAX_BODY
"""What a page takes: Flask refuses what is longer."""
PARAM = "ht"
TOKEN_LENGTH = 27
"""Codes (`?ht=ana`) are shorter."""

Key = Annotated[str, Meta(pattern=r"\A[a-z0-9]{4,16}\Z")]
NoteId = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{16,64}\Z")]
Guest = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{22,64}\Z")]
Token = Annotated[str, Meta(min_length=1, max_length=64)]
Target = Annotated[str, Meta(pattern=r"\A[a-z0-9_-]{1,24}\Z")]
Page = Annotated[str, Meta(min_length=8, max_length=2_000)]
Title = Annotated[str, Meta(max_length=200)]

T = TypeVar("T")


_PATTERN = re.compile(r"matching regex '.*'")


class Body(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every body has in common: nothing that we do not know."""


def decode(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """The typed body; raises Refusal 413 or 400 with a sentence that names the field."""
    if len(body) > MAX_BODY:
        raise Refusal(413, f"A body has at most {MAX_BODY} bytes.")
    if b"\\u0000" in body:
        raise Refusal(400, "Text must not hold NUL characters.")
    try:
        found = decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        said = _PATTERN.sub("of the form that docs/wire.md gives", str(error))
        raise Refusal(400, f"Not understood: {said}.") from None
    _names.decode(body.decode())
    return found


def _each_once(pairs: list[tuple[str, object]]) -> None:
    """msgspec lets the last of two equal names win; who reads the first would read something else."""
    if len(dict(pairs)) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Refusal(400, f"Not understood: `{twice}` stands there twice.")


_names = json.JSONDecoder(object_pairs_hook=_each_once)


def site_of(cache: SiteCache, site_id: str) -> Site:
    """The site of that key; raises Refusal 404."""
    site = cache.find(site_id)
    if site is None:
        raise Refusal(404, "No site has this key. The script's address names the right one.")
    return site


@lru_cache(maxsize=4096)
def clean_page(page: str) -> str:
    """The page's address without our parameter and without a fragment; raises Refusal 400 if it is none."""
    try:
        url = ada_url.URL(page)
        if url.protocol not in ("http:", "https:"):
            raise ValueError
    except ValueError:
        raise Refusal(400, "`page` is the http(s) address of the page.") from None
    url.hash = ""
    kept = [part for part in str(url.search).lstrip("?").split("&") if part and part.split("=")[0] != PARAM]
    url.search = "&".join(kept)
    return str(url.href)


def seen(headers: Mapping[str, str], site: Site, *, method: str = "POST", hidden: bool = False) -> Seen:
    """What a request shows of itself; header names in small letters."""
    return Seen(
        user_agent=headers.get("user-agent", ""),
        purpose=headers.get("sec-purpose") or headers.get("purpose", ""),
        method=method,
        gpc=headers.get("sec-gpc", "") == "1",
        hidden=hidden,
        origin=headers.get("origin"),
        origins=site.origins,
    )


def share_of(keys: Keyring, cache: SiteCache, site: Site, token: str) -> str:
    """The share behind a token or a code of this site; raises BadToken, which tells another site's from a bad one."""
    if len(token) < TOKEN_LENGTH and (found := cache.share_behind(site.site_id, token)):
        return found
    try:
        return _share_of(tuple(keys.secrets.items()), site.site_id, token)
    except BadToken as error:
        if error.reason is Reason.BAD_SIGNATURE and any(
            _verifies(keys, key, token) for key in cache.others(site.site_id)
        ):
            raise BadToken(Reason.FOREIGN_SITE) from None
        raise


@lru_cache(maxsize=4096)
def _share_of(secrets: tuple[tuple[int, str], ...], site_id: str, token: str) -> str:
    """Many people come by one link: it is verified for the first of them. What is refused is not kept."""
    return share_id_of(Keyring(dict(secrets)), site_id, token)


def _verifies(keys: Keyring, site_id: str, token: str) -> bool:
    try:
        share_id_of(keys, site_id, token)
    except BadToken:
        return False
    return True
