"""Who is asking: sessions in a cookie, API keys in a header, and forms that only our own pages may send.

Cross-site requests are told apart by `Sec-Fetch-Site` and `Origin`, which every browser sends since 2023 and no page
can forge (docs/decisions/0006); cookies are HttpOnly, SameSite=Lax and, over https, Secure with the `__Host-` prefix.
"""

from flask import Response, request

from passalong.flow.enrol import SESSION_MS
from passalong.store import access, sites
from passalong.store.sites import Site
from passalong.tokens import hashed
from passalong.web.errors import Refusal
from passalong.web.parts import Parts, parts

ADVOCATE = "advocate"
OWNER = "owner"


def _cookie_name(known: Parts, role: str) -> str:
    return f"__Host-along-{role}" if known.url.startswith("https:") else f"along-{role}"


def signed_in(role: str) -> tuple[Site, str] | None:
    """The site and subject of this browser's session in that role, or None."""
    known = parts()
    site_id, _, secret = request.cookies.get(_cookie_name(known, role), "").partition(".")
    site = known.sites.find(site_id) if site_id and secret else None
    if site is None:
        return None
    with known.db.reading() as session:
        subject = access.find_session(session, site_id, hashed(secret), role, known.clock.now_ms())
    return None if subject is None else (site, subject)


def remember_session(response: Response, role: str, site_id: str, secret: str) -> Response:
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
    found = signed_in(OWNER)
    if found is None or found[0].site_id != site_id:
        raise Refusal(401, "This console opens with a link that `passalong owner link` prints; it works once.")
    return found[0]


def refuse_cross_site() -> None:
    """Refuse a form that another site's page sent; programs that send neither header carry no cookie of anybody."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Refusal(403, "This form was sent from another site. Open the page here and send it again.")
    origin = request.headers.get("Origin")
    if origin is not None and origin not in (parts().url, request.host_url.rstrip("/")):
        raise Refusal(403, "This form was sent from another site. Open the page here and send it again.")


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
