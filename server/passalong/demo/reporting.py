"""Report orders and refunds to Passalong: all that an owner's server needs, with nothing to install.

A report has an id of its own, so it may be sent again at any time; unsent reports wait for the next one.
"""

import json
import threading
import time
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request

import structlog
from msgspec import Struct

from passalong.lib.direct_opener import direct_opener

TRIES = 3
TIMEOUT_S = 2.0
PAUSE_S = 0.2
NEVER = (400, 404, 409, 413)
"""Answers after which the same report would be refused again."""

log = structlog.get_logger()


class Report(Struct, frozen=True):
    """One report about an order."""

    order_id: str
    path: str
    body: dict[str, Any]


def sale(order_id: str, goal: str, amount_minor: int, currency: str, code: str) -> Report:
    """Return the report of an order: the code is the form's hidden field, and is left out if there was none."""
    body = {"id": order_id, "goal": goal, "amount_minor": amount_minor, "currency": currency}
    return Report(order_id, "/api/v1/conversions", body | ({"code": code} if code else {}))


def refund(order_id: str, amount_minor: int) -> Report:
    """Return the report of a refund."""
    path = f"/api/v1/conversions/{quote(order_id, safe='')}/refunds"
    return Report(order_id, path, {"id": f"return-{order_id}", "amount_minor": amount_minor})


class Reporter:
    """Sends reports in order; unsent ones are kept in memory."""

    def __init__(self, host: str, api_key: str):
        self._host = host
        self._headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
        self._open = direct_opener(ProxyHandler({})).open
        self._unsent: list[Report] = []
        self._lock = threading.Lock()

    def tell(self, report: Report) -> None:
        """Send the unsent reports, then this one; whatever happens, the sale goes on."""
        with self._lock:
            self._unsent.append(report)
            while self._unsent and self._send(self._unsent[0]):
                self._unsent.pop(0)

    def is_waiting(self, order_id: str) -> bool:
        """Return True while something about this order is still to be sent."""
        return any(report.order_id == order_id for report in list(self._unsent))

    def _send(self, report: Report) -> bool:
        """Return True when the report is settled: accepted, or refused for good."""
        for attempt in range(TRIES):
            time.sleep(PAUSE_S * attempt)
            try:
                self._post(report)
            except HTTPError as error:
                if error.code in NEVER:
                    log.warning("a report was refused", order=report.order_id, status=error.code)
                    return True
            except (OSError, HTTPException):
                continue
            else:
                return True
        return False

    def _post(self, report: Report) -> None:
        body = json.dumps(report.body).encode()
        request = Request(self._host + report.path, body, self._headers)  # noqa: S310 (the address is the settings')
        self._open(request, timeout=TIMEOUT_S).close()
