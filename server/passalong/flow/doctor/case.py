"""The case that the doctor looks at: a site, our address, and a page of the site as it was fetched."""

import re
from functools import cached_property
from typing import Literal

import ada_url
from msgspec import Struct

from passalong.flow.doctor.page import Read
from passalong.lib.http_get import Fetched
from passalong.store.sites import Site

State = Literal["ok", "hint", "bad", "skipped"]


class Finding(Struct, frozen=True):
    """The result of one check: a sentence, and what to do where something is wrong."""

    check: str
    state: State
    says: str
    fix: str = ""


class Case(Struct, frozen=True, dict=True):
    """Everything that the checks know; they fetch more with `private` where our own address is on this machine."""

    site: Site
    host: str
    page: Fetched
    read: Read
    private: bool

    @property
    def origin(self) -> str:
        """The origin of the page, after redirects."""
        return str(ada_url.URL(self.page.url).origin)

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The addresses of our scripts on the page, of whichever key and host; those of the loader included."""
        pattern = re.compile(r"""["'(]([^"'()\s]{0,300}/along/[a-z0-9]{4,16}\.js[^"'()\s]{0,300})["')]""")
        inline = [match for text in self.read.inline for match in pattern.findall(text)]
        plain = [src for src in self.read.scripts if re.search(r"/along/[a-z0-9]{4,16}\.js|/v[\d.]+/along\.js", src)]
        return tuple(self._absolute(address) for address in (*plain, *inline))

    @property
    def ours(self) -> str:
        """The address of the site's script as the page has it; empty if it is not there."""
        return next((tag for tag in self.tags if f"/along/{self.site.site_id}.js" in tag or "/along.js" in tag), "")

    @property
    def served_from(self) -> str:
        """The address that the browser talks to: ours, or the page's own through a proxy."""
        return self.ours.partition("/along")[0] if "/_along/" not in self.ours else f"{self.origin}/_along"

    @property
    def loader(self) -> str:
        """The inline script that loads ours; empty where a plain tag does."""
        return next((text for text in self.read.inline if f"/along/{self.site.site_id}.js" in text), "")

    def _absolute(self, address: str) -> str:
        try:
            return str(ada_url.URL(address, self.page.url).href)
        except ValueError:
            return address
