"""The widget's script, with one site's settings in it: made once, served from memory, the same bytes for everybody.

Pages load it from Passalong's own address, or from their own through a proxy at `/_along/` (web/first_party.py): the
script then speaks to where it came from. Its lazy parts and the frozen versions are web/released.py's.
"""

import time
from functools import lru_cache

import msgspec
from flask import Blueprint, Response, current_app, request
from msgspec import Struct

from passalong.store.sites import Site, in_force, terms_versions
from passalong.web import released, wire
from passalong.web.packed import FOR_AN_HOUR, Packed, answer, pack
from passalong.web.parts import SITE_TTL_S, Parts, parts

bp = Blueprint("script", __name__)
PLACE = '"__ALONG_SITE__"'


class Shelved(Struct, frozen=True):
    """A site's script, and when its settings were looked at."""

    looked_at: float
    site: Site
    script: Packed


class Shelf:
    """Scripts by site and host, at most five seconds behind the settings: a page view asks no database."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], Shelved] = {}

    def script_of(self, known: Parts, site: Site, host: str) -> Packed:
        """The script of a site that speaks to `host`."""
        name = (site.site_id, host)
        found = self._made.get(name)
        if found is None or found.site != site or time.monotonic() - found.looked_at >= SITE_TTL_S:
            found = Shelved(time.monotonic(), site, pack(baked(known, site, host)))
            self._made[name] = found
        return found.script


def install(shelf_of: dict[str, object]) -> None:
    """Give an app (its `extensions`) an empty shelf."""
    shelf_of["passalong.scripts"] = Shelf()


def baked(known: Parts, site: Site, host: str | None = None) -> bytes:
    """The script of one site; speaks to Passalong's own address where no `host` is given."""
    with known.db.reading() as session:
        terms = in_force(terms_versions(session, site.site_id), known.clock.now_ms()).terms
    settings = {
        "key": site.site_id,
        "host": host or known.url,
        "param": wire.PARAM,
        "credit": site.credit,
        "remember": site.remember,
        "days": terms.window_days,
    }
    return _filled(released.built(), msgspec.json.encode(settings).decode())


@lru_cache(maxsize=256)
def _filled(script: bytes, settings: str) -> bytes:
    return script.replace(PLACE.encode(), settings.replace("</", "<\\/").encode())


@bp.get("/along/<name>.js")
def script(name: str) -> Response:
    """The script that a site owner pastes, or a part that it loads when somebody shares."""
    part = released.part_of_today(name, request.query_string.decode("latin-1"))
    if part is not None:
        return answer(*part)
    known = parts()
    shelf: Shelf = current_app.extensions["passalong.scripts"]
    made = shelf.script_of(known, wire.site_of(known.sites, name), request.script_root or known.url)
    return answer(made, FOR_AN_HOUR)


@bp.get("/v<version>/<name>.js")
def frozen(version: str, name: str) -> Response:
    """A file of a version that was published: the same bytes for ever."""
    return answer(*released.frozen_file(version, name))
