"""`/metrics`: numbers for Prometheus, for whoever has the token, or for this machine alone.

Without a token only a request from this machine itself is answered: from a loopback address, for a loopback name, and
not through a proxy, which also comes from a loopback address.
"""

import hmac
import ipaddress
import shutil
import time
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, g, request
from sqlalchemy.exc import SQLAlchemyError

from passalong.store.queries import instance
from passalong.store.queries.instance import Measures
from passalong.web.http.errors import RefusalError
from passalong.web.http.language import said
from passalong.web.http.meters import gauges_of
from passalong.web.http.services import Services, current_services

bp = Blueprint("metrics", __name__)

TEXT = "text/plain; version=0.0.4; charset=utf-8"
PROXIED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via")
HERE = ("localhost", "127.0.0.1", "::1")
NO_ROUTE = "none"


@bp.get("/metrics")
def metrics() -> Response:
    """Answer with the numbers of this process, and of the instance in a role that folds."""
    services = current_services()
    if not _may_read(services.monitoring.token):
        raise RefusalError(404, said("errors.404.say"))
    gauges = _instance(services) if services.monitoring.folds else {}
    return Response(services.monitoring.meters.text(gauges), content_type=TEXT)


def install(app: Flask) -> None:
    """Count every request that Flask answers, by the route's pattern: addresses hold tokens, patterns do not."""

    @app.before_request
    def _begin() -> None:
        g.metrics_began = time.perf_counter()

    @app.after_request
    def _count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else NO_ROUTE
        seconds = time.perf_counter() - g.get("metrics_began", time.perf_counter())
        method = request.method if request.method in ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE") else NO_ROUTE
        current_services().monitoring.meters.page(route, method, response.status_code, seconds)
        return response


def _may_read(token: str) -> bool:
    if token:
        header = request.headers.get("Authorization", "")
        return hmac.compare_digest(header.encode(), f"Bearer {token}".encode())
    named_here = urlsplit(f"//{request.host}").hostname in HERE
    return named_here and _is_loopback(request.remote_addr) and not any(map(request.headers.get, PROXIED))


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


def _instance(services: Services) -> dict[str, tuple[str, float | None]]:
    now_ms = services.clock.now_ms()
    last = services.backups.last()
    moment_ms = last.moment_ms
    return gauges_of(_measures(services, now_ms), now_ms) | {
        "disk_free_bytes": ("Free space on the disk of the data folder.", _free(services)),
        "backup_age_seconds": ("Age of the last backup.", None if moment_ms is None else (now_ms - moment_ms) / 1000),
        "backup_late": ("1 if a scheduled backup failed or is overdue.", float(services.backups.is_late(now_ms))),
    }


def _measures(services: Services, now_ms: int) -> Measures | None:
    try:
        with services.db.reading() as session:
            return instance.measure(session, now_ms)
    except SQLAlchemyError:
        return None


def _free(services: Services) -> float | None:
    try:
        return shutil.disk_usage(services.backups.data_dir).free
    except OSError:
        return None
