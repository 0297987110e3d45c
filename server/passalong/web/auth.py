"""Who is asking: sessions in a cookie, API keys in a header, and forms that only our own pages may send.

Cross-site requests are told apart by `Sec-Fetch-Site` and `Origin`, which every browser sends since 2023 and no page
can forge (docs/decisions/0006); cookies are HttpOnly, SameSite=Lax and, over https, Secure with the `__Host-` prefix.
"""

import re

from flask import request
from msgspec import Struct
from werkzeug.wrappers import Response as AnyResponse

from passalong.flow.enrol import SESSION_MS
from passalong.store import access, sites
from passalong.store.sites import Site
from passalong.tokens import hashed
from passalong.web.errors import Refusal
from passalong.web.language import said
from passalong.web.parts import Parts, parts

ADVOCATE = "advocate"
OWNER = "owner"
GUEST = "guest"


def _cookie_name(known: Parts, role: str) -> str:
    return f"__Host-along-{role}" if known.url.startswith("https:") else f"along-{role}"


class Signed(Struct, frozen=True):
    """A signed-in advocate: the site, all advocate ids of their person, and the session itself.

    `via` is how they came in: mail, passkey, words or site; `guest` proves no more than that this browser shared.
    """

    site: Site
    mine: tuple[str, ...]
    via: str
    secret: str

    @property
    def advocate_id(self) -> str:
        """The id that new credit of this person is booked under: the least."""
        return self.mine[0]

    @property
    def claimed(self) -> bool:
        """True for somebody who came in another way than by their browser's key alone."""
        return self.via != GUEST


def advocate() -> Signed | None:
    """The advocate who is signed in on this browser, or None."""
    known, (site, secret) = parts(), _cookie(ADVOCATE)
    if site is None:
        return None
    with known.db.reading() as session:
        subject = access.find_session(session, site.site_id, hashed(secret), ADVOCATE, known.clock.now_ms())
        if subject is None:
            return None
        via = access.via_of(session, site.site_id, hashed(secret)) or GUEST
        return Signed(site, access.advocates_of(session, site.site_id, subject), via, secret)


def _cookie(role: str) -> tuple[Site | None, str]:
    known = parts()
    site_id, _, secret = request.cookies.get(_cookie_name(known, role), "").partition(".")
    return (known.sites.find(site_id), secret) if site_id and secret else (None, "")


def forget_session(response: AnyResponse, role: str) -> None:
    """Take the session out of this browser."""
    known = parts()
    secure = known.url.startswith("https:")
    response.delete_cookie(_cookie_name(known, role), path="/", secure=secure, httponly=True, samesite="Lax")


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "Mac"}
_SYSTEMS |= {"CrOS": "ChromeOS", "Linux": "Linux"}


def browser_label() -> str:
    """What this browser calls itself, for a list that its person reads: `Firefox · Linux`."""
    said = request.headers.get("User-Agent", "")[:400]
    browser = next((name for mark, name in _BROWSERS if re.search(rf"\b{mark}\w*/", said)), "")
    system = next((name for mark, name in _SYSTEMS.items() if mark in said), "")
    return " · ".join(filter(None, (browser, system)))


def remember_session(response: AnyResponse, role: str, site_id: str, secret: str) -> AnyResponse:
    """Give the browser its session."""
    known = parts()
    response.set_cookie(
        _cookie_name(known, role),
        f"{site_id}.{secret}",
        max_age=SESSION_MS // 1000,
        httponly=True,
        secure=known.url.startswith("https:"),
        samesite="Lax",
        path="/",
    )
    return response


def owner_of(site_id: str) -> Site:
    """The site, for its owner; 401 for everybody else, whether or not the site exists."""
    known, (site, secret) = parts(), _cookie(OWNER)
    if site is not None and site.site_id == site_id:
        with known.db.reading() as session:
            if access.find_session(session, site_id, hashed(secret), OWNER, known.clock.now_ms()) is not None:
                return site
    raise Refusal(401, "This console opens with a link that `passalong owner link` prints; it works once.")


def refuse_cross_site() -> None:
    """Refuse a form that another site's page sent; programs that send neither header carry no cookie of anybody."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Refusal(403, said("errors.other_site"))
    origin = request.headers.get("Origin")
    if origin is not None and origin not in (parts().url, request.host_url.rstrip("/")):
        raise Refusal(403, said("errors.other_site"))


def site_of_key() -> Site:
    """The site whose API key this request carries; raises Refusal 401."""
    known = parts()
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    pieces = key.strip().split("_", 2)
    site = known.sites.find(pieces[1]) if scheme.lower() == "bearer" and len(pieces) == 3 else None
    if site is not None:
        with known.db.reading() as session:
            if sites.has_api_key(session, site.site_id, hashed(key.strip())):
                return site
    raise Refusal(401, "Send `Authorization: Bearer ak_…` with a key of the site; `passalong key new` makes one.")
