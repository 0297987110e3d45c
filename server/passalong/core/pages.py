"""Addresses of pages, for people to read."""

from urllib.parse import urlsplit


def path_of(page_url: str) -> str:
    """The path of a page's address: what is the page's own, without the site and without what was asked of it."""
    return urlsplit(page_url).path or "/"
