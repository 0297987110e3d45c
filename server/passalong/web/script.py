"""The widget's script, with one site's settings in it: made once, served from memory, the same bytes for everybody."""

import hashlib
from functools import lru_cache
from pathlib import Path

import msgspec
from flask import Blueprint, Response, request

from passalong.store.sites import Site, in_force, terms_versions
from passalong.web import wire
from passalong.web.parts import Parts, parts

bp = Blueprint("script", __name__)
PLACE = '"__ALONG_SITE__"'


@lru_cache(maxsize=1)
def built() -> str:
    """The built widget, as it lies in the package."""
    return (Path(__file__).parent / "static" / "along.js").read_text()


def baked(known: Parts, site: Site) -> bytes:
    """The script of one site."""
    with known.db.reading() as session:
        terms = in_force(terms_versions(session, site.site_id), known.clock.now_ms()).terms
    settings = {
        "key": site.site_id,
        "host": known.url,
        "param": wire.PARAM,
        "credit": site.credit,
        "remember": site.remember,
        "days": terms.window_days,
    }
    return _filled(msgspec.json.encode(settings).decode())


@lru_cache(maxsize=256)
def _filled(settings: str) -> bytes:
    return built().replace(PLACE, settings.replace("</", "<\\/")).encode()


@bp.get("/along/<site_id>.js")
def script(site_id: str) -> Response:
    """The script that a site owner pastes."""
    known = parts()
    body = baked(known, wire.site_of(known.sites, site_id))
    response = Response(body, mimetype="text/javascript")
    response.set_etag(hashlib.sha256(body).hexdigest()[:20])
    response.headers["Cache-Control"] = "public, max-age=3600, stale-while-revalidate=86400"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.make_conditional(request)
    return response
