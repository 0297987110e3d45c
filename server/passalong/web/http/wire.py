"""Wire format: strict bodies, page addresses without our own parameter, and what a request shows of itself."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, TypeVar

import ada_url
import msgspec
from msgspec import Meta, Struct

from passalong.core.integrity.gates import Seen
from passalong.core.reasons import Reason
from passalong.core.sites.tracking import without_dropped
from passalong.lib.tokens import BadTokenError, Keyring, share_id_of
from passalong.store.sites import Site
from passalong.web.http import field_words
from passalong.web.http.errors import RefusalError
from passalong.web.http.origins import as_listed
from passalong.web.http.services import SiteCache

MAX_BODY = 16_384
MAX_BATCH = 1_000_000
"""The largest body of an API call that takes many entries at once."""
MAX_DELIVERY = 1_000_000
"""The largest delivery of a shop system: an order of a thousand lines; Stripe's largest events are below half of it."""
MAX_FORM = 4 * MAX_BODY
"""The largest body of a page; Flask refuses longer ones."""
PARAM = "ht"
TOKEN_LENGTH = 27
"""Codes (`?ht=ana`) are shorter."""

Key = Annotated[str, Meta(pattern=r"\A[a-z0-9]{4,16}\Z", description="the key of the site, such as `k7f3q9`")]
NoteId = Annotated[
    str, Meta(pattern=r"\A[A-Za-z0-9_-]{16,64}\Z", description="a random id of 16 to 64 letters, digits, `_` and `-`")
]
Guest = Annotated[
    str, Meta(pattern=r"\A[A-Za-z0-9_-]{22,64}\Z", description="a secret of 22 to 64 letters, digits, `_` and `-`")
]
Token = Annotated[
    str, Meta(min_length=1, max_length=64, description="the token of a link, as `POST /v1/links` gives it")
]
Target = Annotated[
    str, Meta(pattern=r"\A[a-z0-9_-]{1,24}\Z", description="the key of a share target, such as `copy` or `mastodon`")
]
Page = Annotated[
    str,
    Meta(min_length=8, max_length=2_000, description="the http(s) address of the page, in at most 2,000 characters"),
]
LanguageTag = Annotated[str, Meta(max_length=35, description="a language, such as `en` or `pt-BR`")]
Title = Annotated[str, Meta(max_length=200, description="a text of at most 200 characters")]

T = TypeVar("T")


class Body(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The base of all bodies: unknown fields are refused."""


def decode(body: bytes, decoder: msgspec.json.Decoder[T], most: int = MAX_BODY) -> T:
    """Decode the typed body; raises RefusalError 413 or 400 with a sentence that names the field."""
    if len(body) > most:
        raise RefusalError(413, f"A body has at most {most} bytes.")
    if b"\\u0000" in body:
        raise RefusalError(400, "Text can't contain NUL characters. Leave them out.")
    try:
        note = decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RefusalError(400, field_words.sentence(error, decoder.type)) from None
    _names.decode(body.decode())
    return note


def _each_once(pairs: list[tuple[str, object]]) -> None:
    """Refuse repeated names: msgspec takes the last, other readers may take the first."""
    if len(dict(pairs)) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RefusalError(400, f"`{twice}` is there twice. Send each field once.")


_names = json.JSONDecoder(object_pairs_hook=_each_once)


def site_of(cache: SiteCache, site_id: str) -> Site:
    """Return the site of that key; raises RefusalError 404."""
    site = cache.find(site_id)
    if site is None:
        raise RefusalError(404, "No site has this key. The script's address names the right one.")
    return site


def open_site_of(cache: SiteCache, site_id: str) -> Site:
    """Return the site of that key. Raises RefusalError 404 if it counts no new shares and visits."""
    site = site_of(cache, site_id)
    if site.is_closed:
        state = "marked for removal" if site.delete_at_ms else "archived"
        raise RefusalError(404, f"This site is {state}: no new shares or visits count there.")
    return site


@lru_cache(maxsize=4096)
def clean_page(page: str, dropped: tuple[str, ...] = ()) -> str:
    """Return a page's address without our parameter, those that match `dropped`, a fragment, and a name and password.

    A dot at the end of the host names the same page.

    Raises RefusalError 400 if it is no address of a page.
    """
    try:
        url = ada_url.URL(page)
        if url.protocol not in ("http:", "https:"):
            raise ValueError
    except ValueError:
        raise RefusalError(400, "`page` is the http(s) address of the page.") from None
    url.hash = url.username = url.password = ""
    url.hostname = str(url.hostname).rstrip(".")
    url.search = without_dropped(str(url.search).lstrip("?"), (PARAM, *dropped))
    return str(url.href)


def seen(headers: Mapping[str, str], site: Site, *, method: str = "POST", hidden: bool = False) -> Seen:
    """Return what a request shows of itself; header names are in lower case."""
    return Seen(
        user_agent=headers.get("user-agent", ""),
        purpose=headers.get("sec-purpose") or headers.get("purpose", ""),
        method=method,
        gpc=headers.get("sec-gpc", "") == "1",
        hidden=hidden,
        origin=as_listed(headers["origin"]) if "origin" in headers else None,
        origins=site.accepted_origins,
    )


def share_of(keys: Keyring, cache: SiteCache, site: Site, token: str) -> str:
    """Return the share behind a token or a code of this site.

    Raises BadTokenError, which tells a token of another site from a bad one.
    """
    if len(token) < TOKEN_LENGTH and (share_id := cache.share_behind(site.site_id, token)):
        return share_id
    try:
        return _share_of(tuple(keys.secrets.items()), site.site_id, token)
    except BadTokenError as error:
        if error.reason is Reason.BAD_SIGNATURE and any(
            _verifies(keys, key, token) for key in cache.others(site.site_id)
        ):
            raise BadTokenError(Reason.FOREIGN_SITE) from None
        raise


@lru_cache(maxsize=4096)
def _share_of(secrets: tuple[tuple[int, str], ...], site_id: str, token: str) -> str:
    """Verify a token once and cache it, because many people come through one link. Refused ones are not cached."""
    return share_id_of(Keyring(dict(secrets)), site_id, token)


def _verifies(keys: Keyring, site_id: str, token: str) -> bool:
    try:
        share_id_of(keys, site_id, token)
    except BadTokenError:
        return False
    return True
