"""Response headers: CSP, CORS, caching, and no referrer with anything in it."""

from flask import Flask, Response, request

from passalong.web.http.compression import OF_SCRIPTS
from passalong.web.http.services import current_services

SCRIPTS = ("script.script", "script.frozen")
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Along-Kept, Along-Dropped, Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "86400",
}
PAGE = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; script-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=(), browsing-topics=()",
}
STATIC_MAX_AGE_S = 31_536_000
ALWAYS_TLS = {"Strict-Transport-Security": "max-age=31536000"}
"""HSTS: over https, this host is never requested without it again."""


def install(app: Flask) -> None:
    """Set the headers on everything that Flask answers, preflight requests included."""

    @app.after_request
    def _headers(response: Response) -> Response:
        if request.path.startswith("/v1/"):
            _set(response, CORS | PREFLIGHT if request.method == "OPTIONS" else CORS)
        elif request.endpoint in SCRIPTS or request.path.startswith("/along/"):
            _set(response, OF_SCRIPTS)
        else:
            _set(response, PAGE | ALWAYS_TLS if current_services().url.startswith("https:") else PAGE)
        if request.endpoint != "static" and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response


def _set(response: Response, headers: dict[str, str]) -> None:
    for name, value in headers.items():
        response.headers.setdefault(name, value)
