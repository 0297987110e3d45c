"""The browser's side of a passkey: the answer in a form, and the party that passkeys are bound to."""

import json
from typing import Any

from flask import request

from passalong.flow.signin.ceremonies import Ceremony
from passalong.web.http.auth import browser_label
from passalong.web.http.errors import RefusalError
from passalong.web.http.language import said
from passalong.web.http.services import current_services

MOST_SAID = 16_384


def rp_id() -> str:
    """Return the host name that passkeys are bound to."""
    return current_services().url.partition("://")[2].partition("/")[0].rsplit(":", 1)[0].strip("[]")


def ceremony() -> Ceremony:
    """Return the browser's passkey answer and its place; raises RefusalError 400."""
    return Ceremony(_signed_json(), current_services().url, rp_id(), browser_label())


def _signed_json() -> dict[str, Any]:
    text = request.form.get("credential", "")
    try:
        document = json.loads(text) if len(text) <= MOST_SAID else None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise RefusalError(400, said("signin.bad_passkey"))
    return document
