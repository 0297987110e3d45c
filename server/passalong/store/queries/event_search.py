"""Search of the event list: an order, a visit, a link, a person, a code or a page.

Each question is a probe of a key or a short range of one, so a search costs the same however much has happened.
"""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from passalong.core.reasons import Reason
from passalong.store.books import links, site_links
from passalong.store.books.accounts import account
from passalong.store.books.rollups import EVERYBODY, page_hash
from passalong.store.engine import bytewise
from passalong.store.queries import personal_codes
from passalong.store.queries.events import Filters
from passalong.store.schema.advocates import advocates
from passalong.store.schema.conversions import conversions
from passalong.store.schema.decisions import verdicts
from passalong.store.schema.inspection import inspected
from passalong.store.schema.refunds import refunds
from passalong.store.schema.rollups import page_totals
from passalong.store.sites import Site

MOST = 100
GUEST = "guest "
SHORTEST = 4
"""The number of letters of an advocate id by which people are called on pages."""
PARAM = "ht"


def search(session: Session, site: Site, filters: Filters, text: str, share_id: str | None) -> Filters:
    """Return the filters narrowed to what the text names; `share_id` is the link behind it, if it is a code of one."""
    subjects = _subjects(session, site.site_id, text)
    if subjects:
        return msgspec.structs.replace(filters, subjects=tuple(subjects))
    if share_id is not None:
        link = links.find_link(session, site.site_id, share_id)
        if link is not None:
            members = account(session, site.site_id, link.advocate_id)
            return msgspec.structs.replace(filters, advocates=members, page_hash=page_hash(link.page_url))
        site_link = site_links.find(session, site.site_id, share_id)
        if site_link is not None:
            return msgspec.structs.replace(
                filters, page_hash=page_hash(site_link.page_url), result=Reason.SITE_LINK, shown="all"
            )
    people = people_called(session, site.site_id, text)
    if people:
        return msgspec.structs.replace(filters, advocates=tuple(people))
    page = _page(session, site, text)
    return msgspec.structs.replace(filters, page_hash=page) if page else msgspec.structs.replace(filters, subjects=())


def code_in(text: str) -> str:
    """Return the code of a link that was pasted, or the text itself, which may be one."""
    if not text.startswith(("http://", "https://")):
        return text
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    named = dict(parse_qsl(parts.query)).get(PARAM, "")
    return named or (parts.path.removeprefix("/h/") if parts.path.startswith("/h/") else "")


def _subjects(session: Session, site_id: str, text: str) -> list[str]:
    """Return the events of an order or a visit with this id: itself, its refunds, and decisions about it."""
    candidates = [f"{kind}:{text}" for kind in ("conversion", "visit", "share", "refund", "claim", "use")]
    candidates += [text, f"conversion:{text}"] if text.startswith("given:") else []
    statement = select(inspected.c.subject).where(inspected.c.site_id == site_id, inspected.c.subject.in_(candidates))
    subjects = list(session.scalars(statement))
    refunded = select(refunds.c.refund_id).where(refunds.c.site_id == site_id, refunds.c.conversion_id == text)
    subjects += [f"refund:{refund_id}" for refund_id in session.scalars(refunded.limit(MOST))]
    decided = select(verdicts.c.event_id).where(
        verdicts.c.site_id == site_id, verdicts.c.about.in_(("conversion", "visit")), verdicts.c.subject_id == text
    )
    subjects += [f"verdict:{decision_id}" for decision_id in session.scalars(decided.limit(MOST))]
    led = select(conversions.c.subject).where(conversions.c.site_id == site_id, conversions.c.visit_id == text)
    subjects += list(session.scalars(led.limit(MOST)))
    return list(dict.fromkeys(subjects))


def people_called(session: Session, site_id: str, text: str) -> list[str]:
    """Return the advocate ids of the person with this code, or whose id begins like this: `guest nylk`, `nylk`."""
    code = personal_codes.find_code(session, site_id, text.lower())
    if code is not None:
        return list(account(session, site_id, code.advocate_id))
    name = text[len(GUEST) :] if text.lower().startswith(GUEST) else text
    if not SHORTEST <= len(name) <= 16 or not name.isascii():
        return []
    column = bytewise(session, advocates.c.advocate_id)
    within = (advocates.c.site_id == site_id, column >= name, column < name + "\x7f")
    advocate_ids = list(session.scalars(select(advocates.c.advocate_id).where(*within).limit(2)))
    return sorted({*advocate_ids, *account(session, site_id, advocate_ids[0])}) if advocate_ids else []


def _page(session: Session, site: Site, text: str) -> str | None:
    """Return the page at a path or an address."""
    if not text.startswith(("/", "http://", "https://")):
        return None
    origins: Sequence[str] = [*site.accepted_origins, *site.former_origins] if text.startswith("/") else [""]
    hashes = [page_hash(f"{origin}{text}") for origin in origins]
    statement = select(page_totals.c.page_hash).where(
        page_totals.c.site_id == site.site_id,
        page_totals.c.advocate_id == EVERYBODY,
        page_totals.c.page_hash.in_(hashes),
    )
    return session.scalar(statement.limit(1))
