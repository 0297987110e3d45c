"""Shared by all pages: filters, the theme, static files with a content hash in their address."""

import hashlib
from functools import cache
from pathlib import Path

import ada_url
from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import Need
from passalong.flow.mail import preferences
from passalong.i18n import catalogue
from passalong.web.http import cookies, language
from passalong.web.http.auth import advocate, refuse_cross_site
from passalong.web.http.compression import compress_styles
from passalong.web.http.errors import RefusalError
from passalong.web.http.headers import STATIC_MAX_AGE_S
from passalong.web.http.language import said
from passalong.web.http.services import current_services

bp = Blueprint("assets", __name__)
THEMES = ("light", "dark", "system")
THEME_COOKIE = "along-theme"
CONSOLE_SHEETS = ("app.css", "console.css", "appearance.css")


@cache
def _content_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def static_url(name: str) -> str:
    """Return the address of a static file with a hash: it may be cached for ever."""
    path = Path(__file__).parents[1] / "static" / name
    return url_for("static", filename=name, v=_content_hash(path))


def console_styles() -> str:
    """Return the address of the console's one style sheet: a page's first view asks for six files at most."""
    return url_for("assets.styles_of_console", v=_console_sheet()[0])


@cache
def _console_sheet() -> tuple[str, bytes]:
    """Return the hash and the bytes of the sheets that every page of the console needs."""
    folder = Path(__file__).parents[1] / "static"
    sheet = b"".join((folder / name).read_bytes() for name in CONSOLE_SHEETS)
    return hashlib.sha256(sheet).hexdigest()[:12], sheet


def install(app: Flask) -> None:
    """Register template globals and filters."""
    language.install(app)
    app.jinja_env.globals["static_url"] = static_url
    app.jinja_env.globals["console_styles"] = console_styles
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = STATIC_MAX_AGE_S
    app.after_request(compress_styles)

    @app.context_processor
    def _theme() -> dict[str, str]:
        theme = request.cookies.get(THEME_COOKIE, "system")
        return {"theme": theme if theme in THEMES else "system"}


@bp.get("/")
def index() -> str:
    """Show the root page of an instance."""
    return render_template("public/index.html")


@bp.get("/styles/console.css")
def styles_of_console() -> Response:
    """Return the style sheet of the console: the one of all pages with its own after it."""
    response = Response(_console_sheet()[1], mimetype="text/css")
    response.headers["Cache-Control"] = f"public, max-age={STATIC_MAX_AGE_S}, immutable"
    return response


@bp.post("/theme")
def theme() -> AnyResponse:
    """Store the theme: light, dark or the device's; nothing else is in the cookie."""
    refuse_cross_site()
    chosen = request.form.get("theme", "system")
    if chosen not in THEMES:
        raise RefusalError(400, said("errors.bad_choice"))
    response = redirect(_here(request.form.get("next", "/")), 303)
    cookies.put(response, THEME_COOKIE, chosen, STATIC_MAX_AGE_S)
    return response


@bp.post("/me/language")
def choose_language() -> AnyResponse:
    """Store the chosen language; nothing else is in the cookie."""
    refuse_cross_site()
    chosen = request.form.get("language", "")
    if not catalogue.is_language(chosen):
        raise RefusalError(400, said("errors.bad_choice"))
    response = redirect(_here(request.form.get("next", "/me")), 303)
    cookies.put(response, language.COOKIE, chosen, STATIC_MAX_AGE_S)
    signed = advocate()
    if signed is not None and signed.lacks(Need.CHANGE) is None and chosen in signed.site.page_languages:
        preferences.speak(current_services().db, signed.site.site_id, signed.advocate_id, chosen)
    return response


def _here(where: str) -> str:
    """Return the path on this host that a browser would make of `where`; the root for anything that leads elsewhere."""
    try:
        url, root = ada_url.URL(where, current_services().url), ada_url.URL(current_services().url)
    except ValueError:
        return "/"
    if not where.startswith("/") or url.origin != root.origin or url.pathname.startswith("//"):
        return "/"
    path = _page_at(url.pathname)
    return str(path + url.search) if path == url.pathname else path


def _page_at(path: str) -> str:
    """Return the path, or the page above it where it takes forms only: a refused form was shown there."""
    addresses = current_app.url_map.bind("")
    if not addresses.allowed_methods(path):  # no page at all
        return path
    while path and not addresses.test(path, "GET"):
        path = path.rpartition("/")[0]
    return path or "/"


@bp.get("/robots.txt")
def robots() -> Response:
    """Allow search engines the open books only."""
    text = "User-agent: *\nAllow: /open/\nAllow: /static/\nAllow: /llms.txt\nDisallow: /\n"
    return Response(text, mimetype="text/plain")
