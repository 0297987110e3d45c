"""Content negotiation: whether a request asks for JSON where a page is also available as JSON."""

from flask import request

from passalong.web.http.errors import RefusalError
from passalong.web.http.language import said


def wants_json() -> bool:
    """Return True for `?as=json`, or an Accept header that prefers JSON. Raises RefusalError 400 for another `as`."""
    if (wanted := request.args.get("as")) is not None:
        if wanted != "json":
            raise RefusalError(400, said("errors.bad_address"))
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
