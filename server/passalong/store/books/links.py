"""Issued links: committed before their token is given out, then frozen. They name advocate, page and parent."""

from collections.abc import Iterable, Sequence

from msgspec import Struct, structs
from sqlalchemy import Row, insert, select
from sqlalchemy.orm import Session

from passalong.core.reasons import Reason
from passalong.store import bulk
from passalong.store.books import site_links
from passalong.store.prebuilt import find_among, find_where
from passalong.store.schema.links import issued_links

READ_AT_ONCE = 500


class IssuedLink(Struct, frozen=True):
    """The link behind a token."""

    site_id: str
    share_id: str
    request_id: str
    input_hash: str
    key_id: int
    advocate_id: str
    visitor_id: str | None
    page_url: str
    title: str
    parent_share_id: str | None
    terms_version: int
    issued_at_ms: int


def add_link(session: Session, link: IssuedLink) -> None:
    """Insert the link; raises IntegrityError if its request id was used before."""
    session.execute(insert(issued_links).values(**structs.asdict(link)))


def find_link(session: Session, site_id: str, share_id: str) -> IssuedLink | None:
    """Return the link behind a share id."""
    return _one(find_where(session, site_id, issued_links, share_id=share_id).one_or_none())


def link_of_request(session: Session, site_id: str, request_id: str) -> IssuedLink | None:
    """Return the link that an earlier attempt of the same request made."""
    return _one(find_where(session, site_id, issued_links, request_id=request_id).one_or_none())


def links_of_requests(session: Session, site_id: str, request_ids: Sequence[str]) -> dict[str, IssuedLink]:
    """Return the links that earlier attempts of these requests made, by request."""
    links: dict[str, IssuedLink] = {}
    for start in range(0, len(request_ids), READ_AT_ONCE):
        part = request_ids[start : start + READ_AT_ONCE]
        own = issued_links.c.site_id == site_id, issued_links.c.request_id.in_(part)
        links |= {
            row.request_id: IssuedLink(**row._mapping) for row in session.execute(select(issued_links).where(*own))
        }
    return links


def add_links(session: Session, links: Sequence[IssuedLink]) -> None:
    """Insert many links; raises IntegrityError if a request id was used before."""
    bulk.insert_all(session, issued_links, [structs.asdict(link) for link in links])


def links_anywhere(session: Session, share_id: str) -> list[IssuedLink]:
    """Return links of any site with a share id: for short links, which name no site. The signature decides."""
    rows = session.execute(select(issued_links).where(issued_links.c.share_id == share_id))
    return [IssuedLink(**row._mapping) for row in rows]


def _one(row: Row[tuple[object, ...]] | None) -> IssuedLink | None:
    return None if row is None else IssuedLink(**row._mapping)


class LinkBook:
    """The links of one site, each read once: they never change. Links of the site itself are known by id alone.

    Not a `Book`: the fold writes no link.
    """

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._links: dict[str, IssuedLink | None] = {}
        self._of_site: set[str] = set()

    def prime(self, share_ids: Iterable[str]) -> None:
        """Read many links at once, with all their ancestors."""
        unread = {share_id for share_id in share_ids if share_id not in self._links}
        while unread:
            self._links |= dict.fromkeys(unread)
            rows = find_among(self._session, self._site_id, issued_links.c.share_id, unread)
            links = [IssuedLink(**row._mapping) for row in rows]
            self._links |= {link.share_id: link for link in links}
            if missing := unread - {link.share_id for link in links}:
                self._of_site |= site_links.among(self._session, self._site_id, missing)
            parents = {link.parent_share_id for link in links if link.parent_share_id}
            unread = {share_id for share_id in parents if share_id not in self._links}

    def find(self, share_id: str) -> IssuedLink | None:
        """Return the link, or None."""
        self.prime([share_id])
        return self._links[share_id]

    def is_of_site(self, share_id: str | None) -> bool:
        """Return True for a link of the site itself."""
        return share_id is not None and self.find(share_id) is None and share_id in self._of_site

    def refusal(self, share_id: str) -> Reason | None:
        """Return why arrivals by this link credit nobody: it is the site's own, or unknown here; None if it counts."""
        if self.find(share_id) is not None:
            return None
        return Reason.SITE_LINK if share_id in self._of_site else Reason.UNKNOWN_SHARE

    def owners(self) -> set[str]:
        """Return the advocates whose links were read."""
        return {link.advocate_id for link in self._links.values() if link is not None}

    def path(self, share_id: str) -> tuple[IssuedLink, ...]:
        """Return the link, its parent, and so on up to the first."""
        path: list[IssuedLink] = []
        link = self.find(share_id)
        while link is not None:
            path.append(link)
            link = self.find(link.parent_share_id) if link.parent_share_id else None
        return tuple(path)
