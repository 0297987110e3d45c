"""Who reads the answer of an address: a program, an owner, or anybody who shares or might."""

import re

_PROOFS = re.compile(r"/open/[^/]+/(heads|proof/)")
_OWNERS = ("/console", "/start")


def is_for_programs(path: str) -> bool:
    """True where answers are JSON: browser endpoints and the API."""
    return path.startswith(("/v1/", "/api/", "/along/", "/healthz", "/readyz")) or bool(_PROOFS.match(path))


def is_for_owners(path: str) -> bool:
    """True for the console and the way into it."""
    return any(path == root or path.startswith(f"{root}/") for root in _OWNERS)
