"""Under which name a person may be read, and by whom: theirs to choose, the owner's to hide. Never kept by anybody."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from passalong.core.names import public_name
from passalong.core.verdicts import Verdict, is_unnamed
from passalong.store import access, links, personal
from passalong.store.read_models import verdicts


def shown_name(session: Session, site_id: str, advocate_id: str) -> str:
    """The name for those on the same path, and for the person themselves in their share panel; "" for none."""
    return _name(session, site_id, advocate_id, greets=False)


def greeting_name(session: Session, site_id: str, share_id: str) -> str:
    """The name for who comes by this link: only of somebody who wants to be named to everybody; "" for none."""
    link = links.find_link(session, site_id, share_id)
    return "" if link is None else _name(session, site_id, link.advocate_id, greets=True)


def is_hidden(session: Session, site_id: str, advocate_ids: Sequence[str]) -> bool:
    """True when the owner decided that this person is named nowhere."""
    columns = [verdicts.c[name] for name in Verdict.__struct_fields__]
    about = (verdicts.c.about == "advocate", verdicts.c.subject_id.in_(advocate_ids))
    rows = session.execute(select(*columns).where(verdicts.c.site_id == site_id, *about))
    return is_unnamed(Verdict(**row._mapping) for row in rows)


def _name(session: Session, site_id: str, advocate_id: str, *, greets: bool) -> str:
    theirs = access.advocates_of(session, site_id, advocate_id)
    chosen = personal.choices(session, site_id, theirs)
    if not (chosen.greets if greets else chosen.shown) or is_hidden(session, site_id, theirs):
        return ""
    # Who was erased and came back is somebody new: links from before name nobody.
    erased = personal.choices(session, site_id, [advocate_id]).erased_at_ms is not None
    return "" if erased else public_name(chosen.name)
