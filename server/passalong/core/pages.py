"""Page addresses, for people to read."""

from urllib.parse import urlsplit


def path_of(page_url: str) -> str:
    """Return the path of a page's address, without origin and query."""
    return urlsplit(page_url).path or "/"
