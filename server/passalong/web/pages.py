"""What all pages share: filters, the theme, static files under an address that changes with their content."""

import hashlib
from functools import cache
from pathlib import Path

import ada_url
from flask import Blueprint, Flask, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong import languages
from passalong.flow import wishes
from passalong.web import language
from passalong.web.auth import advocate, refuse_cross_site
from passalong.web.headers import STATIC_MAX_AGE_S
from passalong.web.parts import parts

bp = Blueprint("pages", __name__)
THEMES = ("light", "dark", "system")
THEME_COOKIE = "along-theme"


@cache
def _content_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def static_url(name: str) -> str:
    """The address of a static file, with a piece of its hash: it may be kept for ever."""
    path = Path(__file__).parent / "static" / name
    return url_for("static", filename=name, v=_content_hash(path))


def install(app: Flask) -> None:
    """Give the templates what they use."""
    language.install(app)
    app.jinja_env.globals["static_url"] = static_url
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = STATIC_MAX_AGE_S

    @app.context_processor
    def _theme() -> dict[str, str]:
        theme = request.cookies.get(THEME_COOKIE, "system")
        return {"theme": theme if theme in THEMES else "system"}


@bp.get("/")
def index() -> str:
    """The root of an instance."""
    return render_template("index.html")


@bp.post("/theme")
def theme() -> AnyResponse:
    """Keep light, dark or as the device has it; nothing else is in the cookie."""
    refuse_cross_site()
    chosen = request.form.get("theme", "system")
    response = redirect(_here(request.form.get("next", "/")), 303)
    if chosen in THEMES:
        response.set_cookie(THEME_COOKIE, chosen, max_age=STATIC_MAX_AGE_S, samesite="Lax", httponly=True, path="/")
    return response


@bp.post("/me/language")
def choose_language() -> AnyResponse:
    """Keep the language that a person chose; nothing else is in the cookie."""
    refuse_cross_site()
    chosen = request.form.get("language", "")
    response = redirect(_here(request.form.get("next", "/me")), 303)
    if languages.is_language(chosen):
        response.set_cookie(language.COOKIE, chosen, max_age=STATIC_MAX_AGE_S, samesite="Lax", httponly=True, path="/")
        found = advocate()
        if found is not None and chosen in languages.LANGUAGES:
            wishes.speak(parts().db, found.site.site_id, found.advocate_id, chosen)
    return response


def _here(where: str) -> str:
    """The path on this host that a browser would make of `where`; the root for all that could lead elsewhere."""
    try:
        url, root = ada_url.URL(where, parts().url), ada_url.URL(parts().url)
    except ValueError:
        return "/"
    if not where.startswith("/") or url.origin != root.origin or url.pathname.startswith("//"):
        return "/"
    return str(url.pathname + url.search)


@bp.get("/robots.txt")
def robots() -> Response:
    """Nothing here is for search engines but the open books."""
    text = "User-agent: *\nAllow: /open/\nAllow: /static/\nDisallow: /\n"
    return Response(text, mimetype="text/plain")
