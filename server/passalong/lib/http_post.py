"""Post a form to a server that the operator named, with the guard and the deadline of `http_client`; no redirects."""

import http.client
from collections.abc import Mapping
from urllib.parse import urlencode

import ada_url
from msgspec import Struct

from passalong.lib.http_client import Deadline, PinnedConnection, SendError, connect, is_web_url, resolve

MOST_ANSWER = 262_144


class Posted(Struct, frozen=True):
    """An answer: its status and its body."""

    status: int
    body: bytes


def post_form(text: str, fields: Mapping[str, str], headers: Mapping[str, str], *, private: bool = False) -> Posted:
    """POST a form within ten seconds altogether and return the answer, whatever its status. Raises SendError."""
    if not is_web_url(text):
        raise SendError("it is not an http or https address")
    url, deadline = ada_url.URL(text), Deadline(10.0)
    secure, host = url.protocol == "https:", url.hostname.strip("[]")
    port = int(url.port) if url.port else (443 if secure else 80)
    connected = connect(host, port, resolve(host, port, private, deadline), deadline)
    connection = PinnedConnection(host, port, connected, secure, deadline)
    sent = {"Host": url.host, "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    try:
        with deadline.over(connected):
            connection.request("POST", url.pathname + url.search, urlencode(fields).encode(), {**sent, **headers})
            response = connection.getresponse()
            body = response.read(MOST_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        why = "took too long" if deadline.is_over else f"did not answer: {type(error).__name__}"
        raise SendError(f"{host} {why}") from None
    finally:
        connection.close()
        connected.close()
    if deadline.is_over:
        raise SendError(f"{host} took too long")
    return Posted(response.status, body)
