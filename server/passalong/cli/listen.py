"""`passalong listen`: read a site's events from a running instance, print them, and forward them to a local port."""

import hashlib
import http.client
import json
import os
import signal
import sys
import time
import types
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import click
from msgspec import Struct

from passalong.cli.common import CommandError
from passalong.core.webhooks import signature
from passalong.core.webhooks.events import CHOOSABLE
from passalong.lib.direct_opener import direct_opener

VARIABLE = "PASSALONG_KEY"
EVENTS = [kind.value for kind in CHOOSABLE]
POLL_S = 1.0
AGAIN_S = 5.0
TIMEOUT_S = 30.0
FORWARD_S = 15.0
AGAIN = (408, 429, 500, 502, 503, 504)
REDIRECTS = (301, 302, 303, 307, 308)
TRIES = 3
"""How often an event is forwarded before the next one is: a local receiver may be restarting."""


class Stream(Struct):
    """The stream of one site; `cursor` is the place after the last event that was read, `more` if there is more."""

    url: str
    key: str
    types: tuple[str, ...]
    cursor: str
    more: bool = True

    def page(self) -> list[dict[str, Any]]:
        """Read the next events, and move the cursor. Raises CommandError, or OSError for what may pass."""
        query = {"after": self.cursor, "types": ",".join(self.types)}
        address = f"{self.url}/api/v1/events?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {self.key}"})  # noqa: S310
        try:
            with direct_opener().open(request, timeout=TIMEOUT_S) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            if error.code in AGAIN:
                raise OSError(f"it answered {error.code}") from None
            raise CommandError(_why(error)) from None
        except (ValueError, http.client.HTTPException) as error:
            raise CommandError(f"{self.url} does not answer like Passalong ({type(error).__name__}).") from None
        self.cursor, self.more = answer["next"], answer["more"]
        events: list[dict[str, Any]] = answer["events"]
        return events


def _why(error: urllib.error.HTTPError) -> str:
    if error.code in REDIRECTS:
        target = str(error.headers.get("Location", ""))[:200]
        return f"It redirects to {target!r}. The key is not sent there: give the instance's own address with --url."
    try:
        return str(json.loads(error.read(65_536))["detail"])
    except (ValueError, KeyError, TypeError):
        return f"It answered {error.code}."


@click.command("listen")
@click.option("--url", default=lambda: os.environ.get("PASSALONG_URL", "http://127.0.0.1:8080"), help="The instance.")
@click.option("--forward", help="Send each event there as a webhook, like http://127.0.0.1:3000/hook.")
@click.option("--event", "kinds", multiple=True, type=click.Choice(EVENTS), help="Only this event; repeat it.")
@click.option("--after", help="Begin after this cursor (0 for the oldest) instead of with what comes next.")
@click.option("--until-idle", is_flag=True, help="Exit once nothing is left to read.")
@click.option("--json", "as_json", is_flag=True, help="Print each event as a line of JSON.")
def listen(
    url: str, forward: str | None, kinds: tuple[str, ...], after: str | None, until_idle: bool, as_json: bool
) -> int:
    """Print a site's events as they happen, and forward them to a program on this machine.

    The API key comes from the environment variable PASSALONG_KEY. Forwarded events are signed like webhooks, with the
    secret that is printed first.
    """
    key = os.environ.get(VARIABLE, "").strip()
    if not key:
        raise CommandError(f"Set {VARIABLE} to an API key of the site: `passalong key new SITE` makes one.")
    stream = Stream(url.rstrip("/"), key, kinds, after if after is not None else "now")
    signal.signal(signal.SIGTERM, _end)
    secret = hashlib.sha256(f"along.listen.v1|{key}".encode()).digest()
    if forward:
        print(f"The signing secret is {signature.secret_text(secret)}", file=sys.stderr, flush=True)
    failed = False
    try:
        for event in _events(stream, until_idle=until_idle):
            result = _forward(forward, event, secret) if forward else ""
            failed = failed or (bool(forward) and not result.startswith("2"))
            print(json.dumps(event, ensure_ascii=False) if as_json else _line(event, result), flush=True)
    except KeyboardInterrupt:
        pass
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    print(f"Go on later with --after {stream.cursor}", file=sys.stderr)
    return 1 if failed else 0


def _end(_number: int, _frame: types.FrameType | None) -> None:
    raise KeyboardInterrupt


def _events(stream: Stream, *, until_idle: bool) -> Iterator[dict[str, Any]]:
    """Yield events in order, for ever or until there are no more; a server that is away is asked again."""
    while True:
        try:
            yield from stream.page()
        except OSError as error:
            print(f"{stream.url} cannot be reached ({error}); trying again", file=sys.stderr, flush=True)
            time.sleep(AGAIN_S)
            continue
        if not stream.more:
            if until_idle:
                return
            time.sleep(POLL_S)


def _line(event: dict[str, Any], result: str) -> str:
    about = event["data"]
    named = next((about[name] for name in ("conversion_id", "line_id", "visit_id", "share_id") if about.get(name)), "")
    return "\t".join(filter(None, (event["timestamp"], event["type"], event["id"], str(named), result)))


def _forward(to: str, event: dict[str, Any], secret: bytes) -> str:
    """Send an event to the local receiver; returns its status, or why there is none."""
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    result = ""
    for number in range(TRIES):
        if number:
            time.sleep(2.0**number / 4)
        result = _post(to, body, event["id"], secret)
        if result.startswith("2"):
            break
    return result


def _post(to: str, body: str, event_id: str, secret: bytes) -> str:
    headers = signature.headers([secret], event_id, time.time_ns() // 1_000_000, body)
    headers |= {"Content-Type": "application/json", "User-Agent": "Passalong (listen)"}
    request = urllib.request.Request(to, body.encode(), headers, method="POST")  # noqa: S310
    try:
        with direct_opener().open(request, timeout=FORWARD_S) as response:
            return str(response.status)
    except urllib.error.HTTPError as error:
        return str(error.code)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return f"not taken ({type(error).__name__})"
