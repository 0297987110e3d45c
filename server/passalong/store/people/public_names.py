"""Public names: under which name a person may be read, and by whom; the owner can hide it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from passalong.core.decisions import Decision, is_unnamed
from passalong.core.names.public_names import public_name
from passalong.store.books import identities, links
from passalong.store.people import erasure
from passalong.store.schema.decisions import verdicts


def shown_name(session: Session, site_id: str, advocate_id: str) -> str:
    """Return the name for people on the same path, and for the person in their own share panel; "" for none."""
    return _name(session, site_id, advocate_id, greets=False)


def greeting_name(session: Session, site_id: str, share_id: str) -> str:
    """Return the name for visitors through this link, if the advocate wants to be named to everybody; "" for none."""
    link = links.find_link(session, site_id, share_id)
    return "" if link is None else _name(session, site_id, link.advocate_id, greets=True)


def is_hidden(session: Session, site_id: str, advocate_ids: Sequence[str]) -> bool:
    """Return True if the owner decided that this person is named nowhere."""
    columns = [verdicts.c[name] for name in Decision.__struct_encode_fields__]
    about = (verdicts.c.about == "advocate", verdicts.c.subject_id.in_(advocate_ids))
    rows = session.execute(select(*columns).where(verdicts.c.site_id == site_id, *about))
    return is_unnamed(Decision(*row) for row in rows)


def _name(session: Session, site_id: str, advocate_id: str, *, greets: bool) -> str:
    theirs = identities.account(session, site_id, advocate_id)
    chosen = erasure.choices(session, site_id, theirs)
    if not (chosen.greets if greets else chosen.shown) or is_hidden(session, site_id, theirs):
        return ""
    # An erased person who comes back is new: links from before name nobody.
    erased = erasure.choices(session, site_id, [advocate_id]).erased_at_ms is not None
    return "" if erased else public_name(chosen.name)
