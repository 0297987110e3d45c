"""The widget's script with one site's settings: made once, served from memory, the same bytes for everybody.

Pages load it from Passalong's own address, or from their own through a proxy at `/_along/`
(web/browser/first_party.py): the script then talks to where it came from. Its lazy parts and the frozen versions are in
web/browser/releases.py.
"""

import time
from functools import lru_cache

import msgspec
from flask import Blueprint, Response, current_app, request
from msgspec import Struct

from passalong.flow.owners.sites import BadSiteError, origin_of
from passalong.store.queries import link_aliases
from passalong.store.sites import Site, in_force, terms_versions
from passalong.web.browser import releases
from passalong.web.http import wire
from passalong.web.http.compression import FOR_AN_HOUR, Packed, answer, pack
from passalong.web.http.services import SITE_TTL_S, Services, current_services

bp = Blueprint("script", __name__)
PLACE = '"__ALONG_SITE__"'


class Shelved(Struct, frozen=True):
    """A site's script, and when its settings were read."""

    looked_at: float
    site: Site
    script: Packed


class Shelf:
    """Scripts by site and host, at most five seconds behind the settings: a page view reads no database."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], Shelved] = {}

    def script_of(self, services: Services, site: Site, host: str) -> Packed:
        """Return the script of a site that talks to `host`."""
        name = (site.site_id, host)
        shelved = self._made.get(name)
        if shelved is None or shelved.site != site or time.monotonic() - shelved.looked_at >= SITE_TTL_S:
            shelved = Shelved(time.monotonic(), site, pack(baked(services, site, host)))
            self._made[name] = shelved
        return shelved.script


def install(shelf_of: dict[str, object]) -> None:
    """Give an app (its `extensions`) an empty shelf."""
    shelf_of["passalong.scripts"] = Shelf()


def baked(services: Services, site: Site, host: str | None = None) -> bytes:
    """Return the script of one site; it talks to Passalong's own address if no `host` is given."""
    with services.db.reading() as session:
        terms = in_force(terms_versions(session, site.site_id), services.clock.now_ms()).terms
        old = link_aliases.params(session, site.site_id)
    settings: dict[str, object] = {
        "key": site.site_id,
        "host": host or services.url,
        "param": wire.PARAM,
        "credit": site.credit,
        "remember": site.remember,
        "days": terms.window_days,
        **({"read": f"(?:{'|'.join((wire.PARAM, *old))})"} if old else {}),
    }
    return _filled(releases.built(), msgspec.json.encode(settings | _lists(site)).decode())


def _lists(site: Site) -> dict[str, tuple[str, ...]]:
    """Return the lists that the script does not know by itself, to keep every page view small.

    It has the usual tracking parameters, and a site with one address has nowhere to carry a code to.
    """
    carries = len({host.removeprefix("www.") for host in site.hosts}) > 1
    lists = {"carry": site.hosts} if carries else {}
    return lists if site.drop_params is None else lists | {"drop": site.drop_params}


@lru_cache(maxsize=256)
def _filled(script: bytes, settings: str) -> bytes:
    return script.replace(PLACE.encode(), settings.replace("</", "<\\/").encode())


@bp.get("/along/<name>.js")
def script(name: str) -> Response:
    """Serve the script that a site owner pastes, or a lazy part."""
    part = releases.part_of_today(name, request.query_string.decode("latin-1"))
    if part is not None:
        return answer(*part)
    services = current_services()
    shelf: Shelf = current_app.extensions["passalong.scripts"]
    site = wire.open_site_of(services.sites, name)
    packed = shelf.script_of(services, site, request.script_root or services.url)
    origin = _origin_of_page()
    if origin in site.accepted_origins:
        services.last_used.script(site.site_id, origin)
    return answer(packed, FOR_AN_HOUR)


def _origin_of_page() -> str:
    """Return the origin of the page that loads the script, or nothing; its address itself is not looked at."""
    address = request.headers.get("Origin") or request.headers.get("Referer", "")
    try:
        return origin_of(address)
    except BadSiteError:
        return ""


@bp.get("/v<version>/<name>.js")
def frozen(version: str, name: str) -> Response:
    """Serve a file of a frozen version: the same bytes for ever."""
    return answer(*releases.frozen_file(version, name))
