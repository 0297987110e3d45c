"""Services that every request works with, made once by app.py."""

import time
from contextlib import AbstractContextManager, suppress
from copy import copy
from typing import Generic, TypeVar

from flask import current_app
from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.flow import personal_codes
from passalong.flow.backup.schedule import Watched
from passalong.flow.ingest.collector import Collector
from passalong.flow.ingest.refusals import Refusals
from passalong.flow.mail.sender import MailSender
from passalong.flow.owners.webhooks import Webhooks
from passalong.flow.signin.last_used import LastUsed
from passalong.flow.webhooks.worker import WebhookWorker
from passalong.lib.clock import Clock
from passalong.lib.openid import OpenId
from passalong.lib.signing import SigningKeys
from passalong.lib.tokens import Keyring
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.sites import Site
from passalong.web.http.meters import Monitoring

SITE_TTL_S = 5.0
MOST_KEPT = 10_000
"""The most cached answers about unknown keys and codes: anybody may send any, so beyond this they are dropped."""

Key = TypeVar("Key")
Value = TypeVar("Value")


class NotCachedError(Exception):
    """The answer is not in memory: ask again from a thread that may wait for the database."""


class Cached(Generic[Key, Value]):
    """Answers of the database, each cached for five seconds. Thread-safe."""

    def __init__(self) -> None:
        self._kept: dict[Key, tuple[float, Value]] = {}

    def get(self, key: Key) -> Value:
        """Return the cached answer. Raises NotCachedError."""
        entry = self._kept.get(key)
        if entry is None or time.monotonic() - entry[0] >= SITE_TTL_S:
            raise NotCachedError
        return entry[1]

    def put(self, key: Key, value: Value) -> Value:
        """Cache an answer."""
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[key] = (time.monotonic(), value)
        return value

    def forget(self, key: Key) -> None:
        """Drop the answer to one question."""
        self._kept.pop(key, None)

    def keys(self) -> list[Key]:
        """Return the keys, copied in one step: other threads may add some meanwhile."""
        return list(self._kept)


class SiteCache:
    """Sites by key and shares by code, at most five seconds old, misses included.

    Notes are read on the event loop, where nothing may wait for the database: `in_memory` gives a view that raises
    NotCachedError instead.
    """

    def __init__(self, db: Database):
        self._db: Database | None = db
        self._sites: Cached[str, Site] = Cached()
        self._missing: Cached[str, None] = Cached()  # apart: made-up keys must not push real sites out
        self._codes: Cached[tuple[str, str], str | None] = Cached()
        self._only: Cached[str, Site | None] = Cached()

    def in_memory(self) -> "SiteCache":
        """Return a view of this cache that never reads the database."""
        view = copy(self)
        view._db = None
        return view

    def find(self, site_id: str) -> Site | None:
        """Return the site of that key, if there is one."""
        for cached in (self._sites, self._missing):
            with suppress(NotCachedError):
                return cached.get(site_id)
        with self._reading() as session:
            site = sites.find_site(session, site_id)
        return self._missing.put(site_id, None) if site is None else self._sites.put(site_id, site)

    def forget(self, site_id: str) -> None:
        """Read the site again the next time: its owner has just changed it."""
        self._sites.forget(site_id)
        self._only.forget("")

    def only(self) -> Site | None:
        """Return the one site of this instance; None where there is none, or more than one."""
        with suppress(NotCachedError):
            return self._only.get("")
        with self._reading() as session:
            site = sites.only_site(session)
        return self._only.put("", site)

    def share_behind(self, site_id: str, code: str) -> str | None:
        """Return the share behind a code in a page's address, if the code leads to one."""
        with suppress(NotCachedError):
            return self._codes.get((site_id, code))
        with self._reading() as session:
            share_id = personal_codes.resolve(session, site_id, code).share_id
        return self._codes.put((site_id, code), share_id)

    def others(self, site_id: str) -> list[str]:
        """Return the keys of other sites seen lately, to tell their tokens from forged ones."""
        return [key for key in self._sites.keys() if key != site_id][:50]  # noqa: SIM118 - no dict

    def _reading(self) -> AbstractContextManager[Session]:
        if self._db is None:
            raise NotCachedError
        return self._db.reading()


class Services(Struct, frozen=True):
    """The assembled instance. `url` is the public address, without a slash at the end.

    `assistants` is true if `/mcp` answers, for which a library more is needed.
    """

    url: str
    db: Database
    clock: Clock
    keys: Keyring
    collector: Collector
    refusals: Refusals
    sites: SiteCache
    signing: SigningKeys
    mail_sender: MailSender
    last_used: LastUsed
    backups: Watched
    webhooks: Webhooks
    webhook_worker: WebhookWorker
    monitoring: Monitoring
    openid: OpenId | None = None
    assistants: bool = False


def current_services() -> Services:
    """Return the services of the instance that serves this request."""
    services: Services = current_app.extensions["passalong"]
    return services
