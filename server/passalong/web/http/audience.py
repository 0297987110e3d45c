"""The audience of an answer: a program, an owner, or anybody who shares."""

import re

_PROOFS = re.compile(r"/open/[^/]+/(heads|proof/)")
PROGRAMS = ("/v1/", "/api/", "/shops/", "/along/", "/healthz", "/readyz", "/.well-known/")
_OWNERS = ("/console", "/start")


def is_for_programs(path: str) -> bool:
    """Return True if answers are JSON: browser endpoints and the API."""
    return path.startswith(PROGRAMS) or bool(_PROOFS.match(path))


def is_for_owners(path: str) -> bool:
    """Return True for the console and its sign-in."""
    return any(path == root or path.startswith(f"{root}/") for root in _OWNERS)
