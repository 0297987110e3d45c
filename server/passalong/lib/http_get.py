"""Fetch a page that somebody named: the guard and the deadline of `http_client`, redirects followed one by one."""

import http.client

import ada_url
from msgspec import Struct

from passalong.lib.http_client import (
    Deadline,
    PinnedConnection,
    SendError,
    connect,
    is_web_url,
    resolve,
)

MOST_PAGE = 2_000_000
MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
"""Pages are asked for as a browser asks: many servers answer programs differently."""


class Fetched(Struct, frozen=True):
    """An answer: where it came from in the end, its status, headers by name in small letters, and its text."""

    url: str
    status: int
    headers: dict[str, str]
    text: str
    hops: tuple[str, ...] = ()
    """The addresses that led there by redirects, the first one first."""


def fetch(url: str, *, private: bool = False, timeout_s: float = 10.0) -> Fetched:
    """GET a page, following up to five redirects, each to a checked address. Raises SendError."""
    deadline, hops = Deadline(timeout_s), list[str]()
    while True:
        response = _once(url, private, deadline)
        target = response.headers.get("location", "")
        if response.status not in REDIRECTS or not target:
            return Fetched(url, response.status, response.headers, response.text, tuple(hops))
        hops.append(url)
        if len(hops) > MOST_REDIRECTS:
            raise SendError(f"it redirects more than {MOST_REDIRECTS} times")
        url = _joined(url, target)


def _joined(base: str, target: str) -> str:
    try:
        return str(ada_url.URL(target, base).href)
    except ValueError:
        raise SendError("it redirects to something that is no address") from None


def _once(text: str, private: bool, deadline: Deadline) -> Fetched:
    if not is_web_url(text):
        raise SendError("it is not an http or https address")
    url = ada_url.URL(text)
    secure, host = url.protocol == "https:", url.hostname.strip("[]")
    port = int(url.port) if url.port else (443 if secure else 80)
    connected = connect(host, port, resolve(host, port, private, deadline), deadline)
    connection = PinnedConnection(host, port, connected, secure, deadline)
    headers = {"Host": url.host, "User-Agent": BROWSER, "Accept": "text/html,*/*;q=0.8", "Accept-Encoding": "identity"}
    try:
        with deadline.over(connected):
            connection.request("GET", url.pathname + url.search, None, headers)
            response = connection.getresponse()
            body = response.read(MOST_PAGE)
    except (OSError, http.client.HTTPException) as error:
        why = "took too long" if deadline.is_over else f"did not answer: {type(error).__name__}"
        raise SendError(f"{host} {why}") from None
    finally:
        connection.close()
        connected.close()
    if deadline.is_over:
        raise SendError(f"{host} took too long")
    return Fetched(text, response.status, _headers(response), body.decode("utf-8", "replace"))


def _headers(response: http.client.HTTPResponse) -> dict[str, str]:
    """Return the headers by name in small letters; repeated ones are joined as a browser joins them."""
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers
