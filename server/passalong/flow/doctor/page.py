"""A page as the doctor reads it: scripts, meta tags, our tag, and the platform that made it. Reading is pure."""

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


class Read(Struct, frozen=True):
    """The parts of a page that the checks look at."""

    scripts: tuple[str, ...]
    """The addresses of its scripts."""
    inline: tuple[str, ...]
    """The text of its inline scripts."""
    generator: str
    canonical: str
    og_url: str
    csp: tuple[str, ...]
    """Policies in meta tags."""
    referrer: str
    has_button: bool
    platform: str


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: list[str] = []
        self.inline: list[str] = []
        self.meta: dict[str, str] = {}
        self.csp: list[str] = []
        self.canonical = ""
        self.has_button = False
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        given = {name: value or "" for name, value in attrs}
        if tag == "script":
            self._script(given)
        elif tag == "meta":
            self._meta(given)
        elif tag == "link" and "canonical" in given.get("rel", "").lower().split():
            self.canonical = self.canonical or given.get("href", "")
        elif tag == "pass-along":
            self.has_button = True

    def _script(self, given: dict[str, str]) -> None:
        self._in_script = "src" not in given
        if self._in_script:
            self.inline.append("")
        else:
            self.scripts.append(given["src"])

    def _meta(self, given: dict[str, str]) -> None:
        name = (given.get("name") or given.get("property") or "").lower()
        self.meta.setdefault(name, given.get("content", ""))
        if given.get("http-equiv", "").lower() == "content-security-policy":
            self.csp.append(given.get("content", ""))

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a script."""
        if tag == "script":
            self._in_script = False

    def handle_data(self, data: str) -> None:
        """Keep the text of inline scripts."""
        if self._in_script:
            self.inline[-1] += data


def read_page(page: Fetched) -> Read:
    """Read a page's HTML, however broken."""
    reader = _Reader()
    reader.feed(page.text)
    return Read(
        scripts=tuple(reader.scripts),
        inline=tuple(reader.inline),
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
