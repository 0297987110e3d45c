"""Query parameters of the addresses that programs ask: those that a route does not take are refused, not ignored."""

import re
from collections.abc import Mapping

from flask import Flask, request

from passalong.web.http.errors import RefusalError

TAKEN: dict[str, tuple[str, ...]] = {
    "transparency.heads": ("before",),
    "transparency.inclusion": ("index", "size"),
    "transparency.consistency": ("first", "second"),
}
"""The parameters of each endpoint; an endpoint that is not listed takes none."""
_STRICT = re.compile(r"/api/|/open/[^/]+/(heads|proof/)")


def is_strict(path: str) -> bool:
    """True for the API, heads and proofs; pages take the parameters that mail programs and campaigns add."""
    return bool(_STRICT.match(path))


def install(app: Flask, more: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse parameters that would be ignored, and those that are there twice, on the API and on heads and proofs.

    `more` are the parameters of the API's endpoints (web.api.routes).
    """
    parameters = {**TAKEN, **more}

    @app.before_request
    def _refuse_unknown() -> None:
        if request.endpoint is None or not is_strict(request.path):
            return
        names = parameters.get(request.endpoint, ())
        for name, values in request.args.lists():
            if name not in names:
                raise RefusalError(400, f"There is no parameter `{name[:40]}` here. {_known(names)}")
            if len(values) > 1:
                raise RefusalError(400, f"`{name}` is there twice. Send it once.")


def _known(names: tuple[str, ...]) -> str:
    if not names:
        return "This address takes none: leave it out."
    return f"The parameters are {', '.join(f'`{name}`' for name in names)}."
