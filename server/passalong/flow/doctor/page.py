"""A page as the doctor reads it: scripts, meta tags, our tag, and the platform that made it. Reading is pure."""

import re
from html.parser import HTMLParser

from msgspec import Struct

from passalong.lib.http_get import Fetched

PLATFORMS = (
    ("wordpress", "wordpress", "/wp-content/"),
    ("ghost", "ghost", "/ghost/api/"),
    ("hugo", "hugo", ""),
    ("jekyll", "jekyll", ""),
    ("shopify", "shopify", "cdn.shopify.com"),
    ("drupal", "drupal", "/sites/default/files/"),
    ("joomla", "joomla", "/media/system/js/"),
    ("squarespace", "squarespace", "static1.squarespace.com"),
    ("wix", "wix.com", "static.wixstatic.com"),
    ("webflow", "webflow", "assets.website-files.com"),
    ("react", "next.js", "/_next/static/"),
)
"""Platforms with a word of their generator's name, and an address that only their pages have."""
_HELD_BACK = re.compile(r"text/plain|text/rocketscript|[0-9a-f]+-text/javascript")
"""The types that consent tools and optimisers give to a script that shall not run yet."""
_OWN_PARAMETER = re.compile(r"[?&]ht=")


class Read(Struct, frozen=True):
    """The parts of a page that the checks look at."""

    scripts: tuple[str, ...]
    """The addresses of its scripts."""
    inline: tuple[str, ...]
    """The text of its inline scripts."""
    held_back: tuple[str, ...]
    """The addresses and texts of scripts that a consent tool or an optimiser holds back."""
    comments: tuple[str, ...]
    uses_parameter: bool
    """True for a page that has a parameter `ht` of its own."""
    generator: str
    canonical: str
    og_url: str
    csp: tuple[str, ...]
    """Policies in meta tags."""
    referrer: str
    has_button: bool
    platform: str


class _Reader(HTMLParser):
    """Collects the parts in one pass: a pattern over a whole page can take hours on one that was made for it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: list[str] = []
        self.inline: list[list[str]] = []
        self.held_back: list[list[str]] = []
        self.comments: list[str] = []
        self.uses_parameter = False
        self.meta: dict[str, str] = {}
        self.csp: list[str] = []
        self.canonical = ""
        self.has_button = False
        self._open: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "script":
            self._script(attributes)
        elif tag == "meta":
            self._meta(attributes)
        elif tag == "link" and "canonical" in attributes.get("rel", "").lower().split():
            self.canonical = self.canonical or attributes.get("href", "")
        elif tag == "pass-along":
            self.has_button = True
        has_field = tag == "input" and attributes.get("name") == "ht"
        if has_field or _OWN_PARAMETER.search(attributes.get("href", "")):
            self.uses_parameter = True

    def _script(self, attributes: dict[str, str]) -> None:
        parts: list[str] = [attributes.get("src", "")]
        self._open = parts
        if "src" in attributes:
            self.scripts.append(attributes["src"])
        else:
            self.inline.append(parts)
        if _HELD_BACK.match(attributes.get("type", "")):
            self.held_back.append(parts)

    def _meta(self, attributes: dict[str, str]) -> None:
        name = (attributes.get("name") or attributes.get("property") or "").lower()
        self.meta.setdefault(name, attributes.get("content", ""))
        if attributes.get("http-equiv", "").lower() == "content-security-policy":
            self.csp.append(attributes.get("content", ""))

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a script."""
        if tag == "script":
            self._open = None

    def handle_data(self, data: str) -> None:
        """Keep the text of scripts."""
        if self._open is not None:
            self._open.append(data)

    def handle_comment(self, data: str) -> None:
        """Keep a comment."""
        self.comments.append(data)


def read_page(page: Fetched) -> Read:
    """Read a page's HTML, however broken."""
    reader = _Reader()
    reader.feed(page.text)
    return Read(
        scripts=tuple(reader.scripts),
        inline=tuple(map("".join, reader.inline)),
        held_back=tuple(map("".join, reader.held_back)),
        comments=tuple(reader.comments),
        uses_parameter=reader.uses_parameter,
        generator=reader.meta.get("generator", ""),
        canonical=reader.canonical,
        og_url=reader.meta.get("og:url", ""),
        csp=tuple(reader.csp),
        referrer=reader.meta.get("referrer", ""),
        has_button=reader.has_button,
        platform=_platform(reader.meta.get("generator", ""), page.text),
    )


def _platform(generator: str, text: str) -> str:
    """Return the platform by the generator's name, else by the addresses in the page; empty if none is known."""
    named = next((name for name, word, _ in PLATFORMS if word in generator.lower()), "")
    return named or next((name for name, _, mark in PLATFORMS if mark and mark in text), "")
