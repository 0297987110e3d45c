"""The origin that a request comes from, compared with the list of a site's addresses."""

from flask import request

from passalong.core.reasons import Reason
from passalong.flow.owners.sites import BadSiteError, origin_of
from passalong.store.sites import Site
from passalong.web.http.errors import RefusalError

FOREIGN = (
    "{origin} is not on this site's list of addresses, so {effect}. If it is yours, add it: "
    "`passalong site origin add {site} {origin}`, or Settings in the console."
)
NOWHERE = (
    "This page has no web address that a site can list (its origin is {origin}: a sandboxed frame, a file or an app), "
    "so {effect}. Show it at an address of the site."
)
LONGEST = 200


def as_listed(origin: str) -> str:
    """Return an origin as sites list them (no dot at the end of the host); one that is no web address as it is."""
    try:
        return origin_of(origin)
    except BadSiteError:
        return origin


def foreign_origin(site: Site) -> str | None:
    """Return the origin of the request at hand if it is none of the site's; a server sends none."""
    origin_header = request.headers.get("Origin")
    origin = None if origin_header is None else as_listed(origin_header)
    return None if origin is None or origin in site.accepted_origins else origin[:LONGEST]


def refusal(site: Site, origin: str, effect: str) -> RefusalError:
    """Return the refusal (403) of a request from elsewhere, which says how to add the address if it can be added.

    `effect` says what does not work there.
    """
    words = FOREIGN if origin.startswith(("http://", "https://")) else NOWHERE
    return RefusalError(403, words.format(origin=origin, site=site.site_id, effect=effect), name=Reason.FOREIGN_ORIGIN)
