"""Links of the site itself, for newsletters and the like: they lead to a page and credit nobody."""

from collections.abc import Iterable, Sequence

from msgspec import Struct, structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from passalong.store import bulk
from passalong.store.prebuilt import find_among, find_where
from passalong.store.schema.links import site_links

READ_AT_ONCE = 500


class SiteLink(Struct, frozen=True):
    """The link of a site behind a token."""

    site_id: str
    share_id: str
    request_id: str
    input_hash: str
    key_id: int
    page_url: str
    title: str
    issued_at_ms: int


def of_requests(session: Session, site_id: str, request_ids: Sequence[str]) -> dict[str, SiteLink]:
    """Return the links that earlier attempts of these requests made, by request."""
    links: dict[str, SiteLink] = {}
    for start in range(0, len(request_ids), READ_AT_ONCE):
        part = request_ids[start : start + READ_AT_ONCE]
        own = site_links.c.site_id == site_id, site_links.c.request_id.in_(part)
        links |= {row.request_id: SiteLink(**row._mapping) for row in session.execute(select(site_links).where(*own))}
    return links


def find(session: Session, site_id: str, share_id: str) -> SiteLink | None:
    """Return a link of the site itself."""
    row = find_where(session, site_id, site_links, share_id=share_id).one_or_none()
    return SiteLink(**row._mapping) if row else None


def newest(session: Session, site_id: str, most: int) -> list[SiteLink]:
    """Return the links of the site itself that were made last."""
    order = site_links.c.issued_at_ms.desc(), site_links.c.share_id
    rows = session.execute(select(site_links).where(site_links.c.site_id == site_id).order_by(*order).limit(most))
    return [SiteLink(**row._mapping) for row in rows]


def add(session: Session, links: Sequence[SiteLink]) -> None:
    """Insert links; raises IntegrityError if a request id was used before."""
    bulk.insert_all(session, site_links, [structs.asdict(link) for link in links])


def among(session: Session, site_id: str, share_ids: Iterable[str]) -> set[str]:
    """Return those of these share ids that are links of the site itself."""
    wanted = site_links.c.share_id
    return set(find_among(session, site_id, wanted, share_ids, (wanted,)).scalars())


def anywhere(session: Session, share_id: str) -> list[SiteLink]:
    """Return links of any site with a share id: for short links, which name no site. The signature decides."""
    rows = session.execute(select(site_links).where(site_links.c.share_id == share_id))
    return [SiteLink(**row._mapping) for row in rows]
