"""Links of try mode: no guest, no advocate and no terms stand behind them."""

from msgspec import Struct
from sqlalchemy.exc import IntegrityError

from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.tokens import BadTokenError, Keyring, unverified_share_id
from passalong.lib.try_tokens import new_try_id, read_try, try_token
from passalong.store.books import tries
from passalong.store.books.tries import TryLink
from passalong.store.engine import Database
from passalong.store.sites import Site


class TryRequest(Struct, frozen=True):
    """A request for a link of try mode: its id, which makes it idempotent, and the page to share."""

    request_id: str
    page_url: str


def issue_try_link(db: Database, clock: Clock, keys: Keyring, site: Site, request: TryRequest) -> str:
    """Return the token of a link of try mode; the same request again gives the same."""
    link = TryLink(site.site_id, new_try_id(clock.now_ms()), request.request_id, request.page_url, clock.now_ms())
    try:
        link = _find_or_make(db, link)
    except IntegrityError:  # the same request, twice at the same time: the other one has made it by now
        link = _find_or_make(db, link)
    return try_token(keys, site.site_id, link.share_id)


def _find_or_make(db: Database, link: TryLink) -> TryLink:
    with writing(db) as session:
        try_link = tries.link_of_request(session, link.site_id, link.request_id)
        if try_link is None:
            tries.add_link(session, link)
        return try_link or link


def try_link_behind(db: Database, keys: Keyring, token: str) -> TryLink | None:
    """Return the link of try mode behind a token that names no site."""
    try:
        share_id = unverified_share_id(token)
    except BadTokenError:
        return None
    with db.reading() as session:
        candidates = tries.links_anywhere(session, share_id)
    return next((link for link in candidates if read_try(keys, link.site_id, token)), None)
